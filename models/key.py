"""API keys: 256 random bits, shown once, stored as a SHA-256."""

import hashlib
import secrets
from datetime import UTC, datetime

from sqlalchemy import Connection, ForeignKey, insert, select
from sqlalchemy.orm import Mapped, mapped_column
from uuid_utils import uuid7

from models.column_type import TEXT, UUID, Instant, Sequence
from models.database import Base

PREFIX = "pw_"


class ApiKey(Base):
    """A key without a user is an admin's that belongs to no account."""

    __tablename__ = "pw__keys"

    id: Mapped[str] = mapped_column(UUID, primary_key=True)
    name: Mapped[str] = mapped_column(TEXT)
    hash: Mapped[str] = mapped_column(TEXT, unique=True)
    scopes: Mapped[list[str]] = mapped_column(Sequence("string", TEXT))
    user_id: Mapped[str | None] = mapped_column(
        UUID, ForeignKey("pw__users.id", ondelete="CASCADE")
    )
    expires_at: Mapped[datetime | None] = mapped_column(Instant)
    created_at: Mapped[datetime] = mapped_column(Instant)


def digest(secret: str) -> str:
    """Not slow on purpose: the secret is random, so there is nothing to guess."""
    return hashlib.sha256(secret.encode()).hexdigest()


def create_key(
    connection: Connection, name: str, scopes: list[str], expires_at: datetime | None = None
) -> str:
    """The secret, which cannot be had again."""
    secret = PREFIX + secrets.token_urlsafe(32)
    connection.execute(
        insert(ApiKey),
        {
            "id": str(uuid7()),
            "name": name,
            "hash": digest(secret),
            "scopes": scopes,
            "user_id": None,
            "expires_at": expires_at,
            "created_at": datetime.now(UTC),
        },
    )
    return secret


def any_lasting_key(connection: Connection) -> bool:
    """One that expires would leave nobody with a key, some day."""
    lasting = select(ApiKey.id).where(ApiKey.expires_at.is_(None)).limit(1)
    return connection.execute(lasting).first() is not None
