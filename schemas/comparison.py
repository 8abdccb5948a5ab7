"""A member, an operator and a value -> a condition: what ``filter=`` and flat parameters share."""

from collections.abc import Sequence
from decimal import ROUND_FLOOR, Context, Decimal
from functools import lru_cache
from typing import Any

from models.definition import Field, Items
from models.expression import (
    All,
    Among,
    Comparison,
    Condition,
    Contains,
    Given,
    Has,
    IsNull,
    Member,
    Not,
    Settled,
)
from models.folding import fold
from schemas.scalar import DECIMAL_FORM, Strict, refuse
from schemas.scope import Named, kind_of, scale
from schemas.value import strict_field
from schemas.view import WHOLES

ORDERED = ("eq", "ne", "lt", "lte", "gt", "gte", "in")
OF_TEXT = ("contains", "starts_with")
EVERYWHERE = ("is_null",)
OPERATORS = (*ORDERED, *OF_TEXT, *EVERYWHERE)
# How expressions write them; nothing at all is for a boolean alone.
SYMBOLS = {
    "=": "eq",
    "!=": "ne",
    "<": "lt",
    "<=": "lte",
    ">": "gt",
    ">=": "gte",
    "~": "contains",
    "!~": "contains",
    "in": "in",
    "is": "is_null",
    "": "eq",
    "has": "has",
}
MIRRORED = {"lt": "gt", "lte": "gte", "gt": "lt", "gte": "lte"}
HIGHEST_CHARACTER, BEFORE_SURROGATES, BEHIND_SURROGATES = 0x10FFFF, 0xD7FF, 0xE000
EXACT = Context(prec=100)
MOST_DECIMAL_DIGITS = 400
LONGEST_PART = 4096


def operators_of(spec: Field | Items) -> tuple[str, ...]:
    if spec.type in WHOLES:
        return EVERYWHERE
    return (*ORDERED, *(OF_TEXT if kind_of(spec) == "string" else ()), *EVERYWHERE)


class Givens(list[Any]):
    """The values of a question, in the order of their numbers."""

    def add(self, value: Any, kind: str) -> Given:
        self.append(value)
        return Given(len(self) - 1, kind)


def condition(givens: Givens, named: Named, operator: str, value: Any) -> Condition:
    """``value`` as JSON has it; for ``in`` a list. ValidationError for one that is of another
    type."""
    member, spec, kind = named.member, named.spec, named.kind
    if operator == "is_null":
        null = IsNull(member)
        return null if _strict("boolean").parse(value) else Not(null)
    if operator == "contains":
        return Contains(member, givens.add(fold(_part(read(spec, value))), kind))
    if operator == "starts_with":
        return _starts_with(givens, member, read(spec, value))
    if operator == "in":
        return _among(givens, named, value)
    if spec.type == "decimal":
        return _of_decimal(givens, named, operator, _decimal(value))
    return Comparison(operator, member, givens.add(read(spec, value), kind))


def _part(text: str) -> str:
    """It is looked for in each record, so it is no longer than an expression could have it."""
    if len(text) > LONGEST_PART:
        refuse("max_length", f"Must have at most {LONGEST_PART} characters.")
    return text


def has(givens: Givens, named: Named, value: Any) -> Condition:
    """Whether an array has the item."""
    items = named.spec.items if isinstance(named.spec, Field) else None
    if items is None:
        refuse("operator", "`has` is for arrays.")
    if items.type == "decimal":
        fitted, exact = _fitted(items, _decimal(value))
        if fitted is None or not exact:
            return Settled(named.member, False)
        return Has(named.member, givens.add(fitted, items.type))
    return Has(named.member, givens.add(read(items, value), items.type))


def read(spec: Field | Items, value: Any) -> Any:
    """ValidationError for what is of another type; the limits of a field do not limit questions."""
    if spec.type == "decimal":
        return _decimal(value)
    return _strict(kind_of(spec)).parse(value)


@lru_cache
def _strict(kind: str) -> Strict:
    return strict_field(Items(kind, {}))


def _starts_with(givens: Givens, member: Member, prefix: str) -> Condition:
    """A range, so that an index serves."""
    if not prefix:
        return Settled(member, True)
    first = Comparison("gte", member, givens.add(prefix, "string"))
    end = _successor(prefix)
    if end is None:
        return first
    return All((first, Comparison("lt", member, givens.add(end, "string"))))


def _successor(prefix: str) -> str | None:
    """The first text, by code points, behind all that begin so."""
    kept = prefix.rstrip(chr(HIGHEST_CHARACTER))
    if not kept:
        return None
    last = ord(kept[-1])
    following = BEHIND_SURROGATES if last == BEFORE_SURROGATES else last + 1
    return kept[:-1] + chr(following)


def _among(givens: Givens, named: Named, values: Sequence[Any]) -> Condition:
    found = [read(named.spec, value) for value in values]
    if named.spec.type == "decimal":
        fitted = [_fitted(named.spec, value) for value in found]
        kept = [value for value, exact in fitted if exact and value is not None]
        if found and not kept:
            return Settled(named.member, False)
        found = kept
    return Among(named.member, givens.add(found, named.kind))


def _decimal(value: Any) -> Decimal:
    if (
        isinstance(value, str)
        and len(value) <= MOST_DECIMAL_DIGITS
        and DECIMAL_FORM.fullmatch(value)
    ):
        return Decimal(value)
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        refuse("type", "Must be a decimal number.")
    return Decimal(value)


def _fitted(spec: Field | Items, value: Decimal) -> tuple[Decimal | None, bool]:
    """The greatest value of this scale that is not above, and whether it is the same; None where
    all that can be stored is above, or all below."""
    places = scale(spec)
    limit = Decimal(10) ** ((spec.option("precision") or 18) - places)
    if not -limit < value < limit:
        return None, False
    unit = Decimal(1).scaleb(-places)
    if value and value.adjusted() < -places:
        floor = Decimal(0) if value > 0 else -unit
    else:
        floor = value.quantize(unit, ROUND_FLOOR, EXACT)
    return (None, False) if floor <= -limit else (floor if floor else abs(floor), floor == value)


def _of_decimal(givens: Givens, named: Named, operator: str, value: Decimal) -> Condition:
    """Compared as values, of however many places."""
    fitted, exact = _fitted(named.spec, value)
    if fitted is not None and exact:
        return Comparison(operator, named.member, givens.add(fitted, named.kind))
    if fitted is None or operator in ("eq", "ne"):
        below = operator in ("lt", "lte") if value > 0 else operator in ("gt", "gte")
        return Settled(named.member, operator == "ne" or (operator != "eq" and below))
    operator = "lte" if operator in ("lt", "lte") else "gt"
    return Comparison(operator, named.member, givens.add(fitted, named.kind))
