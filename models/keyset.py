"""Keyset paging: an order that is total, and where in it a page begins."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, and_, bindparam, or_, true, tuple_

from models.expression import Member


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


def ordering(key: Key, column: ColumnElement[Any]) -> ColumnElement[Any]:
    ordered = column.desc() if key.descending else column.asc()
    return ordered.nulls_last() if key.nullable else ordered


def behind(
    keys: Sequence[Key], by: Sequence[ColumnElement[Any]], nulls: Sequence[bool], skipped: int = 0
) -> ColumnElement[bool]:
    """Behind the record whose keys are bound as ``AFTER_i``: equal in the first keys and behind in
    the next one, for each of them in turn. Said first as a range that an index can begin at.
    ``skipped``: of how many keys it is said elsewhere that they are the same."""
    values = [bindparam(f"AFTER_{i}", type_=column.type) for i, column in enumerate(by)]
    keys, by, values, nulls = keys[skipped:], by[skipped:], values[skipped:], nulls[skipped:]
    cases: list[ColumnElement[bool]] = []
    same: list[ColumnElement[bool]] = []
    for key, column, value, null in zip(keys, by, values, nulls, strict=True):
        if null:
            same.append(column.is_(None))
            continue
        beyond = further(key, column, value)
        cases.append(and_(*same, or_(beyond, column.is_(None)) if key.nullable else beyond))
        same.append(column == value)
    lead, all_said = _lead(keys, by, values, nulls)
    return lead if all_said else and_(lead, or_(*cases))


def further(key: Key, column: Any, value: Any) -> ColumnElement[bool]:
    found: ColumnElement[bool] = column < value if key.descending else column > value
    return found


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
        return further(keys[0], row, bound), True
    return (row <= bound if keys[0].descending else row >= bound), False
