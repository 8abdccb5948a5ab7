"""What was deleted: so that a GET can say 410, and a follower of changes learns of it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select
from sqlalchemy.orm import Mapped, mapped_column

from models.column_type import INTEGER, TEXT, Instant
from models.database import Base


class Tombstone(Base):
    __tablename__ = "pw__tombstones"

    collection: Mapped[str] = mapped_column(TEXT, primary_key=True)
    id: Mapped[str] = mapped_column(TEXT, primary_key=True)
    revision: Mapped[int] = mapped_column(INTEGER, unique=True)
    deleted_at: Mapped[datetime] = mapped_column(Instant, index=True)


FIND = select(Tombstone.deleted_at).where(
    Tombstone.collection == bindparam("in_collection"), Tombstone.id == bindparam("of_id")
)
BURY = insert(Tombstone)
RAISE = delete(Tombstone).where(
    Tombstone.collection == bindparam("in_collection"),
    Tombstone.id.in_(bindparam("ids", expanding=True)),
)
FORGET = delete(Tombstone).where(Tombstone.collection == bindparam("in_collection"))
EXPIRE = delete(Tombstone).where(Tombstone.deleted_at < bindparam("before"))


def deleted_at(connection: Connection, collection: str, key: Any) -> datetime | None:
    found = connection.execute(FIND, {"in_collection": collection, "of_id": str(key)})
    return found.scalar_one_or_none()


def tombstone(collection: str, key: Any, revision: int, now: datetime) -> dict[str, Any]:
    return {"collection": collection, "id": str(key), "revision": revision, "deleted_at": now}


def bury(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        connection.execute(BURY, rows)


def rise(connection: Connection, collection: str, keys: Sequence[Any]) -> None:
    if keys:
        ids = [str(key) for key in keys]
        connection.execute(RAISE, {"in_collection": collection, "ids": ids})


def forget_collection(connection: Connection, collection: str) -> None:
    connection.execute(FORGET, {"in_collection": collection})


def expire(connection: Connection, before: datetime) -> None:
    connection.execute(EXPIRE, {"before": before})
