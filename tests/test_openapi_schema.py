"""The document says what the strict fields do: pure, no database. (See also test_schemathesis.)"""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import re2
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError as Mismatch
from jsonschema.validators import extend
from marshmallow import ValidationError
from openapi_spec_validator import OpenAPIV31SpecValidator
from seeing import seen_by

from api.openapi import FIXED_OPERATIONS, TAGS, document, document_json
from api.openapi_bodies import JSON_PATCH
from api.openapi_collection import FIXED_TAGS
from api.openapi_headers import PARAMETERS
from api.openapi_names import singular
from models.definition import Definition, Field, Items, Key, freeze
from models.refusal import Refusal
from schemas.json_patch import read_operations
from schemas.json_schema import (
    JSON_SCHEMAS,
    READ_ALIKE,
    SCHEMAS_IN,
    key_schema,
    nullable,
    schema_in,
    schema_out,
)
from schemas.record_key import read_key
from schemas.value import STRICT_FIELDS, strict_field

OPEN = {"read": True, "create": True, "update": True, "delete": True}
SYSTEM = ("id", "revision", "created_at", "updated_at")
SCALARS = ("string", "integer", "number", "decimal", "boolean", "date", "datetime", "uuid")
ANN = "01890a5d-ac96-774b-bcce-b302099a8057"
COLLECTIONS: dict[str, Any] = {
    "authors": {
        "key": {"type": "string", "pattern": "[a-z.]+", "max_length": 20},
        "fields": {"name": {"type": "string", "required": True, "example": "Ann"}},
        "access": OPEN,
    },
    "books": {
        "description": "What the library holds.",
        "fields": {
            **{type: {"type": type, "required": type == "string"} for type in SCALARS},
            **{f"some_{t}": {"type": "array", "items": {"type": t}} for t in SCALARS},
            "isbn": {"type": "string", "pattern": "97[89][0-9]{10}", "unique": True},
            "any_case": {"type": "string", "pattern": "(?i)abc|\\pL"},
            "slug": {"type": "string", "format": "slug", "pattern": ".*", "max_length": 9},
            "status": {"type": "string", "enum": ["draft", "published"], "default": "draft"},
            "at": {"type": "datetime", "enum": ["2026-01-01T12:00:00+01:00"]},
            "author": {"type": "reference", "to": "authors"},
            "owner": {"type": "reference", "to": "users", "default": "@me", "immutable": True},
            "extra": {"type": "json", "deprecated": True},
            "fee": {"type": "decimal", "example": 0.29, "default": 0.58},
            "hidden": {"type": "string", "access": False},
            "shown": {"type": "integer", "access": {"read": True, "write": False}},
            "told": {"type": "integer", "access": {"read": False, "write": True}},
        },
        "access": OPEN,
    },
    "limits": {
        "key": {"type": "integer"},
        "fields": {"limit": {"type": "integer"}, "sort": {"type": "string"}},
        "access": {"read": True},
    },
    "letters": {"fields": {"text": {"type": "string"}}, "access": {"create": True}},
    "secrets": {"fields": {"text": {"type": "string"}}},
}


def defined(bodies: dict[str, Any]) -> dict[str, Definition]:
    keys = {name: Key(**body.get("key", {})) for name, body in bodies.items()}
    keys["users"] = Key("uuid")
    return {name: freeze(name, body, keys, revision=1) for name, body in bodies.items()}


