"""Records: rows of a collection's table. Each statement is built once per definition."""

from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Any

import orjson
from sqlalchemy import (
    ColumnElement,
    Delete,
    Insert,
    Update,
    bindparam,
    delete,
    insert,
    text,
    update,
)

from models.conflict import conflicts, restrictions
from models.database import Moved
from models.definition import Definition
from models.erasure import erase_dependents
from models.memo import memo
from models.record_key import bring_keys, new_key
from models.refusal import Refusal
from models.revision import next_revision
from models.table import MEMO, table_of
from models.tombstone import bury, expire, tombstone
from models.transaction import Transaction

SORTED = orjson.OPT_SORT_KEYS
LOOK_LATER = text("SET CONSTRAINTS ALL DEFERRED")
LOOK_NOW = text("SET CONSTRAINTS ALL IMMEDIATE")
Record = Mapping[str, Any]
"""Column -> value, in the table's order."""


@memo(MEMO)
def insert_statement(definition: Definition) -> Insert:
    return insert(table_of(definition))


@memo(MEMO)
def update_statement(definition: Definition) -> Update:
    table = table_of(definition)
    names = (name for name in table.columns.keys() if name != "id")
    values: dict[str, Any] = {name: bindparam(f"NEW_{name}") for name in names}
    return update(table).where(*_as_it_was(definition)).values(values)


@memo(MEMO)
def _delete(definition: Definition) -> Delete:
    return delete(table_of(definition)).where(*_as_it_was(definition))


def _as_it_was(definition: Definition) -> tuple[ColumnElement[bool], ...]:
    """What writes checks, too: nothing is done to a record that is not what was decided about."""
    columns = table_of(definition).c
    return columns["id"] == bindparam("KEY"), columns["revision"] == bindparam("WAS")


def add(
    transaction: Transaction,
    definition: Definition,
    key: Any,
    values: Mapping[str, Any],
    unseen: Collection[str] = (),
) -> Record:
    """Insert; ``key`` may be None where the server makes it. 409 if it is taken. ``unseen``: see
    ``conflicts``."""
    connection = transaction.connection
    if key is None:
        key = new_key(connection, definition)
    else:
        bring_keys(connection, definition, [key])
    record = {
        "id": key,
        **values,
        "revision": next_revision(connection),
        "created_at": transaction.now,
        "updated_at": transaction.now,
    }
    with conflicts(connection, definition, record, new=True, unseen=unseen):
        connection.execute(insert_statement(definition), record)
    return record


def add_at(
    transaction: Transaction,
    definition: Definition,
    key: Any,
    values: Mapping[str, Any],
    unseen: Collection[str] = (),
) -> Record:
    """Insert where a moment ago nothing was; if now something is, that is another question."""
    try:
        return add(transaction, definition, key, values, unseen)
    except Refusal as refusal:
        if any(failure.pointer == "/id" for failure in refusal.errors):
            raise Moved from refusal
        raise


def change(
    transaction: Transaction,
    definition: Definition,
    stored: Record,
    values: Mapping[str, Any],
    unseen: Collection[str] = (),
) -> Record:
    """Update; what changes nothing is not written, and keeps its revision."""
    record = changed(definition, stored, values)
    if record is stored:
        return stored
    connection = transaction.connection
    record |= {"revision": next_revision(connection), "updated_at": transaction.now}
    with conflicts(connection, definition, record, new=False, unseen=unseen):
        done = connection.execute(update_statement(definition), update_parameters(record, stored))
    if done.rowcount != 1:
        raise Moved
    return record


def changed(definition: Definition, stored: Record, values: Mapping[str, Any]) -> dict[str, Any]:
    """``stored`` itself where ``values`` are what it holds already."""
    if all(same(stored[name], value) for name, value in values.items()):
        return stored  # type: ignore[return-value]
    return {**stored, **values}


def same(one: Any, other: Any) -> bool:
    """Equal, and of one type all the way down: to JSON, 1 and true are two things."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict | list):
        try:
            return orjson.dumps(one, option=SORTED) == orjson.dumps(other, option=SORTED)
        except TypeError:
            return _same_inside(one, other)
    return bool(one == other)


def _same_inside(one: Any, other: Any) -> bool:
    """For what no JSON writer knows, such as decimals."""
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[k], other[k]) for k in one)
    return len(one) == len(other) and all(map(same, one, other))


def update_parameters(record: Record, stored: Record) -> dict[str, Any]:
    parameters = {f"NEW_{name}": value for name, value in record.items() if name != "id"}
    return parameters | {"KEY": stored["id"], "WAS": stored["revision"]}


def erase(
    transaction: Transaction, definition: Definition, stored: Record, retention: timedelta
) -> None:
    """Delete, with what refers to it as the references' ``on_delete`` says."""
    connection, key = transaction.connection, stored["id"]
    dying = erase_dependents(transaction, definition, key)
    together = len(dying) > 1 and connection.dialect.name == "postgresql"
    with restrictions(connection, transaction.definitions, dying):
        if together:
            connection.execute(LOOK_LATER)
        done = connection.execute(_delete(definition), {"KEY": key, "WAS": stored["revision"]})
        if together:
            connection.execute(LOOK_NOW)
    if done.rowcount != 1:
        raise Moved
    bury(connection, [tombstone(definition.name, key, next_revision(connection), transaction.now)])
    expire(connection, transaction.now - retention)
