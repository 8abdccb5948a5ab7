"""A transaction of this request, and who asks in it."""

from dataclasses import dataclass

from models.caller import ADMIN, Caller, Moment
from models.refusal import Refusal
from models.transaction import Transaction
from schemas.view import Views, views_of

CHALLENGE = {"WWW-Authenticate": 'Bearer realm="pennyworth"'}


@dataclass(slots=True)
class Asked(Transaction):
    caller: Caller

    @property
    def views(self) -> Views:
        """All collections, as whoever asks sees them."""
        return views_of(self.definitions, self.caller.admin)

    @property
    def moment(self) -> Moment:
        return Moment(self.now, self.caller)

    @property
    def principal(self) -> str:
        """Whose request it is: what one has asked, no other gets to see. A key that belongs to no
        account is one of its own."""
        if self.caller.id is not None:
            return f"user {self.caller.id}"
        if self.holder is not None:
            return f"key {self.holder.id}"
        return "admin" if self.caller.admin else "anonymous"


def asked_by(opened: Transaction, caller: Caller | None) -> Asked:
    """``caller`` is None where a key was presented that only the database knows."""
    return Asked(
        opened.connection,
        opened.version,
        opened.definitions,
        opened.secret,
        opened.holder,
        opened.now,
        caller or _holder(opened),
    )


def _holder(opened: Transaction) -> Caller:
    """Who holds the key that was presented. 401 where nobody does: never a guest."""
    key = opened.holder
    if key is None:
        raise unauthenticated("There is no such key.")
    if key.expires_at is not None and key.expires_at <= opened.now:
        raise unauthenticated("This key has expired.")
    return ADMIN if "admin" in key.scopes else Caller(known=True)


def unauthenticated(detail: str) -> Refusal:
    return Refusal("unauthenticated", detail, headers=CHALLENGE)
