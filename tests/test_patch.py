"""PATCH both ways (RFC 5789): merge patches and JSON Patches of records and of definitions."""

from typing import Any

import pytest
from conftest import OPEN, Client
from test_refusals import check_problem

PATCH = "application/json-patch+json"
UUID = "01890a5d-ac96-774b-bcce-b302099a8057"
FIELDS = {
    "a": {"type": "integer", "required": True},
    "b": {"type": "string"},
    "price": {"type": "decimal"},
    "at": {"type": "datetime"},
    "tags": {"type": "array", "items": {"type": "string"}},
    "x": {"type": "json"},
    "d": {"type": "integer", "default": 7},
    "once": {"type": "integer", "immutable": True},
}
STORED = {
    "a": 1, "b": "é", "price": "1.50", "at": "2026-02-28T12:00:00Z", "tags": ["one", "two"],
    "x": {"m": {"n": [1, 2.5, None, True]}, "~/": "odd"}, "d": 3, "once": 9,
}  # fmt: skip


@pytest.fixture
def thing(client: Client) -> tuple[Client, str]:
    client.define("things", fields=FIELDS)
    path = f"/api/things/{UUID}"
    assert client.put(path, STORED).status_code == 201
    return client, path


Thing = tuple[Client, str]


def op(op: str, path: str, **rest: Any) -> dict[str, Any]:
    return {"op": op, "path": path, **{name.rstrip("_"): value for name, value in rest.items()}}


DONE: list[tuple[list[Any], dict[str, Any]]] = [
    ([op("replace", "/a", value=2)], {"a": 2}),
    ([op("add", "/b", value="new")], {"b": "new"}),
    ([op("remove", "/b")], {"b": None}),
    ([op("remove", "/d")], {"d": None}),
    ([op("add", "/tags/-", value="three")], {"tags": ["one", "two", "three"]}),
    ([op("add", "/tags/0", value="zero")], {"tags": ["zero", "one", "two"]}),
    ([op("remove", "/tags/1")], {"tags": ["one"]}),
    ([op("move", "/tags/0", from_="/tags/1")], {"tags": ["two", "one"]}),
    ([op("copy", "/x/copy", from_="/x/m")], {"x": {**STORED["x"], "copy": STORED["x"]["m"]}}),
    ([op("replace", "/x/~0~1", value="even")], {"x": {**STORED["x"], "~/": "even"}}),
    ([op("test", "/x/m/n", value=[1, 2.5, None, True]), op("replace", "/a", value=5)], {"a": 5}),
    ([op("test", "/price", value="1.50"), op("replace", "/price", value="2")], {"price": "2.00"}),
    ([op("test", "/id", value=UUID), op("test", "/at", value="2026-02-28T12:00:00Z")], {}),
    ([op("test", "/a", value=1.0)], {}),
    ([op("replace", "/a", value=9), op("replace", "/a", value=1)], {}),
    ([op("copy", "/b", from_="/at")], {"b": "2026-02-28T12:00:00Z"}),
    ([op("replace", "/x", value=None)], {"x": None}),
    ([], {}),
]


@pytest.mark.parametrize(("patch", "changes"), DONE)
def test_a_json_patch_works_on_what_get_shows(
    thing: Thing, patch: Any, changes: dict[str, Any]
) -> None:
    client, path = thing
    before = client.get(path).json
    answer = client.patch(path, patch, type=PATCH)
    assert answer.status_code == 200, answer.text
    assert {n: answer.json[n] for n in STORED} == {**STORED, **changes}
    assert client.get(path).json == answer.json
    assert (answer.json["revision"] == before["revision"]) is (not changes)


REFUSED: list[tuple[str, Any, int, list[str]]] = [
    ("H028", [op("test", "/a", value=2)], 409, ["/0"]),
    ("H028", [op("test", "/a", value=True)], 409, ["/0"]),
    ("H028", [op("test", "/x/m/n/3", value=1)], 409, ["/0"]),
    ("H028", [op("replace", "/a", value=2), op("remove", "/nope")], 409, ["/1"]),
    ("H028", [op("remove", "/tags/7")], 409, ["/0"]),
    ("H028", [op("add", "/tags/99999999999999999999", value="x")], 409, ["/0"]),
    ("H028", [op("remove", "/tags/01")], 409, ["/0"]),
    ("H028", [op("replace", "/tags/-", value="x")], 409, ["/0"]),
    ("H028", [op("move", "/x/m/n", from_="/x/m")], 409, ["/0"]),
    ("H028", [op("add", "/x/none/deep", value=1)], 409, ["/0"]),
    ("", {"op": "test"}, 422, [""]),
    ("", [1, op("jump", "/a"), op("add", "/a"), op("add", "a", value=1), op("move", "/a")], 422,
     ["/0", "/1/op", "/2/value", "/3/path", "/4/from"]),
    ("", [op("replace", "/id", value=UUID)], 422, ["/0/path"]),
    ("", [op("remove", "/revision")], 422, ["/0/path"]),
    ("", [op("move", "/x/at", from_="/created_at")], 422, ["/0/from"]),
    ("", [op("replace", "", value={"a": 1})], 422, ["/0/path"]),
    ("", [op("remove", "/a")], 422, ["/a"]),
    ("", [op("replace", "/a", value="x"), op("add", "/nope", value=1)], 422, ["/a", "/nope"]),
    ("", [op("replace", "/once", value=1)], 422, ["/once"]),
    ("", [op("remove", "/once")], 422, ["/once"]),
    ("", [op("add", "/tags/0", value=1)], 422, ["/tags/0"]),
    ("", [op("test", "/a", value=1)] * 1001, 422, [""]),
]  # fmt: skip


