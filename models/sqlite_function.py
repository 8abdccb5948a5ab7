"""What SQLite is taught: functions that PostgreSQL has, or has from its migrations."""

import sqlite3

import orjson

from models.exact import AGGREGATES
from models.folding import fold


def contains(text: str | None, folded: str | None) -> bool | None:
    if text is None or folded is None:
        return None
    return folded in fold(text)


def has(array: str | None, item: str) -> bool | None:
    """``array`` and ``item`` are JSON, as models/column_type.py writes it."""
    return None if array is None else orjson.loads(item) in orjson.loads(array)


FUNCTIONS = {"pw__contains": contains, "pw__has": has}


def teach(connection: sqlite3.Connection) -> None:
    for name, function in FUNCTIONS.items():
        connection.create_function(name, 2, function, deterministic=True)
    for name, (arguments, kind) in AGGREGATES.items():
        connection.create_aggregate(name, arguments, kind)
