"""Contract section 3: definitions, on both databases."""

from typing import Any

import pytest
from conftest import OPEN, Client

FULL: dict[str, Any] = {
    "description": "What the library holds.",
    "key": {"type": "uuid"},
    "fields": {
        "title": {"type": "string", "required": True, "max_length": 300, "search": True},
        "isbn": {"type": "string", "pattern": "97[89][0-9]{10}", "unique": True},
        "author": {"type": "reference", "to": "authors", "on_delete": "restrict"},
        "pages": {"type": "integer", "minimum": 1, "index": True},
        "price": {"type": "decimal", "precision": 10, "scale": 2, "example": "9.99"},
        "status": {"type": "string", "enum": ["draft", "published"], "default": "draft"},
        "published": {"type": "date", "description": "When.", "deprecated": True},
        "tags": {"type": "array", "items": {"type": "string"}},
        "extra": {"type": "json", "default": {"a": [1, 1.5, None]}},
        "owner": {"type": "reference", "to": "users", "default": "@me", "immutable": True},
    },
    "unique": [["author", "title"]],
    "indexes": [["author", "-published"], ["-updated_at"]],
    "access": {"read": True, "create": False},
    "require_if_match": False,
}


def test_a_definition_is_stored_as_it_was_sent(client: Client) -> None:
    client.define("authors", fields={})
    made = client.put("/collections/books", FULL)
    assert made.status_code == 201, made.text
    assert made.headers["Location"] == "/collections/books"
    system = ("name", "revision", "created_at", "updated_at")
    assert {k: v for k, v in made.json.items() if k not in system} == FULL
    assert list(made.json["fields"]) == list(FULL["fields"])
    again = client.put("/collections/books", made.json)
    assert (again.status_code, again.json) == (200, made.json)
    assert again.headers["ETag"] == made.headers["ETag"]
    read = client.get("/collections/books")
    assert (read.json, read.headers["ETag"]) == (made.json, made.headers["ETag"])
    listed = client.get("/collections").json["items"]
    assert [one["name"] for one in listed] == ["authors", "books"]


def test_post_makes_one_and_only_one(client: Client) -> None:
    made = client.post("/collections", {"name": "things", "fields": {}})
    assert (made.status_code, made.headers["Location"]) == (201, "/collections/things")
    assert client.post("/collections", {"name": "things"}).status_code == 409
    assert client.post("/collections", {}).json["errors"][0]["pointer"] == "/name"
    assert client.post("/collections", {"name": 7}).status_code == 422
    assert client.put("/collections/things", {"name": "other"}).status_code == 422


@pytest.mark.parametrize(
    "name",
    [
        "users",
        "Books",
        "1a",
        "_a",
        "a__b",
        "a-b",
        "a" * 49,
        "b%C3%BCcher",
        "a.b",
        "..",
        "a%2Fb",
        "openapi.json",
        "pw__keys",
        "a" * 64,
        "%D0%B0pi",
        "%EF%BD%81",
        "a%CC%81",
        "a%20",
        "a%0A",
    ],
)
def test_h099_a_name_that_cannot_be(client: Client, name: str) -> None:
    answer = client.put(f"/collections/{name}", {"fields": {}})
    assert answer.status_code in (404, 422), answer.text
    assert client.get("/collections").json["items"] == []


