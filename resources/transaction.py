"""The transaction of this request, and who asks in it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from flask import current_app, g
from sqlalchemy import Engine

from models import transaction as models
from models.caller import ADMIN, Caller
from models.database import db
from models.refusal import Refusal
from models.transaction import Transaction

CHALLENGE = {"WWW-Authenticate": 'Bearer realm="pennyworth"'}


@dataclass(slots=True)
class Asked(Transaction):
    caller: Caller


def _asked(opened: Transaction) -> Asked:
    return Asked(
        opened.connection,
        opened.definitions,
        opened.secret,
        opened.holder,
        opened.now,
        g.caller or _holder(opened),
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


def prepared_engine() -> Engine:
    """Brings the database up to date before its first use, which may be long after the start: a
    server can start while its database is down."""
    current_app.extensions["pennyworth.prepare"]()
    return db.engine


@contextmanager
def reading() -> Iterator[Asked]:
    with models.reading(prepared_engine(), g.key_hash) as opened:
        yield _asked(opened)


@contextmanager
def writing(*collections: str) -> Iterator[Asked]:
    with models.writing(prepared_engine(), g.key_hash, collections) as opened:
        yield _asked(opened)


@contextmanager
def defining(*collections: str) -> Iterator[Asked]:
    with models.defining(prepared_engine(), g.key_hash, collections) as opened:
        yield _asked(opened)
