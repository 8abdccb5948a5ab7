"""Contract section 4: records, on both databases."""

import json
from typing import Any

import pytest
from conftest import OPEN, Client

UUID = "01890a5d-ac96-774b-bcce-b302099a8057"
INSTANT = "2026-02-28T12:00:00Z"
TYPES: dict[str, dict[str, Any]] = {
    "string": {},
    "integer": {},
    "number": {},
    "decimal": {"precision": 6, "scale": 2},
    "boolean": {},
    "date": {},
    "datetime": {},
    "uuid": {},
    "json": {},
}
ACCEPTED = [
    ("string", "", ""),
    ("string", "é\u0301 \u200b \U0001f600 ' \" \\ %_", "é\u0301 \u200b \U0001f600 ' \" \\ %_"),
    ("string", "  untouched\n", "  untouched\n"),
    ("integer", 5, 5),
    ("integer", 5.0, 5),
    ("integer", 2**63 - 1, 2**63 - 1),
    ("integer", -(2**63), -(2**63)),
    ("number", 5, 5.0),
    ("number", -0.0, 0.0),
    ("number", 1e308, 1e308),
    ("number", 5e-324, 5e-324),
    ("number", 0.1, 0.1),
    ("decimal", "12.5", "12.50"),
    ("decimal", 12.5, "12.50"),
    ("decimal", -9999.99, "-9999.99"),
    ("decimal", 0, "0.00"),
    ("decimal", "-0", "0.00"),
    ("decimal", 1e3, "1000.00"),
    ("boolean", True, True),
    ("boolean", False, False),
    ("date", "0001-01-01", "0001-01-01"),
    ("date", "9999-12-31", "9999-12-31"),
    ("datetime", "2026-02-28T12:00:00+02:00", "2026-02-28T10:00:00Z"),
    ("datetime", "2026-02-28T12:00:00.123456Z", "2026-02-28T12:00:00.123456Z"),
    ("datetime", "2026-02-28t12:00:00.5z", "2026-02-28T12:00:00.500000Z"),
    ("datetime", "0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
    ("uuid", UUID.upper(), UUID),
    ("json", {"b": [1, True, None, 1.5, {}], "a": ""}, {"b": [1, True, None, 1.5, {}], "a": ""}),
    ("json", [], []),
    ("json", 0, 0),
    ("json", False, False),
    ("json", "", ""),
]
REFUSED = [
    ("string", 1, "type"),
    pytest.param("string", "a\u0000b", "character", id="H164-D08"),
    pytest.param("integer", "3", "type", id="D12"),
    pytest.param("integer", 5.5, "type", id="D12-fraction"),
    ("integer", True, "type"),
    pytest.param("integer", 2**63, "range", id="H161-D05"),
    pytest.param("integer", -(2**63) - 1, "range", id="H161-D05-negative"),
    ("integer", 1e300, "range"),
    pytest.param("number", "1.5", "type", id="D12-number"),
    ("number", True, "type"),
    ("number", 10**400, "range"),
    ("decimal", "1.234", "scale"),
    ("decimal", "1.500", "scale"),
    ("decimal", 0.1 + 0.2, "scale"),
    ("decimal", 10000, "precision"),
    ("decimal", "1e3", "type"),
    ("decimal", "1,5", "type"),
    ("decimal", True, "type"),
    ("decimal", "NaN", "type"),
    ("decimal", "9" * 50, "type"),
    pytest.param("boolean", 1, "type", id="D12-boolean"),
    ("boolean", "true", "type"),
    ("date", "2026-02-30", "type"),
    ("date", "20260228", "type"),
    ("date", "2026-02-28T00:00:00Z", "type"),
    ("date", 1, "type"),
    pytest.param("datetime", "2026-02-28T12:00:00", "type", id="H165-D14-naive"),
    ("datetime", "2026-02-28", "type"),
    pytest.param("datetime", "9999-12-31T23:59:59-14:00", "type", id="H165-D14"),
    ("datetime", 0, "type"),
    pytest.param("uuid", "{" + UUID + "}", "type", id="D17-braces"),
    pytest.param("uuid", UUID.replace("-", ""), "type", id="D17-dashes"),
    pytest.param("json", {"a": ["b\u0000"]}, "character", id="H164-D08-json"),
    ("json", {"a\u0000": 1}, "character"),
    pytest.param("json", [2**63], "range", id="H161-D05-json"),
]


@pytest.fixture
def every(client: Client) -> Client:
    fields = {type: {"type": type, **options} for type, options in TYPES.items()}
    arrays = {f"{type}s": {"type": "array", "items": f} for type, f in fields.items()}
    del arrays["jsons"]
    client.define("every", fields=fields | arrays)
    return client


@pytest.mark.parametrize(("type", "sent", "shown"), ACCEPTED)
def test_h001_h045_h046_d13_a_value_is_stored_exactly(
    every: Client, type: str, sent: Any, shown: Any
) -> None:
    made = every.post("/api/every", {type: sent})
    assert made.status_code == 201, made.text
    read = every.get(made.headers["Location"])
    assert (read.status_code, read.content_type) == (200, "application/json")
    assert read.json == made.json
    assert read.json[type] == shown
    assert str(read.json[type]) == str(shown)
    assert [name for name in TYPES if read.json[name] is not None] == [type]


@pytest.mark.parametrize(("type", "sent", "shown"), [a for a in ACCEPTED if a[0] != "json"])
def test_a_value_is_stored_exactly_in_an_array(
    every: Client, type: str, sent: Any, shown: Any
) -> None:
    made = every.post("/api/every", {f"{type}s": [sent, sent]})
    assert made.status_code == 201, made.text
    assert every.get(made.headers["Location"]).json[f"{type}s"] == [shown, shown]
    again = every.put(made.headers["Location"], {f"{type}s": [sent, sent]})
    assert again.json == made.json


@pytest.mark.parametrize(("type", "sent", "code"), REFUSED)
def test_a_wrong_value_is_refused(every: Client, type: str, sent: Any, code: str) -> None:
    answer = every.post("/api/every", {type: sent})
    assert answer.status_code == 422, answer.text
    assert answer.json["errors"][0]["pointer"].startswith(f"/{type}")
    assert answer.json["errors"][0]["code"] == code
    assert every.get("/api/every").json["items"] == []
    if type != "json":
        array = every.post("/api/every", {f"{type}s": [sent]})
        assert array.json["errors"][0]["pointer"] == f"/{type}s/0"
    inside = every.post("/api/every", {f"{type}s": [None]})
    assert inside.status_code == 422


OPTIONS = [
    ({"type": "string", "min_length": 2, "max_length": 3}, ["ab", "é\U0001f600x"], ["a", "abcd"]),
    ({"type": "string", "pattern": "[a-c]+"}, ["abc"], ["", "abcd", "xabc", "abc\n"]),
    ({"type": "string", "format": "email"}, ["a.b@example.org"], ["a", "a@b", "a b@c.de"]),
    ({"type": "string", "format": "url"}, ["https://a.de/b?c=d#e"], ["ftp://a.de", "http://"]),
    ({"type": "string", "format": "slug"}, ["a-b-1"], ["A", "a--b", "-a"]),
    ({"type": "string", "enum": ["x", "y"]}, ["x"], ["z", ""]),
    ({"type": "integer", "minimum": 1, "maximum": 3}, [1, 3], [0, 4]),
    ({"type": "integer", "enum": [1, 2]}, [2.0], [3]),
    ({"type": "number", "minimum": 0.5}, [0.5], [0.4]),
    ({"type": "decimal", "minimum": "0.10", "maximum": 9.9}, ["0.1", "9.90"], ["0.09", "9.91"]),
    ({"type": "date", "minimum": "2026-01-01"}, ["2026-01-01"], ["2025-12-31"]),
    ({"type": "datetime", "maximum": "2026-01-01T00:00:00Z"}, ["2026-01-01T01:00:00+01:00"],
     ["2026-01-01T00:00:00.000001Z"]),
    ({"type": "array", "items": {"type": "string", "max_length": 1}, "min_items": 1,
      "max_items": 2}, [["a"], ["a", "b"]], [[], ["a", "b", "c"], ["aa"], "a"]),
    ({"type": "string", "required": True}, ["a"], [None]),
]  # fmt: skip


@pytest.mark.parametrize(("field", "good", "bad"), OPTIONS)
def test_d10_the_options_of_a_field_are_kept(
    client: Client, field: dict[str, Any], good: list[Any], bad: list[Any]
) -> None:
    client.define("things", fields={"x": field})
    for value in good:
        answer = client.post("/api/things", {"x": value})
        assert answer.status_code == 201, answer.text
        assert client.put(answer.headers["Location"], answer.json).json == answer.json
    for value in bad:
        answer = client.post("/api/things", {"x": value})
        assert answer.status_code == 422, value
        assert answer.json["errors"][0]["pointer"].startswith("/x")


def test_h082_all_that_is_wrong_comes_in_one_answer_in_order(client: Client) -> None:
    fields = {
        "a": {"type": "string", "required": True},
        "b": {"type": "integer"},
        "c": {"type": "json"},
    }
    client.define("things", fields=fields)
    body = {"zz": 1, "c": {"~/": "\u0000"}, "b": "3", "id": "x", "revision": 7}
    for sent in (body, dict(reversed(body.items()))):
        answer = client.post("/api/things", sent)
        assert answer.status_code == 422
        pointers = [error["pointer"] for error in answer.json["errors"]]
        assert pointers == ["/id", "/a", "/b", "/c/~0~1", "/zz"]
        assert answer.json["detail"] == "5 fields are not valid."


@pytest.mark.parametrize("body", ["null", "[]", '"x"', "3", "true"])
def test_h032_h169_what_is_no_object_is_refused(client: Client, body: str) -> None:
    client.define("things", fields={})
    one = client.post("/api/things", {}).headers["Location"]
    absent = f"/api/things/{UUID}"
    for method, path in (("POST", "/api/things"), ("PUT", absent), ("PUT", one), ("PATCH", one)):
        answer = client.ask(method, path, body)
        assert answer.status_code == 422
        assert answer.json["errors"][0]["pointer"] == ""


def test_h020_h021_h022_put_creates_replaces_and_then_changes_nothing(client: Client) -> None:
    fields = {"a": {"type": "string"}, "b": {"type": "integer", "default": 7}}
    client.define("things", fields=fields)
    path = f"/api/things/{UUID}"
    first = client.put(path, {"a": "x", "b": 1})
    assert (first.status_code, first.headers["Location"]) == (201, path)
    again = client.put(path, {"a": "x", "b": 1})
    assert (again.status_code, again.json) == (200, first.json)
    assert again.headers["ETag"] == first.headers["ETag"]
    replaced = client.put(path, {})
    assert replaced.json["a"] is None
    assert replaced.json["b"] == 7
    assert replaced.json["revision"] > first.json["revision"]
    assert replaced.json["created_at"] == first.json["created_at"]
    back = client.put(path, replaced.json | {"a": "x", "b": 1})
    tags = {answer.headers["ETag"] for answer in (first, replaced, back)}
    assert len(tags) == 3
    assert client.get(path).headers["ETag"] == back.headers["ETag"]
    assert client.patch(path, {"a": "x"}).headers["ETag"] == back.headers["ETag"]


def test_true_is_not_one_in_json(client: Client) -> None:
    client.define("things", fields={"x": {"type": "json"}})
    first = client.put(f"/api/things/{UUID}", {"x": [1]})
    second = client.put(f"/api/things/{UUID}", {"x": [True]})
    assert second.json["revision"] > first.json["revision"]
    assert client.get(f"/api/things/{UUID}").json["x"] == [True]


def test_delete_again_gone_and_rebirth(client: Client) -> None:
    client.define("things", fields={"a": {"type": "string", "immutable": True}})
    path = f"/api/things/{UUID}"
    for method in ("GET", "PATCH", "DELETE"):
        assert client.ask(method, path, {} if method == "PATCH" else None).status_code == 404
    first = client.put(path, {"a": "x"})
    assert client.delete(path).status_code == 204
    assert client.delete(path).status_code == 204
    assert client.get(path).status_code == 410
    assert client.patch(path, {}).status_code == 410
    assert client.get("/api/things?count=true").json["total"] == 0
    born = client.put(path, {"a": "y"})
    assert (born.status_code, born.json["a"]) == (201, "y")
    assert born.json["revision"] > first.json["revision"]
    assert client.get(path).status_code == 200
    client.delete(path)
    assert client.post("/api/things", {"id": UUID, "a": "z"}).status_code == 201
    assert client.post("/api/things", {"id": UUID.upper(), "a": "z"}).status_code == 409


def test_immutable_required_and_default(client: Client) -> None:
    fields = {
        "kept": {"type": "integer", "immutable": True},
        "asked": {"type": "string", "required": True},
        "filled": {"type": "string", "required": True, "default": "d"},
        "at": {"type": "datetime", "default": "@now"},
        "day": {"type": "date", "default": "@now"},
        "mark": {"type": "uuid", "default": "@uuid", "unique": True},
        "owner": {"type": "reference", "to": "users", "default": "@me"},
    }
    client.define("things", fields=fields)
    missing = client.post("/api/things", {})
    assert [e["pointer"] for e in missing.json["errors"]] == ["/asked"]
    assert client.post("/api/things", {"asked": "a", "filled": None}).status_code == 422
    made = client.post("/api/things", {"kept": 1, "asked": "a"})
    assert made.json["filled"] == "d"
    assert made.json["owner"] is None
    assert made.json["at"] == made.json["created_at"]
    path = made.headers["Location"]
    assert client.put(path, {"asked": "a"}).json == made.json
    assert client.put(path, {"asked": "a", "kept": 1}).json == made.json
    changed = client.put(path, {"asked": "a", "kept": 2})
    assert changed.json["errors"][0]["code"] == "immutable"
    assert client.patch(path, {"kept": None}).status_code == 422
    assert client.patch(path, {"asked": None}).status_code == 422
    assert client.put(path, {"kept": 1}).status_code == 422
    assert client.get(path).json == made.json


KEYS = [
    ({"type": "uuid"}, [UUID], ["x", UUID + "0", "%7B" + UUID + "%7D", "."]),
    ({"type": "integer"}, ["7", "-7", "0", str(2**63 - 1)], ["07", "+7", "7.0", str(2**63), "x"]),
    ({"type": "string"}, ["a", "A", "a%20b", "a%2Fb", "%C3%A9", "a.b", "x%25", "%2F", "a+b"], []),
    ({"type": "string", "pattern": "[A-Z]{2}", "max_length": 2}, ["PT"], ["pt", "PTX", "P"]),
]


@pytest.mark.parametrize(("key", "good", "bad"), KEYS)
def test_h091_each_key_has_one_address(
    client: Client, key: dict[str, Any], good: list[str], bad: list[str]
) -> None:
    client.define("things", key=key, fields={})
    for one in good:
        made = client.put(f"/api/things/{one}", {})
        assert made.status_code == 201, made.text
        assert made.headers["Location"] == f"/api/things/{one}".replace("+", "%2B")
        assert client.get(made.headers["Location"]).json == made.json
        assert client.put(f"/api/things/{one}", {"id": made.json["id"]}).status_code == 200
        assert client.put(f"/api/things/{one}", {"id": "other"}).status_code == 422
    for one in bad:
        for method in ("GET", "PUT", "DELETE"):
            answer = client.ask(method, f"/api/things/{one}", {} if method == "PUT" else None)
            assert answer.status_code == 404, (method, one)
    assert client.get("/api/things?count=true").json["total"] == len(good)


def test_a_string_key_must_be_sent(client: Client) -> None:
    client.define("things", key={"type": "string"}, fields={})
    assert client.post("/api/things", {}).json["errors"][0]["pointer"] == "/id"
    assert client.post("/api/things", {"id": ""}).status_code == 422
    assert client.post("/api/things", {"id": "x" * 256}).status_code == 422
    assert client.post("/api/things", {"id": "a/b"}).headers["Location"] == "/api/things/a%2Fb"


def test_integer_keys_are_counted_and_never_used_twice(client: Client) -> None:
    client.define("things", key={"type": "integer"}, fields={})
    post = lambda body: client.post("/api/things", body).json["id"]  # noqa: E731
    assert [post({}), post({})] == [1, 2]
    client.delete("/api/things/2")
    assert post({}) == 3
    client.put("/api/things/10", {})
    assert post({"id": 12}) == 12
    client.put("/api/things/5", {})
    assert post({}) == 13
    client.delete("/api/things/13")
    client.put(f"/api/things/{2**63 - 1}", {})
    assert post({}) == 14


# RFC 7396, appendix A.
MERGES = [
    ({"a": "b"}, {"a": "c"}, {"a": "c"}),
    ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
    ({"a": "b"}, {"a": None}, {}),
    ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
    ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
    ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
    ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
    ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
    (["a", "b"], ["c", "d"], ["c", "d"]),
    ({"a": "b"}, ["c"], ["c"]),
    ({"a": "foo"}, None, None),
    ({"a": "foo"}, "bar", "bar"),
    ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
    ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
    ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
]


@pytest.mark.parametrize(("stored", "patch", "result"), MERGES)
@pytest.mark.parametrize("type", ["application/merge-patch+json", "application/json"])
def test_h025_h026_merge_patch(
    client: Client, stored: Any, patch: Any, result: Any, type: str
) -> None:
    client.define("things", fields={"x": {"type": "json"}, "y": {"type": "integer"}})
    path = client.post("/api/things", {"x": stored, "y": 3}).headers["Location"]
    answer = client.patch(path, {"x": patch}, type=type)
    assert answer.status_code == 200
    assert (answer.json["x"], answer.json["y"]) == (result, 3)
    assert client.get(path).json == answer.json


def test_h027_h031_a_patch_is_atomic_and_creates_nothing(client: Client) -> None:
    client.define("things", fields={"a": {"type": "integer"}, "b": {"type": "integer"}})
    path = client.post("/api/things", {"a": 1}).headers["Location"]
    assert client.patch(path, {"a": 2, "b": "x"}).status_code == 422
    assert client.get(path).json["a"] == 1
    assert client.patch(path, {"nope": 1}).status_code == 422
    for type in ("application/merge-patch+json", "application/json-patch+json"):
        body: Any = [] if "json-patch" in type else {"a": 1}
        assert client.patch(f"/api/things/{UUID}", body, type=type).status_code == 404
    assert client.get("/api/things?count=true").json["total"] == 1
    assert client.patch(path, {}, type="text/plain").status_code == 415


CONFLICTS = [
    ({"code": "x"}, "/code", "unique"),
    ({"first": "a", "second": "b"}, "/first", "unique"),
    ({"author": "nobody"}, "/author", "reference"),
    ({"owner": UUID}, "/owner", "reference"),
]


@pytest.mark.parametrize(("body", "pointer", "code"), CONFLICTS)
def test_conflicts_point_at_the_field(
    client: Client, body: dict[str, Any], pointer: str, code: str
) -> None:
    client.define("authors", key={"type": "string"}, fields={})
    fields = {
        "code": {"type": "string", "unique": True},
        "first": {"type": "string"},
        "second": {"type": "string"},
        "author": {"type": "reference", "to": "authors"},
        "owner": {"type": "reference", "to": "users"},
    }
    client.define("things", fields=fields, unique=[["first", "second"]])
    client.post("/api/things", {"code": "x", "first": "a", "second": "b"})
    other = client.post("/api/things", {"first": "a"}).headers["Location"]
    assert client.post("/api/things", {"first": "a"}).status_code == 201, "nulls are distinct"
    for answer in (client.post("/api/things", body), client.patch(other, body)):
        assert answer.status_code == 409, answer.text
        error = answer.json["errors"][0]
        assert (error["pointer"], error["code"]) == (pointer, code)
    assert client.get(other).json["code"] is None


def test_on_delete_in_chains_and_cycles(client: Client) -> None:
    client.define("roots", key={"type": "string"}, fields={})
    fields = {
        "strong": {"type": "reference", "to": "roots", "on_delete": "cascade"},
        "weak": {"type": "reference", "to": "roots", "on_delete": "set_null"},
        "parent": {"type": "reference", "to": "nodes", "on_delete": "cascade"},
    }
    client.define("nodes", key={"type": "string"}, fields=fields)
    keep = {"node": {"type": "reference", "to": "nodes"}}
    client.define("keepers", key={"type": "string"}, fields=keep)
    client.put("/api/roots/r", {})
    client.put("/api/nodes/a", {"strong": "r"})
    client.put("/api/nodes/b", {"parent": "a"})
    client.patch("/api/nodes/a", {"parent": "b"})
    weak = client.put("/api/nodes/w", {"weak": "r"}).json
    client.put("/api/keepers/k", {"node": "b"})
    refused = client.delete("/api/roots/r")
    assert refused.status_code == 409
    assert refused.json["errors"][0]["pointer"] == "/node"
    assert client.get("/api/nodes/a").status_code == 200
    assert client.get("/api/nodes/w").json == weak
    client.delete("/api/keepers/k")
    assert client.delete("/api/roots/r").status_code == 204
    assert [client.get(f"/api/nodes/{n}").status_code for n in "ab"] == [410, 410]
    after = client.get("/api/nodes/w").json
    assert after["weak"] is None
    assert after["revision"] > weak["revision"]
    assert after["updated_at"] > weak["updated_at"]


def test_a_hidden_field_is_nowhere(client: Client) -> None:
    fields = {
        "name": {"type": "string"},
        "secret": {"type": "string", "access": False},
        "shown": {"type": "string", "access": {"write": False}, "default": "d"},
        "blind": {"type": "string", "access": {"read": False}},
    }
    client.define("things", fields=fields)
    body = {"name": "n", "secret": "s", "shown": "x", "blind": "b"}
    made = client.post("/api/things", body)
    path, anyone = made.headers["Location"], {}
    seen = client.get(path, headers=anyone)
    assert set(seen.json) == {"id", "name", "shown", "revision", "created_at", "updated_at"}
    assert seen.headers["ETag"] != client.get(path).headers["ETag"]
    assert client.put(path, seen.json, headers=anyone).json == seen.json
    changed = client.put(path, {"name": "m", "blind": "c"}, headers=anyone)
    assert changed.status_code == 200
    assert {k: client.get(path).json[k] for k in body} == body | {"name": "m", "blind": "c"}
    for sent in ({"secret": "t"}, {"secret": None}):
        answer = client.patch(path, sent, headers=anyone)
        assert answer.json["errors"][0] == {
            "pointer": "/secret", "code": "unknown", "detail": "There is no such member.",
        }  # fmt: skip
    refused = client.patch(path, {"shown": "y"}, headers=anyone)
    assert refused.status_code == 403
    assert refused.json["errors"][0]["pointer"] == "/shown"
    assert client.patch(path, {"shown": "x"}, headers=anyone).status_code == 200
    for question in ("secret=s", "blind=c", "sort=secret", "sort=-blind"):
        hidden = client.get(f"/api/things?{question}", headers=anyone)
        unknown = client.get(f"/api/things?{question.replace('secret', 'nope')}", headers=anyone)
        assert (hidden.status_code, unknown.status_code) == (400, 400)
        assert "secret" not in json.dumps([e["detail"] for e in hidden.json["errors"]][1:])
    document = client.get("/openapi.json", headers=anyone).text
    assert "secret" not in document


def test_who_may_write_but_not_read_is_shown_nothing(client: Client) -> None:
    client.define("things", fields={"a": {"type": "string"}}, access=OPEN | {"read": False})
    made = client.post("/api/things", {"a": "x"}, headers={})
    assert (made.status_code, made.data) == (201, b"")
    path = made.headers["Location"]
    assert client.put(path, {"a": "y"}, headers={}).status_code == 204
    assert client.get(path, headers={}).status_code == 401
    assert client.get(path).json["a"] == "y"


def test_all_conflicts_come_in_one_answer(client: Client) -> None:
    client.define("roots", key={"type": "string"}, fields={})
    fields = {
        "a": {"type": "string", "unique": True},
        "b": {"type": "integer"},
        "root": {"type": "reference", "to": "roots"},
    }
    client.define("things", key={"type": "string"}, fields=fields, unique=[["b", "a"]])
    client.post("/api/things", {"id": "1", "a": "x", "b": 1})
    client.post("/api/things", {"id": "2", "a": "y", "b": 2})
    body = {"a": "x", "b": 1, "root": "nowhere"}
    answer = client.post("/api/things", {"id": "1", **body})
    pointers = [error["pointer"] for error in answer.json["errors"]]
    assert (answer.status_code, pointers) == (409, ["/id", "/a", "/b", "/root"])
    answer = client.patch("/api/things/2", body)
    assert [error["pointer"] for error in answer.json["errors"]] == ["/a", "/b", "/root"]
    lines = json.dumps({"id": "3"} | body)
    answer = client.post("/api/things", lines, type="application/x-ndjson")
    errors = answer.json["failed"][0]["errors"]
    assert [error["pointer"] for error in errors] == ["/a", "/b", "/root"]


def test_what_dies_with_a_record_does_not_keep_it(client: Client) -> None:
    client.define("roots", key={"type": "string"}, fields={})
    fields = {
        "dies": {"type": "reference", "to": "roots", "on_delete": "cascade"},
        "keeps": {"type": "reference", "to": "roots"},
    }
    client.define("leaves", key={"type": "string"}, fields=fields)
    for name in "ab":
        client.put(f"/api/roots/{name}", {})
    client.put("/api/leaves/both", {"dies": "a", "keeps": "a"})
    client.put("/api/leaves/one", {"keeps": "b"})
    assert client.delete("/api/roots/a").status_code == 204
    assert client.get("/api/leaves/both").status_code == 410
    refused = client.delete("/api/roots/b")
    assert refused.status_code == 409
    assert refused.json["errors"][0]["pointer"] == "/keeps"


def test_a_great_many_die_together(client: Client) -> None:
    client.define("roots", key={"type": "integer"}, fields={})
    up = {
        "up": {"type": "reference", "to": "roots", "on_delete": "cascade"},
        "weak": {"type": "reference", "to": "roots", "on_delete": "set_null"},
    }
    client.define("leaves", key={"type": "integer"}, fields=up)
    leaf = {"leaf": {"type": "reference", "to": "leaves"}}
    client.define("keepers", key={"type": "integer"}, fields=leaf)
    client.put("/api/roots/1", {})
    lines = "\n".join(['{"up": 1}'] * 33_000 + ['{"weak": 1}'] * 3)
    client.post("/api/leaves", lines, type="application/x-ndjson")
    client.post("/api/keepers", {"leaf": 20_000})
    assert client.delete("/api/roots/1").json["errors"][0]["pointer"] == "/leaf"
    client.delete("/api/keepers/1")
    assert client.delete("/api/roots/1").status_code == 204
    assert client.get("/api/leaves/20000").status_code == 410
    left = client.get("/api/leaves?count=true").json
    assert (left["total"], {leaf["weak"] for leaf in left["items"]}) == (3, {None})
    assert len({leaf["revision"] for leaf in left["items"]}) == 3
