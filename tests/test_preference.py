"""Prefer (RFC 7240)."""

import time
from typing import Any

import pytest
from conftest import ADMIN, OPEN, Client
from test_refusals import check_problem

from models.refusal import Refusal
from schemas.preference import Preferences, read_preferences

UUID = "01890a5d-ac96-774b-bcce-b302099a8057"
MINIMAL, WHOLE = Preferences("minimal"), Preferences("representation")
SAID = [
    ("return=minimal", MINIMAL),
    ('Return="minimal"', MINIMAL),
    ("return = minimal ; foo; bar=baz", MINIMAL),
    ("respond-async, return=minimal", MINIMAL),
    ('x="a, return=representation", return=minimal', MINIMAL),
    ("return=representation, return=minimal", WHOLE),
    (",,return=minimal,", MINIMAL),
    ("return=nothing", Preferences()),
    ("return", Preferences()),
    ("wait=5, unknown", Preferences()),
    ("handling=strict", Preferences(strict=True)),
    ("handling=lenient", Preferences()),
    ("", Preferences()),
    (";;;", Preferences()),
    ('"', Preferences()),
    ("return==minimal", Preferences()),
    ("\xe9=1, return=minimal", Preferences()),
]


@pytest.mark.parametrize(("text", "meant"), SAID)
def test_h040_h109_what_is_preferred(text: str, meant: Preferences) -> None:
    assert read_preferences(text) == meant


@pytest.mark.parametrize("text", ["wait=5", "return=nothing", "x; y=z", "return"])
def test_h109_strict_handling_refuses_what_is_not_known(text: str) -> None:
    with pytest.raises(Refusal, match="malformed-request"):
        read_preferences(f"handling=strict, {text}")


def test_v30_an_odd_preference_is_read_in_no_time() -> None:
    began = time.perf_counter()
    for text in ("a;" + " \t;" * 10_000, 'a="' + "\\x" * 15_000, "a=b," * 8000, "a" + " " * 30_000):
        read_preferences(text)
    assert time.perf_counter() - began < 1


WRITES: list[tuple[str, str, Any, int, set[str]]] = [
    ("POST", "/api/things", {"a": 1}, 201, {"Location", "ETag", "Last-Modified"}),
    ("PUT", f"/api/things/{UUID}", {"a": 1}, 201, {"Location"}),
    ("PUT", "/api/things/{}", {"a": 2}, 204, set()),
    ("PATCH", "/api/things/{}", {"a": 2}, 204, {"ETag", "Last-Modified"}),
    ("POST", "/collections", {"name": "more"}, 201, {"Location", "ETag", "Last-Modified"}),
    ("PUT", "/collections/more", {}, 201, {"Location"}),
    ("PUT", "/collections/things", {"fields": {"a": {"type": "integer"}}}, 204, set()),
    ("PATCH", "/collections/things", {"description": "x"}, 204, {"ETag", "Last-Modified"}),
]
TOLD = {"Location", "ETag", "Last-Modified", "Content-Location", "Content-Type"}


@pytest.mark.parametrize(("method", "path", "body", "status", "told"), WRITES)
def test_h024_h109_a_minimal_answer(
    client: Client, method: str, path: str, body: Any, status: int, told: set[str]
) -> None:
    client.define("things", fields={"a": {"type": "integer"}})
    id = client.post("/api/things", {"a": 1}).json["id"]
    path = path.format(id)
    answer = client.ask(method, path, body, headers=ADMIN | {"Prefer": "return=minimal"})
    assert (answer.status_code, answer.data) == (status, b"")
    assert answer.headers["Preference-Applied"] == "return=minimal"
    assert TOLD & {*answer.headers.keys()} == told
    place = answer.headers.get("Location", path)
    assert client.get(place).status_code == 200
    if "ETag" in told:
        assert client.get(place).headers["ETag"] == answer.headers["ETag"]


def test_h109_a_whole_answer(client: Client) -> None:
    client.define("things", fields={"a": {"type": "integer"}})
    for prefer, applied in (
        ("return=representation", "return=representation"),
        ("handling=strict, return=representation", "return=representation, handling=strict"),
        ("return=nothing", None),
        ("wait=3", None),
    ):
        answer = client.post("/api/things", {"a": 1}, headers=ADMIN | {"Prefer": prefer})
        assert (answer.status_code, answer.json["a"]) == (201, 1)
        assert answer.headers.get("Preference-Applied") == applied
    strict = ADMIN | {"Prefer": "handling=strict, wait=3"}
    check_problem(client.post("/api/things", {"a": 1}, headers=strict), "malformed-request")
    line = client.post("/api/things", '{"a": 1}', headers=strict, type="application/x-ndjson")
    check_problem(line, "malformed-request")
    assert client.get("/api/things?count=true").json["total"] == 4


def test_who_may_not_read_has_no_choice(client: Client) -> None:
    client.define("things", fields={"a": {"type": "integer"}}, access=OPEN | {"read": False})
    fields = {"Prefer": "return=representation"}
    answer = client.post("/api/things", {"a": 1}, headers=fields)
    assert (answer.status_code, answer.data) == (201, b"")
    assert "Preference-Applied" not in answer.headers
    path = answer.headers["Location"]
    answer = client.put(path, {"a": 2}, headers=fields)
    assert (answer.status_code, answer.data, "ETag" in answer.headers) == (204, b"", False)
