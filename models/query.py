"""A question to a collection as a value, and its statements. Pure: no request, no database.

Order is total: after the fields asked for comes the id. Nulls are last in both directions. A page
begins after the last record of the one before (keyset), so it stays right while records come
and go, and the 500th costs what the first did.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Select,
    and_,
    bindparam,
    false,
    func,
    or_,
    select,
)

from models.definition import Definition, Sort
from models.table import MEMO, table_of


@dataclass(frozen=True)
class Query:
    """``equal``: field -> value, None for null. ``after``: the values of ``order`` in the record
    that the page begins behind."""

    equal: Mapping[str, Any]
    sort: tuple[Sort, ...]
    limit: int
    after: tuple[Any, ...] | None = None
    offset: int = 0
    count: bool = False

    @property
    def order(self) -> tuple[Sort, ...]:
        """With what breaks ties."""
        if any(sort.name == "id" for sort in self.sort):
            return self.sort
        return (*self.sort, Sort("id"))

    @property
    def nulls(self) -> frozenset[str]:
        return frozenset(name for name, value in self.equal.items() if value is None)

    @property
    def parameters(self) -> dict[str, Any]:
        equal = {f"EQ_{n}": value for n, value in self.equal.items() if value is not None}
        after = {
            f"AFTER_{i}": value for i, value in enumerate(self.after or ()) if value is not None
        }
        return {**equal, **after}

    @property
    def page_parameters(self) -> dict[str, Any]:
        """One record more than the page holds tells whether there is a next one."""
        return self.parameters | {"LIMIT": self.limit + 1, "OFFSET": self.offset}


def page_statement(definition: Definition, query: Query) -> Select[Any]:
    after = None if query.after is None else tuple(value is None for value in query.after)
    return _page(definition, tuple(query.equal), query.nulls, query.order, after)


def count_statement(definition: Definition, query: Query) -> Select[Any]:
    return _count(definition, tuple(query.equal), query.nulls)


@lru_cache(MEMO)
def _page(
    definition: Definition,
    equal: tuple[str, ...],
    nulls: frozenset[str],
    order: tuple[Sort, ...],
    after: tuple[bool, ...] | None,
) -> Select[Any]:
    table = table_of(definition)
    statement = select(table).where(*_equal(definition, equal, nulls))
    if after is not None:
        statement = statement.where(_behind(definition, order, after))
    statement = statement.order_by(*(_ordering(definition, sort) for sort in order))
    return statement.limit(bindparam("LIMIT")).offset(bindparam("OFFSET"))


@lru_cache(MEMO)
def _count(definition: Definition, equal: tuple[str, ...], nulls: frozenset[str]) -> Select[Any]:
    table = table_of(definition)
    return select(func.count()).select_from(table).where(*_equal(definition, equal, nulls))


def _equal(
    definition: Definition, names: tuple[str, ...], nulls: frozenset[str]
) -> list[ColumnElement[bool]]:
    columns = table_of(definition).c
    return [
        columns[name].is_(None) if name in nulls else columns[name] == bindparam(f"EQ_{name}")
        for name in names
    ]


def _ordering(definition: Definition, sort: Sort) -> ColumnElement[Any]:
    column = table_of(definition).c[sort.name]
    ordered = column.desc() if sort.descending else column.asc()
    return ordered.nulls_last() if column.nullable else ordered


def _behind(
    definition: Definition, order: tuple[Sort, ...], nulls: tuple[bool, ...]
) -> ColumnElement[bool]:
    """Equal in the first keys and behind in the next one, for each of them in turn."""
    columns = table_of(definition).c
    cases: list[ColumnElement[bool]] = []
    same: list[ColumnElement[bool]] = []
    for i, (sort, null) in enumerate(zip(order, nulls, strict=True)):
        column = columns[sort.name]
        value: BindParameter[Any] = bindparam(f"AFTER_{i}")
        if null:
            same.append(column.is_(None))
            continue
        behind = column < value if sort.descending else column > value
        if column.nullable:
            behind = or_(behind, column.is_(None))
        cases.append(and_(*same, behind))
        same.append(column == value)
    return or_(*cases) if cases else false()
