"""Whether the database answers: asked at most once a second, and never waited for long."""

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as TookTooLong
from threading import Lock
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, select

from models.database import unavailable
from models.state import State
from models.transaction import translating

AT_MOST_SECONDS = 3
FRESH_SECONDS = 1

_asking = ThreadPoolExecutor(max_workers=2, thread_name_prefix="health")
_lock = Lock()
_last: WeakKeyDictionary[Engine, tuple[float, Future[None]]] = WeakKeyDictionary()


def check(engine: Engine, prepare: Callable[[], None]) -> None:
    """503 where it does not answer. A database that hangs (a stopped process) would hold the
    request, so another thread asks; ``prepare`` brings it up to date, if that is to be done."""
    with _lock:
        now = time.monotonic()
        asked, answer = _last.get(engine, (0.0, None))
        if answer is None or (answer.done() and now - asked > FRESH_SECONDS):
            answer = _asking.submit(_ask, engine, prepare)
            _last[engine] = (now, answer)
    try:
        answer.result(AT_MOST_SECONDS)
    except TookTooLong:
        raise unavailable() from None


def _ask(engine: Engine, prepare: Callable[[], None]) -> None:
    prepare()
    with translating(), engine.connect() as connection:
        connection.execute(select(State.id)).one()
