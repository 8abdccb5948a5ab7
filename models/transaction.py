"""A transaction: what is read and written together, and the definitions it goes by.

One opening statement tells which definitions hold and whose the credential is
(models/credential.py); so that a GET of one record is two statements, whoever asks.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import psycopg
from sqlalchemy import Connection, Engine, Row, TextClause, select, text
from sqlalchemy.exc import SQLAlchemyError

from models.bounded import ANSWER_SECONDS, STATEMENT_SECONDS
from models.caller import ANONYMOUS, Caller, Moment
from models.claim import claim_within, claimed_before
from models.collection import Definitions, definitions_at
from models.credential import OPENING, Credential
from models.database import UNTIL, Moved, translated, unavailable
from models.momentary import momentary_parameters
from models.refusal import Refusal
from models.revision import announce
from models.state import State

# Two-key advisory locks (PostgreSQL): the first key says what for (models/claim.py has another).
# One-key ones are revisions.
COLLECTION_LOCK, ALL_LOCK, COUNTER_LOCK, ADMINS_LOCK = 1, 2, 3, 6
SHARE = text("SELECT pg_advisory_xact_lock_shared(:what, hashtext(:name))")
EXCLUDE = text("SELECT pg_advisory_xact_lock(:what, hashtext(:name))")
# To change a large table may take longer than any statement of a request.
TAKE_YOUR_TIME = text("SET LOCAL statement_timeout = 0")
VERSION = select(State.definitions)


@dataclass
class Transaction:
    """``version`` is that of the definitions, ``holder`` the row of the credential that was
    presented, with whose it is, if there is such a one. ``caller`` is whoever asks, once that is
    known."""

    connection: Connection
    version: int
    definitions: Definitions
    secret: bytes
    holder: Row[Any] | None
    now: datetime
    caller: Caller = ANONYMOUS

    @cached_property
    def moment(self) -> Moment:
        return Moment(self.now, self.caller)

    @cached_property
    def asks(self) -> dict[str, Any]:
        """What rules and questions may ask of the moment: of each statement that has any."""
        return momentary_parameters(self.moment)


@contextmanager
def reading(
    engine: Engine, credential: Credential | None = None, *, snapshot: bool = False
) -> Iterator[Transaction]:
    """``snapshot``: all statements see one state of the database, as on SQLite they always do."""
    with translating(), engine.connect() as connection:
        if snapshot and connection.dialect.name == "postgresql":
            with _undisturbed(connection, credential) as opened:
                yield opened
        else:
            with _bounded(connection):
                yield _open(connection, credential)


@contextmanager
def _bounded(connection: Connection) -> Iterator[None]:
    """PostgreSQL ends a statement that takes too long; SQLite must be told when."""
    kept = connection.info
    kept[UNTIL] = time.monotonic() + STATEMENT_SECONDS
    try:
        yield
    finally:
        kept.pop(UNTIL, None)


@contextmanager
def _undisturbed(connection: Connection, credential: Credential | None) -> Iterator[Transaction]:
    """A table that PostgreSQL has made anew (to add a column of words) looks empty to who began
    before: where a definition was changed meanwhile, nothing counts that was seen, or refused."""
    refused = None
    with _repeatable(connection):
        opened = _open(connection, credential)
        try:
            yield opened
        except Refusal as refusal:
            refused = refusal
    if connection.execute(VERSION).scalar() != opened.version:
        raise Moved
    if refused is not None:
        raise refused


@contextmanager
def _repeatable(connection: Connection) -> Iterator[None]:
    """Said to the driver itself, since the pool takes 40 microseconds for it."""
    driver: Any = connection.connection.driver_connection
    try:
        driver.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    except psycopg.Error as error:
        connection.invalidate()
        raise unavailable() from error
    try:
        yield
    finally:
        try:
            connection.rollback()
            driver.isolation_level = None
        except (SQLAlchemyError, psycopg.Error):
            connection.invalidate()


@contextmanager
def writing(
    engine: Engine,
    credential: Credential | None = None,
    collections: Sequence[str] = (),
    claim: str | None = None,
    lock: TextClause = SHARE,
) -> Iterator[Transaction]:
    """Commits at the end. Nobody changes the definitions of ``collections`` meanwhile, nor with
    the lock ``EXCLUDE`` any of their records. ``claim``: 409 where another has it already."""
    with translating(), claimed_before(engine, claim), _begin(engine) as connection:
        if connection.dialect.name == "postgresql":
            claim_within(connection, claim)
            announce(connection)
            for name in sorted(collections):
                connection.execute(lock, {"what": COLLECTION_LOCK, "name": name})
        yield _open(connection, credential)


@contextmanager
def defining(
    engine: Engine,
    credential: Credential | None = None,
    collections: Sequence[str] = (),
    claim: str | None = None,
) -> Iterator[Transaction]:
    """As ``writing``, but to change the definitions of ``collections``: alone with them."""
    with (
        translating(),
        claimed_before(engine, claim),
        engine.connect() as connection,
        _unhindered(connection),
    ):
        connection = connection.execution_options(writes=True)
        with connection.begin():
            if connection.dialect.name == "postgresql":
                claim_within(connection, claim)
                connection.execute(TAKE_YOUR_TIME)
                connection.execute(EXCLUDE, {"what": ALL_LOCK, "name": ""})
                for name in sorted(collections):
                    connection.execute(EXCLUDE, {"what": COLLECTION_LOCK, "name": name})
                announce(connection)
            yield _open(connection, credential)


@contextmanager
def _unhindered(connection: Connection) -> Iterator[None]:
    """SQLite changes a table by making it anew, and meanwhile references to it lead to nothing;
    PostgreSQL may take its time."""
    driver: Any = connection.connection.driver_connection
    if connection.dialect.name == "sqlite":
        driver.execute("PRAGMA foreign_keys=OFF").close()
    else:
        driver.patience = None
    try:
        yield
    finally:
        if connection.dialect.name == "sqlite":
            driver.execute("PRAGMA foreign_keys=ON").close()
        else:
            driver.patience = ANSWER_SECONDS


@contextmanager
def _begin(engine: Engine) -> Iterator[Connection]:
    with engine.connect() as connection:
        connection = connection.execution_options(writes=True)
        with connection.begin():
            yield connection


@contextmanager
def translating() -> Iterator[None]:
    """Faults of the database in the words of models/database.py."""
    try:
        yield
    except SQLAlchemyError as error:
        meant = translated(error)
        if meant is error:
            raise
        raise meant from error


def _open(connection: Connection, credential: Credential | None) -> Transaction:
    kind, hash = credential or (None, None)
    row = connection.execute(OPENING[kind], {"hash": hash} if kind else {}).first()
    if row is None:
        raise Moved
    return Transaction(
        connection=connection,
        version=row.definitions,
        definitions=definitions_at(connection, row.definitions),
        secret=row.secret,
        holder=row if kind and row.id is not None else None,
        now=datetime.now(UTC),
    )
