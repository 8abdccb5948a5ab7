"""API keys: 256 random bits, shown once, stored as a SHA-256."""

import hashlib
import secrets
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, ForeignKey, RowMapping, delete, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column
from uuid_utils import uuid7

from models.caller import ADMIN_SCOPE
from models.column_type import TEXT, UUID, Instant, Sequence
from models.database import Base, Moved

PREFIX = "pw_"


class ApiKey(Base):
    """A key without a user is an admin's that belongs to no account."""

    __tablename__ = "pw__keys"

    id: Mapped[str] = mapped_column(UUID, primary_key=True)
    name: Mapped[str] = mapped_column(TEXT)
    hash: Mapped[str] = mapped_column(TEXT, unique=True)
    scopes: Mapped[list[str]] = mapped_column(Sequence("string", TEXT))
    user_id: Mapped[str | None] = mapped_column(
        UUID, ForeignKey("pw__users.id", ondelete="CASCADE"), index=True
    )
    expires_at: Mapped[datetime | None] = mapped_column(Instant)
    created_at: Mapped[datetime] = mapped_column(Instant)


def digest(secret: str) -> str:
    """Not slow on purpose: the secret is random, so there is nothing to guess."""
    return hashlib.sha256(secret.encode()).hexdigest()


SHOWN = (ApiKey.id, ApiKey.name, ApiKey.scopes, ApiKey.expires_at, ApiKey.created_at)


def create_key(
    connection: Connection, name: str, scopes: list[str], expires_at: datetime | None = None
) -> str:
    """The secret, which cannot be had again."""
    return make_key(connection, None, datetime.now(UTC), name, scopes, expires_at)[0]


def make_key(
    connection: Connection,
    user_id: str | None,
    now: datetime,
    name: str,
    scopes: list[str],
    expires_at: datetime | None,
) -> tuple[str, dict[str, Any]]:
    """The secret, which cannot be had again, and its row."""
    secret = PREFIX + secrets.token_urlsafe(32)
    row = {
        "id": str(uuid7()),
        "name": name,
        "hash": digest(secret),
        "scopes": scopes,
        "user_id": user_id,
        "expires_at": expires_at,
        "created_at": now,
    }
    try:
        connection.execute(insert(ApiKey), row)
    except IntegrityError as error:
        # The account has just been deleted.
        raise Moved from error
    return secret, row


def keys_of(connection: Connection, user_id: str | None) -> list[RowMapping]:
    """Newest first. None: of those that belong to no account."""
    own = select(*SHOWN).where(_belongs_to(user_id))
    newest_first = own.order_by(ApiKey.created_at.desc(), ApiKey.id.desc())
    return list(connection.execute(newest_first).mappings())


def key_of(connection: Connection, user_id: str | None, id: str) -> RowMapping | None:
    own = select(*SHOWN).where(ApiKey.id == id, _belongs_to(user_id))
    return connection.execute(own).mappings().first()


def anyones_key(connection: Connection, id: str) -> RowMapping | None:
    return connection.execute(select(*SHOWN).where(ApiKey.id == id)).mappings().first()


def revoke_key(connection: Connection, id: str) -> None:
    connection.execute(delete(ApiKey).where(ApiKey.id == id))


def _belongs_to(user_id: str | None) -> ColumnElement[bool]:
    return ApiKey.user_id.is_(None) if user_id is None else ApiKey.user_id == user_id


def any_lasting_key(connection: Connection) -> bool:
    """One that administers, whoever is there; not one that expires: that would leave nobody with a
    key, some day."""
    lasting = select(ApiKey.scopes).where(ApiKey.expires_at.is_(None), ApiKey.user_id.is_(None))
    return any(ADMIN_SCOPE in scopes for scopes in connection.execute(lasting).scalars())
