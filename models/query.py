"""A question to a collection as a value, and its statements. Pure: no request, no database.

Order is total: after the keys asked for comes the id. Nulls are last in both directions. A page
begins after the last record of the one before (keyset), so it stays right while records come
and go, and the 500th costs what the first did.

So that an index serves, a page is asked for in parts (``Part``), the next only where those before
do not fill it: each is one range of an index.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Select,
    bindparam,
    func,
    select,
)

from models.definition import Definition, Sort
from models.keyset import Key, behind, further, ordering
from models.memo import memo
from models.sought import MEMO, Choice, Sought


class Part(Enum):
    """Of a page."""

    WHOLE = "whole"
    FILLED = "those that have the first key"
    TIED = "those that have the same first key as the one that the page begins behind"
    BEYOND = "those whose first key is further"
    BEHIND = "both of these"
    EMPTY = "those that have not the first key"


@dataclass(frozen=True)
class Query(Sought):
    """``columns``: of the record, those that are wanted."""

    columns: tuple[str, ...]
    keys: tuple[Key, ...]

    def parts(self) -> tuple[Part, ...]:
        """Of the page, in their order: each is asked for only where those before do not fill it."""
        first = self.keys[0]
        if self.offset or (self.after is None and not first.nullable):
            return (Part.WHOLE,)
        if self.after is None:
            return Part.FILLED, Part.EMPTY
        if self.after[0] is None:
            return (Part.EMPTY,)
        ties = _is_tied(self.definition, first)
        behind = (Part.TIED, Part.BEYOND) if ties else (Part.BEHIND,)
        return (*behind, Part.EMPTY) if first.nullable else behind

    def statement(self, part: Part, dialect: str) -> Select[Any]:
        nulls = self.nulls if part in (Part.TIED, Part.BEHIND, Part.EMPTY) else None
        if part is Part.EMPTY and nulls and not nulls[0]:
            nulls = None
        return _page(self.choice, dialect, self.columns, self.keys, part, nulls)

    def count_statement(self, dialect: str) -> Select[Any]:
        return _count(self.choice, dialect)


def _is_tied(definition: Definition, key: Key) -> bool:
    """Whether many may have one value, and an index finds them: then it is worth a statement of
    its own to begin among them, for which SQLite's indexes take an equality."""
    name = key.by.name
    field = definition.fields.get(name)
    if key.by.steps or (field is not None and field.unique):
        return False
    alone = field is not None and (field.index or field.to is not None)
    return alone or any(sorts[0].name == name for sorts in definition.indexes)


@memo(MEMO)
def _page(
    choice: Choice,
    dialect: str,
    columns: tuple[str, ...],
    keys: tuple[Key, ...],
    part: Part,
    nulls: tuple[bool, ...] | None,
) -> Select[Any]:
    """The columns, and after them the keys that are not among them."""
    source = choice.source(dialect)
    by = tuple(source.column(key.by) for key in keys)
    own = [source.table.c[name] for name in columns]
    others = [by[i] for i, key in enumerate(keys) if not is_among(key, columns)]
    ordered = [ordering(key, column) for key, column in zip(keys, by, strict=True)]
    if part is not Part.WHOLE:
        keys = (replace(keys[0], nullable=False), *keys[1:])
        if not _is_indexed_downwards(choice.definition, keys[0]):
            ordered[0] = ordering(keys[0], by[0])
    # Where the page begins comes first: of two bounds, SQLite takes the first to begin at.
    where = [*_where(part, keys, by, nulls), *source.where()]
    fixed = part in (Part.TIED, Part.EMPTY)
    statement = select(*own, *others).select_from(source.joined()).where(*where)
    statement = statement.order_by(*ordered[fixed:]).limit(bindparam("LIMIT"))
    return statement.offset(bindparam("OFFSET")) if part is Part.WHOLE else statement


def _where(
    part: Part,
    keys: tuple[Key, ...],
    by: tuple[ColumnElement[Any], ...],
    nulls: tuple[bool, ...] | None,
) -> list[ColumnElement[bool]]:
    first: ColumnElement[Any] = by[0]
    value: BindParameter[Any] = bindparam("AFTER_0", type_=first.type)
    begins: dict[Part, list[ColumnElement[bool]]] = {
        Part.WHOLE: [],
        Part.FILLED: [first.is_not(None)],
        Part.TIED: [first == value],
        Part.BEYOND: [further(keys[0], first, value)],
        Part.BEHIND: [],
        Part.EMPTY: [first.is_(None)],
    }
    if nulls is None:
        return begins[part]
    skipped = 0 if part is Part.BEHIND else 1
    return [*begins[part], behind(keys, by, nulls, skipped)]


def _is_indexed_downwards(definition: Definition, key: Key) -> bool:
    """PostgreSQL: such an index has nulls last (models/ddl.py), and goes only with an order that
    says so too, though there are none."""
    if not key.descending or key.by.steps:
        return False
    downwards = Sort(key.by.name, True)
    return any(downwards in sorts for sorts in definition.indexes)


@memo(MEMO)
def _count(choice: Choice, dialect: str) -> Select[Any]:
    source = choice.source(dialect)
    where = source.where()
    return select(func.count()).select_from(source.joined()).where(*where)


def is_among(key: Key, columns: Sequence[str]) -> bool:
    return not key.by.steps and key.by.name in columns
