"""Flat conditions: ``pages__gte=100``, ``author__name__contains=ann``."""

import re
from decimal import Decimal
from typing import Any, NamedTuple

from marshmallow import ValidationError

from models.expression import Condition
from models.memo import memo
from schemas.comparison import OPERATORS, Givens, condition, operators_of
from schemas.failure import failures_of
from schemas.parameter import Invalid
from schemas.scope import Named, Scope, Unknown

# A name may end in an underscore, so of three the first is the name's.
PARTS = re.compile(r"__(?!_)")
LONGEST = 400
# As in a body, 5.0 is the integer 5.
INTEGER_FORM = re.compile(r"(-?(?:0|[1-9][0-9]{0,18}))(?:\.0+)?", re.ASCII)
NUMBER_FORM = re.compile(r"-?(0|[1-9][0-9]{0,30})(\.[0-9]{1,30})?([eE][+-]?[0-9]{1,3})?", re.ASCII)
TRUTHS = {"true": True, "false": False}


class Flat(NamedTuple):
    named: Named
    operator: str


def flat_condition(scope: Scope, givens: Givens, name: str, text: str) -> tuple[Named, Condition]:
    """Raises ``Unknown`` for a name, ``Invalid`` for a value."""
    flat = _flat(scope, name[:LONGEST])
    try:
        value = _json_of(flat, text)
        return flat.named, condition(givens, flat.named, flat.operator, value)
    except ValidationError as error:
        first = failures_of(error)[0]
        raise Invalid(first.code, first.detail) from None


@memo(4096)
def _flat(scope: Scope, name: str) -> Flat:
    *path, last = PARTS.split(name)
    operator = last if path and last in OPERATORS else "eq"
    if not (path and last in OPERATORS):
        path = [*path, last]
    try:
        named = scope.named(path)
    except Unknown:
        if operator == "eq" and len(path) > 1:
            _refuse_operator(scope, path)
        raise
    valid = operators_of(named.spec)
    if operator not in valid:
        raise Unknown(_no_such_operator(operator, named, path))
    return Flat(named, operator)


def _refuse_operator(scope: Scope, path: list[str]) -> None:
    """Of what may be meant by the last part, an operator is likelier than a field."""
    try:
        named = scope.named(path[:-1])
    except Unknown:
        return
    if named.spec.target is None:
        raise Unknown(_no_such_operator(path[-1], named, path[:-1]))


def _no_such_operator(operator: str, named: Named, path: list[str]) -> str:
    valid = ", ".join(operators_of(named.spec))
    also = f" Or ask `filter={'.'.join(path)} has …`." if named.spec.type == "array" else ""
    return f"No operator `{operator[:60]}` for `{'__'.join(path)}`. Valid are {valid}.{also}"


def _json_of(flat: Flat, text: str) -> Any:
    """What JSON would have said: a URL knows only text."""
    if flat.operator == "is_null":
        return TRUTHS.get(text, text)
    if flat.operator == "in":
        return [_one(flat.named.kind, one) for one in text.split(",")] if text else []
    return _one(flat.named.kind, text)


def _one(kind: str, text: str) -> Any:
    if kind == "boolean":
        return TRUTHS.get(text, text)
    if kind in ("integer", "number"):
        return _number(kind, text)
    if kind == "decimal" and NUMBER_FORM.fullmatch(text):
        return Decimal(text)
    return text


def _number(kind: str, text: str) -> Any:
    if match := INTEGER_FORM.fullmatch(text):
        return int(match[1])
    return float(text) if kind == "number" and NUMBER_FORM.fullmatch(text) else text
