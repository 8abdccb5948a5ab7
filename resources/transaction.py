"""The transactions of this request. What is written in one is answered from within it, so that
the answer can be kept with it."""

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Response, current_app, g, request
from sqlalchemy import Engine

from models import transaction as models
from models.database import db
from models.transaction import EXCLUDE, SHARE
from resources.asked import Asked, asked_by
from resources.condition import are_there
from resources.idempotency import Work, claim, once


def prepared_engine() -> Engine:
    """Brings the database up to date before its first use, which may be long after the start: a
    server can start while its database is down."""
    current_app.extensions["pennyworth.prepare"]()
    return db.engine


@contextmanager
def reading(*, snapshot: bool = False) -> Iterator[Asked]:
    with models.reading(prepared_engine(), g.key_hash, snapshot=snapshot) as opened:
        yield asked_by(opened, g.caller)


def written(work: Work, collection: str) -> Response:
    """A POST that has conditions depends on what the collection holds: so nobody else writes
    there meanwhile (but a deletion elsewhere may still reach it)."""
    lock = EXCLUDE if request.method == "POST" and are_there() else SHARE
    engine = prepared_engine()
    with models.writing(engine, g.key_hash, (collection,), claim(), lock) as opened:
        return once(asked_by(opened, g.caller), work)


def defined(work: Work, *collections: str) -> Response:
    with models.defining(prepared_engine(), g.key_hash, collections, claim()) as opened:
        return once(asked_by(opened, g.caller), work)
