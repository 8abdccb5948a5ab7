"""Answers that are kept under an Idempotency-Key, so that a request sent again is not done again.

An answer is stored in the transaction of its effect: after a crash both are there, or neither.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection, LargeBinary, and_, bindparam, delete, insert, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from models.column_type import INTEGER, TEXT, Instant
from models.database import Base, Moved

KEPT_FOR = timedelta(hours=24)
AT_ONCE = 100


class KeptAnswer(Base):
    """``key`` is a digest of the caller and the key, ``request`` one of all that makes two
    requests the same. ``body`` is as it was before any content coding."""

    __tablename__ = "pw__answers"

    key: Mapped[str] = mapped_column(TEXT, primary_key=True)
    request: Mapped[str] = mapped_column(TEXT)
    status: Mapped[int] = mapped_column(INTEGER)
    headers: Mapped[str] = mapped_column(TEXT)
    body: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(Instant, index=True)


class Answer(NamedTuple):
    request: str
    status: int
    headers: Sequence[tuple[str, str]]
    body: bytes


FIND = select(KeptAnswer.request, KeptAnswer.status, KeptAnswer.headers, KeptAnswer.body).where(
    KeptAnswer.key == bindparam("of_key"), KeptAnswer.created_at > bindparam("after")
)
KEEP = insert(KeptAnswer)
# Others who clear up at the same time take other rows, and nobody waits.
_OLD = (
    select(KeptAnswer.key)
    .where(KeptAnswer.created_at <= bindparam("before"))
    .limit(AT_ONCE)
    .with_for_update(skip_locked=True)
)
_SAME = and_(KeptAnswer.key == bindparam("of_key"), KeptAnswer.created_at <= bindparam("before"))
EXPIRE = delete(KeptAnswer).where(or_(_SAME, KeptAnswer.key.in_(_OLD)))


def find_answer(connection: Connection, key: str, now: datetime) -> Answer | None:
    row = connection.execute(FIND, {"of_key": key, "after": now - KEPT_FOR}).first()
    if row is None:
        return None
    pairs = [(name, value) for name, value in orjson.loads(row.headers)]
    return Answer(row.request, row.status, pairs, row.body)


def keep_answer(connection: Connection, key: str, answer: Answer, now: datetime) -> None:
    """``Moved`` where another request got there first: this one is not to be done, then."""
    connection.execute(EXPIRE, {"before": now - KEPT_FOR, "of_key": key})
    row: dict[str, Any] = {
        "key": key,
        "request": answer.request,
        "status": answer.status,
        "headers": orjson.dumps(answer.headers).decode(),
        "body": answer.body,
        "created_at": now,
    }
    try:
        connection.execute(KEEP, row)
    except IntegrityError as error:
        raise Moved from error
