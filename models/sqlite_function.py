"""What SQLite is taught: functions that PostgreSQL has, or has from its migrations."""

import sqlite3
from typing import Any

import orjson

from models.exact import AGGREGATES
from models.folding import fold, fold_long

LONG = 10_000


def contains(text: str | None, folded: str | None) -> bool | None:
    if text is None or folded is None:
        return None
    return folded in (fold(text) if len(text) < LONG else fold_long(text))


def has(array: str | None, item: str | None) -> bool | None:
    """``array`` and ``item`` are JSON, as models/column_type.py writes it."""
    if array is None or item is None:
        return None
    return orjson.loads(item) in orjson.loads(array)


def folded(text: str | None) -> str | None:
    return None if text is None else fold(text)


FUNCTIONS: dict[str, tuple[int, Any]] = {
    "pw__contains": (2, contains),
    "pw__has": (2, has),
    "pw__casefold": (1, folded),
}


def teach(connection: sqlite3.Connection) -> None:
    for name, (arguments, function) in FUNCTIONS.items():
        connection.create_function(name, arguments, function, deterministic=True)
    for name, (arguments, kind) in AGGREGATES.items():
        connection.create_aggregate(name, arguments, kind)
