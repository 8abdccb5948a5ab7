"""What tests of limits do to what was counted."""

import logging
import sqlite3
from contextlib import closing
from typing import Any

from conftest import Client
from sqlalchemy import Engine

from models.database import db

log = logging.getLogger("pennyworth")


def engine_of(client: Client) -> Engine:
    with client.app.app_context():
        return db.engine


def on_counts(client: Client, statement: str) -> list[Any]:
    engine = engine_of(client)
    if engine.dialect.name == "sqlite":
        path = f"{engine.url.database}-limits"
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            return connection.execute(statement).fetchall()
    with engine.begin() as connection:
        done = connection.exec_driver_sql(statement)
        return [tuple(row) for row in done] if done.returns_rows else []


def elapse(client: Client, seconds: float) -> None:
    """As if so many had gone by."""
    on_counts(client, f"UPDATE pw__limits SET ends_at = ends_at - {seconds}")


class Heard(logging.Handler):
    """What the log says meanwhile."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[Any] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)

    def __enter__(self) -> "Heard":
        log.addHandler(self)
        log.setLevel(logging.INFO)
        return self

    def __exit__(self, *_: object) -> None:
        log.removeHandler(self)
