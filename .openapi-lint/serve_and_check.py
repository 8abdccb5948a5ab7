"""Checks the OpenAPI documents that a server with collections of every kind serves: to an admin,
to the anonymous, and without collections; and that a client made from one makes a round trip."""

import logging
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask
from werkzeug.serving import make_server

sys.path.insert(0, str(Path(__file__).parent.parent))

from api import create_app
from api.settings import read_settings

HERE = Path(__file__).parent
KEY = "only-for-this-check"
ADMIN = {"Authorization": f"Bearer {KEY}"}
SCALARS = ("string", "integer", "number", "decimal", "boolean", "date", "datetime", "uuid")
OPEN = {"read": True, "create": True, "update": True, "delete": True}
COLLECTIONS = {
    "countries": {
        "key": {"type": "string"},
        "fields": {"name": {"type": "string", "required": True}},
        "access": OPEN,
    },
    "authors": {
        "key": {"type": "string"},
        "fields": {
            "name": {"type": "string"},
            "born": {"type": "integer"},
            "country": {"type": "reference", "to": "countries"},
            "read_by": {"type": "reference", "to": "authors"},
        },
        "access": OPEN,
    },
    "numbers": {"key": {"type": "integer"}, "access": {"create": True}},
    "limits": {"fields": {"limit": {"type": "integer"}, "sort": {"type": "string"}}},
    "books": {
        "description": "What the library holds.",
        "fields": {
            **{type: {"type": type} for type in SCALARS},
            "string": {"type": "string", "required": True, "search": True},
            **{f"some_{t}": {"type": "array", "items": {"type": t}} for t in SCALARS},
            "isbn": {"type": "string", "pattern": "97[89][0-9]{10}", "unique": True},
            "email": {"type": "string", "format": "email", "example": "bob@example.com"},
            "status": {"type": "string", "enum": ["draft", "published"], "default": "draft"},
            "author": {"type": "reference", "to": "authors"},
            "owner": {"type": "reference", "to": "users", "default": "@me"},
            "extra": {"type": "json", "deprecated": True},
            "hidden": {"type": "string", "access": False},
        },
        "access": OPEN,
    },
}


def main() -> int:
    logging.disable(logging.WARNING)
    with tempfile.TemporaryDirectory() as directory:
        url = f"sqlite:///{directory}/check.db"
        environ = {"PENNYWORTH_DATABASE_URL": url, "PENNYWORTH_ADMIN_KEY": KEY}
        app = create_app(read_settings(environ))
        client = app.test_client()
        documents = [save(client, directory, "empty", ADMIN)]
        for name, definition in COLLECTIONS.items():
            answer = client.put(f"/collections/{name}", json=definition, headers=ADMIN)
            assert answer.status_code == 201, answer.text
        documents += [save(client, directory, "admin", ADMIN), save(client, directory, "anyone")]
        if failed := subprocess.call([HERE / "check.sh", *documents]):
            return failed
        with serving(app) as address:
            return subprocess.call([HERE / "round_trip.sh", documents[1], address, KEY])


@contextmanager
def serving(app: Flask) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()


def save(client, directory, name, headers=None) -> str:
    path = Path(directory) / f"{name}.json"
    path.write_bytes(client.get("/openapi.json", headers=headers or {}).data)
    return str(path)


sys.exit(main())
