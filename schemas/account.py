"""Accounts: what comes in, what is stored of it, and what goes out."""

from collections.abc import Iterator
from typing import Any

from models.account import ACCOUNT, FIELDS
from models.address import normal_form
from models.caller import ADMIN_ROLE, Moment
from models.definition import USERS, freeze
from models.password import LONGEST_BYTES, SHORTEST, composed
from models.record import Record
from models.refusal import Failure
from schemas.json_patch import Limits
from schemas.record import (
    Values,
    brought_key,
    present,
    read_members,
    same_key,
    settle_new,
    settled,
)
from schemas.record_patch import members_changed
from schemas.view import View

UNCHANGED = ""
"""Stands for the password that is there: none that is sent can be so short."""
PASSWORD = {"type": "string", "required": True}
SENT = {
    "email": FIELDS["email"],
    "password": PASSWORD,
    "name": FIELDS["name"],
    "role": FIELDS["role"],
    "disabled": FIELDS["disabled"],
}
NEW = freeze(USERS, {"fields": SENT}, {})
OWN = freeze(USERS, {"fields": SENT | {"current_password": {"type": "string"}}}, {})


# Nobody, admin or not, is shown a password.
SEEN = frozenset(ACCOUNT.fields)
OF_ANYONE = frozenset(["email", "password", "name", "current_password"])
SHOWN = View(ACCOUNT, SEEN, frozenset())
BY_ADMIN = View(NEW, SEEN, frozenset(NEW.fields))
BY_ANYONE = View(NEW, SEEN, OF_ANYONE)
BY_ONESELF = View(OWN, SEEN, OF_ANYONE)
WITHOUT_ACCOUNT: dict[str, Any] = dict.fromkeys(SHOWN.columns) | {
    "role": ADMIN_ROLE,
    "disabled": False,
}
"""The admin who has a key and no account."""


def present_account(account: Record) -> dict[str, Any]:
    return present(SHOWN, account)


def to_sign_up(body: Any, moment: Moment, *, by_admin: bool) -> tuple[str | None, Values]:
    """The id that an admin brought, or None, and all values."""
    view = BY_ADMIN if by_admin else BY_ANYONE
    if by_admin:
        id, failures = brought_key(NEW, body)
    else:
        id, failures = None, list(_not_theirs(body))
        body = _without_nothing(body)
    sent, more = read_members(view, body)
    return id, settle_new(view, sent, moment, [*failures, *more, *_unfit(sent)])


def to_change(view: View, body: Any, stored: Record, limits: Limits | None) -> Values:
    """What a patch makes of ``stored``: of the kind that has ``limits``, or a merge patch. The
    password is ``UNCHANGED`` where it stays."""
    stored = {**stored, "password": UNCHANGED, "current_password": UNCHANGED}
    if limits is None:
        members, failures = body, same_key(view, body, stored["id"])
    else:
        members, failures = members_changed(view, body, stored, limits), []
    sent, more = read_members(view, members)
    failures = [*failures, *more, *_unfit(sent)]
    if view is BY_ONESELF:
        failures += _unproven(sent, stored)
    fallback = {name: stored[name] for name in view.definition.fields}
    return settled(view, sent, fallback, stored, failures)


def needs_proof(values: Values, stored: Record) -> bool:
    """Whether who changes it so must know the present password."""
    return (values["password"], values["email"]) != (UNCHANGED, stored["email"])


def _unproven(sent: Values, stored: Record) -> Iterator[Failure]:
    if needs_proof({**stored, **sent}, stored) and not sent.get("current_password"):
        detail = "Must be sent, to change the e-mail or the password."
        yield Failure("/current_password", "required", detail)


def _unfit(sent: Values) -> Iterator[Failure]:
    """What the types do not tell."""
    email, password = sent.get("email"), sent.get("password")
    if email is not None and normal_form(email) is None:
        yield Failure("/email", "format", "Must be a valid e-mail address.")
    if password is None:
        return
    password = composed(password)
    if len(password) < SHORTEST:
        yield Failure("/password", "min_length", f"Must have at least {SHORTEST} characters.")
    if len(password.encode()) > LONGEST_BYTES:
        yield Failure("/password", "max_length", f"Must have at most {LONGEST_BYTES} bytes.")


def _not_theirs(body: Any) -> Iterator[Failure]:
    if isinstance(body, dict) and "id" in body:
        yield Failure("/id", "unknown", "Only an admin chooses the id.")


def _without_nothing(body: Any) -> Any:
    """``"disabled": null`` asks for nothing."""
    if isinstance(body, dict) and body.get("disabled", False) is None:
        return {name: value for name, value in body.items() if name != "disabled"}
    return body
