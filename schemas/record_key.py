"""The id of a record: in a body, and in a path or a query."""

import re
from functools import lru_cache
from typing import Any

from marshmallow import ValidationError

from models.definition import Items, Key
from schemas.pattern import full_match
from schemas.scalar import Strict, refuse
from schemas.value import strict_field

LONGEST_STRING_KEY = 255
CANONICAL_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,18}", re.ASCII)


@lru_cache
def _strict(type: str) -> Strict:
    return strict_field(Items(type, {}))


def read_key(key: Key, value: Any) -> Any:
    """ValidationError where ``value`` (JSON) can be no key of this kind."""
    value = _strict(key.type).parse(value)
    if key.type == "string":
        if not value:
            refuse("min_length", "Must not be empty.")
        most = key.max_length or LONGEST_STRING_KEY
        if len(value) > most:
            refuse("max_length", f"Must have at most {most} characters.")
        if value in (".", ".."):
            refuse("character", "Must not be a dot segment: no URL could lead to it.")
        if key.pattern is not None and not full_match(key.pattern, value):
            refuse("pattern", f"Must match {key.pattern}")
    return value


def key_in_path(key: Key, text: str) -> Any:
    """None where there can be no record of this id: each has one address only."""
    if key.type == "integer" and not CANONICAL_INTEGER.fullmatch(text):
        return None
    try:
        return read_key(key, int(text) if key.type == "integer" else text)
    except ValidationError:
        return None