@pytest.mark.parametrize("name", ["select", "order", "table", "sqlite_x", "pg_class", "a" * 48])
def test_h099_a_name_that_sql_finds_difficult(client: Client, name: str) -> None:
    fields = {
        n: {"type": "string"}
        for n in ("select", "from", "index", "count", "key", "b" * 48, "xmin", "ctid", "rowid")
    }
    client.define(name, fields=fields, unique=[["select", "from"]], indexes=[["b" * 48, "-key"]])
    made = client.post(f"/api/{name}", {"select": "x", "b" * 48: "y", "xmin": "z"})
    assert client.get(f"/api/{name}?xmin=z&sort=xmin").json["items"] == [made.json]
    assert client.put(made.headers["Location"], {"xmin": "q"}).json["xmin"] == "q"
    client.put(made.headers["Location"], made.json)
    made = client.get(made.headers["Location"])
    assert client.get(f"/api/{name}?select=x&sort=-key,count").json["items"] == [made.json]
    fewer = {"fields": {n: fields[n] for n in ("select", "index")}, "access": OPEN}
    assert client.put(f"/collections/{name}?allow_data_loss=true", fewer).status_code == 200
    client.define(name, fields=fields | {"xmax": {"type": "integer", "default": 3, "unique": True}})
    assert client.get(f"/api/{name}").json["items"][0]["xmax"] == 3
    assert client.post(f"/api/{name}", {"xmax": 3}).json["errors"][0]["pointer"] == "/xmax"


WRONG = [
    ({"filds": {}}, "/filds"),
    ({"fields": []}, "/fields"),
    ({"fields": {"id": {"type": "string"}}}, "/fields/id"),
    ({"fields": {"null": {"type": "string"}}}, "/fields/null"),
    ({"fields": {"a__b": {"type": "string"}}}, "/fields/a__b"),
    ({"fields": {"A": {"type": "string"}}}, "/fields/A"),
    ({"fields": {"a/b": {"type": "string"}}}, "/fields/a~1b"),
    ({"fields": {"a": {}}}, "/fields/a/type"),
    ({"fields": {"a": {"type": "text"}}}, "/fields/a/type"),
    ({"fields": {"a": {"type": "string", "maximum": 3}}}, "/fields/a/maximum"),
    ({"fields": {"a": {"type": "integer", "pattern": "x"}}}, "/fields/a/pattern"),
    ({"fields": {"a": {"type": "string", "required": 1}}}, "/fields/a/required"),
    ({"fields": {"a": {"type": "string", "required": None}}}, "/fields/a/required"),
    ({"fields": {"a": {"type": "string", "pattern": "("}}}, "/fields/a/pattern"),
    ({"fields": {"a": {"type": "string", "pattern": "(a)\\1"}}}, "/fields/a/pattern"),
    ({"fields": {"a": {"type": "string", "max_length": -1}}}, "/fields/a/max_length"),
    ({"fields": {"a": {"type": "string", "min_length": 3, "max_length": 2}}},
     "/fields/a/max_length"),
    ({"fields": {"a": {"type": "integer", "minimum": 3, "maximum": 2}}}, "/fields/a/maximum"),
    ({"fields": {"a": {"type": "integer", "minimum": "x"}}}, "/fields/a/minimum"),
    ({"fields": {"a": {"type": "date", "minimum": "x"}}}, "/fields/a/minimum"),
    ({"fields": {"a": {"type": "string", "enum": []}}}, "/fields/a/enum"),
    ({"fields": {"a": {"type": "integer", "enum": [1, "x"]}}}, "/fields/a/enum/1"),
    ({"fields": {"a": {"type": "integer", "default": "x"}}}, "/fields/a/default"),
    ({"fields": {"a": {"type": "integer", "minimum": 3, "default": 2}}}, "/fields/a/default"),
    ({"fields": {"a": {"type": "integer", "default": "@now"}}}, "/fields/a/default"),
    ({"fields": {"a": {"type": "string", "required": True, "default": None}}},
     "/fields/a/default"),
    ({"fields": {"a": {"type": "integer", "example": "x"}}}, "/fields/a/example"),
    ({"fields": {"a": {"type": "decimal", "precision": 19}}}, "/fields/a/precision"),
    ({"fields": {"a": {"type": "decimal", "precision": 2, "scale": 3}}}, "/fields/a/scale"),
    ({"fields": {"a": {"type": "array"}}}, "/fields/a/items"),
    ({"fields": {"a": {"type": "array", "items": {"type": "json"}}}}, "/fields/a/items/type"),
    ({"fields": {"a": {"type": "array", "items": {"type": "string", "x": 1}}}},
     "/fields/a/items/x"),
    ({"fields": {"a": {"type": "json", "unique": True}}}, "/fields/a/unique"),
    ({"fields": {"a": {"type": "reference"}}}, "/fields/a/to"),
    ({"fields": {"a": {"type": "reference", "to": "nowhere"}}}, "/fields/a/to"),
    ({"fields": {"a": {"type": "reference", "to": "users", "on_delete": "x"}}},
     "/fields/a/on_delete"),
    ({"fields": {"a": {"type": "reference", "to": "users", "on_delete": "set_null",
                       "required": True}}}, "/fields/a/on_delete"),
    ({"fields": {"a": {"type": "string", "access": {"raed": True}}}}, "/fields/a/access/raed"),
    ({"fields": {"a": {"type": "string", "access": 1}}}, "/fields/a/access"),
    ({"key": {"type": "float"}}, "/key/type"),
    ({"key": {"type": "uuid", "pattern": "x"}}, "/key/pattern"),
    ({"key": {"type": "string", "pattern": "("}}, "/key/pattern"),
    ({"key": {"type": "string", "max_length": 256}}, "/key/max_length"),
    ({"unique": [["nope"]]}, "/unique/0/0"),
    ({"unique": [[]]}, "/unique/0"),
    ({"unique": ["a"]}, "/unique/0"),
    ({"indexes": [["-nope"]]}, "/indexes/0/0"),
    ({"fields": {"a": {"type": "json"}}, "indexes": [["a"]]}, "/indexes/0/0"),
    ({"fields": {"a": {"type": "string"}}, "unique": [["a", "a"]]}, "/unique/0/1"),
    ({"access": {"raed": True}}, "/access/raed"),
    ({"access": {"read": 1}}, "/access/read"),
    ({"access": True}, "/access"),
    ({"description": 3}, "/description"),
    ({"require_if_match": "x"}, "/require_if_match"),
]  # fmt: skip


