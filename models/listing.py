"""Runs a query."""

from typing import Any, NamedTuple

from models.definition import Definition
from models.query import Query, count_statement, page_statement
from models.record import Record
from models.table import table_of
from models.transaction import Transaction


class Page(NamedTuple):
    """``behind``: where the next page begins; None if there is none."""

    records: list[Record]
    behind: tuple[Any, ...] | None
    total: int | None


def list_records(transaction: Transaction, definition: Definition, query: Query) -> Page:
    connection = transaction.connection
    rows = connection.execute(page_statement(definition, query), query.page_parameters)
    names = table_of(definition).columns.keys()
    records: list[Record] = [dict(zip(names, row, strict=True)) for row in rows]
    behind = None
    if len(records) > query.limit:
        records.pop()
        behind = tuple(records[-1][sort.name] for sort in query.order)
    total = None
    if query.count:
        total = connection.execute(
            count_statement(definition, query), query.parameters
        ).scalar_one()
    return Page(records, behind, total)
