"""Definition -> the SQL that makes its table, as text that a person can read in a plan.

Constraints are named after what they hold, so that a violation can be told by its name. Names of
collections and fields hold no ``__``, so those made here cannot collide.
"""

import hashlib
from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import Dialect
from sqlalchemy.dialects import postgresql, sqlite

from models.column_type import INTEGER, Instant, column_type, key_type
from models.definition import Definition, Field, Sort
from models.memo import memo
from models.table import MEMO, column_name, table_name

DIALECTS: dict[str, Dialect] = {"sqlite": sqlite.dialect(), "postgresql": postgresql.dialect()}
# What dies with a record does not keep it alive; RESTRICT would look too early for that. SQLite
# checks NO ACTION when a statement ends; PostgreSQL before, unless it is deferred (record.py).
ON_DELETE = {"restrict": "NO ACTION", "cascade": "CASCADE", "set_null": "SET NULL"}
LONGEST_NAME = 63


class Index(NamedTuple):
    """``fields``: what it is unique over or sorted by, as the definition names them."""

    name: str
    unique: bool
    fields: tuple[str, ...]
    sql: str


def quoted(name: str) -> str:
    return f'"{name}"'


def quoted_column(field: str) -> str:
    return quoted(column_name(field))


def constraint_name(kind: str, *parts: str) -> str:
    name = "__".join((kind, *parts))
    if len(name) <= LONGEST_NAME:
        return name
    return f"{name[:50]}__{hashlib.sha256(name.encode()).hexdigest()[:10]}"


def primary_key_name(collection: str) -> str:
    return constraint_name("pk", collection)


def foreign_key_name(collection: str, field: str) -> str:
    return constraint_name("fk", collection, field)


def key_sequence(collection: str) -> str:
    """Counts integer keys on PostgreSQL."""
    return constraint_name("key", collection)


def create_table(definition: Definition, dialect: str, name: str | None = None) -> str:
    d = DIALECTS[dialect]
    columns = [
        f'"id" {key_type(definition.key).compile(d)} NOT NULL',
        *(column(definition, field, dialect) for field in definition.fields.values()),
        f'"revision" {INTEGER.compile(d)} NOT NULL',
        f'"created_at" {Instant().compile(d)} NOT NULL',
        f'"updated_at" {Instant().compile(d)} NOT NULL',
        f'CONSTRAINT {quoted(primary_key_name(definition.name))} PRIMARY KEY ("id")',
    ]
    inside = ",\n  ".join(columns)
    strict = " STRICT" if dialect == "sqlite" else ""
    return f"CREATE TABLE {quoted(name or table_name(definition.name))} (\n  {inside}\n){strict}"


def column(definition: Definition, field: Field, dialect: str, *, nullable: bool = False) -> str:
    sql = f"{quoted_column(field.name)} {column_type(field).compile(DIALECTS[dialect])}"
    if field.required and not nullable:
        sql += " NOT NULL"
    if field.to is not None:
        sql += (
            f" CONSTRAINT {quoted(foreign_key_name(definition.name, field.name))}"
            f" REFERENCES {quoted(table_name(field.to))}"
            f' ("id") ON DELETE {ON_DELETE[field.on_delete]} DEFERRABLE'
        )
    return sql


def key_sequence_sql(definition: Definition, dialect: str) -> tuple[str, ...]:
    if definition.key.type != "integer" or dialect != "postgresql":
        return ()
    return (f"CREATE SEQUENCE {quoted(key_sequence(definition.name))}",)


@memo(MEMO)
def indexes(definition: Definition, dialect: str) -> dict[str, Index]:
    """By name. A reference is always indexed: deleting what it leads to has to find it."""
    found = [_index(definition, dialect, (Sort("revision"),), unique=True)]
    for field in definition.fields.values():
        if field.unique:
            found.append(_index(definition, dialect, (Sort(field.name),), unique=True))
        if field.index or (field.type == "reference" and not field.unique):
            found.append(_index(definition, dialect, (Sort(field.name),)))
    for names in definition.unique:
        found.append(_index(definition, dialect, tuple(map(Sort, names)), unique=True))
    for sorts in definition.indexes:
        found.append(_index(definition, dialect, sorts))
    return {index.name: index for index in found}


def _index(
    definition: Definition, dialect: str, sorts: tuple[Sort, ...], *, unique: bool = False
) -> Index:
    parts = [f"{sort.name}__desc" if sort.descending else sort.name for sort in sorts]
    name = constraint_name("uq" if unique else "ix", definition.name, *parts)
    columns = ", ".join(_ordered(sort, dialect) for sort in sorts)
    if not unique and sorts[-1].name != "id":
        # Lists break ties by id, so the index gives their whole order.
        columns += ', "id"'
    kind = "UNIQUE INDEX" if unique else "INDEX"
    table = quoted(table_name(definition.name))
    sql = f"CREATE {kind} {quoted(name)} ON {table} ({columns})"
    return Index(name, unique, tuple(sort.name for sort in sorts), sql)


def _ordered(sort: Sort, dialect: str) -> str:
    if not sort.descending:
        return quoted_column(sort.name)
    # Nulls come last in both directions (SQLite scans such an index in two passes by itself).
    return f"{quoted_column(sort.name)} DESC" + (" NULLS LAST" if dialect == "postgresql" else "")


def rebuild(definition: Definition, kept: Iterable[Index]) -> tuple[str, ...]:
    """SQLite changes what a column may hold by making the table anew."""
    table = quoted(table_name(definition.name))
    new = f"pw__new__{definition.name}"
    columns = ", ".join(
        quoted_column(name)
        for name in ("id", *definition.fields, "revision", "created_at", "updated_at")
    )
    return (
        create_table(definition, "sqlite", new),
        f"INSERT INTO {quoted(new)} ({columns}) SELECT {columns} FROM {table}",
        f"DROP TABLE {table}",
        f"ALTER TABLE {quoted(new)} RENAME TO {table}",
        *(index.sql for index in kept),
    )
