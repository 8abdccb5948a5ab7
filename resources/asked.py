"""A transaction of this request, and who asks in it."""

from functools import cached_property

from models.account import ACCOUNT
from models.caller import ADMIN_ROLE, ANY, Caller
from models.definition import Definition
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
        if definition is ACCOUNT:
            own = self.caller.id is not None and record["id"] == self.caller.id
            whole = self.caller.administers or (own and self.caller.covers(ANY, "read"))
            return self.views.account(whole=whole)
        return self.views.view(definition)

    @property
    def session(self) -> str | None:
        """The id of the session that this is asked in; only that has no scopes."""
        held = self.holder
        return held.id if held is not None and held.scopes is None else None

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
    """``caller`` is None where a credential was presented that only the database knows."""
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
    """Who holds what was presented. 401 where nobody does: never a guest."""
    held = opened.holder
    if held is None:
        raise unauthenticated("This key or session is not known: it has ended, or never was.")
    if held.expires_at is not None and held.expires_at <= opened.now:
        raise unauthenticated("This key or session has expired.")
    scopes = None if held.scopes is None else frozenset(held.scopes)
    if held.user_id is None:
        return Caller(role=ADMIN_ROLE, known=True, scopes=scopes)
    if held.disabled:
        raise unauthenticated("This account is disabled.")
    return Caller(held.user_id, held.role, held.email, True, scopes)


def unauthenticated(detail: str) -> Refusal:
    return Refusal("unauthenticated", detail, headers=CHALLENGE)
