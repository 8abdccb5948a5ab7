"""What each method promises, and which bodies it takes."""

import gzip
import json
from typing import Any

import pytest
from conftest import ADMIN, Client
from test_refusals import check_problem

UUID = "01890a5d-ac96-774b-bcce-b302099a8057"
OTHER = "01890a5d-ac96-774b-bcce-b302099a8058"
MERGE, PATCH = "application/merge-patch+json", "application/json-patch+json"
NDJSON = "application/x-ndjson"


@pytest.fixture
def things(client: Client) -> Client:
    client.define("things", fields={"a": {"type": "integer"}, "b": {"type": "string"}})
    client.put(f"/api/things/{UUID}", {"a": 1, "b": "x"})
    return client


ABSENT = [
    (f"/api/things/{OTHER}", "GET"),
    (f"/api/things/{OTHER}", "PATCH"),
    (f"/api/things/{OTHER}", "DELETE"),
    ("/api/things/x", "GET"),
    (f"/api/nothing/{UUID}", "GET"),
    (f"/api/nothing/{UUID}", "PUT"),
    (f"/api/nothing/{UUID}", "DELETE"),
    ("/collections/nothing", "GET"),
    ("/collections/nothing", "PATCH"),
    ("/collections/nothing", "DELETE"),
]


def test_h002_h031_what_is_not_there_is_404_and_stays_so(things: Client) -> None:
    before = things.get("/api/things?count=true").data, things.get("/collections").data
    for path, method in ABSENT:
        body = {"a": 2} if method in ("PUT", "PATCH") else None
        check_problem(things.ask(method, path, body), "not-found")
    assert (things.get("/api/things?count=true").data, things.get("/collections").data) == before


def test_h016_what_was_deleted_is_deleted_again(things: Client) -> None:
    """As the contract decides: 204, where the line says 404."""
    for _ in range(2):
        answer = things.delete(f"/api/things/{UUID}")
        assert (answer.status_code, answer.data) == (204, b"")
        assert "Content-Length" not in answer.headers
    check_problem(things.delete(f"/api/things/{OTHER}"), "not-found")


OVERRIDES = ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override", "_method")


def test_h014_the_method_is_that_of_the_request_line(things: Client) -> None:
    path = f"/api/things/{UUID}"
    before = things.get(path).data
    for name in OVERRIDES:
        for other in ("DELETE", "PUT", "PATCH"):
            assert things.get(path, headers=ADMIN | {name: other}).data == before
            check_problem(
                things.post(path, {"a": 2}, headers=ADMIN | {name: other}), "method-not-allowed"
            )
            check_problem(things.get(f"{path}?{name}={other}"), "invalid-parameter")
            posted = things.post(f"/api/things?{name}={other}", {"a": 2})
            check_problem(posted, "invalid-parameter")
        made = things.post("/api/things", {"a": 2}, headers=ADMIN | {name: "GET"})
        assert made.status_code == 201, "it is a POST all the same"
    form = things.post(path, "_method=DELETE", type="application/x-www-form-urlencoded")
    check_problem(form, "method-not-allowed")
    assert things.get(path).data == before


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_h023_another_id_in_the_body_touches_neither(things: Client, method: str) -> None:
    one, other = f"/api/things/{UUID}", f"/api/things/{OTHER}"
    things.put(other, {"a": 2})
    before = things.get(one).headers["ETag"], things.get(other).headers["ETag"]
    answer = things.ask(method, one, {"id": OTHER, "a": 3})
    check_problem(answer, "validation-failed")
    assert [error["pointer"] for error in answer.json["errors"]] == ["/id"]
    assert (things.get(one).headers["ETag"], things.get(other).headers["ETag"]) == before
    assert things.ask(method, one, {"id": UUID, "a": 3}).status_code == 200
    refused = things.put("/collections/things", {"name": "other", "fields": {}})
    check_problem(refused, "validation-failed")
    assert things.get("/collections/other").status_code == 404


# Where a body goes, with one that is good there, and the types that are taken.
BODIES: list[tuple[str, str, Any, set[str]]] = [
    ("POST", "/api/things", {"a": 2}, {"application/json"}),
    ("PUT", f"/api/things/{UUID}", {"a": 2}, {"application/json"}),
    ("PATCH", f"/api/things/{UUID}", {"a": 2}, {"application/json", MERGE}),
    ("POST", "/collections", {"name": "more"}, {"application/json"}),
    ("PUT", "/collections/more", {}, {"application/json"}),
    ("PATCH", "/collections/things", {"description": "x"}, {"application/json", MERGE}),
]
LISTED_IN = {"POST": "Accept-Post", "PUT": "Accept", "PATCH": "Accept-Patch"}
OTHERS = [
    "", "text/plain", "text/json", "application/xml", "application/vnd.x+json", "application/jsonx",
    "application/problem+json", "application/x-www-form-urlencoded", "multipart/form-data",
    "json", "application/json, text/html",
]  # fmt: skip


@pytest.mark.parametrize(("method", "path", "body", "types"), BODIES)
def test_h033_h034_h036_a_type_means_the_same_everywhere(
    things: Client, method: str, path: str, body: Any, types: set[str]
) -> None:
    for type in ("application/json", MERGE):
        parameters = "; Charset=UTF-8", ' ;charset="utf-8"', "; q=1; version=2", ";"
        for spelling in (type, type.title(), *(f"{type}{end}" for end in parameters)):
            answer = things.ask(method, path, body, type=spelling)
            assert (answer.status_code != 415) is (type in types), (spelling, answer.text)
            assert answer.status_code in (200, 201, 415)
            if path == "/collections":
                things.delete("/collections/more")
    before = things.get("/api/things").data, things.get("/collections").data
    for type in (*OTHERS, f"{min(types)}; charset=iso-8859-1", f"{min(types)}; charset=utf-16"):
        answer = things.ask(method, path, json.dumps(body), type=type)
        check_problem(answer, "unsupported-media-type")
        assert {*answer.headers[LISTED_IN[method]].split(", ")} >= types
        assert {*answer.headers["Accept"].split(", ")} >= types
    assert (things.get("/api/things").data, things.get("/collections").data) == before


@pytest.mark.parametrize(("method", "path", "body", "types"), BODIES)
def test_h037_h038_a_coded_body_is_not_taken(
    things: Client, method: str, path: str, body: Any, types: set[str]
) -> None:
    plain = json.dumps(body).encode()
    bomb = gzip.compress(b" " * (10 << 20) + plain)
    before = things.get("/api/things").data, things.get("/collections").data
    for coding, data in (
        ("gzip", gzip.compress(plain)),
        ("gzip", bomb),
        ("GZIP", plain),
        ("x-unknown", plain),
        ("identity, gzip", gzip.compress(plain)),
    ):
        fields = ADMIN | {"Content-Encoding": coding}
        answer = things.ask(method, path, data, headers=fields, type="application/json")
        check_problem(answer, "unsupported-media-type")
        assert answer.headers["Accept-Encoding"] == "identity"
    assert (things.get("/api/things").data, things.get("/collections").data) == before
    fields = ADMIN | {"Content-Encoding": "identity"}
    taken = things.ask(method, path, plain, headers=fields, type="application/json")
    assert taken.status_code in (200, 201)


def test_h037_a_coded_import_is_not_taken(things: Client) -> None:
    fields = ADMIN | {"Content-Encoding": "gzip"}
    data = gzip.compress(b'{"a": 1}\n')
    answer = things.post("/api/things", data, headers=fields, type=NDJSON)
    check_problem(answer, "unsupported-media-type")
    assert answer.headers["Accept-Encoding"] == "identity"
