"""A condition -> SQL, over a row and those that its references lead to."""

from collections.abc import Callable, Sequence
from operator import eq, ge, gt, le, lt, ne
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    FromClause,
    and_,
    bindparam,
    case,
    false,
    literal_column,
    not_,
    null,
    or_,
    select,
)
from sqlalchemy.types import TypeEngine

from models.column_type import COLUMN_TYPES, SequenceItem
from models.definition import Items
from models.dialect_function import by_code_point, contains, folded, has, rescaled
from models.expression import (
    NEVER,
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
    Rows,
    Rule,
    Settled,
    Step,
    follows,
)
from models.momentary import ITEM, Momentary
from models.table import table_of

OPERATORS: dict[str, Callable[[Any, Any], ColumnElement[bool]]] = {
    "eq": eq,
    "ne": ne,
    "lt": lt,
    "lte": le,
    "gt": gt,
    "gte": ge,
}
ONE: ColumnElement[int] = literal_column("1")
TOGETHER = 4
"""So many conditions through references follow them together: one or two are better asked for by
themselves, where a database may begin at what they lead to."""
Joined = tuple[FromClause, ColumnElement[bool]]
"""A table, and what it is joined on."""


class Source:
    """A row, and the tables that references lead to from it, each joined once. A reference to
    nothing, or to what may not be seen, gives nulls. ``values``: what is given; None: it is bound
    by its number when the statement is run."""

    def __init__(self, row: FromClause, values: Sequence[Any] | None = None) -> None:
        self.row = row
        self._values = values
        self._reached: dict[tuple[Step, ...], Joined] = {}

    @property
    def reached(self) -> list[Joined]:
        """What was asked for until now."""
        return list(self._reached.values())

    def column(self, member: Member) -> ColumnElement[Any]:
        return self._at(member.steps).c[member.name]

    def _at(self, steps: tuple[Step, ...]) -> FromClause:
        if not steps:
            return self.row
        if steps not in self._reached:
            columns, step = self._at(steps[:-1]).c, steps[-1]
            alias = table_of(step.to.definition).alias()
            reference = columns.get(followed_name(step.field), columns[step.field])
            on = and_(reference == alias.c["id"], *allowed(step.to, alias))
            self._reached[steps] = (alias, on)
        return self._reached[steps][0]

    def condition(self, condition: Condition) -> ColumnElement[bool]:
        return COMPILERS[type(condition)](self, condition)

    def operand(self, operand: Operand) -> ColumnElement[Any]:
        if isinstance(operand, Member):
            return self.column(operand)
        return self.bound(operand, kind_type(operand.kind))

    def bound(
        self, value: Given | Momentary, as_type: TypeEngine[Any], **how: Any
    ) -> BindParameter[Any]:
        if isinstance(value, Momentary):
            return bindparam(value.name, type_=as_type, **how)
        if self._values is None:
            return bindparam(given_name(value.index), type_=as_type, **how)
        return bindparam(None, self._values[value.index], type_=as_type, unique=True, **how)

    def like(self, value: Given | Momentary, other: Operand, **how: Any) -> BindParameter[Any]:
        """Bound as the column is that it is compared with."""
        return self.bound(value, self.operand(other).type, **how)


def followed_name(field: str) -> str:
    """A row that is not stored may say apart where a reference leads, if it is to be followed."""
    return f"FOLLOWED_{field}"


def allowed(rows: Rows, row: FromClause) -> list[ColumnElement[bool]]:
    """What makes ``row``, of whatever table or alias, one of these."""
    return [] if rows.rule is None else [holds(rows.rule, row)]


def holds(rule: Rule, row: FromClause) -> ColumnElement[bool]:
    """True of exactly the rows that the rule is true of; elsewhere false, or unknown. What it
    follows is none of the statement's own joins, so it can stand in any, also one that locks."""
    return false() if rule is NEVER else _holds(rule.question, rule.question.condition, row)


def _holds(question: Question, condition: Condition, row: FromClause) -> ColumnElement[bool]:
    """``and`` and ``or`` of what is true: so each part can be asked for by itself, and where it
    follows no reference an index can serve. Where many do, they follow them together, each once."""
    if not isinstance(condition, All | Any_):
        return _holds_by_itself(question, condition, row)
    join = and_ if isinstance(condition, All) else or_
    following = tuple(part for part in condition.parts if follows(part))
    if sum(map(follows, following)) < TOGETHER:
        return join(*(_holds(question, part, row) for part in condition.parts))
    others = (part for part in condition.parts if part not in following)
    together = _holds_by_itself(question, type(condition)(following), row)
    return join(*(_holds(question, part, row) for part in others), together)


def _holds_by_itself(
    question: Question, condition: Condition, row: FromClause
) -> ColumnElement[bool]:
    source = Source(row, question.givens)
    compiled = source.condition(condition)
    if not source.reached:
        return compiled
    if _needs_all(condition, question):
        # A semi-join, where the database likes.
        tables, conditions = zip(*source.reached, strict=True)
        there = select(ONE).select_from(*tables).where(*conditions, compiled)
    else:
        joined: FromClause = select(ONE.label("one")).subquery()
        for table, on in source.reached:
            joined = joined.outerjoin(table, on)
        there = select(ONE).select_from(joined).where(compiled)
    return there.correlate(row).exists()


def _needs_all(condition: Condition, question: Question) -> bool:
    """Whether it can only be true where all that it follows is there."""
    inner = condition.inner if isinstance(condition, Not) else condition
    if isinstance(inner, IsNull):
        return isinstance(condition, Not)
    if isinstance(inner, Among):
        return bool(question.givens[inner.all.index])
    return isinstance(inner, Comparison | Contains | Has | Settled)


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
    if isinstance(left, Member) and not isinstance(right, Member):
        sides = source.column(left), source.like(right, left)
    elif isinstance(right, Member) and not isinstance(left, Member):
        sides = source.like(left, right), source.column(right)
    else:
        sides = source.operand(left), source.operand(right)
    if one.shift:
        sides = _rescale(*sides, one.shift)
    if not isinstance(left, Member) and not isinstance(right, Member) and left.kind == "string":
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
    return source.operand(one.one).in_(source.like(one.all, one.one, expanding=True))


def _has_compiled(source: Source, one: Has) -> ColumnElement[bool]:
    array, item = source.column(one.array), one.item
    if isinstance(item, Momentary):
        found = has(array, bindparam(f"{item.name}{ITEM}", type_=SequenceItem()))
        # To PostgreSQL null is not in an empty array, and SQL's null is in none.
        return case((source.operand(item).is_(None), null()), else_=found)
    return has(array, source.bound(item, SequenceItem()))


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
