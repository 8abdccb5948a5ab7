"""A transaction of this request, and who asks in it."""

from functools import cached_property

from models.caller import ADMIN, Caller
from models.definition import ACCOUNTS, Definition
from models.record import Record
from models.refusal import Refusal
from models.transaction import Transaction
from schemas.rule import views_at
from schemas.view import View, Views

CHALLENGE = {"WWW-Authenticate": 'Bearer realm="pennyworth"'}


class Asked(Transaction):
    @cached_property
    def views(self) -> Views:
        """All collections, as whoever asks sees them."""
        return views_at(self.definitions, self.moment)

    def seen(self, definition: Definition, record: Record) -> View:
        """As what whoever asks sees a record that may be read."""
        if definition is ACCOUNTS:
            own = self.caller.id is not None and record["id"] == self.caller.id
            return self.views.account(whole=own or self.views.standing.admin)
        return self.views.view(definition)

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
