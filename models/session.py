"""Sessions: what signing in begins, and signing out ends. 256 random bits, stored as a SHA-256."""

import secrets
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, ForeignKey, RowMapping, delete, insert, select
from sqlalchemy.orm import Mapped, mapped_column
from uuid_utils import uuid7

from models.column_type import TEXT, UUID, Instant, Truth
from models.database import Base
from models.key import digest

PREFIX = "pws_"
LONGEST_USER_AGENT = 200


class Session(Base):
    """``cookie``: whether its token is kept in a cookie."""

    __tablename__ = "pw__sessions"

    id: Mapped[str] = mapped_column(UUID, primary_key=True)
    hash: Mapped[str] = mapped_column(TEXT, unique=True)
    user_id: Mapped[str] = mapped_column(
        UUID, ForeignKey("pw__users.id", ondelete="CASCADE"), index=True
    )
    cookie: Mapped[bool] = mapped_column(Truth)
    user_agent: Mapped[str | None] = mapped_column(TEXT)
    created_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant, index=True)


SHOWN = (
    Session.id,
    Session.created_at,
    Session.expires_at,
    Session.cookie,
    Session.user_agent,
)


def begin_session(
    connection: Connection,
    user_id: str,
    now: datetime,
    lifetime: timedelta,
    *,
    cookie: bool,
    user_agent: str | None,
) -> tuple[str, dict[str, Any]]:
    """Its token, which cannot be had again, and its row."""
    token = PREFIX + secrets.token_urlsafe(32)
    row = {
        "id": str(uuid7()),
        "hash": digest(token),
        "user_id": user_id,
        "cookie": cookie,
        "user_agent": user_agent and user_agent[:LONGEST_USER_AGENT],
        "created_at": now,
        "expires_at": now + lifetime,
    }
    connection.execute(delete(Session).where(Session.expires_at <= now))
    connection.execute(insert(Session), row)
    return token, row


def sessions_of(connection: Connection, user_id: str, now: datetime) -> list[RowMapping]:
    """Newest first."""
    living = select(*SHOWN).where(Session.user_id == user_id, Session.expires_at > now)
    newest_first = living.order_by(Session.created_at.desc(), Session.id.desc())
    return list(connection.execute(newest_first).mappings())


def session_of(connection: Connection, user_id: str, id: str, now: datetime) -> RowMapping | None:
    living = select(*SHOWN).where(Session.user_id == user_id, Session.expires_at > now)
    return connection.execute(living.where(Session.id == id)).mappings().first()


def end_session(connection: Connection, id: str) -> None:
    connection.execute(delete(Session).where(Session.id == id))


def end_sessions(connection: Connection, user_id: str, but: str | None = None) -> None:
    """All that a user has, except ``but``."""
    ended = delete(Session).where(Session.user_id == user_id)
    connection.execute(ended if but is None else ended.where(Session.id != but))
