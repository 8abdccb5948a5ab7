"""A condition -> SQL, over a table and those that its references lead to."""

from collections.abc import Callable
from operator import eq, ge, gt, le, lt, ne
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    FromClause,
    and_,
    bindparam,
    literal_column,
    not_,
    or_,
)
from sqlalchemy.types import TypeEngine

from models.column_type import COLUMN_TYPES, SequenceItem
from models.definition import Definition, Items
from models.dialect_function import by_code_point, contains, folded, has, rescaled
from models.expression import (
    RANK,
    All,
    Among,
    Any_,
    Comparison,
    Condition,
    Contains,
    Given,
    Has,
    IsNull,
    Member,
    Not,
    Operand,
    Question,
    Settled,
    Step,
)
from models.search import Found
from models.table import table_of

OPERATORS: dict[str, Callable[[Any, Any], ColumnElement[bool]]] = {
    "eq": eq,
    "ne": ne,
    "lt": lt,
    "lte": le,
    "gt": gt,
    "gte": ge,
}


class Source:
    """The tables that a statement reads: the collection's, and each that a reference leads to,
    joined once. A reference to nothing gives nulls."""

    def __init__(self, definition: Definition, found: Found | None = None) -> None:
        self.table = table_of(definition)
        self._found = found
        self._inner: tuple[tuple[FromClause, ColumnElement[bool]], ...] = ()
        self._joined: dict[tuple[Step, ...], tuple[FromClause, ColumnElement[bool]]] = {}

    def column(self, member: Member) -> ColumnElement[Any]:
        if member is RANK and self._found is not None:
            self._inner = self._found.joins
            return self._found.rank
        return self._reached(member.steps).c[member.name]

    def _reached(self, steps: tuple[Step, ...]) -> FromClause:
        if not steps:
            return self.table
        if steps not in self._joined:
            before = self._reached(steps[:-1])
            alias = table_of(steps[-1].to).alias()
            self._joined[steps] = (alias, before.c[steps[-1].field] == alias.c["id"])
        return self._joined[steps][0]

    def joined(self) -> FromClause:
        """All that was asked for until now."""
        joined: FromClause = self.table
        for table, on in self._inner:
            joined = joined.join(table, on)
        for table, on in self._joined.values():
            joined = joined.outerjoin(table, on)
        return joined

    def where(self, condition: Condition | None) -> list[ColumnElement[bool]]:
        """The condition, and that it is among what was found."""
        given = [] if condition is None else [self.condition(condition)]
        return given if self._found is None else [self._found.condition, *given]

    def condition(self, condition: Condition) -> ColumnElement[bool]:
        return COMPILERS[type(condition)](self, condition)

    def operand(self, operand: Operand) -> ColumnElement[Any]:
        if isinstance(operand, Member):
            return self.column(operand)
        return bindparam(given_name(operand.index), type_=kind_type(operand.kind))

    def typed(self, given: Given, like: Operand, **how: Any) -> BindParameter[Any]:
        """Bound as the column is that it is compared with."""
        kind = self.operand(like).type
        return bindparam(given_name(given.index), type_=kind, **how)


def kind_type(kind: str) -> TypeEngine[Any]:
    return COLUMN_TYPES[kind](Items(kind, {}))


def given_name(index: int) -> str:
    return f"GIVEN_{index}"


def given_parameters(question: Question | None) -> dict[str, Any]:
    if question is None:
        return {}
    return {given_name(i): value for i, value in enumerate(question.givens)}


def _comparison(source: Source, one: Comparison) -> ColumnElement[bool]:
    left, right = one.left, one.right
    sides: tuple[ColumnElement[Any], ColumnElement[Any]]
    if isinstance(left, Member) and isinstance(right, Given):
        sides = source.column(left), source.typed(right, left)
    elif isinstance(left, Given) and isinstance(right, Member):
        sides = source.typed(left, right), source.column(right)
    else:
        sides = source.operand(left), source.operand(right)
    if one.shift:
        sides = _rescale(*sides, one.shift)
    if isinstance(left, Given) and isinstance(right, Given) and left.kind == "string":
        sides = by_code_point(sides[0]), sides[1]
    return OPERATORS[one.operator](*sides)


def _rescale(
    left: ColumnElement[Any], right: ColumnElement[Any], shift: int
) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    factor: ColumnElement[int] = literal_column(str(10 ** abs(shift)))
    if shift > 0:
        return left, rescaled(right, factor)
    return rescaled(left, factor), right


def _contains_compiled(source: Source, one: Contains) -> ColumnElement[bool]:
    part = source.operand(one.part)
    return contains(
        source.operand(one.text), folded(part) if isinstance(one.part, Member) else part
    )


def _among(source: Source, one: Among) -> ColumnElement[bool]:
    return source.operand(one.one).in_(source.typed(one.all, one.one, expanding=True))


def _has_compiled(source: Source, one: Has) -> ColumnElement[bool]:
    array = source.column(one.array)
    item: BindParameter[Any] = bindparam(given_name(one.item.index), type_=SequenceItem())
    return has(array, item)


COMPILERS: dict[type[Condition], Callable[[Source, Any], ColumnElement[bool]]] = {
    Comparison: _comparison,
    Contains: _contains_compiled,
    Among: _among,
    Has: _has_compiled,
    IsNull: lambda source, one: source.operand(one.one).is_(None),
    Settled: lambda source, one: _settled(source.operand(one.one), one.truth),
    Not: lambda source, one: not_(source.condition(one.inner)),
    All: lambda source, one: and_(*map(source.condition, one.parts)),
    Any_: lambda source, one: or_(*map(source.condition, one.parts)),
}


def _settled(operand: ColumnElement[Any], truth: bool) -> ColumnElement[bool]:
    return operand == operand if truth else operand != operand
