"""Checks the OpenAPI documents that a server with collections of every kind serves: to an admin,
to the anonymous, and without collections."""

import logging
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from api import create_app  # noqa: E402
from api.settings import read_settings  # noqa: E402

KEY = "only-for-this-check"
ADMIN = {"Authorization": f"Bearer {KEY}"}
SCALARS = ("string", "integer", "number", "decimal", "boolean", "date", "datetime", "uuid")
OPEN = {"read": True, "create": True, "update": True, "delete": True}
COLLECTIONS = {
    "authors": {"key": {"type": "string"}, "fields": {"name": {"type": "string"}}, "access": OPEN},
    "numbers": {"key": {"type": "integer"}, "access": {"create": True}},
    "limits": {"fields": {"limit": {"type": "integer"}, "sort": {"type": "string"}}},
    "books": {
        "description": "What the library holds.",
        "fields": {
            **{type: {"type": type, "required": type == "string"} for type in SCALARS},
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
        client = create_app(read_settings(environ)).test_client()
        documents = [save(client, directory, "empty", ADMIN)]
        for name, definition in COLLECTIONS.items():
            answer = client.put(f"/collections/{name}", json=definition, headers=ADMIN)
            assert answer.status_code == 201, answer.text
        documents += [save(client, directory, "admin", ADMIN), save(client, directory, "anyone")]
        return subprocess.call([HERE / "check.sh", *documents])


def save(client, directory, name, headers=None) -> str:
    path = Path(directory) / f"{name}.json"
    path.write_bytes(client.get("/openapi.json", headers=headers or {}).data)
    return str(path)


sys.exit(main())
