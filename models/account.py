"""Accounts as records: what of them is shown, and how they are changed."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, and_, bindparam, exists, select, update

from models.address import normal_form
from models.caller import ADMIN_ROLE
from models.column_type import Truth
from models.definition import USERS, freeze
from models.expression import rows_of
from models.lookup import find, find_to_write, record_of
from models.record import Record, add, change, erase
from models.refusal import Failure, Refusal
from models.table import table_of
from models.transaction import ADMINS_LOCK, EXCLUDE, Transaction
from models.user import User

FIELDS: dict[str, Any] = {
    "email": {"type": "string", "required": True, "max_length": 254, "example": "ann@example.com"},
    "name": {"type": "string", "max_length": 200, "example": "Ann"},
    "role": {"type": "string", "max_length": 200, "example": "editor"},
    "disabled": {"type": "boolean", "required": True, "default": False, "example": False},
}
SECRETS: dict[str, Any] = {
    "address": {"type": "string", "unique": True},
    "password": {"type": "string"},
}
ACCOUNT = freeze(USERS, {"fields": FIELDS}, {})
"""What is shown of accounts: no statement that is made of it can name a password."""
STORED = freeze(USERS, {"fields": FIELDS | SECRETS}, {})
AT_ADDRESS = select(table_of(STORED)).where(table_of(STORED).c["address"] == bindparam("of"))
ENABLED_ADMIN = and_(User.role == ADMIN_ROLE, User.disabled == bindparam("off", False, Truth))
ANY_ADMIN = select(exists().where(ENABLED_ADMIN))
OTHER_ADMIN = select(exists().where(ENABLED_ADMIN, User.id != bindparam("other_than")))


def find_account(transaction: Transaction, id: str) -> Record | None:
    return find(transaction, rows_of(STORED, None), id)


def find_account_to_write(transaction: Transaction, id: str) -> Record | None:
    found = find_to_write(transaction, STORED, id)
    return found.record if found else None


def find_account_at(transaction: Transaction, address: str) -> Record | None:
    """``address``: the normal form of the e-mail; any other text is nobody's."""
    row = transaction.connection.execute(AT_ADDRESS, {"of": address}).first()
    return record_of(STORED, row) if row else None


def add_account(transaction: Transaction, id: str | None, values: Mapping[str, Any]) -> Record:
    """``values``: the fields, and the hash of the password. 409 where the e-mail is taken."""
    with _pointing_at_email():
        return add(transaction, STORED, id, _with_address(values))


def change_account(transaction: Transaction, stored: Record, values: Mapping[str, Any]) -> Record:
    """409 where the e-mail is taken, and for what would leave no admin."""
    if values["email"] != stored["email"]:
        values = _with_address(values)
    if is_admin(stored) and not is_admin({**stored, **values}):
        demoted = values["role"] != ADMIN_ROLE
        demand_another_admin(transaction.connection, stored, "role" if demoted else "disabled")
    with _pointing_at_email():
        return change(transaction, STORED, stored, values)


def erase_account(transaction: Transaction, stored: Record, retention: timedelta) -> None:
    """Sessions and keys go with it, and what refers to it as ``on_delete`` says."""
    if is_admin(stored):
        demand_another_admin(transaction.connection, stored)
    erase(transaction, ACCOUNT, stored, retention)


def replace_hash(connection: Connection, id: str, hash: str) -> None:
    """Of the same password, so nothing has changed for anybody."""
    connection.execute(update(User).where(User.id == id).values(password=hash))


def is_admin(account: Mapping[str, Any]) -> bool:
    return account["role"] == ADMIN_ROLE and not account["disabled"]


def any_admin(connection: Connection) -> bool:
    return bool(connection.execute(ANY_ADMIN).scalar_one())


def demand_another_admin(connection: Connection, stored: Record, field: str | None = None) -> None:
    """Whoever takes away an admin is alone with it: of two who do so at once, the second looks
    after the first has done it. SQLite has one writer anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(EXCLUDE, {"what": ADMINS_LOCK, "name": ""})
    if not connection.execute(OTHER_ADMIN, {"other_than": stored["id"]}).scalar_one():
        detail = "This is the last admin: make another one first."
        pointer = f"/{field}" if field else ""
        raise Refusal("conflict", detail, [Failure(pointer, "last_admin", detail)])


def _with_address(values: Mapping[str, Any]) -> dict[str, Any]:
    return {**values, "address": normal_form(values["email"])}


@contextmanager
def _pointing_at_email() -> Iterator[None]:
    """What is taken is the normal form, of which clients know nothing."""
    try:
        yield
    except Refusal as refusal:
        refusal.errors = tuple(
            one._replace(pointer="/email") if one.pointer == "/address" else one
            for one in refusal.errors
        )
        raise
