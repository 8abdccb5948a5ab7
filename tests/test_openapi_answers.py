"""What is answered is documented: its status and each of its header fields."""

from typing import Any

from conftest import ADMIN, OPEN, Client
from werkzeug.test import TestResponse

from api.openapi_headers import HEADERS

BOOKS, BOOK = "/api/books", "/api/books/{id}"
ALL, ONE = "/collections", "/collections/{name}"
NEW = "01890a5d-ac96-774b-bcce-b302099a8057"
MINIMAL = {"Prefer": "return=minimal"}
STALE = {"If-Match": '"q"'}
PICTURE = {"Accept": "image/png"}
KEY = {"Idempotency-Key": "k"}
MERGE_PATCH = "application/merge-patch+json"
JSON_PATCH = "application/json-patch+json"
NDJSON = "application/x-ndjson"
MORE: dict[str, Any] = {"fields": {"more": {"type": "integer"}}}
TEST = [{"op": "test", "path": "/title", "value": "b"}]
STEPS = [
    # method, path as documented, body, its type, header fields, status; on one and the same server
    ("POST", BOOKS, {"title": "a"}, None, KEY, 201),
    ("POST", BOOKS, {"title": "a"}, None, KEY, 201),
    ("POST", BOOKS, {"title": "b"}, None, KEY, 422),
    ("POST", BOOKS, {"title": "c"}, None, MINIMAL, 201),
    ("POST", BOOKS, {"title": 1}, None, {}, 422),
    ("POST", BOOKS, '{"title": "d"}\n', NDJSON, {}, 200),
    ("POST", BOOKS, "x", "text/plain", {}, 415),
    ("GET", BOOKS, None, None, {}, 200),
    ("GET", BOOKS, None, None, {"If-None-Match": "*"}, 304),
    ("GET", BOOKS, None, None, STALE, 412),
    ("GET", BOOKS, None, None, PICTURE, 406),
    ("PUT", BOOK, {"title": "a"}, None, {}, 201),
    ("PUT", BOOK, {"title": "b"}, None, {}, 200),
    ("PUT", BOOK, {"title": "b"}, None, MINIMAL, 204),
    ("PUT", BOOK, {"title": "b"}, None, {"If-None-Match": "*"}, 412),
    ("GET", BOOK, None, None, {}, 200),
    ("GET", BOOK, None, None, {"If-None-Match": "*"}, 304),
    ("GET", BOOK, None, None, STALE, 412),
    ("PATCH", BOOK, TEST, JSON_PATCH, {}, 200),
    ("PATCH", BOOK, {"title": "d"}, None, {"Idempotency-Key": "p"}, 200),
    ("PATCH", BOOK, {"title": "d"}, None, {"Idempotency-Key": "p"}, 200),
    ("PATCH", BOOK, {"title": "e"}, MERGE_PATCH, MINIMAL, 204),
    ("PATCH", BOOK, {"title": "e"}, MERGE_PATCH, STALE, 412),
    ("PATCH", BOOK, TEST, JSON_PATCH, {}, 409),
    ("PATCH", BOOK, "x", "text/plain", {}, 415),
    ("DELETE", BOOK, None, None, STALE, 412),
    ("DELETE", BOOK, None, None, {}, 204),
    ("GET", BOOK, None, None, {}, 410),
    ("PATCH", BOOK, {}, None, {}, 410),
    ("POST", ALL, {"name": "cars"}, None, {"Idempotency-Key": "c"}, 201),
    ("POST", ALL, {"name": "cars"}, None, {"Idempotency-Key": "c"}, 201),
    ("GET", ALL, None, None, {"If-None-Match": "*"}, 304),
    ("GET", ONE, None, None, {}, 200),
    ("GET", ONE, None, None, {"If-None-Match": "*"}, 304),
    ("GET", ONE, None, None, STALE, 412),
    ("PATCH", ONE, MORE, None, {}, 200),
    ("PATCH", ONE, [{"op": "remove", "path": "/fields/more"}], JSON_PATCH, MINIMAL, 204),
    ("PATCH", ONE, MORE, None, STALE, 412),
    ("PUT", ONE, MORE, None, MINIMAL, 204),
    ("PUT", ONE, {}, None, {}, 200),
    ("PUT", ONE, {}, None, STALE, 412),
    ("DELETE", ONE, None, None, STALE, 412),
    ("DELETE", ONE, None, None, {}, 204),
    ("PUT", ONE, {}, None, {}, 201),
    ("PUT", "/api/guarded/{id}", {}, None, {}, 201),
    ("PUT", "/api/guarded/{id}", {}, None, {}, 428),
    ("PATCH", "/api/guarded/{id}", {}, None, {}, 428),
    ("DELETE", "/api/guarded/{id}", None, None, {}, 428),
]
DOCUMENTS = ("/", "/docs", "/openapi.json", "/openapi.yaml", "/problems", "/problems/{name}")
UNKEPT = ("/health/live", "/health/ready", "/metrics")


def test_each_step(client: Client) -> None:
    client.define("books", fields={"title": {"type": "string"}}, access=OPEN)
    client.define("guarded", fields={}, access=OPEN, require_if_match=True)
    made = client.get("/openapi.json").json
    for method, path, body, type, headers, status in STEPS:
        name = "cars" if path == ONE else NEW
        address = path.format(id=NEW, name=name)
        answer = client.ask(method, address, body, headers=ADMIN | headers, type=type)
        assert answer.status_code == status, (method, path, body, answer.text)
        check(made, method, path, answer)


def test_documents(client: Client) -> None:
    made = client.get("/openapi.json").json
    for path in (*DOCUMENTS, *UNKEPT):
        address = path.format(name="conflict")
        check(made, "GET", path, client.get(address))
        check(made, "GET", path, client.get(address, headers=ADMIN | PICTURE), 406)
    for path in DOCUMENTS:
        address = path.format(name="conflict")
        check(made, "GET", path, client.get(address, headers={"If-None-Match": "*"}), 304)
        check(made, "GET", path, client.get(address, headers=STALE), 412)


def check(
    made: dict[str, Any], method: str, path: str, answer: TestResponse, status: int | None = None
) -> None:
    where = (method, path, answer.status_code)
    assert answer.status_code == (status or answer.status_code), where
    documented = made["paths"][path][method.lower()]["responses"][str(answer.status_code)]
    if "$ref" in documented:
        documented = made["components"]["responses"][documented["$ref"].rpartition("/")[2]]
    sent = {name for name in answer.headers.keys() if name in HEADERS}
    assert sent <= set(documented["headers"]), where
    type = answer.headers.get("Content-Type", "").partition(";")[0]
    assert (type in documented.get("content", ())) if answer.data else not type, where
