"""Whose a credential is, before anything else is known of it."""

from typing import Any

from sqlalchemy import CompoundSelect, Engine, bindparam, select, union_all

from models.key import ApiKey
from models.session import Session
from models.transaction import translating

HOLDERS: CompoundSelect[Any] = union_all(
    select(ApiKey.user_id, ApiKey.id).where(ApiKey.hash == bindparam("hash")),
    select(Session.user_id, Session.id).where(Session.hash == bindparam("hash")),
)


def holder_of(engine: Engine, hash: str) -> str | None:
    """The account, or the key that belongs to none. Whether the credential is still good is not
    asked; None if it never was."""
    with translating(), engine.connect() as connection:
        row = connection.execute(HOLDERS, {"hash": hash}).first()
    if row is None:
        return None
    return f"user {row.user_id}" if row.user_id else f"key {row.id}"
