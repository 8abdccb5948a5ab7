"""Runs a query."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from models.query import Query, is_among
from models.record import Record
from models.transaction import Transaction


class Page(NamedTuple):
    """``more``: whether there is a record behind them."""

    query: Query
    rows: Sequence[Any]
    more: bool
    total: int | None

    @property
    def records(self) -> list[Record]:
        # The keys that are no column of the record come last in a row, and are left out.
        return [dict(zip(self.query.columns, row, strict=False)) for row in self.rows]

    def position(self, index: int) -> tuple[Any, ...]:
        """Of a record, so that a page can begin behind it."""
        columns, row = self.query.columns, self.rows[index]
        own = dict(zip(columns, row, strict=False))
        rest = iter(row[len(columns) :])
        return tuple(
            own[key.by.name] if is_among(key, columns) else next(rest) for key in self.query.keys
        )


def list_records(transaction: Transaction, query: Query) -> Page:
    connection = transaction.connection
    dialect = connection.dialect.name
    parameters = transaction.asks | query.parameters(dialect)
    rows: list[Any] = []
    for part in query.parts():
        # One record more than the page holds tells whether there is a next one.
        wanted = {"LIMIT": query.limit + 1 - len(rows), "OFFSET": query.offset}
        rows += connection.execute(query.statement(part, dialect), parameters | wanted)
        if len(rows) > query.limit:
            break
    total = None
    if query.count:
        total = connection.execute(query.count_statement(dialect), parameters).scalar_one()
    return Page(query, rows[: query.limit], len(rows) > query.limit, total)