@pytest.mark.parametrize(("definition", "pointer"), WRONG, ids=[pointer for _, pointer in WRONG])
def test_what_makes_no_sense_is_pointed_at(
    client: Client, definition: dict[str, Any], pointer: str
) -> None:
    answer = client.put("/collections/things", definition)
    assert answer.status_code == 422, answer.text
    assert [error["pointer"] for error in answer.json["errors"]] == [pointer]
    assert client.get("/collections/things").status_code == 404


def test_as_many_fields_as_the_limit(client: Client) -> None:
    fields = {f"f{i}": {"type": "integer"} for i in range(501)}
    answer = client.put("/collections/things", {"fields": fields})
    assert answer.json["errors"][0]["pointer"] == "/fields"
    del fields["f0"]
    client.define("things", fields=fields)
    assert client.post("/api/things", {"f500": 1}).json["f500"] == 1


def test_d11_constraints_are_in_the_database(client: Client) -> None:
    client.define("authors", fields={})
    client.put("/collections/books", FULL)
    if client.database == "sqlite":
        found = "\n".join(row[0] or "" for row in client.sql("SELECT sql FROM sqlite_master"))
        assert "STRICT" in found
    else:
        rows = client.sql("SELECT indexdef FROM pg_indexes WHERE tablename = 'books'")
        rows += client.sql(
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'books'::regclass"
        )
        rows += client.sql(
            "SELECT column_name || ' NOT NULL' FROM information_schema.columns"
            " WHERE table_name = 'books' AND is_nullable = 'NO'"
        )
        found = "\n".join(row[0] for row in rows)
    for part in ("uq__books__isbn", "uq__books__author__title", "ix__books__pages", "REFERENCES"):
        assert part in found
    assert "NOT NULL" in found


def base(client: Client, **more: Any) -> list[str]:
    client.define("things", fields={"a": {"type": "string"}, "b": {"type": "integer"}}, **more)
    bodies = [{"a": "x", "b": 1}, {"a": "x", "b": 2}, {"a": None, "b": 3}]
    return [client.post("/api/things", body).json["id"] for body in bodies]


