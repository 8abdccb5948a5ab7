"""Claims: who is at work on what, told to others at once and given up with the process.

On PostgreSQL a claim is an advisory lock of the transaction, seen by every worker of every machine.
SQLite is one machine's, and a transaction there waits for the one before it: so a claim is made
before, by a lock on one byte of a file beside the database, which the kernel drops with the process
that holds it. Such a lock says nothing to another thread of the same process; a set does.
"""

import fcntl
import hashlib
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import Lock

from sqlalchemy import Connection, Engine, text

from models.database import unavailable
from models.refusal import Refusal

# Of the two-key advisory locks; models/transaction.py has the others.
TRY = text("SELECT pg_try_advisory_xact_lock(4, :mark)")
RETRY_AFTER_SECONDS = 1
SUFFIX = "-claims"
log = logging.getLogger("pennyworth")


def in_flight() -> Refusal:
    return Refusal(
        "conflict",
        "A request with this Idempotency-Key is still running.",
        headers={"Retry-After": str(RETRY_AFTER_SECONDS)},
    )


def mark_of(claim: str) -> int:
    """31 bits: two claims of one mark only mean that one is told to come again."""
    return int.from_bytes(hashlib.sha256(claim.encode()).digest()[:4]) >> 1


class FileClaims:
    """Of one process, on one file. Opened once and never closed: to close any descriptor of a
    file gives up all the locks that the process has on it."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._guard = Lock()
        self._held: set[int] = set()
        self._file: int | None = None

    def take(self, mark: int) -> bool:
        with self._guard:
            if mark in self._held or not self._lock(mark):
                return False
            self._held.add(mark)
            return True

    def give_up(self, mark: int) -> None:
        with self._guard:
            self._held.discard(mark)
            fcntl.lockf(self._descriptor(), fcntl.LOCK_UN, 1, mark)

    def _lock(self, mark: int) -> bool:
        file = self._descriptor()
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, mark)
        except (BlockingIOError, PermissionError):
            return False
        return True

    def _descriptor(self) -> int:
        if self._file is None:
            try:
                self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            except OSError as error:
                log.error("There can be no claims.", exc_info=error)
                raise unavailable("Claims cannot be made beside the database.") from error
        return self._file


@cache
def _claims_on(path: str) -> FileClaims:
    return FileClaims(path)


@contextmanager
def claimed_before(engine: Engine, claim: str | None) -> Iterator[None]:
    """Around a transaction on SQLite. 409 where another request has the claim."""
    if claim is None or engine.dialect.name != "sqlite":
        yield
        return
    claims, mark = _claims_on(f"{engine.url.database}{SUFFIX}"), mark_of(claim)
    if not claims.take(mark):
        raise in_flight()
    try:
        yield
    finally:
        claims.give_up(mark)


def claim_within(connection: Connection, claim: str | None) -> None:
    """The first thing in a transaction on PostgreSQL. 409 where another one has the claim."""
    if claim is None:
        return
    if not connection.execute(TRY, {"mark": mark_of(claim)}).scalar_one():
        raise in_flight()
