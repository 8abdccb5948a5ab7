"""A client that openapi-python-client makes of the served document makes a typed round trip."""

import json
import os
import re
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import OPEN
from openapi_python_client import Config, MetaType, generate
from openapi_python_client.config import ConfigFile
from test_serve import ROOT, serving

PROGRAM = ROOT / "tests/round_trip.py"
KEY = "only-for-this-test-of-clients"
TEXT = {"type": "string"}
COUNTRIES = {"key": TEXT, "fields": {"name": TEXT | {"required": True}}, "access": OPEN}
AUTHORS = {
    "key": TEXT,
    "fields": {
        "name": TEXT,
        "country": {"type": "reference", "to": "countries"},
        "read_by": {"type": "reference", "to": "authors"},
    },
    "access": OPEN,
}
BOOKS = {
    "fields": {
        "title": {"type": "string", "required": True, "search": True},
        "isbn": {"type": "string", "pattern": "97[89][0-9]{10}", "unique": True},
        "author": {"type": "reference", "to": "authors"},
        "owner": {"type": "reference", "to": "users"},
        "pages": {"type": "integer", "minimum": 1},
        "rating": {"type": "number"},
        "price": {"type": "decimal", "precision": 10, "scale": 2},
        "in_print": {"type": "boolean"},
        "published": {"type": "date"},
        "sold": {"type": "datetime"},
        "edition": {"type": "uuid"},
        "status": {"type": "string", "enum": ["draft", "published"], "default": "draft"},
        "tags": {"type": "array", "items": {"type": "string"}},
        "extra": {"type": "json"},
    },
    "access": OPEN,
}
# Neither NDJSON nor YAML is known to it; and of several bodies none can be a list.
IN_PART = {
    "GET /openapi.yaml",
    *(f"POST /api/{name}" for name in ("authors", "books", "countries")),
    *(f"PATCH /api/{name}/{{id}}" for name in ("authors", "books", "countries")),
    "PATCH /collections/{name}",
    "PATCH /auth/me",
    "PATCH /auth/users/{id}",
}
PAGE = (ROOT / "docs/clients.md").read_text()
CONFIGURATION = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)[0]


def ask(method: str, url: str, body: Any = None) -> bytes:
    headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, headers, method=method)
    with urllib.request.urlopen(request, timeout=10) as answer:
        return bytes(answer.read())


@pytest.fixture
def address(empty_url: str, tmp_path: Path) -> Any:
    settings = {"ADMIN_KEY": KEY, "DATABASE_URL": empty_url}
    with serving(tmp_path, **settings) as (address, _, _log):
        collections = {"countries": COUNTRIES, "authors": AUTHORS, "books": BOOKS}
        for name, definition in collections.items():
            ask("PUT", f"{address}/collections/{name}", definition)
        yield address


def test_it_makes_a_typed_round_trip(address: str, empty_url: str, tmp_path: Path) -> None:
    assert made_client(address, tmp_path) == IN_PART
    environ = os.environ | {"PYTHONPATH": str(tmp_path), "MYPYPATH": str(tmp_path)}
    commands = [[sys.executable, PROGRAM, address, KEY]]
    if empty_url.startswith("sqlite"):  # mypy reads the same on both
        flags = ["--config-file=", "--strict", "--follow-imports=silent", "--cache-dir=.mypy"]
        commands.append([sys.executable, "-m", "mypy", *flags, PROGRAM])
    for command in commands:
        ran = subprocess.run(
            command, cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=120
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.parametrize(("language", "program"), [
    ("ts", ".openapi-lint/round_trip.ts"), ("python", "tests/round_trip.py"),
])  # fmt: skip
def test_the_page_shows_what_is_run(language: str, program: str) -> None:
    (shown,) = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    run = {line.strip() for line in (ROOT / program).read_text().splitlines()}
    assert {line.strip() for line in shown.splitlines()} <= run


def made_client(address: str, directory: Path) -> set[str]:
    """Returns the operations that the generator says to have made but in part."""
    document = directory / "openapi.json"
    document.write_bytes(ask("GET", f"{address}/openapi.json"))
    said = ConfigFile(post_hooks=[], **yaml.safe_load(CONFIGURATION))
    made = directory / "pennyworth_client"
    config = Config.from_sources(said, MetaType.NONE, document, "utf-8", False, made)
    errors = generate(config=config)
    return {re.sub(r"WARNING parsing (.*) within.*", r"\1", one.header) for one in errors}
