"""What a violated constraint means: a 409 that points at the fields.

The databases name one constraint of several, each in its own order, and SQLite names no foreign
key at all. So what is in the way is asked for: every taken value, every dangling reference.
"""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import psycopg
from sqlalchemy import ColumnElement, Connection, column, exists, select, table
from sqlalchemy.exc import IntegrityError

from models.collection import Definitions, referring
from models.ddl import foreign_key_name, indexes
from models.definition import Definition
from models.refusal import Failure, Refusal
from models.table import SYSTEM, table_name, table_of


@contextmanager
def conflicts(
    connection: Connection,
    definition: Definition,
    record: Mapping[str, Any],
    *,
    new: bool,
    unseen: Collection[str] = (),
) -> Iterator[None]:
    """Around the statement that inserts (``new``) or updates one record. What the fields
    ``unseen`` refer to is not there for whoever asks."""
    if unseen:
        raise _conflict(failures_of(connection, definition, record, new, unseen))
    try:
        yield
    except IntegrityError as error:
        raise _conflict(_asked_aside(connection, definition, record, new)) from error


def _conflict(failures: list[Failure]) -> Refusal:
    return Refusal("conflict", "What is stored does not allow it.", failures)


def _asked_aside(
    connection: Connection, definition: Definition, record: Mapping[str, Any], new: bool
) -> list[Failure]:
    """On PostgreSQL a transaction in which a statement failed answers no more."""
    if connection.dialect.name != "postgresql":
        return failures_of(connection, definition, record, new)
    with connection.engine.connect() as other:
        return failures_of(other, definition, record, new)


def failures_of(
    connection: Connection,
    definition: Definition,
    record: Mapping[str, Any],
    new: bool,
    unseen: Collection[str] = (),
) -> list[Failure]:
    """All that is in the way of the record, in the order of the definition."""
    found = [
        *_taken(connection, definition, record, new),
        *_dangling(connection, definition, record, unseen),
    ]
    return found or [Failure("", "conflict", "Another request was in the way.")]


def _taken(
    connection: Connection, definition: Definition, record: Mapping[str, Any], new: bool
) -> Iterator[Failure]:
    columns = table_of(definition).c
    if new and _is_there(connection, columns["id"] == record["id"]):
        yield Failure("/id", "unique", "This value is taken.")
    for index in indexes(definition, connection.dialect.name).values():
        values = [record[name] for name in index.fields]
        if not index.unique or None in values or index.fields[0] in SYSTEM:
            continue
        same = [columns[n] == v for n, v in zip(index.fields, values, strict=True)]
        if not new:
            same.append(columns["id"] != record["id"])
        if _is_there(connection, *same):
            yield _taken_failure(index.fields)


def _is_there(connection: Connection, *conditions: ColumnElement[bool]) -> bool:
    return bool(connection.execute(select(exists().where(*conditions))).scalar_one())


def _taken_failure(fields: tuple[str, ...]) -> Failure:
    detail = "This value is taken." if len(fields) == 1 else "These values together are taken."
    return Failure(f"/{fields[0]}", "unique", detail)


def _dangling(
    connection: Connection,
    definition: Definition,
    record: Mapping[str, Any],
    unseen: Collection[str],
) -> Iterator[Failure]:
    for field in definition.references:
        value = record[field.name]
        if value is None or field.to is None:
            continue
        if field.to == definition.name and value == record["id"] and field.name not in unseen:
            continue
        target = table(table_name(field.to), column("id", table_of(definition).c[field.name].type))
        if field.name in unseen or not _is_there(connection, target.c.id == value):
            yield Failure(f"/{field.name}", "reference", "It leads to no record.")


Place = tuple[str, Any]
"""A record: collection, key."""


@contextmanager
def restrictions(
    connection: Connection, definitions: Definitions, dying: Collection[Place]
) -> Iterator[None]:
    """Around the statement that deletes a record, and with it all that is ``dying``."""
    try:
        yield
    except IntegrityError as error:
        refers = _first_asked_aside(connection, definitions, dying)
        refers = refers or _constraint_owner(definitions, error)
        collection, field = refers or ("another collection", "")
        detail = f"Records of {collection} refer to it by `{field}`."
        raise Refusal(
            "conflict", detail, [Failure(f"/{field}", "restricted", detail)], collection=collection
        ) from error


def _first_asked_aside(
    connection: Connection, definitions: Definitions, dying: Collection[Place]
) -> tuple[str, str] | None:
    """Of several the same on both databases, which name one constraint each in its own order."""
    if connection.dialect.name != "postgresql":
        return _first_referring(connection, definitions, dying)
    with connection.engine.connect() as other:
        return _first_referring(other, definitions, dying)


def _constraint_owner(definitions: Definitions, error: IntegrityError) -> tuple[str, str] | None:
    if not isinstance(error.orig, psycopg.Error):
        return None
    name = error.orig.diag.constraint_name
    for definition in definitions.values():
        for field in definition.references:
            if foreign_key_name(definition.name, field.name) == name:
                return definition.name, field.name
    return None


def _first_referring(
    connection: Connection, definitions: Definitions, dying: Collection[Place]
) -> tuple[str, str] | None:
    for collection in sorted({name for name, _ in dying}):
        keys = [key for name, key in dying if name == collection]
        for other, name in referring(definitions, collection):
            if other.fields[name].on_delete != "restrict":
                continue
            columns = table_of(other).c
            for some in in_parts(keys):
                living = select(columns["id"]).where(columns[name].in_(some))
                if any(
                    (other.name, id) not in dying for id in connection.execute(living).scalars()
                ):
                    return other.name, name
    return None


# A statement takes some 32,000 parameters on SQLite, and 65,000 on PostgreSQL.
PART = 1000


def in_parts(keys: list[Any]) -> Iterator[list[Any]]:
    for start in range(0, len(keys), PART):
        yield keys[start : start + PART]
