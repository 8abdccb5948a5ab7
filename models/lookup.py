"""Records found by their keys: to be shown, or to be written."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Select, bindparam, select

from models.condition import allowed
from models.definition import Definition
from models.expression import Rows, Rule
from models.memo import memo
from models.permission import Rules, holding, verdicts
from models.record import Record
from models.table import MEMO, table_of
from models.transaction import Transaction


@memo(MEMO)
def _select_one(rows: Rows) -> Select[Any]:
    table = table_of(rows.definition)
    return select(table).where(table.c["id"] == bindparam("KEY"), *allowed(rows, table))


@memo(MEMO)
def _select_state(rows: Rows) -> Select[Any]:
    table = table_of(rows.definition)
    what = select(table.c["revision"], table.c["updated_at"])
    return what.where(table.c["id"] == bindparam("KEY"), *allowed(rows, table))


@memo(MEMO)
def _select_to_write(definition: Definition, rules: Rules, several: bool) -> Select[Any]:
    """The record, and of each of the rules whether it holds."""
    table = table_of(definition)
    key = table.c["id"]
    if several:
        some = key.in_(bindparam("KEYS", expanding=True))
        statement = select(table, *verdicts(rules, table)).where(some).order_by(key)
    else:
        statement = select(table, *verdicts(rules, table)).where(key == bindparam("KEY"))
    return statement.with_for_update(of=table)


def record_of(definition: Definition, row: Sequence[Any]) -> Record:
    """What comes after the columns is left out."""
    return dict(zip(table_of(definition).columns.keys(), row, strict=False))


def find(transaction: Transaction, rows: Rows, key: Any) -> Record | None:
    parameters = _asking(transaction, rows.rule) | {"KEY": key}
    row = transaction.connection.execute(_select_one(rows), parameters).first()
    return record_of(rows.definition, row) if row else None


def find_state(transaction: Transaction, rows: Rows, key: Any) -> Record | None:
    """Only what tells one state of a record from another: ``revision`` and ``updated_at``."""
    parameters = _asking(transaction, rows.rule) | {"KEY": key}
    row = transaction.connection.execute(_select_state(rows), parameters).first()
    return {"revision": row[0], "updated_at": row[1]} if row else None


class Locked(NamedTuple):
    """A record that nobody else changes until this transaction ends; ``holding``: those of the
    rules asked for that are true of it."""

    record: Record
    holding: frozenset[Rule]


def find_to_write(
    transaction: Transaction, definition: Definition, key: Any, rules: Rules = ()
) -> Locked | None:
    statement = _select_to_write(definition, rules, False)
    parameters = _asking(transaction, *rules) | {"KEY": key}
    row = transaction.connection.execute(statement, parameters).first()
    return _locked(definition, row, rules) if row else None


def find_some_to_write(
    transaction: Transaction, definition: Definition, keys: Sequence[Any], rules: Rules = ()
) -> dict[Any, Locked]:
    statement = _select_to_write(definition, rules, True)
    parameters = _asking(transaction, *rules) | {"KEYS": keys}
    rows = transaction.connection.execute(statement, parameters)
    return {row[0]: _locked(definition, row, rules) for row in rows}


def _locked(definition: Definition, row: Sequence[Any], rules: Rules) -> Locked:
    told = row[len(row) - len(rules) :]
    return Locked(record_of(definition, row), holding(rules, told))


def _asking(transaction: Transaction, *rules: Rule | None) -> dict[str, Any]:
    return transaction.asks if any(rules) else {}
