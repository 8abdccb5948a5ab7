"""What a violated constraint means: a 409 that points at the field.

PostgreSQL names the constraint. SQLite names the columns of a unique one, and for a foreign key
nothing, so it is asked which reference leads to nothing, or who still refers.
"""

import re
import sqlite3
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import psycopg
from sqlalchemy import Connection, column, exists, select, table
from sqlalchemy.exc import IntegrityError

from models.collection import Definitions, referring
from models.ddl import foreign_key_name, indexes, primary_key_name, referred_table
from models.definition import Definition
from models.refusal import Failure, Refusal
from models.table import table_of

QUALIFIED_COLUMN = re.compile(r"[^ ,]+\._?([a-z0-9][a-z0-9_]*)")


@contextmanager
def conflicts(
    connection: Connection, definition: Definition, values: Mapping[str, Any]
) -> Iterator[None]:
    """Around the statement that inserts or updates one record."""
    try:
        yield
    except IntegrityError as error:
        raise Refusal(
            "conflict",
            "What is stored does not allow it.",
            [failure_of(connection, definition, values, error)],
        ) from error


def failure_of(
    connection: Connection, definition: Definition, values: Mapping[str, Any], error: IntegrityError
) -> Failure:
    if isinstance(error.orig, sqlite3.Error):
        text = str(error.orig)
        if text.startswith("UNIQUE"):
            return _taken(definition, tuple(QUALIFIED_COLUMN.findall(text.partition(": ")[2])))
        return _dangling(connection, definition, values)
    if isinstance(error.orig, psycopg.Error):
        return _of_constraint(definition, error.orig.diag.constraint_name or "")
    raise error


def _of_constraint(definition: Definition, name: str) -> Failure:
    if name == primary_key_name(definition.name):
        return _taken(definition, ("id",))
    index = indexes(definition, "postgresql").get(name)
    if index is not None:
        return _taken(definition, index.fields)
    for field in definition.references:
        if name == foreign_key_name(definition.name, field.name):
            return leads_nowhere(field.name, field.to or "")
    return Failure("", "conflict", "A constraint of the database forbids it.")


def _taken(definition: Definition, fields: tuple[str, ...]) -> Failure:
    if len(fields) == 1:
        return Failure(f"/{fields[0]}", "unique", "This value is taken.")
    detail = f"These values together are taken: {', '.join(fields)}."
    return Failure(f"/{fields[0]}", "unique", detail)


def _dangling(connection: Connection, definition: Definition, values: Mapping[str, Any]) -> Failure:
    for field in definition.references:
        if values.get(field.name) is None or field.to is None:
            continue
        target = table(referred_table(field.to), column("id"))
        found = select(target.c.id).where(target.c.id == values[field.name])
        if connection.execute(found).first() is None:
            return leads_nowhere(field.name, field.to)
    return Failure("", "conflict", "A constraint of the database forbids it.")


def leads_nowhere(field: str, to: str) -> Failure:
    return Failure(f"/{field}", "reference", f"There is no such record in {to}.")


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
        refers = _constraint_owner(definitions, error) or _first_referring(
            connection, definitions, dying
        )
        collection, field = refers or ("another collection", "")
        detail = f"Records of {collection} refer to it by `{field}`."
        raise Refusal(
            "conflict", detail, [Failure(f"/{field}", "restricted", detail)], collection=collection
        ) from error


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
            refers = table_of(other)
            if connection.execute(select(exists().where(refers.c[name].in_(keys)))).scalar_one():
                return other.name, name
    return None
