"""A fuzzer that knows nothing but the served document finds nothing: all checks, all phases."""

import logging
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from conftest import ADMIN, OPEN, Client, dispose, make_app
from schemathesis_hooks import (
    EMAIL,
    MOST_CONDITIONS,
    PASSWORD,
    with_a_question_that_makes_sense,
)
from werkzeug.serving import make_server

SCALARS = ("string", "integer", "number", "decimal", "boolean", "date", "datetime", "uuid")
AUTHORS = {
    "key": {"type": "integer"},
    "fields": {
        "name": {"type": "string", "required": True, "max_length": 50},
        "born": {"type": "date"},
    },
    "access": OPEN,
}
BOOKS = {
    "fields": {
        **{type: {"type": type} for type in SCALARS},
        "string": {"type": "string", "required": True, "search": True},
        "isbn": {"type": "string", "pattern": "97[89][0-9]{10}", "unique": True},
        "email": {"type": "string", "format": "email"},
        "site": {"type": "string", "format": "url"},
        "status": {"type": "string", "enum": ["draft", "published"], "default": "draft"},
        "author": {"type": "reference", "to": "authors", "on_delete": "set_null"},
        "tags": {"type": "array", "items": {"type": "string", "max_length": 9}, "max_items": 5},
        "prices": {"type": "array", "items": {"type": "decimal"}},
        "extra": {"type": "json"},
        "rank": {"type": "integer", "minimum": 1, "maximum": 10, "index": True},
    },
    "access": OPEN,
}
# 410 is what a deleted record answers (contract section 4); the tool knows only 404. 412 is the
# right answer to a valid condition that does not hold, and to an invalid body under it: conditions
# are weighed first (RFC 9110 section 13.2.1). 304 (3xx) is the one to a condition that does hold.
# What an admin sends as a definition must make sense beyond its shape (a reference to a collection
# that exists), which no schema can say: see docs/decisions.md.
# Accounts hash passwords, and are covered by tests of their own. Of the lists, which have a
# parameter for each operator of each field, one is covered whole.
# QUERY is there, though no document of OpenAPI 3.1 can say so.
# Behind the key of the environment there is no account to change, so PATCH /auth/me is always 403.
# That all ids of a few tries are of no record, or of a deleted one, is chance, and no warning.
CONFIGURATION = """
hooks = "schemathesis_hooks"
warnings = ["missing_auth", "method_not_allowed", "unused_openapi_auth", "unsupported_regex"]
[[operations]]
include-operation-id = "listBooks"
phases.coverage.enabled = false
[[operations]]
include-operation-id-regex = "^(listUsers|createUser|updateUser)$"
phases.coverage.enabled = false
[[operations]]
include-operation-id = "updateMe"
phases.coverage.enabled = false
warnings = false
[phases.coverage]
unexpected-methods = ["GET", "PUT", "POST", "DELETE", "PATCH", "TRACE"]
[checks.positive_data_acceptance]
expected-statuses = ["2xx", "3xx", "401", "403", "404", "409", "410", "412", "429", "5xx"]
[checks.negative_data_rejection]
expected-statuses = [
  "400", "401", "403", "404", "405", "406", "409", "410", "412", "413", "415", "422",
]
"""
HOOKS = Path(__file__).parent


@pytest.fixture
def address(empty_url: str) -> Iterator[str]:
    app = make_app(empty_url)
    client = Client(app)
    for name, definition in (("authors", AUTHORS), ("books", BOOKS)):
        assert client.put(f"/collections/{name}", definition).status_code == 201
    account = {"email": EMAIL, "password": PASSWORD}
    assert client.post("/auth/users", account).status_code == 201
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()
    dispose(app)


def test_it_finds_nothing(address: str, tmp_path: Path, empty_url: str) -> None:
    (tmp_path / "schemathesis.toml").write_text(CONFIGURATION)
    command = [str(Path(sys.executable).parent / "schemathesis"), "run", f"{address}/openapi.json"]
    # What coverage finds depends on no database, and it takes longest.
    on_sqlite = empty_url.startswith("sqlite")
    phases = "examples,coverage,fuzzing,stateful" if on_sqlite else "examples,fuzzing,stateful"
    command += ["--mode", "all", "--phases", phases, "--no-color"]
    command += ["--max-examples", "8", "--seed", "7", "--suppress-health-check", "all"]
    if on_sqlite:  # once as an admin, once as anyone
        command += ["-H", f"Authorization: {ADMIN['Authorization']}"]
        command += ["--exclude-path-regex", "^/(collections|auth/why)"]
    environ = os.environ | {"PYTHONPATH": os.pathsep.join(map(str, (HOOKS, HOOKS.parent)))}
    ran = subprocess.run(
        command, cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=300
    )
    assert ran.returncode == 0, ran.stdout[-8000:] + ran.stderr[-2000:]
    assert " generated, " in ran.stdout
    assert "No issues found" in ran.stdout, ran.stdout[-4000:]


# What the document allows, and what it is made to be.
ASKED = [
    ({"cursor": "guess", "pages": 1}, {"pages": 1}),
    (
        {"group_by": "author", "fields": "id", "sort": "id", "q": "a"},
        {"group_by": "author", "q": "a"},
    ),
    ({"filter": "guess"}, {"filter": "title is null or not title is null"}),
    ({"sort": "-count,-title,author.name"}, {"sort": "-title,author.name"}),
    ({"sort": "sum_pages"}, {}),
    ({f"f{n}": n for n in range(99)}, {f"f{n}": n for n in range(MOST_CONDITIONS)}),
]


@pytest.mark.parametrize(("query", "made"), ASKED)
def test_a_question_is_made_to_make_sense(query: dict[str, Any], made: dict[str, Any]) -> None:
    fields = {"schema": {"items": {"enum": ["title"]}}}
    of_fields = SimpleNamespace(name="fields", definition=fields)
    operation = SimpleNamespace(path="/api/books", query=[of_fields])
    case = SimpleNamespace(query=query, operation=operation)
    with_a_question_that_makes_sense(case)
    assert case.query == made
