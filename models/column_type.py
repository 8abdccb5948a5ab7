"""Field type -> SQL column type, the same values in and out on SQLite and PostgreSQL.

SQLite tables are STRICT, which knows only INTEGER, REAL and TEXT. There a datetime is text of
fixed width (so that it sorts as time), a decimal an integer of its smallest unit (so that it
stays exact), an array and a document JSON text.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import orjson
from sqlalchemy import (
    BigInteger,
    Boolean,
    Date,
    DateTime,
    Dialect,
    Double,
    Integer,
    Numeric,
    Text,
    Uuid,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.types import JSON, NullType, TypeDecorator, TypeEngine

from models.definition import Field, Items, Key

# By code point on both: PostgreSQL's "C" and SQLite's BINARY compare the bytes of UTF-8.
TEXT = Text().with_variant(Text(collation="C"), "postgresql")
INTEGER = BigInteger().with_variant(Integer(), "sqlite")
NUMBER: TypeEngine[Any] = Double().with_variant(sqlite.REAL(), "sqlite")
UUID = Uuid(as_uuid=False).with_variant(Text(), "sqlite")


class Portable(TypeDecorator[Any]):
    """A native type on PostgreSQL; on SQLite another one, with ``encode`` and ``decode``."""

    cache_ok = True
    sqlite_impl: TypeEngine[Any] = Text()

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "sqlite":
            return dialect.type_descriptor(self.sqlite_impl)
        return super().load_dialect_impl(dialect)

    def encode(self, value: Any) -> Any:
        raise NotImplementedError

    def decode(self, value: Any) -> Any:
        raise NotImplementedError

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        if value is None or dialect.name != "sqlite":
            return value
        return self.encode(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        if value is None or dialect.name != "sqlite":
            return value
        return self.decode(value)


class Instant(Portable):
    impl = DateTime(timezone=True)
    cache_ok = True

    def encode(self, value: datetime) -> str:
        return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")

    def decode(self, value: str) -> datetime:
        return datetime.fromisoformat(value)


class Day(Portable):
    impl = Date
    cache_ok = True

    def encode(self, value: date) -> str:
        return value.isoformat()

    def decode(self, value: str) -> date:
        return date.fromisoformat(value)


class Truth(Portable):
    impl = Boolean
    cache_ok = True
    sqlite_impl = Integer()

    def encode(self, value: bool) -> int:
        return int(value)

    def decode(self, value: int) -> bool:
        return bool(value)


class Exact(Portable):
    impl = Numeric
    cache_ok = True
    sqlite_impl = Integer()

    def __init__(self, precision: int, scale: int) -> None:
        super().__init__(precision, scale)
        self.scale = scale

    def encode(self, value: Decimal) -> int:
        return int(value.scaleb(self.scale))

    def decode(self, value: int) -> Decimal:
        return Decimal(value).scaleb(-self.scale)


class Document(Portable):
    """Any JSON. Null is SQL's NULL; PostgreSQL's ``json`` keeps the order of members."""

    impl = JSON(none_as_null=True)
    cache_ok = True

    def encode(self, value: Any) -> str:
        return orjson.dumps(value).decode()

    def decode(self, value: str) -> Any:
        return orjson.loads(value)


DECODE_ITEM: dict[str, Callable[[Any], Any]] = {
    "decimal": Decimal,
    "date": date.fromisoformat,
    "datetime": datetime.fromisoformat,
}


class Sequence(Portable):
    """A native array on PostgreSQL; JSON text on SQLite."""

    impl = JSON
    cache_ok = True

    def __init__(self, item_type: str, item: TypeEngine[Any]) -> None:
        super().__init__()
        self.item_type = item_type
        self.item = item

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "sqlite":
            return dialect.type_descriptor(Text())
        return dialect.type_descriptor(postgresql.ARRAY(self.item))

    def encode(self, value: list[Any]) -> str:
        return orjson.dumps(value, default=str).decode()

    def decode(self, value: str) -> list[Any]:
        items: list[Any] = orjson.loads(value)
        decode = DECODE_ITEM.get(self.item_type)
        return [decode(item) for item in items] if decode else items


class SequenceItem(Portable):
    """What is looked for in a ``Sequence``; PostgreSQL knows from that of what type it is."""

    impl = NullType
    cache_ok = True

    def encode(self, value: Any) -> str:
        return orjson.dumps(value, default=str).decode()


def _decimal(field: Field | Items) -> TypeEngine[Any]:
    return Exact(field.option("precision") or 18, scale_of(field))


def scale_of(field: Field | Items) -> int:
    scale = field.option("scale")
    if scale is None:
        return int(min(2, field.option("precision") or 18))
    return int(scale)


def _array(field: Field | Items) -> TypeEngine[Any]:
    if not isinstance(field, Field) or field.items is None:
        raise TypeError("an array has items")
    return Sequence(field.items.type, column_type(field.items))


def _reference(field: Field | Items) -> TypeEngine[Any]:
    if field.target is None:
        raise TypeError("a reference has a target")
    return key_type(field.target)


COLUMN_TYPES: dict[str, Callable[[Field | Items], TypeEngine[Any]]] = {
    "string": lambda field: TEXT,
    "integer": lambda field: INTEGER,
    "number": lambda field: NUMBER,
    "decimal": _decimal,
    "boolean": lambda field: Truth(),
    "date": lambda field: Day(),
    "datetime": lambda field: Instant(),
    "uuid": lambda field: UUID,
    "json": lambda field: Document(),
    "array": _array,
    "reference": _reference,
}

KEY_TYPES: dict[str, TypeEngine[Any]] = {"uuid": UUID, "integer": INTEGER, "string": TEXT}


def column_type(field: Field | Items) -> TypeEngine[Any]:
    return COLUMN_TYPES[field.type](field)


def key_type(key: Key) -> TypeEngine[Any]:
    return KEY_TYPES[key.type]
