"""Where limits are counted: over all workers, also after a restart, and without waiting for them.

On PostgreSQL an UNLOGGED table: nothing is written ahead for it, so its transactions wait for no
disk. SQLite has one writer at a time, so there it is a file of its own beside the database. Each
process keeps one connection to either for nothing else, so that counting needs none of the pool.
"""

import logging
import os
import sqlite3
import time
from contextlib import suppress
from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, event

from models.database import write_ahead

PATIENCE = 1.0
LOUD_SECONDS = 60
SUFFIX = "-limits"
# As migrations/versions/0006_limits.py makes it.
TABLE = """CREATE TABLE IF NOT EXISTS pw__limits (
  bucket BLOB PRIMARY KEY, requests INTEGER NOT NULL, ends_at REAL NOT NULL
) STRICT, WITHOUT ROWID"""
INDEX = "CREATE INDEX IF NOT EXISTS ix_pw__limits_ends_at ON pw__limits (ends_at)"
Rows = list[tuple[Any, ...]]
log = logging.getLogger("pennyworth")


class Store:
    """The connection of one process. After a fault it is another one."""

    def __init__(self) -> None:
        self._turn = Lock()
        self._connection: Any = None
        self._loud_again = 0.0

    def run(self, engine: Engine, statement: str, values: dict[str, Any]) -> Rows:
        """In a transaction of its own."""
        if not self._turn.acquire(timeout=PATIENCE):
            raise TimeoutError("Another thread has been counting for too long.")
        try:
            if self._connection is None:
                self._connection = _connect(engine)
            cursor = self._connection.execute(statement, values)
            return cursor.fetchall() if cursor.description else []
        except Exception:
            self._close()
            raise
        finally:
            self._turn.release()

    def complain(self, error: Exception) -> None:
        """Once in a while: each request may have this fault."""
        if time.monotonic() > self._loud_again:
            self._loud_again = time.monotonic() + LOUD_SECONDS
            log.error("Limits cannot be counted.", exc_info=error)

    def close(self, _: Engine | None = None) -> None:
        with self._turn:
            self._close()

    def _close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(Exception):
                connection.close()


_making = Lock()
_stores: WeakKeyDictionary[Engine, Store] = WeakKeyDictionary()


def store_of(engine: Engine) -> Store:
    store = _stores.get(engine)
    if store is None:
        with _making:
            store = _stores.get(engine)
            if store is None:
                store = _stores[engine] = Store()
                event.listen(engine, "engine_disposed", store.close)
    return store


def _connect(engine: Engine) -> Any:
    if engine.dialect.name == "sqlite":
        return _open_file(f"{engine.url.database}{SUFFIX}")
    taken = engine.raw_connection()
    connection: Any = taken.driver_connection
    # From here on it is no connection of the pool's.
    taken.detach()
    connection.patience = 2 * PATIENCE
    connection.autocommit = True
    return connection


def _open_file(path: str) -> sqlite3.Connection:
    """``synchronous=NORMAL``: a count waits for no disk, but a power cut leaves a sound file."""
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    connection = sqlite3.connect(
        path, timeout=PATIENCE, isolation_level=None, check_same_thread=False
    )
    try:
        write_ahead(connection)
        for statement in ("PRAGMA synchronous=NORMAL", TABLE, INDEX):
            connection.execute(statement).close()
    except BaseException:
        connection.close()
        raise
    return connection
