"""Import of NDJSON: contract sections 7 and 10."""

import json
import tracemalloc
from collections.abc import Iterator
from typing import Any

import pytest
from conftest import ADMIN, OPEN, Client
from werkzeug.test import TestResponse

NDJSON = "application/x-ndjson"


@pytest.fixture
def things(client: Client) -> Client:
    client.define("roots", key={"type": "string"}, fields={})
    client.put("/api/roots/r", {})
    fields = {
        "a": {"type": "string", "required": True},
        "n": {"type": "integer", "unique": True},
        "kept": {"type": "integer", "immutable": True},
        "root": {"type": "reference", "to": "roots"},
    }
    client.define("things", key={"type": "integer"}, fields=fields)
    return client


def send(client: Client, *lines: Any, query: str = "", **rest: Any) -> TestResponse:
    text = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
    return client.post(f"/api/things{query}", text, type=NDJSON, **rest)


def total(client: Client) -> int:
    return client.get("/api/things?count=true").json["total"]


def test_all_lines_are_stored(things: Client) -> None:
    lines = [{"a": str(i), "n": i, "root": "r"} for i in range(1200)]
    answer = send(things, *lines)
    assert answer.status_code == 200, answer.text
    assert answer.json == {"created": 1200, "replaced": 0, "failed": []}
    assert total(things) == 1200
    records = things.get("/api/things?limit=500&sort=id").json["items"]
    assert [record["n"] for record in records] == list(range(500))
    revisions = [record["revision"] for record in records]
    assert revisions == sorted(set(revisions))
    assert send(things).json["created"] == 0
    assert send(things, "", " ", {"a": "x"}, "").json["created"] == 1


BAD = ['{"a": ', "[]", '{"n": 1}', '{"a": "x", "zz": 1}', '{"a": "x", "a": "y"}', '{"id": 1}']


def test_all_or_nothing(things: Client) -> None:
    lines = [{"a": "1"}, "", *BAD, {"a": "2"}]
    answer = send(things, *lines)
    assert answer.status_code == 422
    assert answer.json["type"] == "/problems/validation-failed"
    assert [failed["line"] for failed in answer.json["failed"]] == [3, 4, 5, 6, 7, 8]
    assert answer.json["failed"][2]["errors"][0]["pointer"] == "/a"
    assert answer.json["failed"][3]["errors"][0]["pointer"] == "/zz"
    assert total(things) == 0


def test_what_the_database_finds_has_its_line_too(things: Client) -> None:
    send(things, {"id": 5, "a": "x", "n": 5})
    lines = [{"a": "y", "n": 1}, {"id": 5, "a": "y"}, {"a": "y", "n": 1}, {"a": "y", "root": "q"}]
    answer = send(things, *lines)
    assert answer.status_code == 422
    found = [(f["line"], f["errors"][0]["pointer"]) for f in answer.json["failed"]]
    assert found == [(2, "/id"), (3, "/n"), (4, "/root")]
    assert total(things) == 1


def test_skip_what_fails(things: Client) -> None:
    send(things, {"id": 5, "a": "x", "n": 5})
    lines = [{"a": "y", "n": 1}, *BAD[:2], {"id": 5, "a": "y"}, {"a": "y", "n": 1}, {"a": "z"}]
    answer = send(things, *lines, query="?on_error=skip")
    assert answer.status_code == 200, answer.text
    assert answer.json["created"] == 2
    assert [failed["line"] for failed in answer.json["failed"]] == [2, 3, 4, 5]
    assert total(things) == 3


def test_replace_is_put(things: Client) -> None:
    before = send(things, {"id": 1, "a": "x", "n": 1, "kept": 7}, {"id": 2, "a": "y"})
    assert before.json["created"] == 2
    same = things.get("/api/things/2").json
    lines = [{"id": 1, "a": "z"}, {"id": 2, "a": "y"}, {"id": 3, "a": "n"}, {"a": "free"}]
    answer = send(things, *lines, query="?on_conflict=replace")
    assert answer.json == {"created": 2, "replaced": 2, "failed": []}
    one = things.get("/api/things/1").json
    assert (one["a"], one["n"], one["kept"]) == ("z", None, 7)
    assert things.get("/api/things/2").json == same
    refused = send(things, {"id": 1, "a": "q", "kept": 8}, query="?on_conflict=replace")
    assert refused.json["failed"][0]["errors"][0]["code"] == "immutable"
    twice = send(things, {"id": 9, "a": "1"}, {"id": 9, "a": "2"}, query="?on_conflict=replace")
    assert twice.json == {"created": 1, "replaced": 1, "failed": []}
    assert things.get("/api/things/9").json["a"] == "2"
    things.delete("/api/things/9")
    again = send(things, {"id": 9, "a": "3"}, query="?on_conflict=replace&on_error=skip")
    assert again.json["created"] == 1
    assert things.get("/api/things/9").status_code == 200


