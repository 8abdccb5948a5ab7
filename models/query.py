"""A question to a collection as a value, and its statements. Pure: no request, no database.

Order is total: after the keys asked for comes the id. Nulls are last in both directions. A page
begins after the last record of the one before (keyset), so it stays right while records come
and go, and the 500th costs what the first did.

So that an index serves, a page whose first key may be null is asked for in two parts: those that
have the key, and, where these do not fill the page, those that have not.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import takewhile
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Select,
    and_,
    bindparam,
    func,
    or_,
    select,
    true,
    tuple_,
)

from models.condition import Source, given_parameters
from models.definition import Definition
from models.expression import Condition, Member, Question

# As many questions of different shapes as are likely to be in use; each is some 20 kB.
MEMO = 512
FILLED, EMPTY, WHOLE = "filled", "empty", "whole"


@dataclass(frozen=True)
class Key:
    """What to sort by."""

    by: Member
    descending: bool = False
    nullable: bool = True


BY_ID = Key(Member((), "id"), nullable=False)


def total(keys: tuple[Key, ...]) -> tuple[Key, ...]:
    """With what breaks ties; what comes behind that orders nothing."""
    ids = [i for i, key in enumerate(keys) if key.by == BY_ID.by]
    return keys[: ids[0] + 1] if ids else (*keys, BY_ID)


@dataclass(frozen=True)
class Sought:
    """``after``: the values of the keys of that which the page begins behind."""

    where: Question | None
    limit: int
    offset: int
    count: bool
    after: tuple[Any, ...] | None

    @property
    def condition(self) -> Condition | None:
        return None if self.where is None else self.where.condition

    @property
    def nulls(self) -> tuple[bool, ...] | None:
        return None if self.after is None else tuple(value is None for value in self.after)

    @property
    def parameters(self) -> dict[str, Any]:
        after = {f"AFTER_{i}": value for i, value in enumerate(self.after or ())}
        return given_parameters(self.where) | after


@dataclass(frozen=True)
class Query(Sought):
    """``columns``: of the record, those that are wanted."""

    definition: Definition
    columns: tuple[str, ...]
    keys: tuple[Key, ...]

    def parts(self) -> tuple[str, ...]:
        """Of the page, in their order."""
        if self.offset or not self.keys[0].nullable:
            return (WHOLE,)
        if self.after is None or self.after[0] is not None:
            return FILLED, EMPTY
        return (EMPTY,)

    def statement(self, part: str) -> Select[Any]:
        nulls = self.nulls
        if part == EMPTY and nulls and not nulls[0]:
            nulls = None
        return _page(self.definition, self.columns, self.condition, self.keys, part, nulls)

    @property
    def count_statement(self) -> Select[Any]:
        return _count(self.definition, self.condition)


@lru_cache(MEMO)
def _page(
    definition: Definition,
    columns: tuple[str, ...],
    condition: Condition | None,
    keys: tuple[Key, ...],
    part: str,
    nulls: tuple[bool, ...] | None,
) -> Select[Any]:
    """The columns, and after them the keys that are not among them."""
    source = Source(definition)
    by = tuple(source.column(key.by) for key in keys)
    own = [source.table.c[name] for name in columns]
    others = [by[i] for i, key in enumerate(keys) if not is_among(key, columns)]
    where = [] if condition is None else [source.condition(condition)]
    if part != WHOLE:
        where.append(by[0].is_(None) if part == EMPTY else by[0].is_not(None))
        keys = (replace(keys[0], nullable=False), *keys[1:])
    if nulls is not None:
        where.append(behind(keys, by, nulls))
    ordered = [ordering(key, column) for key, column in zip(keys, by, strict=True)]
    statement = select(*own, *others).select_from(source.joined).where(*where)
    statement = statement.order_by(*ordered[part == EMPTY :]).limit(bindparam("LIMIT"))
    return statement.offset(bindparam("OFFSET")) if part == WHOLE else statement


@lru_cache(MEMO)
def _count(definition: Definition, condition: Condition | None) -> Select[Any]:
    source = Source(definition)
    where = [] if condition is None else [source.condition(condition)]
    return select(func.count()).select_from(source.joined).where(*where)


def is_among(key: Key, columns: Sequence[str]) -> bool:
    return not key.by.steps and key.by.name in columns


def ordering(key: Key, column: ColumnElement[Any]) -> ColumnElement[Any]:
    ordered = column.desc() if key.descending else column.asc()
    return ordered.nulls_last() if key.nullable else ordered


def behind(
    keys: Sequence[Key], by: Sequence[ColumnElement[Any]], nulls: Sequence[bool]
) -> ColumnElement[bool]:
    """Behind the record whose keys are bound as ``AFTER_i``: equal in the first keys and behind in
    the next one, for each of them in turn. Said first as a range that an index can begin at."""
    values = [bindparam(f"AFTER_{i}", type_=column.type) for i, column in enumerate(by)]
    cases: list[ColumnElement[bool]] = []
    same: list[ColumnElement[bool]] = []
    for key, column, value, null in zip(keys, by, values, nulls, strict=True):
        if null:
            same.append(column.is_(None))
            continue
        further = _further(key, column, value)
        cases.append(and_(*same, or_(further, column.is_(None)) if key.nullable else further))
        same.append(column == value)
    lead, all_said = _lead(keys, by, values, nulls)
    return lead if all_said else and_(lead, or_(*cases))


def _further(key: Key, column: Any, value: Any) -> ColumnElement[bool]:
    further: ColumnElement[bool] = column < value if key.descending else column > value
    return further


def _lead(
    keys: Sequence[Key],
    by: Sequence[ColumnElement[Any]],
    values: Sequence[BindParameter[Any]],
    nulls: Sequence[bool],
) -> tuple[ColumnElement[bool], bool]:
    """What of it a range of the first keys says; and whether that is all there is to say."""
    if nulls[0]:
        return by[0].is_(None), False
    same_way = takewhile(
        lambda key: not key.nullable and key.descending == keys[0].descending, keys
    )
    n = len(list(same_way))
    if n == 0:
        return true(), False
    row, bound = (by[0], values[0]) if n == 1 else (tuple_(*by[:n]), tuple_(*values[:n]))
    if n == len(keys):
        return _further(keys[0], row, bound), True
    return (row <= bound if keys[0].descending else row >= bound), False
