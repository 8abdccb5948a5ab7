"""The engine: how SQLite and PostgreSQL are spoken to, and what their faults mean.

SQLite: WAL, durable, foreign keys on, and a transaction that will write takes its lock when it
begins, since one that reads first and then writes fails at once with BUSY_SNAPSHOT.
"""

import sqlite3
import time
from math import inf
from typing import Any

import orjson
import psycopg
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, TimeoutError
from sqlalchemy.orm import DeclarativeBase

from models.bounded import STATEMENT_SECONDS, BoundedConnection
from models.refusal import Refusal
from models.sqlite_function import teach

LOCK_SECONDS = 5
CONNECT_SECONDS = 3
RETRY_AFTER_SECONDS = 2
# Of what is kept with a connection to SQLite: when a read is given up, in seconds of the monotonic
# clock. It is looked at every so many steps, which take a millisecond.
UNTIL = "until"
STEPS = 10_000
# SQLite has counted FTS5 among what is harmless in a schema only for a while.
TRIGGERS_MAY_FEED_FTS5 = sqlite3.sqlite_version_info >= (3, 46)


class Base(DeclarativeBase):
    """The system's own tables. Their names hold ``__``, which no collection's name does."""

    __table_args__ = {"sqlite_strict": True}


db = SQLAlchemy(model_class=Base)


class Moved(Exception):
    """What was read a moment ago no longer holds (a column was dropped, another request made the
    same record): the request begins again, from the start."""


def engine_url(url: str) -> str:
    return url.replace("postgresql://", "postgresql+psycopg://", 1)


def engine_options(url: str, pool_size: int) -> dict[str, Any]:
    options: dict[str, Any] = {
        "hide_parameters": True,
        "pool_size": pool_size,
        "max_overflow": 0,
        "pool_timeout": LOCK_SECONDS,
        "query_cache_size": 600,
    }
    if url.startswith("sqlite"):
        return options | {"connect_args": {"timeout": LOCK_SECONDS}}
    return options | {
        # What is in the way of a failed statement is asked on a second connection.
        "max_overflow": pool_size,
        "json_serializer": lambda value: orjson.dumps(value).decode(),
        "json_deserializer": orjson.loads,
        "connect_args": {
            "connect_timeout": CONNECT_SECONDS,
            "tcp_user_timeout": LOCK_SECONDS * 1000,
            "application_name": "pennyworth",
            "options": f"-c timezone=UTC -c lock_timeout={LOCK_SECONDS}s"
            f" -c statement_timeout={STATEMENT_SECONDS}s"
            f" -c idle_in_transaction_session_timeout={STATEMENT_SECONDS}s",
        },
    }


def prepare_sqlite(engine: Engine, synchronous: str) -> None:
    @event.listens_for(engine, "connect")
    def settle(connection: sqlite3.Connection, record: Any) -> None:
        # The driver opens no transaction of its own; "begin" below does.
        connection.isolation_level = None
        write_ahead(connection)
        for pragma in (
            f"synchronous={synchronous}",
            "foreign_keys=ON",
            f"trusted_schema={'OFF' if TRIGGERS_MAY_FEED_FTS5 else 'ON'}",
        ):
            connection.execute(f"PRAGMA {pragma}").close()
        teach(connection)
        info = record.info
        connection.set_progress_handler(lambda: time.monotonic() > info.get(UNTIL, inf), STEPS)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def write_ahead(connection: sqlite3.Connection) -> None:
    """The database remembers it. But those who open a new one together are in each other's way,
    and SQLite does not wait for that as it waits for a writer."""
    end = time.monotonic() + LOCK_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL").close()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorname != "SQLITE_BUSY" or time.monotonic() > end:
                raise
            time.sleep(0.02)
        else:
            return


def prepare_postgresql(engine: Engine) -> None:
    @event.listens_for(engine, "do_connect")
    def connect(_: Any, __: Any, arguments: Any, named: Any) -> BoundedConnection:
        return BoundedConnection.connect(*arguments, **named)


SQLITE_AWAY = (
    "SQLITE_BUSY",
    "SQLITE_LOCKED",
    "SQLITE_FULL",
    "SQLITE_IOERR",
    "SQLITE_CANTOPEN",
    "SQLITE_READONLY",
    "SQLITE_NOTADB",
    "SQLITE_CORRUPT",
    "SQLITE_PROTOCOL",
    "SQLITE_NOMEM",
    "SQLITE_INTERRUPT",
)
# Connection, resources, operator intervention, system: and what another try may mend:
# serialization, deadlock, lock not available, read-only transaction, idle for too long in one.
POSTGRESQL_AWAY = ("08", "53", "57", "58", "40001", "40P01", "55P03", "25006", "25P03", "28", "3D")
POSTGRESQL_TOO_LONG = "54000"
POSTGRESQL_CANCELED = "57014"
TOO_LONG = (
    f"This takes the database longer than {STATEMENT_SECONDS} seconds: ask for less, or for what "
    "has an index."
)
POSTGRESQL_MOVED = ("42P01", "42703", "0A000")


def unavailable(detail: str = "The database does not answer just now.") -> Refusal:
    return Refusal("unavailable", detail, headers={"Retry-After": str(RETRY_AFTER_SECONDS)})


def translated(error: Exception) -> Exception:
    """What a fault of the database means to whoever asked; itself if it is a fault of ours."""
    if isinstance(error, TimeoutError):
        return unavailable("Every connection to the database is in use.")
    if not isinstance(error, DBAPIError):
        return error
    cause = error.orig
    if isinstance(cause, sqlite3.Error):
        return _sqlite_meaning(error, cause)
    if isinstance(cause, psycopg.Error):
        return _postgresql_meaning(error, cause)
    return error


def _sqlite_meaning(error: DBAPIError, cause: sqlite3.Error) -> Exception:
    name = getattr(cause, "sqlite_errorname", "") or ""
    if name == "SQLITE_INTERRUPT":
        return unavailable(TOO_LONG)
    if name.startswith(SQLITE_AWAY):
        return unavailable()
    if str(cause).startswith(("no such table", "no such column")) or name == "SQLITE_SCHEMA":
        return Moved()
    return error


def _postgresql_meaning(error: DBAPIError, cause: psycopg.Error) -> Exception:
    state = cause.sqlstate
    if state == POSTGRESQL_TOO_LONG:
        return Refusal("validation-failed", "A value is too long to be indexed.")
    if state is None and isinstance(error, OperationalError | InterfaceError):
        return unavailable()
    if state == POSTGRESQL_CANCELED:
        return unavailable(TOO_LONG)
    if state and state.startswith(POSTGRESQL_AWAY):
        return unavailable()
    if state and state.startswith(POSTGRESQL_MOVED):
        return Moved()
    return error
