"""What tests of limits do to what was counted."""

import logging
from typing import Any

from conftest import Client
from sqlalchemy import Engine

from models.database import db

log = logging.getLogger("pennyworth")


def engine_of(client: Client) -> Engine:
    with client.app.app_context():
        return db.engine


def elapse(client: Client, seconds: float) -> None:
    """As if so many had gone by."""
    client.on_counts(f"UPDATE pw__limits SET ends_at = ends_at - {seconds}")


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