FIELDS = {"a": {"type": "string"}, "b": {"type": "integer"}}


def test_adding_fields_fills_what_is_stored(client: Client) -> None:
    base(client)
    before = client.get("/api/things?sort=b").json["items"]
    added = {
        "plain": {"type": "integer"},
        "filled": {"type": "decimal", "default": "1.5", "required": True},
        "listed": {"type": "array", "items": {"type": "date"}, "default": ["2026-01-01"]},
        "extra": {"type": "json", "default": {"a:b": "%s"}, "required": True},
        "at": {"type": "datetime", "default": "@now", "required": True},
        "mark": {"type": "uuid", "default": "@uuid", "required": True, "unique": True},
        "flag": {"type": "boolean", "default": False, "index": True},
    }
    client.define("things", fields=FIELDS | added)
    after = client.get("/api/things?sort=b").json["items"]
    for old, new in zip(before, after, strict=True):
        assert {name: new[name] for name in old} == old, "no new revision"
        assert new["plain"] is None
        assert (new["filled"], new["listed"], new["flag"]) == ("1.50", ["2026-01-01"], False)
        assert new["extra"] == {"a:b": "%s"}
        assert new["at"] is not None
    assert len({one["mark"] for one in after}) == 3
    made = client.post("/api/things", {"a": "y", "plain": 4})
    assert made.json["filled"] == "1.50"
    assert client.patch(made.headers["Location"], {"filled": None}).status_code == 422


def test_a_required_field_needs_something_to_fill_it_with(client: Client) -> None:
    ids = base(client)
    more = {"c": {"type": "string", "required": True}}
    answer = client.put("/collections/things", {"fields": FIELDS | more, "access": OPEN})
    assert answer.status_code == 409
    assert answer.json["type"] == "/problems/violated-by-data"
    assert answer.json["violations"] == 3
    assert set(answer.json["ids"]) == set(ids)
    assert answer.json["errors"][0]["pointer"] == "/fields/c/required"
    assert "c" not in client.get("/api/things").json["items"][0]
    for id in ids:
        client.delete(f"/api/things/{id}")
    client.define("things", fields=FIELDS | more)
    assert client.post("/api/things", {}).status_code == 422


def test_unique_that_is_violated(client: Client) -> None:
    ids = base(client)
    before = client.get("/collections/things").json
    unique = FIELDS | {"a": {"type": "string", "unique": True}}
    answer = client.put("/collections/things", {"fields": unique, "access": OPEN})
    assert (answer.status_code, answer.json["violations"]) == (409, 2)
    assert set(answer.json["ids"]) == set(ids[:2])
    assert client.get("/collections/things").json == before
    together = {"fields": FIELDS, "unique": [["a", "b"]], "access": OPEN}
    assert client.put("/collections/things", together).status_code == 200
    assert client.post("/api/things", {"a": "x", "b": 1}).status_code == 409
    assert client.put("/collections/things", {"fields": FIELDS, "access": OPEN}).status_code == 200
    assert client.post("/api/things", {"a": "x", "b": 1}).status_code == 201


def test_losing_data_must_be_allowed(client: Client) -> None:
    base(client)
    smaller = {"fields": {"b": {"type": "integer"}}, "access": OPEN}
    answer = client.put("/collections/things", smaller)
    assert answer.status_code == 409
    assert answer.json["type"] == "/problems/would-lose-data"
    assert answer.json["losses"] == {"a": 2}
    assert "a" in client.get("/api/things").json["items"][0]
    assert client.put("/collections/things?allow_data_loss=maybe", smaller).status_code == 400
    assert client.put("/collections/things?allow_data_loss=true", smaller).status_code == 200
    assert "a" not in client.get("/api/things").json["items"][0]
    back = client.define("things", fields=FIELDS)
    assert back.status_code == 200
    assert client.get("/api/things").json["items"][0]["a"] is None
    refused = client.delete("/collections/things")
    assert (refused.status_code, refused.json["losses"]) == (409, {"things": 3})
    assert client.delete("/collections/things?allow_data_loss=true").status_code == 204
    assert client.delete("/collections/things").status_code == 404
    assert client.get("/api/things").status_code == 404


