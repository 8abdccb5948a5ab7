"""Contract section 8, and 2: each refusal is a problem, with the header fields that it needs."""

import json
import logging
from typing import Any

import pytest
from conftest import ADMIN, Client
from werkzeug.test import TestResponse

from schemas.problem import PROBLEMS

UUID = "01890a5d-ac96-774b-bcce-b302099a8057"
MEMBERS = ("type", "title", "status", "detail", "instance", "request_id")


def check_problem(answer: TestResponse, name: str) -> None:
    assert answer.status_code == PROBLEMS[name].status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Vary" in answer.headers
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert [member for member in MEMBERS if member not in answer.json] == []
    assert answer.json["type"] == f"/problems/{name}"
    assert answer.json["title"] == PROBLEMS[name].title
    assert answer.json["status"] == answer.status_code
    assert answer.json["request_id"] == answer.headers["X-Request-Id"]
    for error in answer.json.get("errors", ()):
        assert set(error) in ({"pointer", "code", "detail"}, {"parameter", "code", "detail"})


@pytest.fixture
def things(client: Client) -> Client:
    client.define("things", fields={"a": {"type": "integer"}})
    return client


REFUSED: list[Any] = [
    ("GET", "/nowhere", None, "not-found"),
    ("GET", "/api", None, "not-found"),
    ("GET", "/api/", None, "not-found"),
    ("GET", "/api/nothing", None, "not-found"),
    ("GET", "/api/things/", None, "not-found"),
    ("GET", f"/api/things/{UUID}/", None, "not-found"),
    ("GET", "/collections/", None, "not-found"),
    ("GET", "/docs/", None, "not-found"),
    ("GET", "/docs/core.py", None, "not-found"),
    ("GET", "/docs/..%2Fcore.py", None, "not-found"),
    ("GET", "//api/things", None, "not-found"),
    ("GET", "/API/things", None, "not-found"),
    ("GET", "/collections/nothing", None, "not-found"),
    ("GET", "/problems/nothing", None, "not-found"),
    ("GET", "/api/things/%FF", None, "malformed-request"),
    ("GET", "/api/things/%00", None, "malformed-request"),
    ("GET", "/api/things/%zz", None, "malformed-request"),
    ("GET", "/api/things?a=%FF", None, "malformed-request"),
    ("GET", "/api/things?a=" + "1" * 20_000, None, "uri-too-long"),
    ("GET", "/api/things?a=x", None, "invalid-parameter"),
    ("GET", "/collections?x=1", None, "invalid-parameter"),
    ("GET", "/health/live?x=1", None, "invalid-parameter"),
    ("POST", "/api/things?x=1", {}, "invalid-parameter"),
    ("FOO", "/api/things", None, "method-not-allowed"),
    ("DELETE", "/api/things", None, "method-not-allowed"),
    ("POST", f"/api/things/{UUID}", {}, "method-not-allowed"),
    ("PUT", "/health/live", {}, "method-not-allowed"),
    ("TRACE", "/", None, "method-not-allowed"),
    ("POST", "/api/things", b'{"a": ' + b" " * (1 << 20) + b"1}", "content-too-large"),
    ("POST", "/api/things", {"a": "x"}, "validation-failed"),
    ("PUT", "/collections/things", {"fields": 1}, "validation-failed"),
]


@pytest.mark.parametrize(("method", "path", "body", "name"), REFUSED)
def test_h080_every_refusal_is_a_problem(
    things: Client, method: str, path: str, body: Any, name: str
) -> None:
    check_problem(things.ask(method, path, body), name)


TYPES = [
    ("POST", "/api/things", "text/plain", "Accept-Post"),
    ("POST", "/api/things", "application/x-www-form-urlencoded", "Accept-Post"),
    ("POST", "/api/things", "application/json; charset=iso-8859-1", "Accept-Post"),
    ("POST", "/api/things", "", "Accept-Post"),
    ("PUT", f"/api/things/{UUID}", "application/merge-patch+json", "Accept"),
    ("PATCH", "/api/things/{}", "application/json-patch+xml", "Accept-Patch"),
    ("POST", "/collections", "text/json", "Accept-Post"),
]


@pytest.mark.parametrize(("method", "path", "type", "header"), TYPES)
def test_h034_another_type_is_415(
    things: Client, method: str, path: str, type: str, header: str
) -> None:
    id = things.post("/api/things", {}).json["id"]
    answer = things.ask(method, path.format(id), "{}", type=type)
    check_problem(answer, "unsupported-media-type")
    assert "application/json" in answer.headers[header]


def test_h035_h037_h038_charset_and_coding(things: Client) -> None:
    for type in ("application/json; charset=utf-8", 'Application/JSON; charset="UTF-8"'):
        assert things.post("/api/things", "{}", type=type).status_code == 201
    headers = ADMIN | {"Content-Encoding": "gzip"}
    answer = things.post("/api/things", "{}", headers=headers)
    check_problem(answer, "unsupported-media-type")
    assert answer.headers["Accept-Encoding"] == "identity"


