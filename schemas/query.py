"""Query parameters -> a query. Whatever is not understood is named, with what would be valid."""

import re
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

from marshmallow import ValidationError

from models.definition import Field, Items, Sort, sort_of
from models.query import Query
from models.refusal import Failure, Refusal
from schemas.cursor import Cursors
from schemas.failure import failures_of
from schemas.value import strict_field
from schemas.view import View

DEFAULT_LIMIT, HIGHEST_LIMIT = 20, 500
MOST_SORTS = 8
MOST_SHOWN = 100
HIGHEST_OFFSET = 2**53
OF_LISTS = ("limit", "cursor", "offset", "sort", "count")
NUMERIC = ("integer", "number")
# As in a body, 5.0 is the integer 5.
INTEGER_FORM = re.compile(r"(-?(?:0|[1-9][0-9]{0,18}))(?:\.0+)?", re.ASCII)
NUMBER_FORM = re.compile(r"-?(0|[1-9][0-9]{0,30})(\.[0-9]{1,30})?([eE][+-]?[0-9]{1,3})?", re.ASCII)


class Invalid(Exception):
    """One parameter's fault."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


def read_query(view: View, pairs: Iterable[tuple[str, str]], cursors: Cursors) -> Query:
    """``pairs`` as they stand in the URL. 400 ``invalid-parameter`` with every fault."""
    parameters, failures = once(pairs)
    equal: dict[str, Any] = {}
    own: dict[str, Any] = {"sort": ()}
    for name, value in parameters.items():
        try:
            if name in OF_LISTS:
                own[name] = READERS[name](view, value)
            else:
                field, condition = _condition(view, name, value)
                equal[field] = condition
        except Invalid as invalid:
            failures.append(Failure(name[:MOST_SHOWN], invalid.code, invalid.detail))
    if "cursor" in parameters and "offset" in parameters:
        failures.append(Failure("offset", "exclusive", "Not together with cursor."))
    if failures:
        raise invalid_parameters(failures)
    query = Query(
        equal=equal,
        sort=own["sort"],
        limit=own.get("limit", DEFAULT_LIMIT),
        offset=own.get("offset", 0),
        count=own.get("count", False),
    )
    if "cursor" in own:
        return cursors.begin(view, query, own["cursor"])
    return query


def invalid_parameters(failures: list[Failure]) -> Refusal:
    named = ", ".join(dict.fromkeys(failure.pointer for failure in failures))
    return Refusal("invalid-parameter", f"Not valid: {named[:200]}.", failures)


def once(pairs: Iterable[tuple[str, str]]) -> tuple[dict[str, str], list[Failure]]:
    """A parameter that is given twice has no meaning."""
    parameters: dict[str, str] = {}
    failures = []
    for name, value in pairs:
        if name in parameters:
            failures.append(Failure(name[:MOST_SHOWN], "twice", "Is given twice."))
        parameters[name] = value
    return parameters, failures


def _condition(view: View, name: str, value: str) -> tuple[str, Any]:
    field, _, operator = name.partition("__")
    if field not in view.comparable:
        raise _unknown(view, name)
    if operator not in ("", "eq") or name.endswith("__"):
        raise Invalid("operator", "There is no such operator: only eq.")
    return field, _value(view, field, value)


def _unknown(view: View, name: str) -> Invalid:
    valid = [*OF_LISTS, *view.comparable]
    close = get_close_matches(name, valid, 1)
    hint = f" Did you mean {close[0]}?" if close else ""
    return Invalid("unknown", f"No such parameter.{hint} Valid are {', '.join(valid)}.")


def _value(view: View, name: str, text: str) -> Any:
    spec = view.spec(name)
    try:
        return strict_field(spec).parse(_json_of(spec, text))
    except ValidationError as error:
        first = failures_of(error)[0]
        raise Invalid(first.code, first.detail) from None


def _json_of(spec: Field | Items, text: str) -> Any:
    """What JSON would have said: a URL knows only text."""
    type = spec.target.type if spec.target else spec.type
    if type == "boolean":
        return {"true": True, "false": False}.get(text, text)
    if type in NUMERIC:
        return _number(type, text)
    return text


def _number(type: str, text: str) -> Any:
    if match := INTEGER_FORM.fullmatch(text):
        return int(match[1])
    return float(text) if type == "number" and NUMBER_FORM.fullmatch(text) else text


def _limit(view: View, text: str) -> int:
    limit = _whole(text)
    if limit is None or not 1 <= limit <= HIGHEST_LIMIT:
        raise Invalid("range", f"Must be an integer from 1 to {HIGHEST_LIMIT}.")
    return limit


def _offset(view: View, text: str) -> int:
    offset = _whole(text)
    if offset is None or offset > HIGHEST_OFFSET:
        raise Invalid("range", f"Must be an integer from 0 to {HIGHEST_OFFSET}.")
    return offset


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 20 else None


def _count(view: View, text: str) -> bool:
    if text not in ("true", "false"):
        raise Invalid("type", "Must be true or false.")
    return text == "true"


def _sort(view: View, text: str) -> tuple[Sort, ...]:
    sorts = tuple(sort_of(name) for name in text.split(","))
    valid = view.comparable
    for sort in sorts:
        if sort.name not in valid:
            close = get_close_matches(sort.name, valid, 1)
            hint = f" Did you mean {close[0]}?" if close else ""
            detail = f"No field {sort.name[:48]!r} to sort by.{hint} Valid are {', '.join(valid)}."
            raise Invalid("field", detail)
    if len(sorts) > MOST_SORTS:
        raise Invalid("max_items", f"Must name at most {MOST_SORTS} fields.")
    # A field that is there again orders nothing more.
    return tuple({sort.name: sort for sort in reversed(sorts)}[name] for name in _first(sorts))


def _first(sorts: tuple[Sort, ...]) -> list[str]:
    return list(dict.fromkeys(sort.name for sort in sorts))


def _cursor(view: View, text: str) -> str:
    return text


READERS = {
    "limit": _limit,
    "cursor": _cursor,
    "offset": _offset,
    "sort": _sort,
    "count": _count,
}