def operations(made: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in made["paths"].items():
        for method, operation in item.items():
            if method != "parameters":
                yield path, method, operation


def followed(made: dict[str, Any], operation: dict[str, Any]) -> list[dict[str, Any]]:
    """The operation's parameters."""
    return [component(made, one) for one in operation.get("parameters", ())]


def component(made: dict[str, Any], one: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in one:
        return one
    _, _, kind, name = one["$ref"].split("/")
    return dict(made["components"][kind][name])


@pytest.mark.parametrize("admin", [True, False])
def test_the_document_is_valid(admin: bool) -> None:
    made = document(seen_by(defined(COLLECTIONS), admin))
    assert [str(error) for error in OpenAPIV31SpecValidator(made).iter_errors()] == []
    ids = [operation["operationId"] for _, _, operation in operations(made)]
    assert len(ids) == len(set(ids))


def test_what_is_closed_to_a_caller_is_not_there() -> None:
    made = document(seen_by(defined(COLLECTIONS), False))
    paths, schemas = made["paths"], made["components"]["schemas"]
    assert not any(path.startswith("/api/secrets") for path in paths)
    assert set(paths["/api/limits"]) == {"get"}
    assert set(paths["/api/letters"]) == {"post"}
    assert "Letter" not in schemas
    assert "hidden" not in str(made)
    assert "told" not in schemas["Book"]["properties"]
    assert "told" in schemas["BookCreate"]["properties"]
    assert "told" not in {p["name"] for p in followed(made, paths["/api/books"]["get"])}
    schemas = document(seen_by(defined(COLLECTIONS), True))["components"]["schemas"]
    assert "hidden" in schemas["Book"]["properties"]


def test_a_field_called_like_a_parameter_is_a_condition_by_its_long_name() -> None:
    made = document(seen_by(defined(COLLECTIONS), False))
    names = [one["name"] for one in followed(made, made["paths"]["/api/limits"]["get"])]
    assert len(names) == len(set(names))
    assert {"limit", "limit__eq", "sort", "sort__eq", "id", "revision"} <= set(names)


def test_who_may_not_read_is_promised_no_representation() -> None:
    letters = defined({"letters": {"access": {"create": True, "update": True}}})
    paths = document(seen_by(letters, False))
    item = paths["paths"]["/api/letters/{id}"]
    assert {s for s in item["put"]["responses"] if s < "300"} == {"201", "204"}
    assert {s for s in item["patch"]["responses"] if s < "300"} == {"204"}
    created = paths["paths"]["/api/letters"]["post"]["responses"]["201"]
    assert "content" not in created
    assert "Content-Location" not in created["headers"]


READ = {"If-Match", "If-None-Match"}
DATED = READ | {"If-Modified-Since", "If-Unmodified-Since"}
WRITE = READ | {"If-Unmodified-Since"}
POST = READ | {"Idempotency-Key", "Prefer"}
CONDITIONAL = [
    # method, path, header parameters, answers beside those that can come from anywhere
    ("get", "/", READ, "200 304 412"),
    ("get", "/docs", READ, "200 304 412"),
    ("get", "/openapi.json", READ, "200 304 412"),
    ("get", "/openapi.yaml", READ, "200 304 412"),
    ("get", "/problems", READ, "200 304 412"),
    ("get", "/problems/{name}", READ, "200 304 404 412"),
    ("get", "/health/live", set(), "200"),
    ("get", "/health/ready", set(), "200"),
    ("get", "/metrics", set(), "200"),
    ("get", "/auth/users", READ, "200 304 403 412"),
    ("post", "/auth/users", POST, "201 403 409 412 413 415 422"),
    ("get", "/auth/users/{id}", DATED, "200 304 403 404 410 412"),
    ("patch", "/auth/users/{id}", WRITE | POST, "200 204 403 404 409 410 412 413 415 422"),
    ("delete", "/auth/users/{id}", WRITE, "204 403 404 409 412"),
    ("get", "/auth/me", DATED, "200 304 403 412"),
    ("patch", "/auth/me", WRITE | POST, "200 204 403 409 412 413 415 422"),
    ("get", "/auth/sessions", READ, "200 304 403 412"),
    ("post", "/auth/sessions", READ, "201 403 412 413 415 422"),
    ("get", "/auth/sessions/{id}", READ, "200 304 403 404 412"),
    ("delete", "/auth/sessions/{id}", READ, "204 403 404 412"),
    ("get", "/auth/keys", READ, "200 304 403 412"),
    ("post", "/auth/keys", READ, "201 403 412 413 415 422"),
    ("get", "/auth/keys/{id}", READ, "200 304 403 404 412"),
    ("delete", "/auth/keys/{id}", READ, "204 403 404 412"),
    ("get", "/auth/why", READ, "200 304 403 412"),
    ("get", "/collections", READ, "200 304 403 412"),
    ("post", "/collections", POST, "201 403 404 409 412 413 415 422"),
    ("get", "/collections/{name}", DATED, "200 304 403 404 412"),
    ("put", "/collections/{name}", WRITE | {"Prefer"}, "200 201 204 403 404 409 412 413 415 422"),
    ("patch", "/collections/{name}", WRITE | POST, "200 204 403 404 409 412 413 415 422"),
    ("delete", "/collections/{name}", WRITE, "204 403 404 409 412"),
    ("get", "/api/books", READ, "200 304 403 404 412"),
    ("post", "/api/books", POST, "200 201 403 404 409 412 413 415 422"),
    ("get", "/api/books/{id}", DATED, "200 304 403 404 410 412"),
    ("put", "/api/books/{id}", WRITE | {"Prefer"}, "200 201 204 403 404 409 412 413 415 422"),
    ("patch", "/api/books/{id}", WRITE | POST, "200 204 403 404 409 410 412 413 415 422"),
    ("delete", "/api/books/{id}", WRITE, "204 403 404 409 412"),
    ("put", "/api/guarded/{id}", WRITE | {"Prefer"}, "200 201 204 403 404 409 412 413 415 422 428"),
    ("patch", "/api/guarded/{id}", WRITE | POST, "200 204 403 404 409 410 412 413 415 422 428"),
    ("delete", "/api/guarded/{id}", WRITE, "204 403 404 409 412 428"),
    ("post", "/api/guarded", POST, "200 201 403 404 409 412 413 415 422"),
]
ANYWHERE = {"400", "401", "405", "406", "414", "429", "431", "500", "501", "503"}


@pytest.fixture(scope="module")
def whole() -> dict[str, Any]:
    guarded = {"access": OPEN, "require_if_match": True}
    return document(seen_by(defined(COLLECTIONS | {"guarded": guarded}), True))


@pytest.mark.parametrize(("method", "path", "names", "statuses"), CONDITIONAL)
def test_conditions_keys_and_preferences(
    whole: dict[str, Any], method: str, path: str, names: set[str], statuses: str
) -> None:
    operation = whole["paths"][path][method]
    assert {p["name"] for p in followed(whole, operation) if p["in"] == "header"} == names
    assert set(operation["responses"]) == ANYWHERE | set(statuses.split())
    assert ("428" in statuses) == ("answer is 428" in operation["description"])


def test_the_table_has_all_that_is_fixed(whole: dict[str, Any]) -> None:
    made = document(seen_by({}, True))
    assert {(method, path) for path, method, _ in operations(made)} <= {
        (method, path) for method, path, _, _ in CONDITIONAL
    }


OF_EVERY_ANSWER = {"Cache-Control", "Vary", "X-Request-Id", "RateLimit", "RateLimit-Policy"}
# What contract section 4 says is sent, beside these.
VALIDATORS = {"ETag", "Last-Modified"}
SHOWN = VALIDATORS | {"Content-Location", "Preference-Applied"}
REPLAYED = {"Idempotency-Replayed"}
SENT = [
    ("get", "/api/books", "200", {"ETag", "Link"}),
    ("get", "/api/books", "304", {"ETag", "Link"}),
    ("post", "/api/books", "200", REPLAYED),
    ("post", "/api/books", "201", SHOWN | REPLAYED | {"Location"}),
    ("get", "/api/books/{id}", "200", VALIDATORS),
    ("put", "/api/books/{id}", "200", SHOWN),
    ("put", "/api/books/{id}", "201", SHOWN | {"Location"}),
    ("put", "/api/books/{id}", "204", {"Preference-Applied"}),
    ("patch", "/api/books/{id}", "200", SHOWN | REPLAYED),
    ("patch", "/api/books/{id}", "204", VALIDATORS | REPLAYED | {"Preference-Applied"}),
    ("patch", "/api/books/{id}", "409", REPLAYED | {"Retry-After"}),
    ("patch", "/api/books/{id}", "412", REPLAYED | {"ETag"}),
    ("patch", "/api/books/{id}", "415",
     REPLAYED | {"Accept", "Accept-Encoding", "Accept-Patch", "Accept-Post", "Accept-Query"}),
    ("patch", "/api/books/{id}", "422", REPLAYED),
    ("delete", "/api/books/{id}", "204", set()),
    ("delete", "/api/guarded/{id}", "428", REPLAYED),
    ("get", "/api/books", "406", REPLAYED),
    ("get", "/", "304", {"ETag", "Link"}),
    ("get", "/collections/{name}", "200", VALIDATORS),
    ("post", "/collections", "201", SHOWN | REPLAYED | {"Location"}),
    ("put", "/collections/{name}", "200", SHOWN),
    ("put", "/collections/{name}", "201", SHOWN | {"Location"}),
    ("patch", "/collections/{name}", "200", SHOWN | REPLAYED),
    ("delete", "/collections/{name}", "204", set()),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path", "status", "names"), SENT)
def test_header_fields_of_answers(
    whole: dict[str, Any], method: str, path: str, status: str, names: set[str]
) -> None:
    answer = component(whole, whole["paths"][path][method]["responses"][status])
    assert set(answer["headers"]) == names | OF_EVERY_ANSWER
    assert ("content" in answer) == (status not in ("204", "304"))


@pytest.mark.parametrize(
    ("path", "method", "shown"),
    [
        ("/api/books/{id}", "get", "Book"),
        ("/api/books/{id}", "put", "Book"),
        ("/api/books/{id}", "patch", "Book"),
        ("/api/books/{id}", "delete", "Book"),
        ("/collections/{name}", "put", "Definition"),
        ("/collections/{name}", "patch", "Definition"),
        ("/collections/{name}", "delete", "Definition"),
        ("/collections/{name}", "get", None),
        ("/api/books", "get", None),
    ],
)
def test_412_shows_what_is_there(
    whole: dict[str, Any], path: str, method: str, shown: str | None
) -> None:
    answer = component(whole, whole["paths"][path][method]["responses"]["412"])
    schema = answer["content"]["application/problem+json"]["schema"]
    if shown is None:
        assert schema == {"$ref": "#/components/schemas/Problem"}
    else:
        current = component(whole, schema)["allOf"][1]["properties"]["current"]
        assert current["$ref"] == f"#/components/schemas/{shown}"


def test_412_shows_nothing_to_who_may_not_read() -> None:
    letters = {"fields": {"text": {"type": "string"}}, "access": {"create": True, "update": True}}
    made = document(seen_by(defined({"letters": letters}), False))
    item = made["paths"]["/api/letters/{id}"]
    assert item["put"]["responses"]["412"]["$ref"].endswith("/PreconditionFailed")
    assert set(made["components"]["responses"]) >= {"PreconditionFailed"}
    assert "LetterPreconditionFailed" not in made["components"]["responses"]
    assert "application/json-patch+json" not in item["patch"]["requestBody"]["content"]


def test_patches_are_of_three_types(whole: dict[str, Any]) -> None:
    types = {"application/merge-patch+json", "application/json", "application/json-patch+json"}
    for path in ("/api/books/{id}", "/collections/{name}"):
        content = whole["paths"][path]["patch"]["requestBody"]["content"]
        assert set(content) == types
        patch = content["application/json-patch+json"]
        assert patch["schema"] == {"$ref": "#/components/schemas/JsonPatch"}
        assert read_operations(patch["example"], SYSTEM)


PATCHES = [
    ([], True),
    ([{"op": "add", "path": "", "value": None}], True),
    ([{"op": "remove", "path": "/a~0b/~1", "x": 1}], True),
    ([{"op": "copy", "path": "/a", "from": ""}], True),
    ({}, False),
    ([1], False),
    ([{"op": "add", "path": "/a"}], False),
    ([{"op": "move", "path": "/a"}], False),
    ([{"op": "move", "path": "/a", "from": "b"}], False),
    ([{"op": "remove", "path": "a"}], False),
    ([{"op": "remove", "path": "/~2"}], False),
    ([{"op": "remove"}], False),
    ([{"path": "/a", "value": 1}], False),
    ([{"op": "spam", "path": "/a"}], False),
    ([{"op": "remove", "path": "/a"}] * 1000, True),
    ([{"op": "remove", "path": "/a"}] * 1001, False),
]


@pytest.mark.parametrize(("patch", "valid"), PATCHES)
def test_the_schema_of_json_patch(whole: dict[str, Any], patch: Any, valid: bool) -> None:
    assert fits(JSON_PATCH, patch) == valid
    try:
        read_operations(patch)
        read = True
    except Refusal:
        read = False
    assert read == valid


LINKED = [
    ("get", "/api/books", "200", {"getBook"}),
    ("get", "/api/books/{id}", "200", {"getBook", "replaceBook", "updateBook", "deleteBook"}),
    ("post", "/api/books", "201", {"getBook", "replaceBook", "updateBook", "deleteBook"}),
    ("put", "/api/books/{id}", "200", {"getBook", "replaceBook", "updateBook", "deleteBook"}),
    ("put", "/api/books/{id}", "201", {"getBook", "replaceBook", "updateBook", "deleteBook"}),
    ("patch", "/api/books/{id}", "200", {"getBook", "replaceBook", "updateBook", "deleteBook"}),
    ("get", "/api/limits", "200", {"getLimit"}),
    ("post", "/api/letters", "201", set()),
    ("get", "/collections", "200", {"getCollection"}),
    *(
        (*place, {f"{verb}Collection" for verb in ("get", "replace", "update", "delete")})
        for place in (
            ("post", "/collections", "201"),
            ("put", "/collections/{name}", "200"),
            ("put", "/collections/{name}", "201"),
            ("patch", "/collections/{name}", "200"),
        )
    ),
]


@pytest.mark.parametrize(("method", "path", "status", "names"), LINKED)
def test_links(method: str, path: str, status: str, names: set[str]) -> None:
    admin = path.startswith("/collections")
    made = document(seen_by(defined(COLLECTIONS), admin))
    known = {operation["operationId"]: operation for _, _, operation in operations(made)}
    links = made["paths"][path][method]["responses"][status].get("links", {})
    assert set(links) == names
    for link in links.values():
        sent = {name.removeprefix("header.") for name in link["parameters"]}
        headers = {one["name"] for one in followed(made, known[link["operationId"]])}
        assert sent - {"id", "name"} <= headers
        assert len(sent & {"id", "name"}) == 1


KEYS_AND_TAGS = [
    ("Idempotency-Key", ANN, True),
    ("Idempotency-Key", f'"{ANN}"', True),
    ("Idempotency-Key", r'"a b, \"c\" \\"', True),
    ("Idempotency-Key", "x" * 255, True),
    ("Idempotency-Key", '"' + "x" * 255 + '"', True),
    ("Idempotency-Key", "!#$%&'()*+-./:;<=>?@[\\]^_`{|}~", True),
    *(
        ("Idempotency-Key", bad, False)
        for bad in ("", '""', "a b", "a,b", 'a"b', '"a', "é", "	")
    ),
    ("Idempotency-Key", "x" * 256, False),
    ("Idempotency-Key", r'"a\b"', False),
    *(("If-Match", tags, True) for tags in ("*", '"a"', 'W/"a"', '""', '"a","b"', '"a" , W/"b"')),
    ("If-None-Match", ', "a",, "b" ,', True),
    ("If-None-Match", '"é!~"', True),
    *(("If-Match", bad, False) for bad in ("", "a", 'w/"a"', '*, "a"', '"a" "b"', '"a b"', "412")),
]


@pytest.mark.parametrize(("name", "value", "valid"), KEYS_AND_TAGS)
def test_patterns_of_header_fields(name: str, value: str, valid: bool) -> None:
    assert fits(PARAMETERS[name]["schema"], value) == valid


def test_no_header_parameter_is_sent_unasked() -> None:
    """Swagger UI fills in examples and defaults, and so would send an If-Match that never holds,
    and one Idempotency-Key again and again."""
    for parameter in PARAMETERS.values():
        assert not {"required", "example", "examples"} & parameter.keys()
        assert not {"default", "example", "examples"} & parameter["schema"].keys()


FORTY = {f"field_{i}": {"type": SCALARS[i % 8]} for i in range(40)}


def test_a_collection_says_it_in_few_words() -> None:
    """Of forty fields; what collections share is said once."""
    defined_twice = defined({n: {"fields": FORTY, "access": OPEN} for n in ("books", "cars")})
    both = len(document_json(seen_by(defined_twice, False)))
    one = len(document_json(seen_by({"books": defined_twice["books"]}, False)))
    assert both - one < 108_000


CLASHES = [
    ["book", "books"],
    ["book_records", "book"],
    ["a1", "a_1", "a1_"],
    ["problems", "errors", "definitions", "fields", "json_values", "import_reports", "array_items"],
    ["collections", "server", "homes", "lives", "docs", "metrics", "readies", "openapi_jsons"],
    ["json_patches", "definition_patches", "json_patch", "books"],
    ["book_lists", "book_creates", "book", "books"],
]


@pytest.mark.parametrize("names", CLASHES, ids=" ".join)
def test_no_two_collections_share_a_name(names: list[str]) -> None:
    fields = {name: {f"own_{name}": {"type": "string"}} for name in names}
    made = document(seen_by(defined({n: {"fields": f} for n, f in fields.items()}), True))
    ids = [operation["operationId"] for _, _, operation in operations(made)]
    assert len(ids) == len(set(ids))
    assert set(ids) >= FIXED_OPERATIONS
    tags = [tag["name"] for tag in made["tags"]]
    assert len(tags) == len(set(tags))
    for name in names:
        body = made["paths"][f"/api/{name}"]["post"]["requestBody"]
        reference = body["content"]["application/json"]["schema"]["$ref"]
        component = made["components"]["schemas"][reference.rpartition("/")[2]]
        assert f"own_{name}" in component["properties"]


def test_one_of_many_has_its_name() -> None:
    many = (
        "books cities movies boxes dishes addresses statuses status houses series tv_series menus"
    )
    one = "book city movie box dish address status status house series tv_series menu"
    assert [singular(name) for name in many.split()] == one.split()
    assert [singular(name) for name in ("people", "blog_posts", "a", "s_")] == [
        *("person", "blog_post", "a", "s_"),
    ]


def test_every_example_is_taken() -> None:
    made = document(seen_by(defined(COLLECTIONS), True))
    seen = 0
    for name, schema in made["components"]["schemas"].items():
        for member in schema.get("properties", {}).values() if name.startswith("Book") else ():
            for example in member.get("examples", ()):
                assert fits(member, example, made), (name, member)
                seen += 1
    for _, _, operation in operations(made):
        for media in operation.get("requestBody", {}).get("content", {}).values():
            if "example" in media and "$ref" in media["schema"]:
                assert fits(media["schema"], media["example"], made), operation["operationId"]
                seen += 1
    assert seen > 20


# A pattern of ECMA-262 ends where the text ends, but Python's `$` also before a last line break.
def _pattern(validator: Any, pattern: str, value: Any, schema: Any) -> Iterator[Mismatch]:
    ends = pattern.removesuffix("$") + r"\Z" if pattern.endswith("$") else pattern
    if isinstance(value, str) and not re.search(ends, value, re.ASCII):
        yield Mismatch(f"{value!r} does not match {pattern}")


# In floats 0.29 is no multiple of 0.01.
def _multiple(validator: Any, of: float, value: Any, schema: Any) -> Iterator[Mismatch]:
    if isinstance(value, int | float) and abs(value / of - round(value / of)) > 1e-6:
        yield Mismatch(f"{value} is no multiple of {of}")


Validator = extend(Draft202012Validator, {"pattern": _pattern, "multipleOf": _multiple})


def fits(schema: dict[str, Any], value: Any, made: dict[str, Any] | None = None) -> bool:
    inside = made or {"components": {"schemas": JSON_SCHEMAS}}
    whole = {**schema, "components": inside["components"]}
    return bool(Validator(whole, format_checker=FormatChecker()).is_valid(value))


def taken(spec: Field | Items, value: Any) -> bool:
    try:
        strict_field(spec).deserialize(value)
    except ValidationError:
        return False
    return True


def field(type: str, **options: Any) -> Field:
    return defined({"c": {"fields": {"f": {"type": type, **options}}}})["c"].fields["f"]


def test_the_fixed_tags_are_known() -> None:
    assert tuple(tag["name"] for tag in TAGS) == FIXED_TAGS


def test_each_type_has_its_schema() -> None:
    assert set(SCHEMAS_IN) == set(STRICT_FIELDS)


ANYTHING = [None, True, 0, 1, -1, 5.0, 5.5, "", "a", "5", [], {}, 2**63 - 1]
VALUES: list[tuple[Field, list[Any]]] = [
    (field("string"), ["a\0b", "\ud7ff", "x" * 600, "a\n"]),
    (field("string", min_length=2, max_length=3), ["ab", "abc", "abcd", "😀😀😀", "a\0"]),
    (field("string", unique=True), ["x" * 500, "x" * 501]),
    (field("string", pattern="97[89][0-9]{2}"), ["97812", "978123", "x97812", "97812\n"]),
    (field("string", pattern=".{3}"), ["abc", "ab\0", "ab\n", "abcd"]),
    (field("string", pattern="[^a]+|a-b"), ["b\0", "b", "a-b", "a-b-"]),
    (field("string", pattern=r"\w+\.\d{2,}"), ["a.12", "a.1", "ax12", "é.12", "a.\u0661\u0662"]),
    (field("string", enum=["draft", "published"]), ["draft", "Draft", "published"]),
    (field("string", format="email"), ["a@b.de", "a@b", "@b.de", "a b@c.de", "a@b.de\n"]),
    (field("string", format="url"), ["https://a.de/x?y#z", "ftp://a.de", "http://a b", "a.de"]),
    (field("string", format="slug"), ["a-b1", "A", "a--b", "-a", "a-b\n"]),
    (field("string", format="slug", pattern=".{3}"), ["a-b", "abc", "abcd", "A-b"]),
    (field("integer"), [-(2**63), -(2**63) - 1, 2**63, 1e3, "1"]),
    (field("integer", minimum=1, maximum=10), [10, 11, 10.0]),
    (field("integer", enum=[1, 2]), [2, 2.0, 3]),
    (field("number"), [1e308, -1e308, 10**309, -(10**309)]),
    (field("number", minimum=0.5, maximum=1.5), [0.5, 1.5, 1.51]),
    (field("decimal"), ["1.50", "1.505", "01", "-0", "+1", "1.", ".5", "1e2", 1.25, 1.255]),
    (field("decimal"), ["9" * 16, "9" * 17, 10**16, 10**16 - 1, "0.29", 0.29, "\u0661"]),
    (field("decimal", precision=3, scale=0), ["999", "1000", "1.0", 999, 1000, 1.5]),
    (field("decimal", precision=2, scale=2), ["0.99", "1", "1.00", 0.99, 1, -0.99]),
    (field("boolean"), [False, "true"]),
    (field("date"), ["2026-02-28", "2026-02-29", "2024-02-29", "2026-2-8", "20260228"]),
    (field("datetime"), ["2026-02-28T12:00:00Z", "2026-02-28T12:00:00", "2026-02-28"]),
    (field("datetime"), ["2026-02-28T12:00:00.123456+01:30", "2026-02-28T25:00:00Z"]),
    (field("uuid"), [ANN, ANN.upper(), ANN.replace("-", ""), f"{{{ANN}}}", f"urn:uuid:{ANN}"]),
    # No schema can tell the integer 2**63, which is refused, from the number 2.0**63.
    (field("json"), [{"a": [1, {"b": None}]}, {"a": "\0"}, {"\0": 1}, [[[["\0"]]]], 1e300]),
    (field("array", items={"type": "integer"}), [[1, 2], [None], ["1"], [1.0]]),
    (field("array", items={"type": "date"}, min_items=1, max_items=2), [["2026-02-28"], ["x"]]),
    (field("array", items={"type": "string"}, max_items=2), [["a"], ["a", "b", "c"], ["\0"]]),
    (field("reference", to="users"), [ANN, ANN.upper(), "ann"]),
]


@pytest.mark.parametrize(("spec", "values"), VALUES, ids=lambda v: getattr(v, "type", ""))
def test_the_schema_accepts_what_the_field_does(spec: Field, values: list[Any]) -> None:
    schema = nullable(schema_in(spec))
    for value in [*ANYTHING, *values]:
        assert fits(schema, value) == taken(spec, value), (schema, value)


KEYS: list[tuple[Key, list[Any]]] = [
    (Key("uuid"), [ANN, "x", 1]),
    (Key("integer"), [1, -(2**63), 2**63, "1", 1.5, True]),
    (Key("string"), ["a", "", ".", "..", "...", "a\0", "x" * 255, "x" * 256, 1]),
    (Key("string", "[a-z.]+", 4), ["a.b", ".", "..", "...", "abcde", "A"]),
    (Key("string", "[A-Z]{2}"), ["AB", "ABC", ""]),
]


@pytest.mark.parametrize(("key", "values"), KEYS, ids=str)
def test_the_schema_accepts_what_the_key_does(key: Key, values: list[Any]) -> None:
    for value in values:
        try:
            read_key(key, value)
            read = True
        except ValidationError:
            read = False
        assert fits(key_schema(key), value) == read, value


ONLY_RE2 = [
    *("(?i)a", "(?P<n>a)", "[[:alpha:]]", r"\pL", r"\p{Greek}", r"\Qa.b\E", r"\Aa\z", "[]a]"),
    *(r"a\s", r"a\-b", r"\x{1F600}", r"[\s]", r"[\w-.]", "a]", r"\C", r"\a", "x{,3}", "^*a"),
]


@pytest.mark.parametrize("pattern", ONLY_RE2)
def test_a_pattern_that_others_read_differently_is_told(pattern: str) -> None:
    re2.compile(pattern)
    schema = schema_in(field("string", pattern=pattern))
    assert pattern in schema["description"]
    assert pattern not in schema["pattern"]


@pytest.mark.parametrize("pattern", ["97[89][0-9]{10}", "[a-z]+(?:-[a-z]+)*", r"\d{1,3}(\.\d+)?",
                                     "^a|b$", r"[\w.+-]+@\w+", r"[^/\\]*?", "ß|😀"])  # fmt: skip
def test_a_pattern_that_all_read_alike_is_shown(pattern: str) -> None:
    assert READ_ALIKE.fullmatch(pattern)
    assert schema_in(field("string", pattern=pattern))["pattern"] == f"^(?:{pattern})$"


def test_decimals_are_not_told_as_floats() -> None:
    made = document(seen_by(defined(COLLECTIONS), True))
    fee = made["components"]["schemas"]["BookCreate"]["properties"]["fee"]
    assert (fee["examples"], fee["default"]) == (["0.29"], "0.58")


def test_a_default_is_told_where_absent_means_it() -> None:
    kept = {"kind": {"type": "string", "default": "a", "immutable": True}}
    books = {"fields": COLLECTIONS["books"]["fields"] | kept}
    schemas = document(seen_by(defined(COLLECTIONS | {"books": books}), True))["components"][
        "schemas"
    ]
    told = {
        name: {n for n, one in schemas[name]["properties"].items() if "default" in one}
        for name in ("BookCreate", "BookReplace", "BookPatch", "Book")
    }
    assert {"kind", "status", "fee"} <= told["BookCreate"]
    assert told["BookCreate"] - told["BookReplace"] == {"kind"}
    assert told["BookPatch"] == told["Book"] == set()


def test_words_to_choose_from_are_one_type_everywhere() -> None:
    schemas = document(seen_by(defined(COLLECTIONS), True))["components"]["schemas"]
    assert schemas["Book.status"]["enum"] == ["draft", "published"]
    for name in ("Book", "BookCreate", "BookReplace", "BookPatch"):
        status = schemas[name]["properties"]["status"]
        assert status["anyOf"] == [{"$ref": "#/components/schemas/Book.status"}, {"type": "null"}]
    assert schemas["BookCreate"]["properties"]["status"]["default"] == "draft"


def test_conditions_are_asked_by_type() -> None:
    made = document(seen_by(defined({**COLLECTIONS, "prices": {
        "fields": {"whole": {"type": "decimal", "precision": 3, "scale": 0}}, "access": OPEN,
    }}), False))  # fmt: skip
    gets = (made["paths"][f"/api/{n}"]["get"] for n in ("prices", "books"))
    prices, books = (followed(made, get) for get in gets)
    whole = next(one["schema"] for one in prices if one["name"] == "whole")
    assert [fits(whole, value, made) for value in ("999", "1000", "1.55555", "01", "1e1")] == [
        *(True, True, True, False, False),
    ]
    author = next(one["schema"] for one in books if one["name"] == "author")
    assert fits(author, "NOT AN ID, but no fault to ask for", made)


def test_what_is_not_yours_to_write_has_its_type() -> None:
    made = document(seen_by(defined(COLLECTIONS), False))
    shown = made["components"]["schemas"]["BookCreate"]["properties"]["shown"]
    assert [fits(shown, value) for value in (1, None, "1")] == [True, True, False]


def test_what_is_shown_has_one_form() -> None:
    shown = {"2026-01-01T11:00:00Z": field("datetime", enum=["2026-01-01T12:00:00+01:00"])}
    shown |= {ANN: field("uuid", enum=[ANN.upper()])}
    for value, spec in shown.items():
        assert fits(schema_out(spec), value)
    decimal = schema_out(field("decimal", scale=3))
    assert fits(decimal, "-1.500")
    assert not any(fits(decimal, value) for value in ("1.5", "1.5000", "1", 1.5))
    assert fits(schema_out(field("array", items={"type": "decimal"})), ["1.50"])


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text() | st.floats(-1e9, 1e9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
LIKELY = st.from_regex(r"-?[0-9]{1,4}(\.[0-9]{1,3})?", fullmatch=True) | st.dates().map(str)
SPECS = st.sampled_from([spec for spec, _ in VALUES if spec.option("format") != "email"])


@settings(max_examples=300, deadline=None)
@given(SPECS, JSON | LIKELY | st.uuids().map(str))
def test_schema_and_field_agree_on_anything(spec: Field, value: Any) -> None:
    # Which of several floats next to each other has at most two places is the reader's business.
    if not (spec.type == "decimal" and isinstance(value, float)):
        assert fits(nullable(schema_in(spec)), value) == taken(spec, value)