PLACES = ("/", "/docs", "/openapi.json", "/openapi.yaml", "/problems", "/problems/{name}",
          "/health/live", "/health/ready", "/metrics", "/collections", "/api/things",
          "/api/things/{id}")  # fmt: skip


def test_h006_h008_h009_allow_is_the_same_everywhere(things: Client) -> None:
    things.define("closed", access={})
    document = things.get("/openapi.json").json["paths"]
    closed = ("/api/closed", "/api/closed/{id}")
    for path in (*PLACES, *closed):
        place = path.format(id=UUID, name="gone")
        refused = things.ask("FOO", place)
        check_problem(refused, "method-not-allowed")
        options = things.ask("OPTIONS", place, headers={})
        assert (options.status_code, options.data) == (204, b"")
        assert options.headers["Allow"] == refused.headers["Allow"]
        assert "Content-Type" not in options.headers
        # OpenAPI 3.1 knows no QUERY.
        allowed = set(options.headers["Allow"].split(", ")) - {"HEAD", "OPTIONS", "QUERY"}
        assert allowed == {method.upper() for method in document[path] if method != "parameters"}


def test_h003_h005_head_is_get_without_a_body(things: Client) -> None:
    made = things.post("/api/things", {"a": 1}).headers["Location"]
    for path in ("/", "/docs", "/openapi.json", "/collections", "/api/things", made, "/nowhere"):
        got, head = things.get(path), things.ask("HEAD", path)
        assert head.data == b""
        assert head.status_code == got.status_code
        ignored = ("Date", "X-Request-Id")
        one, other = ({k: v for k, v in a.headers if k not in ignored} for a in (got, head))
        if got.status_code == 200:
            assert one == other


def test_h081_problems_are_explained(client: Client) -> None:
    listed = client.get("/problems", headers={})
    assert {item["type"] for item in listed.json["items"]} == {f"/problems/{n}" for n in PROBLEMS}
    for item in listed.json["items"]:
        assert client.get(item["type"]).json == item
        assert item["meaning"].endswith(".")
        assert item["mend"].endswith(".")


def test_h081_a_pointer_leads_from_the_root_of_what_was_sent(things: Client) -> None:
    things.define("odd", fields={"x": {"type": "json"}, "t": {"type": "array",
                                 "items": {"type": "integer"}}})  # fmt: skip
    bad = "\0"
    record = {"": bad, "~1": bad, "a/b": bad, "0": bad, "x": {"/": [1, {"~": bad}]}, "t": [1, bad]}
    patch = [{"op": "test", "path": "/x"}, {"op": bad, "path": "/x"}, bad]
    definition = {"fields": {"a/b": bad, "ok": {"type": bad}, "~": bad}, bad: bad}
    id = things.post("/api/odd", {}).json["id"]
    for method, path, body, type, number in (
        ("POST", "/api/odd", record, None, 6),
        ("PUT", f"/api/odd/{UUID}", record, None, 6),
        ("PATCH", f"/api/odd/{id}", record, "application/merge-patch+json", 6),
        ("PATCH", f"/api/odd/{id}", patch, "application/json-patch+json", 3),
        ("PUT", "/collections/more", definition, None, 4),
    ):
        answer = things.ask(method, path, body, type=type)
        check_problem(answer, "validation-failed")
        errors = {error["pointer"]: error["code"] for error in answer.json["errors"]}
        assert len(errors) == len(answer.json["errors"]) == number, answer.text
        found = [pointed_at(body, at) for at, code in errors.items() if code != "required"]
        assert {*map(str, found)} <= {bad}


def pointed_at(document: Any, pointer: str) -> Any:
    """RFC 6901 section 4."""
    assert not pointer or pointer.startswith("/")
    for token in pointer.split("/")[1:]:
        name = token.replace("~1", "/").replace("~0", "~")
        document = document[int(name) if isinstance(document, list) else name]
    return document


def test_h088_who_is_unknown_is_challenged(things: Client) -> None:
    things.define("closed", access={})
    for headers in ({}, {"Authorization": "Bearer nonsense"}, {"Authorization": "Basic YTpi"}):
        answer = things.get("/api/closed", headers=headers)
        check_problem(answer, "unauthenticated")
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_h084_what_is_reflected_is_short(things: Client) -> None:
    answer = things.get("/api/things?" + "x" * 5000 + "=<script>")
    assert len(answer.json["errors"][0]["parameter"]) <= 200
    things.define("odd", fields={"x": {"type": "json"}})
    name = "y" * 100_000
    for path, body, pointer in (
        ("/api/things", {name: "<script>"}, ""),
        ("/api/odd", {"x": {name: [2**63]}}, "/x"),
        ("/api/odd", {"x": {"y" * 190: {"z" * 190: "\0"}}}, "/x/" + "y" * 190),
        ("/collections", {"name": "more", "fields": {name: {"type": "string"}}}, "/fields"),
    ):
        answer = things.post(path, body)
        check_problem(answer, "validation-failed")
        assert [error["pointer"] for error in answer.json["errors"]] == [pointer]
        assert len(answer.data) < 1000


