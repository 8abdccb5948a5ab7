"""Addresses: each thing has one, and no other spelling of it opens what is closed."""

import re
from typing import Any

import pytest
from conftest import ADMIN, Client
from signing import add_user
from test_refusals import check_problem
from werkzeug.test import TestResponse

UUID = "01890a5d-ac96-774b-bcce-b302099a8057"


@pytest.fixture
def things(accounts: Client) -> Client:
    client = accounts
    client.define("things", key={"type": "string"}, fields={"s": {"type": "string"}})
    client.define("closed", key={"type": "string"}, fields={}, access={})
    client.put("/api/things/a", {"s": "x"})
    client.put("/api/closed/a", {})
    return client


def addresses(client: Client) -> list[str]:
    """All there are, by the document; but for sessions, of which an admin's key has none, and for
    one that needs parameters."""
    paths = {*client.get("/openapi.json").json["paths"]} - {"/auth/sessions/{id}", "/auth/why"}
    id = add_user(client, "ann@example.com")["id"]
    key = client.post("/auth/keys", {"name": "k", "scopes": ["*:read"]}).headers["Location"]
    paths = paths - {"/auth/users/{id}", "/auth/keys/{id}"} | {f"/auth/users/{id}", key}
    filled = {re.sub(r"\{id\}", "a", path).replace("{name}", "gone") for path in paths}
    filled = {"/collections/things" if p == "/collections/gone" else p for p in filled}
    assert {"/", "/api/things/a", "/collections/things", "/problems/gone"} <= filled
    return sorted(filled | {"/docs/start.js", "/docs/swagger-ui.css"})


def exactly(
    client: Client, method: str, target: str, body: Any = None, fields: dict[str, str] | None = None
) -> TestResponse:
    """With a request target that the test client would read as more than a path."""
    environ = {"RAW_URI": target, "REQUEST_URI": target}
    headers = {name: value for name, value in (ADMIN | (fields or {})).items() if value}
    return client.http.open(
        "/", method=method, json=body, headers=headers, environ_overrides=environ
    )


def test_h089_a_slash_at_the_end_is_404_and_no_redirect(things: Client) -> None:
    before = things.get("/api/things").data, things.get("/collections").data
    for path in addresses(things):
        assert things.get(path).status_code == 200, path
        for other in (f"{path}/", f"{path}//") if path != "/" else ("//", "///"):
            for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
                body = {} if method in ("POST", "PUT", "PATCH") else None
                answer = exactly(things, method, other, body)
                assert answer.status_code == 404, (method, other)
                assert "Location" not in answer.headers
    assert (things.get("/api/things").data, things.get("/collections").data) == before


EVIL = [
    "//evil.example/x",
    "///evil.example/x",
    "/\\evil.example",
    "/%5cevil.example",
    "/%2f%2fevil.example",
    "/%2F/evil.example",
    "/.//evil.example",
    "/api//evil.example",
    "/docs//evil.example",
    "/api/things//evil.example",
    "/https://evil.example",
    "/%09/evil.example",
]


def test_h090_nobody_is_sent_to_another_host(things: Client) -> None:
    for path in EVIL:
        for fields in ({}, {"Host": "evil.example"}, {"X-Forwarded-Host": "evil.example"}):
            answer = exactly(things, "GET", path, fields=fields)
            assert answer.status_code == 404, path
            assert answer.json["instance"].startswith("/")
            assert "Location" not in answer.headers
    made = things.post("/api/things", {"id": "//evil.example"}, headers=ADMIN | {"Host": "evil.b"})
    assert made.headers["Location"] == "/api/things/%2F%2Fevil.example"
    assert made.headers["Content-Location"] == made.headers["Location"]
    assert things.get(made.headers["Location"]).json == made.json


OUTSIDE = [
    "/docs/../openapi.json",
    "/docs/%2e%2e/openapi.json",
    "/docs/..%2fopenapi.json",
    "/docs/..\\openapi.json",
    "/docs/..%5copenapi.json",
    "/docs/..%2f__init__.py",
    "/docs/..%2f..%2f..%2f..%2f..%2f..%2f..%2fetc%2fpasswd",
    "/docs/%2fetc%2fpasswd",
    "/docs/....//swagger-ui.css",
    "/docs/./start.js",
    "/docs/%2e/start.js",
    "/docs/start.js%00",
    "/problems/../openapi.json",
    "/problems/..%2f..",
    "/api/things/../../openapi.json",
    "/api/things/..%2f..%2fopenapi.json",
    "/api/../openapi.json",
    "/api/..%2fcollections",
    "/../openapi.json",
    "/..",
    "/./openapi.json",
    "/%2e%2e%2fopenapi.json",
    "/..;/openapi.json",
]


def test_h092_dots_lead_nowhere(things: Client) -> None:
    for path in OUTSIDE:
        for method in ("GET", "DELETE"):
            answer = exactly(things, method, path)
            refused = (400, 404) if method == "GET" else (400, 404, 405)
            assert answer.status_code in refused, (method, path)
            assert answer.content_type == "application/problem+json"
    assert things.get("/openapi.json").status_code == 200