@pytest.mark.parametrize(
    "change",
    [
        {"a": {"type": "integer"}},
        {"a": {"type": "string", "required": True}},
        {"a": {"type": "string", "max_length": 1}},
        {"a": {"type": "string", "pattern": "x"}},
        {"b": {"type": "integer", "minimum": 0}},
    ],
)
def test_what_cannot_be_changed_yet_is_refused_whole(client: Client, change: Any) -> None:
    base(client)
    before = client.get("/collections/things").json, client.get("/api/things").json
    fields = FIELDS | change | {"new": {"type": "integer"}}
    answer = client.put("/collections/things", {"fields": fields, "access": OPEN})
    assert answer.status_code == 422
    assert answer.json["errors"][0]["code"] == "not_offered"
    assert (client.get("/collections/things").json, client.get("/api/things").json) == before
    answer = client.put("/collections/things", {"fields": FIELDS, "key": {"type": "integer"}})
    assert answer.json["errors"][0]["pointer"] == "/key"


def test_a_reference_that_would_lead_to_nothing(client: Client) -> None:
    base(client)
    client.define("others", key={"type": "string"}, fields={})
    to = {"c": {"type": "reference", "to": "others", "default": "nobody"}}
    answer = client.put("/collections/things", {"fields": FIELDS | to, "access": OPEN})
    assert answer.status_code == 409, answer.text
    client.put("/api/others/nobody", {})
    client.define("things", fields=FIELDS | to)
    assert client.get("/api/things?c=nobody&count=true").json["total"] == 3
    assert client.delete("/api/others/nobody").status_code == 409
    dropped = client.delete("/collections/others?allow_data_loss=true")
    assert dropped.status_code == 409
    assert "things.c" in dropped.json["detail"]


def test_what_was_dropped_and_made_anew_is_new(client: Client) -> None:
    client.define("things", key={"type": "integer"}, fields={"a": {"type": "string"}})
    client.post("/api/things", {"a": "x"})
    client.post("/api/things", {"a": "x"})
    client.delete("/api/things/1")
    assert client.get("/api/things/1").status_code == 410
    client.delete("/collections/things?allow_data_loss=true")
    client.define("things", key={"type": "string"}, fields={"b": {"type": "string"}})
    assert [client.get(f"/api/things/{id}").status_code for id in (1, 2)] == [404, 404]
    assert client.delete("/api/things/1").status_code == 404


def test_what_concerns_no_table_can_always_be_changed(client: Client) -> None:
    base(client)
    first = client.get("/collections/things").json
    said = {"a": {"type": "string", "description": "A.", "immutable": True, "default": "d"}}
    client.define("things", fields=FIELDS | said, description="Things.", access={"read": True})
    second = client.get("/collections/things").json
    assert second["revision"] > first["revision"]
    assert second["created_at"] == first["created_at"]
    assert client.get("/api/things", headers={}).status_code == 200
    assert client.post("/api/things", {}, headers={}).status_code == 401
    assert client.post("/api/things", {}).json["a"] == "d"


def test_an_indexed_string_has_a_greatest_length(client: Client) -> None:
    client.define(
        "things", fields={"a": {"type": "string", "unique": True}, "b": {"type": "string"}}
    )
    assert client.post("/api/things", {"a": "\U0001f600" * 500}).status_code == 201
    assert client.post("/api/things", {"a": "x" * 501}).status_code == 422
    client.post("/api/things", {"b": "x" * 5000})
    fields = {"a": {"type": "string", "unique": True}, "b": {"type": "string", "index": True}}
    answer = client.put("/collections/things", {"fields": fields, "access": OPEN})
    assert (answer.status_code, answer.json["violations"]) == (409, 1)