def test_h170_as_many_errors_are_listed_as_someone_may_read(things: Client) -> None:
    answer = things.post("/api/things", {f"k{i}": i for i in range(50_000)})
    check_problem(answer, "validation-failed")
    assert answer.json["detail"] == "Over 1000 fields are not valid."
    assert len(answer.json["errors"]) == 1000


def test_a_request_id_is_taken_if_it_is_sane(client: Client) -> None:
    for sent, taken in (("abc-1.2_X", True), ("a b", False), ("x" * 129, False), ("é", False)):
        answer = client.get("/", headers={"X-Request-Id": sent})
        assert (answer.headers["X-Request-Id"] == sent) is taken


def test_h086_a_fault_is_a_500_that_says_nothing(
    things: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: Any) -> None:
        raise RuntimeError("the inside: SELECT secret")

    monkeypatch.setattr("resources.representation.list_records", fail)
    logging.getLogger("pennyworth").propagate = True
    with caplog.at_level(logging.INFO, "pennyworth"):
        answer = things.get("/api/things", headers=ADMIN | {"X-Request-Id": "find-me"})
    logging.getLogger("pennyworth").propagate = False
    check_problem(answer, "internal-error")
    assert "inside" not in answer.text
    assert "the inside" in caplog.text
    assert any(getattr(r, "members", {}).get("request_id") == "find-me" for r in caplog.records)


def test_d21_no_value_and_no_secret_is_logged(
    things: Client, caplog: pytest.LogCaptureFixture
) -> None:
    things.define("secrets", fields={"s": {"type": "string", "unique": True}})
    logging.getLogger("pennyworth").propagate = True
    with caplog.at_level(logging.DEBUG):
        for body in ({"s": "hush-hush"}, {"s": "hush-hush"}, {"s": ["hush-hush"]}):
            things.post("/api/secrets", body)
        things.get("/api/secrets?s=hush-hush&nope=hush-hush")
    logging.getLogger("pennyworth").propagate = False
    lines = [json.dumps([r.getMessage(), getattr(r, "members", "")]) for r in caplog.records]
    assert len({line for line in lines if "/api/secrets" in line}) == 4
    assert not any("hush" in line or "the-admin-key" in line for line in lines)


def test_of_a_large_bad_body_a_thousand_faults_are_told(client: Client) -> None:
    fields = {"tags": {"type": "array", "items": {"type": "string"}}, "x": {"type": "json"}}
    client.define("things", fields=fields)
    bodies = [
        '{"tags": [' + ",".join(["1"] * 450_000) + "]}",
        '{"x": [' + ",".join(['"\\u0000"'] * 110_000) + "]}",
        '{"x": [' + ",".join(["[" + ",".join(["1" + "0" * 20] * 40) + "]"] * 1000) + "]}",
        "{" + ",".join(f'"u{i}": 1' for i in range(70_000)) + "}",
    ]
    for body in bodies:
        answer = client.post("/api/things", body)
        check_problem(answer, "validation-failed")
        assert 900 <= len(answer.json["errors"]) <= 1000
    lines = "\n".join(['{"tags": [' + ",".join(["1"] * 50_000) + "]}"] * 8)
    many = client.post("/api/things", lines, type="application/x-ndjson")
    assert many.status_code == 422
    assert len(many.data) < 200_000
    assert (len(many.json["failed"]), many.json["more"]) == (1, 7)


def test_what_is_unknown_is_named_in_the_order_it_was_sent(things: Client) -> None:
    answer = things.post("/api/things", {"zz": 1, "a": "x", "b": 1, "yy": 1, "aa": 1})
    pointers = [error["pointer"] for error in answer.json["errors"]]
    assert pointers == ["/a", "/zz", "/b", "/yy", "/aa"]


def test_a_part_is_not_taken_for_the_whole(things: Client) -> None:
    path = things.post("/api/things", {"a": 1}).headers["Location"]
    headers = ADMIN | {"Content-Range": "bytes 0-15/200"}
    check_problem(things.put(path, {"a": 2}, headers=headers), "malformed-request")
    assert things.get(path).json["a"] == 1


def test_no_object_is_one_failure(things: Client) -> None:
    things.define("strict", fields={"a": {"type": "integer", "required": True}})
    for path in ("/api/strict", "/collections"):
        for body in ("[]", "1", "null"):
            answer = things.post(path, body)
            check_problem(answer, "validation-failed")
            assert [error["pointer"] for error in answer.json["errors"]] == [""]


@pytest.mark.parametrize("depth", [1, 10, 50])
def test_what_is_wrong_deep_inside_counts_once(client: Client, depth: int) -> None:
    client.define("things", fields={"x": {"type": "json"}})
    inner = "[" * depth + '"\\u0000"' + "]" * depth
    answer = client.post("/api/things", f'{{"x": [{",".join([inner] * 200)}]}}')
    check_problem(answer, "validation-failed")
    assert len(answer.json["errors"]) == 200
    assert answer.json["detail"] == "200 fields are not valid."