def test_h092_dots_in_an_id_are_plain_text(things: Client) -> None:
    for id in ("..", "."):
        refused = things.post("/api/things", {"id": id})
        check_problem(refused, "validation-failed")  # no client could send it in a path
    for id in ("../x", "..\\", "...", "/.."):
        made = things.post("/api/things", {"id": id})
        assert made.status_code == 201
        path = made.headers["Location"]
        assert things.get(path).json == made.json
        assert things.delete(path).status_code == 204
    assert things.get("/api/things/a").status_code == 200


SPELLED = [
    "/API/things", "/Api/things", "/api/Things", "/api/THINGS/a", "/api/things/A", "/Docs",
    "/docs/Start.js", "/OPENAPI.JSON", "/openapi.JSON", "/Collections", "/collections/Things",
    "/HEALTH/live", "/health/Live", "/Metrics", "/problems/Gone",
]  # fmt: skip


def test_h093_paths_are_case_sensitive(things: Client) -> None:
    for path in SPELLED:
        check_problem(things.get(path), "not-found")


def test_h091_h093_another_spelling_is_as_closed(things: Client) -> None:
    """What is escaped, and need not be, is the same address: with its lock, and its limits."""
    for path, status in (
        ("/api/closed", 401),
        ("/api/%63losed", 401),
        ("/%61pi/%63%6C%6f%73%65%64/a", 401),
        ("/%63ollections", 401),
        ("/collections/%74hings", 401),
        ("/api%2Fclosed", 404),
        ("/api/closed%2Fa", 404),
        ("//api/closed", 404),
        ("///api/closed", 404),
        ("//collections", 404),
        ("/%2Fcollections", 404),
        ("/api//closed", 404),
        ("/api/./closed", 404),
        ("/api/things/../closed", 404),
        ("/api/closed;x=1", 404),
        ("/api/closed%20", 404),
        ("/api/closed%23", 404),
        ("/api/closed%3F", 404),
    ):
        for method in ("GET", "HEAD"):
            for fields in (
                ({"Authorization": ""}, ADMIN) if status == 404 else ({"Authorization": ""},)
            ):
                answer = exactly(things, method, path, fields=fields)
                assert answer.status_code == status, (method, path)
    assert things.get("/%61pi/%63%6C%6f%73%65%64/%61").json == things.get("/api/closed/a").json
    large: Any = b'"' + b"x" * (1 << 20) + b'"'
    check_problem(things.post("/%61pi/%74hings", large), "content-too-large")
    options = things.ask("OPTIONS", "/%61pi/%74hings", headers={})
    assert options.headers["Allow"] == things.ask("OPTIONS", "/api/things").headers["Allow"]


def test_h094_h095_no_address_takes_a_parameter_that_it_does_not_know(things: Client) -> None:
    for path in addresses(things):
        for query, name in (("nope=1", "nope"), ("nope", "nope"), ("=1", ""), ("Limit=1", "Limit")):
            answer = things.get(f"{path}?{query}")
            check_problem(answer, "invalid-parameter")
            assert [error["parameter"] for error in answer.json["errors"]] == [name], path
            head = things.ask("HEAD", f"{path}?{query}")
            assert head.status_code == 400
    writes: list[tuple[str, str, Any]] = [
        ("POST", "/api/things", {"id": "b"}),
        ("PUT", "/api/things/b", {}),
        ("PATCH", "/api/things/a", {"s": "y"}),
        ("DELETE", "/api/things/a", None),
        ("POST", "/collections", {"name": "more"}),
        ("PUT", "/collections/more", {}),
        ("PATCH", "/collections/things", {"description": "x"}),
        ("DELETE", "/collections/things", None),
    ]
    before = things.get("/api/things").data, things.get("/collections").data
    twice = "allow_data_loss=true&allow_data_loss=true"
    for method, path, body in writes:
        for query in ("nope=1", twice, "allow_data_loss=false&allow_data_loss=true"):
            answer = things.ask(method, f"{path}?{query}", body)
            check_problem(answer, "invalid-parameter")
    assert (things.get("/api/things").data, things.get("/collections").data) == before


def test_h096_a_plus_is_a_space_in_the_query_only(things: Client) -> None:
    ids = ("a b", "a+b", "a%20b")
    for id in ids:
        things.post("/api/things", {"id": id, "s": id})
    for query, found in (
        ("s=a+b", ["a b"]),
        ("s=a%20b", ["a b"]),
        ("s=a%2Bb", ["a+b"]),
        ("s=a%2520b", ["a%20b"]),
        ("id=a+b", ["a b"]),
        ("%73=a+b", ["a b"]),
        ("sort=s+", None),
    ):
        answer = things.get(f"/api/things?{query}")
        if found is None:
            check_problem(answer, "invalid-parameter")
        else:
            assert [one["id"] for one in answer.json["items"]] == found, query
    for path, id in (("a+b", "a+b"), ("a%2Bb", "a+b"), ("a%20b", "a b"), ("a%2520b", "a%20b")):
        assert things.get(f"/api/things/{path}").json["id"] == id
