"""Definition -> the SQLAlchemy table that queries use. ``models/ddl.py`` makes the real one."""

from sqlalchemy import Column, MetaData, Table

from models.column_type import INTEGER, Instant, column_type, key_type
from models.definition import USERS, Definition
from models.memo import memo

# Each of PostgreSQL's tables has such a column already.
OF_POSTGRESQL = frozenset(("tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"))
SYSTEM = ("revision", "created_at", "updated_at")
# As many as there may be collections in use between two changes of a definition.
MEMO = 4096


def table_name(collection: str) -> str:
    """No collection's name begins with ``_``, so those that a database keeps for itself may."""
    if collection == USERS:
        return "pw__users"
    return f"_{collection}" if collection.startswith(("sqlite_", "pg_")) else collection


def column_name(field: str) -> str:
    return f"_{field}" if field in OF_POSTGRESQL else field


@memo(MEMO)
def table_of(definition: Definition) -> Table:
    return Table(
        table_name(definition.name),
        MetaData(),
        Column("id", key_type(definition.key), primary_key=True, quote=True, autoincrement=False),
        *(
            Column(
                column_name(field.name),
                column_type(field),
                key=field.name,
                quote=True,
                nullable=not field.required,
            )
            for field in definition.fields.values()
        ),
        Column("revision", INTEGER, nullable=False),
        Column("created_at", Instant(), nullable=False),
        Column("updated_at", Instant(), nullable=False),
        quote=True,
        sqlite_strict=True,
    )
