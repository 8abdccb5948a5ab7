"""The transactions of this request. What is written in one is answered from within it, so that
the answer can be kept with it."""

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Response, current_app, g, request
from sqlalchemy import Engine

from models import transaction as models
from models.caller import ANY
from models.database import db
from models.definition import USERS
from models.transaction import EXCLUDE, SHARE, Transaction
from resources.asked import Asked, asked_by
from resources.condition import are_there
from resources.cookie import demand_csrf_token
from resources.idempotency import Work, claim, once


def prepared_engine() -> Engine:
    """Brings the database up to date before its first use, which may be long after the start: a
    server can start while its database is down."""
    current_app.extensions["pennyworth.prepare"]()
    return db.engine


@contextmanager
def reading(*, snapshot: bool = False) -> Iterator[Asked]:
    with models.reading(prepared_engine(), g.credential, snapshot=snapshot) as opened:
        yield _asked(opened)


def written(work: Work, collection: str) -> Response:
    """A POST that has conditions depends on what the collection holds: so nobody else writes
    there meanwhile (but a deletion elsewhere may still reach it)."""
    lock = EXCLUDE if request.method == "POST" and are_there() else SHARE
    engine = prepared_engine()
    with models.writing(engine, g.credential, (collection,), claim(), lock) as opened:
        asked = _asked(opened)
        scope = ANY if collection == USERS else collection
        return _once_covered(asked, work, covered=asked.caller.covers(scope, "write"))


def written_anew(work: Work) -> Response:
    """What is done each time that it is asked for, whatever the Idempotency-Key: its answer holds a
    secret, and is not kept."""
    with models.writing(prepared_engine(), g.credential) as opened:
        return work(_asked(opened))


def defined(work: Work, *collections: str) -> Response:
    with models.defining(prepared_engine(), g.credential, collections, claim()) as opened:
        asked = _asked(opened)
        return _once_covered(asked, work, covered=asked.caller.unlimited)


def _once_covered(asked: Asked, work: Work, *, covered: bool) -> Response:
    """A key of the same account within whose scopes this is not neither gets the answer that is
    kept, nor keeps its refusal for the others."""
    return once(asked, work) if covered else work(asked)


def demand_known_if_said() -> None:
    """For what needs no database: an Authorization that is none is refused here, too (401). What
    a cookie holds does not matter: nothing here depends on it."""
    if g.credential is not None and g.cookie is None and request.method != "OPTIONS":
        with reading():
            pass


def _asked(opened: Transaction) -> Asked:
    """401, and then 403."""
    asked = asked_by(opened, g.caller)
    demand_csrf_token()
    return asked
