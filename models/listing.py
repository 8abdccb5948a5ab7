"""Runs a query."""

from typing import Any, NamedTuple

from models.query import Query, is_among
from models.record import Record
from models.transaction import Transaction


class Page(NamedTuple):
    """``behind``: where the next page begins; None if there is none."""

    records: list[Record]
    behind: tuple[Any, ...] | None
    total: int | None


def list_records(transaction: Transaction, query: Query) -> Page:
    connection = transaction.connection
    dialect = connection.dialect.name
    parameters = query.parameters(dialect)
    rows: list[Any] = []
    for part in query.parts():
        # One record more than the page holds tells whether there is a next one.
        wanted = {"LIMIT": query.limit + 1 - len(rows), "OFFSET": query.offset}
        rows += connection.execute(query.statement(part, dialect), parameters | wanted)
        if len(rows) > query.limit:
            break
    behind = None
    if len(rows) > query.limit:
        rows.pop()
        behind = _keys(query, rows[-1])
    total = None
    if query.count:
        total = connection.execute(query.count_statement(dialect), parameters).scalar_one()
    # The keys that are no column of the record come last in a row, and are left out.
    return Page([dict(zip(query.columns, row, strict=False)) for row in rows], behind, total)


def _keys(query: Query, row: Any) -> tuple[Any, ...]:
    rest = iter(row[len(query.columns) :])
    own = dict(zip(query.columns, row, strict=False))
    return tuple(
        own[key.by.name] if is_among(key, query.columns) else next(rest) for key in query.keys
    )
