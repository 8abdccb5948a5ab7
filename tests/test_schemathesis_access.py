"""A fuzzer with two users: whatever it does as the one, the other gets none of it."""

import json
import logging
import os
import subprocess
import sys
import threading
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from conftest import Client, dispose, make_app
from people import Person, sign_up
from test_schemathesis import HOOKS
from werkzeug.serving import make_server

OWN = dict.fromkeys(("read", "create", "update", "delete"), "owner = @me")
OF_OWN = dict.fromkeys(OWN, "note.owner = @me")
OWNER = {"type": "reference", "to": "users", "default": "@me", "access": {"write": False}}
NOTES = {
    "fields": {
        "text": {"type": "string", "required": True, "max_length": 50, "search": True},
        "stars": {"type": "integer", "minimum": 0, "maximum": 5, "index": True},
        "secret": {"type": "string", "max_length": 50, "access": False},
        "tags": {"type": "array", "items": {"type": "string", "max_length": 9}, "max_items": 5},
        "owner": OWNER,
    },
    "access": OWN,
}
TASKS = {
    "fields": {
        "title": {"type": "string", "required": True, "max_length": 50},
        "done": {"type": "boolean", "default": False},
        "note": {"type": "reference", "to": "notes", "required": True, "on_delete": "cascade"},
    },
    "access": OF_OWN,
}
# As in test_schemathesis.py. Object level authorization is the tool's own check, which asks for
# some of what the one user has got as the other; that of the hooks asks for all.
CONFIGURATION = """
hooks = "schemathesis_access_hooks"
warnings = ["unsupported_regex"]
[auth.wfc]
path = "users.json"
user = "ann"
peers = ["ann", "ben"]
[checks.object_level_authorization]
enabled = true
[checks.positive_data_acceptance]
expected-statuses = ["2xx", "3xx", "401", "403", "404", "409", "410", "412", "429", "5xx"]
[checks.negative_data_rejection]
expected-statuses = [
  "400", "401", "403", "404", "405", "406", "409", "410", "412", "413", "415", "422",
]
"""
Asked = Counter[tuple[str | None, str, str, int]]


@contextmanager
def served(url: str, people: dict[str, Person], asked: Asked, **changes: Any) -> Iterator[str]:
    app = make_app(url)
    client = Client(app)
    people |= {name: sign_up(client, name) for name in ("ann", "ben")}
    begin(client, people["ann"], **changes)
    names = {one.headers["Authorization"]: name for name, one in people.items()}
    app.wsgi_app = counting(app.wsgi_app, names, asked)  # type: ignore[method-assign]
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()
    dispose(app)


def begin(client: Client, ann: Person, **changes: Any) -> None:
    for name, definition in (("notes", NOTES | changes), ("tasks", TASKS)):
        assert client.put(f"/collections/{name}", definition).status_code == 201
    for text in ("Buy milk", "Buy bread"):
        note = client.post("/api/notes", {"text": text}, headers=ann.headers)
        assert note.status_code == 201, note.text
        task = {"title": "Go", "note": note.json["id"]}
        assert client.post("/api/tasks", task, headers=ann.headers).status_code == 201


def counting(inner: Callable[..., Any], names: dict[str, str], asked: Asked) -> Callable[..., Any]:
    """Who asked with what, and what came of it."""

    def count(environ: dict[str, Any], start: Callable[..., Any]) -> Any:
        def started(status: str, *rest: Any) -> Any:
            who = names.get(environ.get("HTTP_AUTHORIZATION", ""))
            agent = environ.get("HTTP_USER_AGENT", "").partition("/")[0]
            asked[(who, agent, environ["REQUEST_METHOD"], int(status[:3]))] += 1
            return start(status, *rest)

        return inner(environ, started)

    return count


def fuzz(
    directory: Path, address: str, people: dict[str, Person], *more: str
) -> subprocess.CompletedProcess[str]:
    of_ann, of_ben = (people[name].headers["Authorization"] for name in ("ann", "ben"))
    (directory / "schemathesis.toml").write_text(CONFIGURATION)
    users = [
        {"name": name, "fixedHeaders": [{"name": "Authorization", "value": value}]}
        for name, value in (("ann", of_ann), ("ben", of_ben))
    ]
    (directory / "users.json").write_text(json.dumps({"auth": users}))
    # As ann sees it; a header given to the tool would go with what it sends as ben, too.
    asked = urllib.request.Request(f"{address}/openapi.json", headers={"Authorization": of_ann})
    with urllib.request.urlopen(asked, timeout=10) as document:
        (directory / "openapi.json").write_bytes(document.read())
    command = [str(Path(sys.executable).parent / "schemathesis"), "run", "openapi.json"]
    command += ["--url", address, "--include-path-regex", "^/api/"]
    command += ["--mode", "positive", "--phases", "examples,fuzzing,stateful", "--no-color"]
    command += ["--seed", "7", "--suppress-health-check", "all", *more]
    environ = os.environ | {"PYTHONPATH": os.pathsep.join(map(str, (HOOKS, HOOKS.parent)))}
    environ |= {"OWNER": of_ann, "STRANGER": of_ben}
    return subprocess.run(
        command, cwd=directory, env=environ, capture_output=True, text=True, timeout=120
    )


def total(asked: Asked, who: str, agent: str, *statuses: int) -> int:
    return sum(
        number
        for (name, by, _, status), number in asked.items()
        if (name, by) == (who, agent) and status in statuses
    )


def test_it_finds_nothing(empty_url: str, tmp_path: Path) -> None:
    asked: Asked = Counter()
    people: dict[str, Person] = {}
    examples = "20" if empty_url.startswith("sqlite") else "6"
    with served(empty_url, people, asked) as address:
        ran = fuzz(tmp_path, address, people, "--max-examples", examples)
    assert ran.returncode == 0, ran.stdout[-8000:] + ran.stderr[-2000:]
    assert "No issues found" in ran.stdout, ran.stdout[-4000:]
    assert total(asked, "ann", "schemathesis", 200) > 20
    assert total(asked, "ann", "schemathesis", 201) > 2
    assert total(asked, "ben", "schemathesis", 200, 404) > 0, "its own check asked nothing"
    assert total(asked, "ben", "stranger", 404) > 20
    assert total(asked, "ben", "stranger", 200) > 10
    assert total(asked, "ben", "stranger", 201, 204) == 0


@pytest.mark.parametrize("empty_url", ["sqlite"], indirect=True)
def test_it_would_find_what_is_open_to_others(empty_url: str, tmp_path: Path) -> None:
    people: dict[str, Person] = {}
    access = OWN | {"read": "@me is not null"}
    with served(empty_url, people, Counter(), access=access) as address:
        ran = fuzz(tmp_path, address, people, "--max-examples", "5", "--max-failures", "1")
    assert ran.returncode == 1, ran.stdout[-4000:] + ran.stderr[-2000:]
    assert "stranger" in ran.stdout, ran.stdout[-4000:]