@pytest.mark.parametrize(("id", "patch", "status", "pointers"), REFUSED)
def test_h027_h028_what_cannot_be_done_is_not_half_done(
    thing: Thing, id: str, patch: Any, status: int, pointers: list[str]
) -> None:
    client, path = thing
    before = client.get(path).data
    answer = client.patch(path, patch, type=PATCH)
    check_problem(answer, "conflict" if status == 409 else "validation-failed")
    assert [error["pointer"] for error in answer.json["errors"]] == pointers
    assert client.get(path).data == before


def test_h028_a_copy_bomb_is_capped(thing: Thing) -> None:
    client, path = thing
    doubling = [op("add", "/x", value={"a": "x" * 1000})]
    doubling += [op("copy", "/x/b", from_="/x"), op("copy", "/x/a", from_="/x/b")] * 400
    assert client.patch(path, doubling, type=PATCH).status_code == 422
    deep = [op("add", "/x", value={})]
    deep += [op("add", "/x" + "/a" * i, value={}) for i in range(1, 900)]
    assert client.patch(path, deep, type=PATCH).status_code == 422


def test_what_a_caller_cannot_see_is_not_there_to_a_patch(client: Client) -> None:
    fields = {
        "a": {"type": "integer"},
        "secret": {"type": "string", "access": False},
        "blind": {"type": "string", "access": {"read": False}},
        "kept": {"type": "string", "access": {"write": False}},
    }
    client.define("things", fields=fields)
    path = client.post("/api/things", {"a": 1, "secret": "s", "kept": "k"}).headers["Location"]

    def patch(*operations: Any) -> Any:
        return client.patch(path, list(operations), type=PATCH, headers={})

    for hidden in ("secret", "blind", "nope"):
        refused = patch(op("test", f"/{hidden}", value="s"))
        check_problem(refused, "conflict")
        assert refused.json["errors"][0]["code"] == "test"
    assert patch(op("add", "/blind", value="b")).status_code == 200
    assert client.get(path).json["blind"] == "b"
    check_problem(patch(op("add", "/secret", value="t")), "validation-failed")
    check_problem(patch(op("replace", "/kept", value="x")), "forbidden")
    assert patch(op("replace", "/kept", value="k"), op("replace", "/a", value=2)).status_code == 200
    assert client.get(path).json["secret"] == "s"
    client.define("things", fields=fields, access=OPEN | {"read": False})
    check_problem(patch(op("replace", "/a", value=3)), "forbidden")
    assert client.patch(path, {"a": 3}, headers={}).status_code == 204


def test_h025_h029_h030_the_types_of_a_patch_are_told(thing: Thing) -> None:
    client, path = thing
    types = "application/merge-patch+json, application/json-patch+json, application/json"
    for place in (path, "/collections/things"):
        refused = client.patch(place, {}, type="text/plain")
        check_problem(refused, "unsupported-media-type")
        assert refused.headers["Accept-Patch"] == types
        assert client.ask("OPTIONS", place).headers["Accept-Patch"] == types
    for place, posts in (
        ("/api/things", "application/json, application/x-ndjson"),
        ("/collections", "application/json"),
    ):
        assert client.ask("OPTIONS", place).headers["Accept-Post"] == posts
        assert "Accept-Patch" not in client.ask("OPTIONS", place).headers
        assert client.post(place, "", type="text/plain").headers["Accept-Post"] == posts


def test_a_definition_can_be_patched(client: Client) -> None:
    fields = {"a": {"type": "integer"}, "n": {"type": "number", "minimum": 0.5}}
    client.define("things", fields=fields, description="old")
    path = "/collections/things"
    before = client.get(path).json
    for same in ({}, {"description": "old"}, {"name": "things", "revision": 1}):
        assert client.patch(path, same).json == before
    merged = client.patch(path, {"description": None, "fields": {"b": {"type": "string"}}})
    assert merged.status_code == 200, merged.text
    assert "description" not in merged.json
    assert [*merged.json["fields"]] == ["a", "n", "b"]
    assert merged.json["revision"] > before["revision"]
    assert client.post("/api/things", {"b": "x", "n": 1}).status_code == 201
    patch = [
        op("test", "/fields/n/minimum", value=0.5),
        op("add", "/fields/c", value={"type": "date"}),
    ]
    patched = client.patch(path, patch, type=PATCH)
    assert patched.status_code == 200, patched.text
    assert [*client.get(path).json["fields"]] == ["a", "n", "b", "c"]
    check_problem(client.patch(path, {"fields": {"b": None}}), "would-lose-data")
    check_problem(client.patch(path, [op("remove", "/fields/b")], type=PATCH), "would-lose-data")
    loss = f"{path}?allow_data_loss=true"
    assert client.patch(loss, {"fields": {"b": None}}).status_code == 200
    for body, pointer in (
        ({"nope": 1}, "/nope"),
        ({"name": "other"}, "/name"),
        ({"fields": {"d": {"type": "colour"}}}, "/fields/d/type"),
        ([], ""),
    ):
        refused = client.patch(path, body)
        check_problem(refused, "validation-failed")
        assert refused.json["errors"][0]["pointer"] == pointer
    check_problem(client.patch(path, [op("remove", "/name")], type=PATCH), "validation-failed")
    check_problem(client.patch(path, [op("remove", "/nope")], type=PATCH), "conflict")
    check_problem(client.patch("/collections/none", {}), "not-found")
    check_problem(client.patch(path, {}, headers={}), "unauthenticated")
