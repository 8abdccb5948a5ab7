"""A connection to PostgreSQL that waits for an answer only so long.

A server that has been stopped, or a network that drops packets in silence, ends no connection:
no timeout of the server's own, nor of TCP where the kernel still acknowledges, would ever fire.
"""

from collections.abc import Generator
from typing import Any, TypeVar

import psycopg
from psycopg import errors

STATEMENT_SECONDS = 15
ANSWER_SECONDS = STATEMENT_SECONDS + 2.0
RV = TypeVar("RV")


class BoundedConnection(psycopg.Connection[Any]):
    """``patience``: seconds; None waits for ever."""

    patience: float | None = ANSWER_SECONDS

    def wait(
        self,
        gen: Generator[Any, Any, RV],
        interval: float = 0.1,
        timeout: float | None = None,
    ) -> RV:
        try:
            return super().wait(gen, interval, timeout or self.patience)
        except errors._WaitTimeout as error:
            self.pgconn.finish()
            raise psycopg.OperationalError("the server does not answer") from error
