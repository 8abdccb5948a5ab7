"""Definition -> the SQLAlchemy table that queries use. ``models/ddl.py`` makes the real one."""

from functools import lru_cache

from sqlalchemy import Column, MetaData, Table

from models.column_type import INTEGER, Instant, column_type, key_type
from models.definition import Definition

SYSTEM = ("revision", "created_at", "updated_at")
# As many as there may be collections in use between two changes of a definition.
MEMO = 4096


def table_name(collection: str) -> str:
    """SQLite keeps names that begin so for itself; no collection's name begins with ``_``."""
    return f"_{collection}" if collection.startswith("sqlite_") else collection


@lru_cache(MEMO)
def table_of(definition: Definition) -> Table:
    return Table(
        table_name(definition.name),
        MetaData(),
        Column("id", key_type(definition.key), primary_key=True, quote=True, autoincrement=False),
        *(
            Column(field.name, column_type(field), quote=True, nullable=not field.required)
            for field in definition.fields.values()
        ),
        Column("revision", INTEGER, nullable=False),
        Column("created_at", Instant(), nullable=False),
        Column("updated_at", Instant(), nullable=False),
        quote=True,
        sqlite_strict=True,
    )
