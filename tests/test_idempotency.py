"""Idempotency-Key: contract sections 4 and 10, and the IETF draft."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from conftest import ADMIN, OPEN, Client, dispose, make_app
from sqlalchemy import text
from test_access import key_of
from test_refusals import check_problem
from werkzeug.test import TestResponse

from models.claim import FileClaims, mark_of
from models.database import db

UUID = "01890a5d-ac96-774b-bcce-b302099a8057"
NDJSON = "application/x-ndjson"
ROOT = Path(__file__).parent.parent


def keyed(key: str | None = None, **fields: str) -> dict[str, str]:
    return ADMIN | {"Idempotency-Key": key or str(uuid4())} | fields


@pytest.fixture
def things(client: Client) -> Client:
    unique = {"type": "integer", "unique": True}
    client.define("things", fields={"a": {"type": "integer"}, "u": unique})
    with client.app.app_context(), db.engine.begin() as connection:
        connection.execute(text("DELETE FROM pw__answers"))
    return client


def total(client: Client) -> int:
    return int(client.get("/api/things?count=true").json["total"])


def check_replay(first: TestResponse, again: TestResponse) -> None:
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert (again.status_code, again.data) == (first.status_code, first.data)
    ignored = ("Date", "X-Request-Id", "Idempotency-Replayed")
    one, other = ({k: v for k, v in a.headers if k not in ignored} for a in (first, again))
    assert one == other


REQUESTS: list[tuple[str, str, Any, str | None, int]] = [
    ("POST", "/api/things", {"a": 1}, None, 201),
    ("POST", "/api/things", {"a": "x"}, None, 422),
    ("POST", "/api/things", {"u": 1}, None, 409),
    ("POST", "/api/things", "{bad", None, 400),
    ("POST", "/api/things?x=1", {}, None, 400),
    ("POST", "/api/nothing", {}, None, 404),
    ("POST", "/api/things", "{}", "text/plain", 415),
    ("POST", "/api/things", '{"a": 1}\n{"a": 2}', NDJSON, 200),
    ("POST", "/api/things", '{"a": 1}\n{"a": "x"}', NDJSON, 422),
    ("POST", "/api/things?on_error=skip", '{"a": 1}\n{"a": "x"}', NDJSON, 200),
    ("POST", "/collections", {"name": "more", "fields": {}}, None, 201),
    ("POST", "/collections", {"name": "things"}, None, 409),
    ("POST", "/collections", {"name": "NO"}, None, 422),
    ("PATCH", "/collections/things", {"description": "x"}, None, 200),
    ("PATCH", f"/api/things/{UUID}", {"a": 2}, None, 200),
    ("PATCH", f"/api/things/{UUID}", [{"op": "test", "path": "/a", "value": 7}],
     "application/json-patch+json", 409),
    ("PATCH", "/api/things/01890a5d-ac96-774b-bcce-b302099a8000", {"a": 2}, None, 404),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path", "body", "type", "status"), REQUESTS)
def test_h110_h115_the_same_again_is_not_done_again(
    things: Client, method: str, path: str, body: Any, type: str | None, status: int
) -> None:
    things.put(f"/api/things/{UUID}", {"a": 1, "u": 1})
    before = total(things)
    headers = keyed()
    first = things.ask(method, path, body, headers=headers, type=type)
    assert first.status_code == status, first.text
    made = total(things) - before
    state = things.get("/api/things").data
    for _ in range(2):
        check_replay(first, things.ask(method, path, body, headers=headers, type=type))
    assert total(things) - before == made
    assert things.get("/api/things").data == state


def test_h110_what_is_replayed_is_what_was_then(things: Client) -> None:
    headers = keyed()
    first = things.post("/api/things", {"a": 1}, headers=headers)
    path = first.headers["Location"]
    things.put(path, {"a": 2})
    check_replay(first, things.post("/api/things", {"a": 1}, headers=headers))
    things.delete(path)
    check_replay(first, things.post("/api/things", {"a": 1}, headers=headers))
    assert total(things) == 0


def test_h111_another_request_under_the_key_is_refused(things: Client) -> None:
    things.put(f"/api/things/{UUID}", {"a": 1})
    headers = keyed()
    assert things.post("/api/things", {"a": 1}, headers=headers).status_code == 201
    others: list[tuple[str, str, Any, str | None]] = [
        ("POST", "/api/things", {"a": 2}, None),
        ("POST", "/api/things", '{"a":1}', None),
        ("POST", "/api/things", {"a": 1}, "application/json; charset=utf-8"),
        ("POST", "/api/things?", {"a": 1}, None),
        ("POST", "/api/things?x=1", {"a": 1}, None),
        ("POST", "/api/things", '{"a": 1}', NDJSON),
        ("POST", "/collections", {"a": 1}, None),
        ("PATCH", f"/api/things/{UUID}", {"a": 1}, None),
    ]
    for method, path, body, type in others:
        answer = things.ask(method, path, body, headers=headers, type=type)
        if path == "/api/things?":
            assert answer.status_code == 201, "an empty query is none"
            continue
        check_problem(answer, "idempotency-key-reused")
    assert total(things) == 2


KEYS = [
    ("abc", "abc", True),
    ('"abc"', "abc", True),
    (r'"a\"b\\c"', None, True),
    ("a/b+c=d:e", "a/b+c=d:e", True),
    ("x" * 255, '"' + "x" * 255 + '"', True),
    ('"with a space, and a comma"', None, True),
    ("", None, False),
    ('""', None, False),
    ("x" * 256, None, False),
    ('"' + "x" * 256 + '"', None, False),
    ("a b", None, False),
    ("a,b", None, False),
    ('"a", "b"', None, False),
    ('"a', None, False),
    ("a\xe9", None, False),
    ('"a";p=1', None, False),
]


@pytest.mark.parametrize(("sent", "same", "good"), KEYS)
def test_h112_the_form_of_a_key(things: Client, sent: str, same: str | None, good: bool) -> None:
    headers = ADMIN | {"Idempotency-Key": sent}
    answer = things.post("/api/things", {"a": 1}, headers=headers)
    if not good:
        check_problem(answer, "malformed-request")
        assert "Idempotency-Key" in answer.json["detail"]
        assert total(things) == 0
        return
    assert answer.status_code == 201
    again = things.post("/api/things", {"a": 1}, headers=ADMIN | {"Idempotency-Key": same or sent})
    check_replay(answer, again)


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_a_key_means_nothing_where_all_can_be_repeated(things: Client, method: str) -> None:
    path = things.post("/api/things", {"a": 1}).headers["Location"]
    for key in ("k", "", '"'):
        for _ in range(2):
            body = {"a": 2} if method == "PUT" else None
            answer = things.ask(method, path, body, headers=ADMIN | {"Idempotency-Key": key})
            assert answer.status_code < 300
            assert "Idempotency-Replayed" not in answer.headers


def test_h113_a_key_is_its_callers_own(things: Client) -> None:
    callers = [ADMIN, {}, key_of(things, None), key_of(things, None)]
    ids = set()
    for caller in callers:
        headers = caller | {"Idempotency-Key": "same"}
        first = things.post("/api/things", {"a": 1}, headers=headers)
        ids.add(first.json["id"])
        check_replay(first, things.post("/api/things", {"a": 1}, headers=headers))
    assert len(ids) == total(things) == len(callers)


def test_h115_what_is_not_kept(things: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    things.define("closed", fields={}, access={})
    headers = {"Idempotency-Key": "k"}
    for _ in range(2):
        check_problem(things.post("/api/closed", {}, headers=headers), "unauthenticated")
    things.define("closed", fields={}, access=OPEN)
    assert things.post("/api/closed", {}, headers=headers).status_code == 201

    def fail(*_: Any) -> None:
        raise RuntimeError("a fault")

    headers = keyed()
    with monkeypatch.context() as patch:
        patch.setattr("resources.record.created", fail)
        check_problem(things.post("/api/things", {"a": 1}, headers=headers), "internal-error")
    assert total(things) == 0, "the fault came after the effect"
    answer = things.post("/api/things", {"a": 1}, headers=headers)
    assert (answer.status_code, "Idempotency-Replayed" in answer.headers) == (201, False)


def test_a_refusal_that_is_kept_leaves_no_effect(things: Client) -> None:
    """What was written before the refusal is undone, though the refusal itself is stored."""
    lines = '{"a": 1, "u": 5}\n{"a": 2, "u": 5}'
    headers = keyed()
    first = things.post("/api/things", lines, headers=headers, type=NDJSON)
    assert first.status_code == 422
    assert total(things) == 0
    check_replay(first, things.post("/api/things", lines, headers=headers, type=NDJSON))


@pytest.mark.parametrize("hours", [23, 25])
def test_h115_a_key_lasts_24_hours(things: Client, hours: int) -> None:
    headers = keyed()
    first = things.post("/api/things", {"a": 1}, headers=headers)
    back(things, hours)
    again = things.post("/api/things", {"a": 1}, headers=headers)
    if hours < 24:
        check_replay(first, again)
        return
    assert (again.status_code, "Idempotency-Replayed" in again.headers) == (201, False)
    assert total(things) == 2
    check_replay(again, things.post("/api/things", {"a": 1}, headers=headers))
    for _ in range(150):
        things.post("/api/nothing", {}, headers=keyed())
    back(things, hours)
    assert things.post("/api/things", {"a": 1}, headers=headers).status_code == 201
    things.post("/api/things", {}, headers=keyed())
    assert things.sql("SELECT count(*) FROM pw__answers") == [(2,)], (
        "what has expired is cleared up"
    )


def back(client: Client, hours: int) -> None:
    """As if all answers were so much older."""
    sql = {
        "sqlite": "UPDATE pw__answers SET created_at ="
        f" strftime('%Y-%m-%dT%H:%M:%f000Z', created_at, '-{hours} hours')",
        "postgresql": f"UPDATE pw__answers SET created_at = created_at - interval '{hours} hours'",
    }[client.database]
    with client.app.app_context(), db.engine.begin() as connection:
        connection.execute(text(sql))


def test_h074_a_replay_comes_before_conditions(things: Client) -> None:
    path = things.post("/api/things", {"a": 1}).headers["Location"]
    tag = things.get(path).headers["ETag"]
    headers = keyed(**{"If-Match": tag})
    first = things.patch(path, {"a": 2}, headers=headers)
    assert first.status_code == 200
    check_replay(first, things.patch(path, {"a": 2}, headers=headers))
    stale = keyed(**{"If-Match": tag})
    first = things.patch(path, {"a": 3}, headers=stale)
    assert first.status_code == 412
    check_replay(first, things.patch(path, {"a": 3}, headers=stale))


def test_prefer_is_kept_as_well(things: Client) -> None:
    headers = keyed(Prefer="return=minimal")
    first = things.post("/api/things", {"a": 1}, headers=headers)
    assert (first.status_code, first.data) == (201, b"")
    check_replay(first, things.post("/api/things", {"a": 1}, headers=headers))


def test_h111_a_line_that_is_too_long_counts(things: Client) -> None:
    headers, long = keyed(), '{"a": ' + " " * (1 << 20) + "1}"
    skip = "/api/things?on_error=skip"
    first = things.post(skip, f'{{"a": 1}}\n{long}', headers=headers, type=NDJSON)
    assert (first.status_code, len(first.json["failed"])) == (200, 1)
    other = things.post(skip, '{"a": 1}\n', headers=headers, type=NDJSON)
    check_problem(other, "idempotency-key-reused")


CLAIM = """
import sys, time
from models.claim import FileClaims
print(FileClaims(sys.argv[1]).take(5), flush=True)
time.sleep(float(sys.argv[2]))
"""


def test_h114_a_claim_is_seen_by_other_processes_and_dies_with_its_own(tmp_path: Path) -> None:
    path = str(tmp_path / "claims")

    def other(seconds: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", CLAIM, path, seconds]
        return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)

    def told(process: subprocess.Popen[str]) -> str:
        assert process.stdout is not None
        with process.stdout:
            return process.stdout.readline().strip()

    claims = FileClaims(path)
    assert claims.take(5)
    with other("0") as process:
        assert told(process) == "False"
    claims.give_up(5)
    with other("60") as process:
        assert told(process) == "True"
        assert not claims.take(5)
        assert claims.take(6)
        process.kill()
    assert claims.take(5)


def test_where_there_can_be_no_claims_nothing_is_done(tmp_path: Path) -> None:
    app = make_app(f"sqlite:///{tmp_path}/x.db")
    client = Client(app)
    client.define("things", fields={})
    (tmp_path / "x.db-claims").mkdir()
    for _ in range(2):
        check_problem(client.post("/api/things", {}, headers=keyed()), "unavailable")
    assert client.post("/api/things", {}).status_code == 201
    (tmp_path / "x.db-claims").rmdir()
    assert client.post("/api/things", {}, headers=keyed()).status_code == 201
    dispose(app)


def test_a_claim_is_held_by_one(tmp_path: Path) -> None:
    claims = FileClaims(str(tmp_path / "claims"))
    one, other = mark_of("a"), mark_of("b")
    assert claims.take(one)
    assert not claims.take(one)
    assert claims.take(other)
    claims.give_up(one)
    assert claims.take(one)
    assert 0 <= one < 2**31


def test_no_key_can_be_read_in_the_database(things: Client) -> None:
    things.post("/api/things", {"a": 1}, headers=keyed("find-me"))
    rows = things.sql("SELECT key, request FROM pw__answers")
    assert all(len(one) == 64 for row in rows for one in row)
    assert "find-me" not in json.dumps([list(row) for row in rows])
