"""The revision counter: an integer that grows with every committed change anywhere.

On SQLite a transaction that writes is alone, so the counter's order is the order of commits. On
PostgreSQL a sequence hands out numbers before commit: 7 may be committed before 6, and a follower
that has seen 7 would miss 6. So each transaction that writes first locks, shared and until it
ends, the advisory key of the last revision it saw handed out: all its own will be higher.
Whatever is higher than the lowest such key may still be in flight; ``settled`` is the revision up
to which nothing more can appear. No number waits for another's commit, and none is lost.
"""

from typing import cast

from sqlalchemy import Connection, bindparam, text, update

from models.state import Revision

ANNOUNCE = text(
    "SELECT pg_advisory_xact_lock_shared(last_value) FROM pw__revision"
)  # the one-key space of advisory locks holds revisions, and nothing else
SEQUENCE = text("SELECT nextval('pw__revision') FROM generate_series(1, :n)")
COUNTER = (
    update(Revision)
    .values(value=Revision.value + bindparam("n"))
    .returning(Revision.value)
    .execution_options(synchronize_session=False)
)
LAST_SEQUENCE = text("SELECT last_value FROM pw__revision")
LAST_COUNTER = text("SELECT value FROM pw__revision")
IN_FLIGHT = text(
    "SELECT min((classid::bigint << 32) | objid::bigint) FROM pg_locks"
    " WHERE locktype = 'advisory' AND objsubid = 1"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)


def announce(connection: Connection) -> None:
    """To be called first in a transaction that will write."""
    if connection.dialect.name == "postgresql":
        connection.execute(ANNOUNCE)


def next_revision(connection: Connection) -> int:
    return next_revisions(connection, 1)[0]


def next_revisions(connection: Connection, n: int) -> list[int]:
    if connection.dialect.name == "postgresql":
        return list(connection.execute(SEQUENCE, {"n": n}).scalars())
    last = connection.execute(COUNTER, {"n": n}).scalar_one()
    return list(range(last - n + 1, last + 1))


def settled(connection: Connection) -> int:
    """The revision up to which every change is visible to the next statement.

    The order matters: first what was handed out, then who is still at work.
    """
    if connection.dialect.name != "postgresql":
        return cast(int, connection.execute(LAST_COUNTER).scalar_one())
    last = cast(int, connection.execute(LAST_SEQUENCE).scalar_one())
    in_flight = connection.execute(IN_FLIGHT).scalar_one()
    return last if in_flight is None else min(last, in_flight)
