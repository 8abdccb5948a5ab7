"""Stored definitions, and the frozen values of all of them that a worker keeps.

A worker compares one integer to know whether what it has frozen still holds; only when a
definition was changed, anywhere, are those that changed read again.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import orjson
from sqlalchemy import Connection, Engine, delete, insert, select, update
from sqlalchemy.orm import Mapped, mapped_column

from models.column_type import INTEGER, TEXT, Instant
from models.database import Base
from models.definition import USERS_KEY, Definition, Key, freeze
from models.memo import forget
from models.state import State


class Collection(Base):
    """``body`` is the definition as it was sent; ``last_key`` the highest integer key handed out
    (on SQLite; PostgreSQL has a sequence for each collection)."""

    __tablename__ = "pw__collections"

    name: Mapped[str] = mapped_column(TEXT, primary_key=True)
    body: Mapped[str] = mapped_column(TEXT)
    revision: Mapped[int] = mapped_column(INTEGER)
    created_at: Mapped[datetime] = mapped_column(Instant)
    updated_at: Mapped[datetime] = mapped_column(Instant)
    last_key: Mapped[int] = mapped_column(INTEGER, default=0)


class Definitions(dict[str, Definition]):
    """By name. Compared by identity, as each of them is, so that it can key the memos of what is
    derived from all of them."""

    __hash__ = object.__hash__  # type: ignore[assignment]

    def __eq__(self, other: object) -> bool:
        return self is other


class _Snapshot(NamedTuple):
    version: int
    definitions: Definitions


_snapshots: WeakKeyDictionary[Engine, _Snapshot] = WeakKeyDictionary()
VERSIONS = select(Collection.name, Collection.revision)
BODIES = select(
    Collection.name,
    Collection.body,
    Collection.revision,
    Collection.created_at,
    Collection.updated_at,
)


def definitions_at(connection: Connection, version: int) -> Definitions:
    """All definitions as this transaction sees them; ``version`` is its ``State.definitions``."""
    known = _snapshots.get(connection.engine)
    if known is not None and known.version == version:
        return known.definitions
    definitions = _load(connection, known.definitions if known else Definitions())
    forget()
    _snapshots[connection.engine] = _Snapshot(version, definitions)
    return definitions


def _load(connection: Connection, known: Definitions) -> Definitions:
    revisions = {row.name: row.revision for row in connection.execute(VERSIONS)}
    current = {n: d for n, d in known.items() if revisions.get(n) == d.revision}
    changed = [name for name in revisions if name not in current]
    if changed:
        rows = connection.execute(BODIES.where(Collection.name.in_(changed))).all()
        bodies = {row.name: orjson.loads(row.body) for row in rows}
        keys = {name: definition.key for name, definition in current.items()}
        keys |= {name: Key(**body.get("key", {})) for name, body in bodies.items()}
        keys["users"] = USERS_KEY
        for row in rows:
            current[row.name] = freeze(
                row.name,
                bodies[row.name],
                keys,
                revision=row.revision,
                created_at=row.created_at,
                updated_at=row.updated_at,
            )
    return Definitions(sorted(current.items()))


def definition_stored(connection: Connection, name: str) -> Definition:
    """As this transaction has just stored it."""
    return _load(connection, Definitions())[name]


def store(
    connection: Connection, name: str, body: Mapping[str, Any], revision: int, now: datetime
) -> None:
    """Insert or replace; ``created_at`` stays that of the first."""
    values = {
        "body": orjson.dumps(body).decode(),
        "revision": revision,
        "updated_at": now,
    }
    stored = connection.execute(update(Collection).where(Collection.name == name).values(**values))
    if stored.rowcount == 0:
        connection.execute(
            insert(Collection).values(name=name, created_at=now, last_key=0, **values)
        )
    _touch(connection, revision)


def remove(connection: Connection, name: str, revision: int) -> None:
    connection.execute(delete(Collection).where(Collection.name == name))
    _touch(connection, revision)


def _touch(connection: Connection, revision: int) -> None:
    connection.execute(update(State).values(definitions=revision))


def referring(definitions: Definitions, name: str) -> list[tuple[Definition, str]]:
    """Where other collections, or this one, refer to it: (definition, field)."""
    return [
        (definition, field.name)
        for definition in definitions.values()
        for field in definition.references
        if field.to == name
    ]


def leading_to(definitions: Definitions, name: str) -> list[Definition]:
    """The other collections from which references lead there, however far."""
    found = {name}
    reached = [name]
    while reached:
        at = reached.pop()
        sources = {definition.name for definition, _ in referring(definitions, at)} - found
        found |= sources
        reached += sources
    return [definition for definition in definitions.values() if definition.name in found - {name}]
