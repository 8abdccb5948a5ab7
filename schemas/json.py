"""Reads I-JSON (RFC 7493): what stock readers pass over in silence is refused with a 400."""

import json
import re
from decimal import Decimal
from itertools import accumulate
from typing import Any

import orjson

from models.refusal import Refusal

OPTIONS = orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS

# Python itself refuses to read longer integers.
MOST_DIGITS = 4000
SURROGATE = re.compile(r"[\ud800-\udfff]")
STRINGS = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
NO_BRACKETS = re.compile(r"[^][{}]+")
STEPS = {"[": 1, "{": 1, "]": -1, "}": -1}
SHOWN = 40


def json_bytes(value: Any) -> bytes:
    """datetimes in UTC end in Z; a fraction of a second has six digits or is not there."""
    return orjson.dumps(value, option=OPTIONS)


def read_json(data: bytes, most_depth: int) -> Any:
    """The value of a JSON text. Numbers with a fraction or an exponent are ``Decimal``."""
    text = _decoded(data)
    if text.startswith("\ufeff"):
        raise _malformed("A JSON text does not begin with a byte order mark.")
    try:
        value = _READER.decode(text)
    except json.JSONDecodeError as error:
        raise _malformed(f"{error.msg}, at character {error.pos + 1}.") from None
    except RecursionError:
        raise _too_deep(most_depth) from None
    if text.count("[") + text.count("{") > most_depth and _depth(text) > most_depth:
        raise _too_deep(most_depth)
    if "\\u" in text:
        _refuse_surrogates(value)
    return value


def _depth(text: str) -> int:
    """Of a valid JSON text. The text is quicker to look through than its values."""
    brackets = NO_BRACKETS.sub("", STRINGS.sub("", text))
    return max(accumulate(map(STEPS.__getitem__, brackets)), default=0)


def _decoded(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise _malformed(f"Not UTF-8, at byte {error.start + 1}.") from None


def _malformed(detail: str) -> Refusal:
    return Refusal("malformed-request", f"The body is not valid JSON: {detail}")


def _too_deep(most_depth: int) -> Refusal:
    return _malformed(f"Nested deeper than {most_depth}.")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise _malformed(f"The name {_shown(twice)} occurs twice in one object.")
    return value


def _number(text: str) -> Decimal:
    if float(text) in (float("inf"), float("-inf")):
        raise _malformed(f"The number {_shown(text)} is out of range.")
    return Decimal(text)


def _integer(text: str) -> int:
    if len(text) > MOST_DIGITS:
        raise _malformed("A number has too many digits.")
    return int(text)


def _constant(text: str) -> Any:
    raise _malformed(f"{text} is no JSON number.")


def _shown(text: str) -> str:
    text = text if len(text) <= SHOWN else text[:SHOWN] + "…"
    return json.dumps(text)


_READER = json.JSONDecoder(
    object_pairs_hook=_object, parse_float=_number, parse_int=_integer, parse_constant=_constant
)


def _refuse_surrogates(value: Any) -> None:
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            if SURROGATE.search(one):
                raise _malformed("A string holds a lone surrogate.")
        elif isinstance(one, list):
            waiting += one
        elif isinstance(one, dict):
            waiting += one.keys()
            waiting += one.values()
