"""The records that a page's records refer to: one statement a level, however many there are."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, bindparam, cast, literal, null, select, union_all

from models.condition import allowed
from models.expression import Rows
from models.memo import memo
from models.record import Record
from models.sought import MEMO
from models.table import table_of
from models.transaction import Transaction

# PostgreSQL selects 1,664 at most, SQLite 2,000.
MOST_COLUMNS = 1600


@dataclass(frozen=True)
class Target:
    """Which records of a collection may be read, and which of their columns are wanted."""

    rows: Rows
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Branch:
    """A reference to follow, and those to follow from there. ``path``: as ``expand`` names it;
    ``target``: None where what it leads to is not to be read."""

    path: tuple[str, ...]
    target: Target | None
    branches: tuple["Branch", ...] = ()

    @property
    def field(self) -> str:
        return self.path[-1]


Found = Mapping[Branch, Mapping[Any, Record]]
"""What each reference leads to, by id."""


def expand(
    transaction: Transaction, records: Sequence[Record], branches: tuple[Branch, ...]
) -> Found:
    found: dict[Branch, Mapping[Any, Record]] = {}
    level: list[tuple[Branch, Sequence[Record]]] = [(branch, records) for branch in branches]
    while level:
        wanted: dict[Target, set[Any]] = {}
        for branch, holders in level:
            if branch.target is not None:
                ids = {holder[branch.field] for holder in holders}
                wanted.setdefault(branch.target, set()).update(ids - {None})
        wanted = {target: ids for target, ids in wanted.items() if ids}
        there = _fetch(transaction, wanted)
        following: list[tuple[Branch, Sequence[Record]]] = []
        for branch, _ in level:
            found[branch] = there.get(branch.target, {}) if branch.target else {}
            reached = list(found[branch].values())
            following += [(inner, reached) for inner in branch.branches]
        level = following
    return found


def _fetch(
    transaction: Transaction, wanted: Mapping[Target, set[Any]]
) -> dict[Target, dict[Any, Record]]:
    there: dict[Target, dict[Any, Record]] = {target: {} for target in wanted}
    for targets in _together(wanted):
        keys = {f"KEYS_{i}": list(wanted[target]) for i, target in enumerate(targets)}
        offsets = _offsets(targets)
        found = transaction.connection.execute(_statement(targets), transaction.asks | keys)
        for which, *values in found:
            target, start = targets[which], offsets[which]
            record = dict(zip(target.columns, values[start:], strict=False))
            there[target][record["id"]] = record
    return there


def _together(targets: Iterable[Target]) -> Iterator[tuple[Target, ...]]:
    """One statement for all, unless their columns are more than one can have."""
    some: tuple[Target, ...] = ()
    for target in targets:
        if some and sum(len(one.columns) for one in (*some, target)) > MOST_COLUMNS:
            yield some
            some = ()
        some = (*some, target)
    if some:
        yield some


def _offsets(targets: tuple[Target, ...]) -> list[int]:
    return [sum(len(one.columns) for one in targets[:i]) for i in range(len(targets))]


@memo(MEMO)
def _statement(targets: tuple[Target, ...]) -> Any:
    """Each row is of one target: its columns have values, and those of the others are null."""
    parts = [_part(targets, i) for i in range(len(targets))]
    return parts[0] if len(parts) == 1 else union_all(*parts)


def _part(targets: tuple[Target, ...], which: int) -> Select[Any]:
    columns: list[Any] = []
    for i, target in enumerate(targets):
        own = (table_of(target.rows.definition).c[name] for name in target.columns)
        columns += own if i == which else (cast(null(), column.type) for column in own)
    labelled = [column.label(f"COLUMN_{n}") for n, column in enumerate(columns)]
    rows = targets[which].rows
    table = table_of(rows.definition)
    some = table.c["id"].in_(bindparam(f"KEYS_{which}", expanding=True))
    return select(literal(which).label("WHICH"), *labelled).where(some, *allowed(rows, table))
