"""Limits: how often something may be done in so many seconds, over all workers.

A window begins with the first request and has an end, so whoever has used it up knows when to come
again. Each count is one statement: of many at once no two get the same number.
"""

import hashlib
import math
import re
import sqlite3
import time
from typing import Any, NamedTuple

import psycopg
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from models.database import unavailable
from models.limit_store import Rows, store_of

AT_ONCE = 20
"""How many buckets that are over a new one clears away."""
FAULTS = (sqlite3.Error, psycopg.Error, SQLAlchemyError, OSError)
# Several machines have several clocks, so the one of PostgreSQL counts.
CLOCK = "CAST(extract(epoch FROM clock_timestamp()) AS double precision)"
# A window that would last longer than two is of another quota, or was begun by a wrong clock.
RUNS = """had.ends_at > excluded.ends_at - :seconds
    AND had.ends_at <= excluded.ends_at + :seconds"""
COUNT = f"""INSERT INTO pw__limits AS had (bucket, requests, ends_at)
  VALUES (:bucket, 1, :now + :seconds)
  ON CONFLICT (bucket) DO UPDATE SET
    requests = CASE WHEN {RUNS} THEN had.requests + 1 ELSE 1 END,
    ends_at = CASE WHEN {RUNS} THEN had.ends_at ELSE excluded.ends_at END
  RETURNING requests, ends_at - :now"""
TAKE_BACK = """UPDATE pw__limits SET requests = requests - 1
  WHERE bucket = :bucket AND requests > 0"""
REMEMBER = """INSERT INTO pw__limits (bucket, requests, ends_at)
  VALUES (:bucket, 0, :now + :seconds)
  ON CONFLICT (bucket) DO UPDATE SET ends_at = excluded.ends_at"""
REMEMBERED = "SELECT 1 FROM pw__limits WHERE bucket = :bucket AND ends_at > :now"
# Others who clear up at the same time take other rows, and nobody waits.
CLEAR = f"""DELETE FROM pw__limits WHERE ends_at <= :now AND bucket IN (
  SELECT bucket FROM pw__limits WHERE ends_at <= :now LIMIT {AT_ONCE} /* others skip */)"""


class Quota(NamedTuple):
    requests: int
    seconds: int


class Usage(NamedTuple):
    """``seconds``: until all of it may be used again."""

    allowed: bool
    remaining: int
    seconds: int


def count(engine: Engine, bucket: str, quota: Quota) -> Usage:
    """One more. 503 where it cannot be counted."""
    values = _values(bucket, quota.seconds)
    ((requests, left),) = _run(engine, COUNT, values)
    if requests == 1:
        _run(engine, CLEAR, values)
    remaining = max(quota.requests - requests, 0)
    return Usage(requests <= quota.requests, remaining, max(math.ceil(left), 1))


def take_back(engine: Engine, bucket: str) -> None:
    """It shall not count, after all."""
    _run(engine, TAKE_BACK, _values(bucket))


def remember(engine: Engine, bucket: str, seconds: int) -> None:
    values = _values(bucket, seconds)
    _run(engine, REMEMBER, values)
    _run(engine, CLEAR, values)


def is_remembered(engine: Engine, bucket: str) -> bool:
    return bool(_run(engine, REMEMBERED, _values(bucket)))


def _values(bucket: str, seconds: int = 0) -> dict[str, Any]:
    """Nobody learns from the table whom it is about."""
    name = hashlib.blake2b(bucket.encode("utf-8", "surrogatepass"), digest_size=16).digest()
    return {"bucket": name, "seconds": float(seconds), "now": time.time()}


def _for_postgresql(statement: str) -> str:
    statement = statement.replace("/* others skip */", "FOR UPDATE SKIP LOCKED")
    return re.sub(r":(\w+)", r"%(\1)s", statement.replace(":now", CLOCK))


ALL = (COUNT, TAKE_BACK, REMEMBER, REMEMBERED, CLEAR)
STATEMENTS = {
    "sqlite": {one: one for one in ALL},
    "postgresql": {one: _for_postgresql(one) for one in ALL},
}


def _run(engine: Engine, statement: str, values: dict[str, Any]) -> Rows:
    store = store_of(engine)
    try:
        return store.run(engine, STATEMENTS[engine.dialect.name][statement], values)
    except FAULTS as error:
        store.complain(error)
        raise unavailable("Requests cannot be counted just now.") from error