def test_keys_go_on_after_those_that_were_brought(things: Client) -> None:
    send(things, {"id": 50, "a": "x"}, {"a": "y"}, {"id": 7, "a": "z"})
    made = things.post("/api/things", {"a": "w"}).json["id"]
    assert made > 50
    assert total(things) == 4


def test_a_line_over_its_limit_is_a_failure_of_that_line(things: Client) -> None:
    long = {"a": "x" * (1 << 20)}
    answer = send(things, {"a": "1"}, long, {"a": "2"}, query="?on_error=skip")
    assert answer.json["created"] == 2
    assert answer.json["failed"][0]["line"] == 2
    assert answer.json["failed"][0]["errors"][0]["code"] == "max_line"


def test_only_the_first_failures_are_listed(things: Client) -> None:
    answer = send(things, *["x"] * 1005)
    assert len(answer.json["failed"]) == 1000
    assert answer.json["more"] == 5


@pytest.mark.parametrize(
    ("query", "parameter"),
    [("?on_error=stop", "on_error"), ("?on_conflict=", "on_conflict"), ("?x=1", "x")],
)
def test_parameters(things: Client, query: str, parameter: str) -> None:
    answer = send(things, {"a": "x"}, query=query)
    assert answer.json["errors"][0]["parameter"] == parameter


def test_who_may_not(things: Client) -> None:
    assert send(things, {"a": "x"}, headers={"Authorization": "Bearer no"}).status_code == 401
    things.define("things", key={"type": "integer"}, access=OPEN | {"create": False}, fields={
        "a": {"type": "string", "required": True}, "n": {"type": "integer", "unique": True},
        "kept": {"type": "integer", "immutable": True},
        "root": {"type": "reference", "to": "roots"},
    })  # fmt: skip
    assert send(things, {"a": "x"}, headers={}).status_code == 401
    assert things.post("/api/nothing", "", type=NDJSON).status_code == 404
    assert total(things) == 0


def test_bounded_memory(things: Client) -> None:
    line = json.dumps({"a": "x" * 4000}).encode() + b"\n"

    class Stream:
        """40 MB, made as they are read."""

        def __init__(self) -> None:
            self.parts: Iterator[bytes] = iter([line * 40] * 250)

        def tell(self) -> int:
            return 0

        def seek(self, *_: int) -> int:
            return 0

        def close(self) -> None:
            pass

        def read(self, size: int = -1) -> bytes:
            return next(self.parts, b"")

    environ = {"CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked"}
    tracemalloc.start()
    answer = things.http.open(
        "/api/things?on_error=skip",
        method="POST",
        headers=ADMIN,
        content_type=NDJSON,
        input_stream=Stream(),
        environ_overrides=environ,
    )
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert answer.status_code == 200, answer.text
    assert answer.json["created"] == 10_000
    assert peak < 15 << 20


def test_a_line_goes_by_what_the_lines_before_have_made(client: Client) -> None:
    """Where a rule leads back to the collection, as that of PUTs one after the other would."""
    fields = {"open": {"type": "boolean"}, "up": {"type": "reference", "to": "things"}}
    access = {"read": True, "create": True, "update": "open or up.open"}
    client.define("things", key={"type": "string"}, fields=fields, access=access)
    for id, more in (("a", {"open": False, "up": "b"}), ("b", {"open": True}), ("c", {"up": "a"})):
        client.put("/api/things/b", {"open": True})
        assert client.put(f"/api/things/{id}", more).status_code in (200, 201)
    lines = [{"id": "a", "open": True, "up": "b"}, {"id": "c", "open": False, "up": "a"}]
    body = "\n".join(map(json.dumps, lines))
    path = "/api/things?on_conflict=replace"
    done = client.post(path, body, headers={}, type="application/x-ndjson")
    assert done.json == {"created": 0, "replaced": 2, "failed": []}, done.text
    assert client.put("/api/things/c", {"open": False, "up": None}, headers={}).status_code == 401
