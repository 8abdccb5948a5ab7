"""What a request shows of who sends it, and the statements that look up whose it is.

One statement opens each transaction. It tells which definitions hold and whose the credential is;
without a credential it joins nothing.
"""

from typing import Any, NamedTuple

from sqlalchemy import Select, bindparam, null, select

from models.key import ApiKey
from models.session import Session
from models.state import State
from models.user import User

KEY, SESSION = "key", "session"


class Credential(NamedTuple):
    """``kind``: key or session. ``hash``: its digest (models/key.py)."""

    kind: str
    hash: str


_STATE: tuple[Any, ...] = (State.definitions, State.secret)
_USER: tuple[Any, ...] = (User.role, User.email, User.disabled)
OPENING: dict[str | None, Select[Any]] = {
    None: select(*_STATE),
    KEY: select(*_STATE, ApiKey.id, ApiKey.user_id, ApiKey.scopes, ApiKey.expires_at, *_USER)
    .outerjoin_from(State, ApiKey, ApiKey.hash == bindparam("hash"))
    .outerjoin(User, User.id == ApiKey.user_id),
    SESSION: select(
        *_STATE,
        Session.id,
        Session.user_id,
        null().label("scopes"),
        Session.expires_at,
        *_USER,
    )
    .outerjoin_from(State, Session, Session.hash == bindparam("hash"))
    .outerjoin(User, User.id == Session.user_id),
}
