"""What every answer keeps, whatever it answers: one table of requests, and a test a promise."""

import json
import re
from typing import Any, NamedTuple
from uuid import uuid4

import pytest
from conftest import ADMIN, Client
from prometheus_client import CONTENT_TYPE_LATEST
from test_refusals import check_problem
from werkzeug.test import TestResponse

from models.database import unavailable

UUID = "01890a5d-ac96-774b-bcce-b302099a8057"
NEW, GONE, NEVER = (f"/api/things/01890a5d-ac96-774b-bcce-b302099a805{n}" for n in (0, 1, 2))
ONE = f"/api/things/{UUID}"
STALE, KNOWN = {"If-Match": '"x"'}, {"If-None-Match": "*"}
# What a careless writer of JSON, or of header fields, would break on.
ODD = {"\u2028": "\uffff\u0001", "</script>": ["\U0001f600", 1e-320, -1e308, 2**63 - 1, '"\\']}


class Asked(NamedTuple):
    status: int
    method: str
    path: str
    body: Any = None
    fields: dict[str, str] = {}

    def __str__(self) -> str:
        return f"{self.status} {self.method} {self.path[:60]} {[*self.fields]}"


READ = [
    *(Asked(200, "GET", path) for path in (
        "/", "/docs", "/docs/start.js", "/openapi.json", "/openapi.yaml", "/problems",
        "/problems/gone", "/health/live", "/health/ready", "/metrics", "/collections",
        "/collections/things", "/api/things", "/api/things?limit=1&count=true", ONE,
    )),
    Asked(200, "GET", "/", None, {"Accept": "text/html"}),
    *(Asked(304, "GET", path, None, KNOWN) for path in (
        "/", "/docs", "/openapi.json", "/problems", "/collections", "/api/things", ONE,
    )),
]  # fmt: skip
REFUSED_READ = [
    Asked(400, "GET", "/api/things?nope=1"),
    Asked(400, "GET", "/api/things/%FF"),
    Asked(400, "GET", ONE, None, {"If-None-Match": "x"}),
    Asked(401, "GET", "/api/closed", None, {"Authorization": ""}),
    Asked(401, "GET", "/collections", None, {"Authorization": "Bearer nonsense"}),
    Asked(404, "GET", "/nowhere"),
    Asked(404, "GET", "/api/nothing"),
    Asked(404, "GET", NEVER),
    Asked(406, "GET", ONE, None, {"Accept": "application/xml"}),
    Asked(406, "GET", "/docs", None, {"Accept": "application/json"}),
    Asked(410, "GET", GONE),
    Asked(412, "GET", ONE, None, STALE),
    Asked(412, "GET", "/api/things", None, STALE),
    Asked(414, "GET", "/api/things?s=" + "x" * 20_000),
    Asked(431, "GET", ONE, None, {"X-Long": "x" * 40_000}),
    Asked(501, "GET", ONE, None, {"Transfer-Encoding": "gzip"}),
]
WRITTEN = [
    Asked(204, "OPTIONS", ONE),
    Asked(204, "OPTIONS", "/docs"),
    Asked(201, "POST", "/api/things", {"s": "x"}),
    Asked(201, "POST", "/api/things", {"s": "x"}, {"Prefer": "return=minimal"}),
    Asked(200, "POST", "/api/things?on_error=skip", "1", {"Content-Type": "application/x-ndjson"}),
    Asked(201, "PUT", NEW, {"s": "x"}),
    Asked(200, "PUT", NEW, {"s": "y"}),
    Asked(204, "PUT", NEW, {"s": "z"}, {"Prefer": "return=minimal"}),
    Asked(200, "PATCH", NEW, {"s": "y"}),
    Asked(204, "DELETE", NEW),
    Asked(201, "PUT", "/collections/more", {"fields": {}}),
    Asked(200, "PATCH", "/collections/more", {"description": "x"}),
    Asked(204, "DELETE", "/collections/more"),
]
REFUSED = [
    Asked(400, "POST", "/api/things", "{bad"),
    Asked(400, "POST", "/api/things", {}, {"Idempotency-Key": ""}),
    Asked(401, "PUT", "/collections/more", {}, {"Authorization": ""}),
    Asked(404, "PATCH", NEVER, {}),
    Asked(404, "PATCH", "/collections/never", {}),
    Asked(405, "DELETE", "/api/things"),
    Asked(405, "FOO", "/docs"),
    Asked(409, "POST", "/api/things", {"u": "taken"}),
    Asked(409, "POST", "/api/things", {"to": "nobody"}),
    Asked(409, "POST", "/collections", {"name": "things"}),
    Asked(409, "PUT", "/collections/things", {"fields": {}}),
    Asked(409, "PUT", "/collections/things", {"fields": {"n": {"type": "date", "required": True}}}),
    Asked(410, "PATCH", GONE, {}),
    Asked(412, "PUT", ONE, {}, STALE),
    Asked(413, "POST", "/api/things", b'"' + b"x" * (1 << 20) + b'"'),
    Asked(415, "POST", "/api/things", "<a/>", {"Content-Type": "application/xml"}),
    Asked(422, "POST", "/api/things", {"s": 1, "</script>": "\u2028", "": None}),
    Asked(422, "PUT", "/collections/more", {"fields": {"s": {"type": "string", "pattern": "("}}}),
    Asked(428, "PUT", "/api/guarded/1", {}),
]
EVERY = [*READ, *REFUSED_READ, *WRITTEN, *REFUSED]


def ask(client: Client, asked: Asked, method: str | None = None) -> TestResponse:
    fields = ADMIN | asked.fields
    fields = {name: value for name, value in fields.items() if value or name != "Authorization"}
    type = fields.pop("Content-Type", None)
    answer = client.ask(method or asked.method, asked.path, asked.body, headers=fields, type=type)
    assert answer.status_code == asked.status, (str(asked), answer.text[:300])
    return answer


@pytest.fixture
def house(client: Client) -> Client:
    fields = {
        "s": {"type": "string"},
        "u": {"type": "string", "unique": True},
        "x": {"type": "json"},
        "to": {"type": "reference", "to": "others"},
    }
    client.define("others", key={"type": "string"}, fields={})
    client.define("things", fields=fields)
    client.define("closed", fields={}, access={})
    client.define("guarded", key={"type": "integer"}, fields={}, require_if_match=True)
    client.put("/api/guarded/1", {})
    client.put(ONE, {"s": "\u2028", "u": "taken", "x": ODD})
    client.put(GONE, {})
    client.delete(GONE)
    return client


def test_h003_h004_h005_head_mirrors_whatever_get_answers(house: Client) -> None:
    for asked in [*READ, *REFUSED_READ]:
        got, head = ask(house, asked), ask(house, asked, "HEAD")
        assert head.data == b"", asked
        one, other = (dict(answer.headers) for answer in (got, head))
        for headers in (one, other):
            assert headers.pop("X-Request-Id")
        if asked.path == "/metrics":  # which counts the requests for itself
            del one["Content-Length"], other["Content-Length"]
        assert one == other, asked


def test_h042_every_answer_says_what_it_depends_on(house: Client) -> None:
    for asked in EVERY:
        vary = ask(house, asked).headers["Vary"]
        assert {*vary.split(", ")} >= {"Authorization", "Cookie", "Accept", "Accept-Encoding"}, (
            asked
        )


TYPES = {
    "/docs": "text/html; charset=utf-8",
    "/docs/start.js": "text/javascript; charset=utf-8",
    "/openapi.yaml": "application/yaml",
    "/metrics": CONTENT_TYPE_LATEST,
}


def test_h043_h085_every_answer_has_its_type_and_is_not_sniffed(house: Client) -> None:
    for asked in EVERY:
        answer = ask(house, asked)
        assert answer.headers["X-Content-Type-Options"] == "nosniff", asked
        expected: str | None = "application/json"
        if asked.status >= 400:
            expected = "application/problem+json"
        elif not answer.data:
            expected = None
        elif asked.method == "GET":
            expected = TYPES.get(asked.path, expected)
            if asked.fields.get("Accept") == "text/html":
                expected = "text/html; charset=utf-8"
        assert answer.headers.get("Content-Type") == expected, asked


# The same for everyone, so anyone may keep it.
PUBLIC = ("/docs/start.js",)


def test_h075_what_is_answered_to_a_credential_is_kept_by_no_one_else(house: Client) -> None:
    for asked in EVERY:
        if "Authorization" in asked.fields or asked.path in PUBLIC:
            continue
        kept = ask(house, asked).headers["Cache-Control"]
        of_now = asked.path.startswith(("/health/", "/metrics"))
        private = asked.method == "GET" and asked.status < 400 and not of_now
        assert kept in ({"private, no-cache"} if private else {"no-store"}), asked


def test_h076_no_refusal_is_kept(house: Client) -> None:
    refused = [asked for asked in EVERY if asked.status >= 400]
    assert {404, 405, 410, 414, 501} <= {asked.status for asked in refused}
    for asked in refused:
        assert ask(house, asked).headers["Cache-Control"] == "no-store", asked


INSIDE = re.compile(
    r'Traceback|File "|line \d|site-packages|\w\.py\b|\b(SELECT|INSERT|UPDATE|CREATE|FROM|WHERE) '
    r"|constraint|relation|(?i:sqlalchemy|psycopg|sqlite|postgres|werkzeug|flask|smorest|gunicorn"
    r"|marshmallow|orjson|python|libpq)|host\.inside|pw__|uq__|/tmp|\d+\.\d+\.\d+"
)


def test_h083_no_refusal_tells_of_the_inside(
    house: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside = {"Host": "host.inside"}
    refused = [one._replace(fields=one.fields | inside) for one in EVERY if one.status >= 400]
    answers = [ask(house, asked) for asked in refused]
    with monkeypatch.context() as patch:
        patch.setattr("resources.representation.list_records", lambda *_: 1 / 0)
        answers.append(ask(house, Asked(500, "GET", "/api/things", None, inside)))
    for answer in answers:
        check_problem(answer, answer.json["type"].removeprefix("/problems/"))
        told = {name: value for name, value in answer.json.items() if name != "current"}
        told |= {f"{name}:": value for name, value in answer.headers}
        for value in (json.dumps(value) for value in told.values()):
            assert not INSIDE.search(value), value


def test_h087_a_refusal_is_a_problem_whatever_is_accepted(house: Client) -> None:
    for asked in [*REFUSED_READ, *REFUSED]:
        if "Accept" in asked.fields:
            continue
        plain = ask(house, asked)
        name = plain.json["type"].removeprefix("/problems/")
        for accept in ("text/html", "application/xml", "application/json;q=0", "*/*;q=0"):
            fields = asked.fields | {"Accept": accept}
            answer = house.ask(
                asked.method, asked.path, asked.body,
                headers={n: v for n, v in (ADMIN | fields).items() if v and n != "Content-Type"},
                type=fields.get("Content-Type"),
            )  # fmt: skip
            if answer.status_code == 406:
                # What is accepted is asked before conditions and bodies, after all that is above.
                name_now = "not-acceptable"
                assert asked.status in (400, 409, 412, 422, 428), asked
            else:
                name_now = name
            check_problem(answer, name_now)
            head = house.ask("HEAD", "/nowhere", headers={"Accept": accept})
            assert (head.status_code, head.data) == (404, b"")


# Said of what is sent, whatever it is; no document has to.
OF_EVERY_MESSAGE = {"Content-Type", "Content-Length", "X-Content-Type-Options"}
OF_PAGES = {"Content-Security-Policy"}
# What is there only when the request, or what is stored, calls for it.
AT_TIMES = {"Set-Cookie", 
    "Link", "Preference-Applied", "Idempotency-Replayed", "Retry-After", "Accept", "Accept-Post",
    "Accept-Patch", "Accept-Query", "Accept-Encoding",
}  # fmt: skip
# Where there is a limit: tests/test_limits.py.
LIMITED = {"RateLimit", "RateLimit-Policy"}
# A 412 has the ETag of what it shows, if it shows anything.
NOT_NEEDED = {412: {"ETag"}}
OF_BODIES = {"ETag", "Last-Modified", "Content-Location"}
KEYED = {"Idempotency-Key": uuid4().hex}
CALLED_FOR = [
    Asked(200, "GET", "/api/things?limit=1"),
    Asked(200, "PATCH", ONE, {"s": "x"}, {"Prefer": "return=representation"}),
    *[Asked(201, "POST", "/api/things", {"s": "x"}, KEYED)] * 2,
    Asked(415, "PATCH", ONE, "x", {"Content-Type": "text/plain"}),
    Asked(415, "POST", "/api/things", {}, {"Content-Encoding": "gzip"}),
    Asked(415, "QUERY", "/api/things", "x", {"Content-Type": "text/plain"}),
    Asked(406, "GET", ONE, None, {"Accept-Encoding": "*;q=0"}),
]


def documented(paths: dict[str, Any], asked: Asked) -> dict[str, Any] | None:
    """The operation; None where the document has none: an unknown path, OPTIONS. Each tells of
    the 405 that another method gets. The 415 that QUERY gets, which OpenAPI 3.1 has no word for,
    is told of where POST's is."""
    path = asked.path.partition("?")[0]
    for pattern, name in (
        ("/api/(?:things|guarded)/.*", "id"),
        ("/(?:collections|problems)/.*", "name"),
    ):
        if re.fullmatch(pattern, path):
            path = f"{path.rpartition('/')[0]}/{{{name}}}"
    instead = {(405, asked.method): "get", (415, "QUERY"): "post"}
    method = instead.get((asked.status, asked.method), asked.method.lower())
    found: dict[str, Any] | None = paths.get(path, {}).get(method)
    return found


def test_h108_an_answer_has_the_header_fields_that_are_documented(
    house: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = house.get("/openapi.json").json
    house.post("/api/things", {})
    seen: set[str] = set()

    def compare(asked: Asked) -> None:
        operation = documented(document["paths"], asked)
        if operation is None:
            return
        answer = ask(house, asked)
        assert str(asked.status) in operation["responses"], asked
        response = operation["responses"][str(asked.status)]
        if "$ref" in response:
            response = document["components"]["responses"][response["$ref"].rpartition("/")[2]]
        declared = {*response.get("headers", {})}
        sent = {*answer.headers.keys()} - OF_EVERY_MESSAGE
        seen.update(sent)
        if asked.path in ("/", "/docs"):
            sent -= OF_PAGES
        assert sent <= declared, asked
        not_needed = NOT_NEEDED.get(asked.status, set()) if answer.data else OF_BODIES
        assert declared - sent <= AT_TIMES | LIMITED | not_needed, asked

    for asked in [*CALLED_FOR, *EVERY]:
        compare(asked)
    house.http.set_cookie("pw_session", "of a session that has ended")
    compare(Asked(401, "GET", "/api/things", fields={"Authorization": ""}))
    with monkeypatch.context() as patch:
        patch.setattr("resources.representation.list_records", raise_unavailable)
        compare(Asked(503, "GET", "/api/things"))
    assert {*document["components"]["headers"]} <= seen | LIMITED


def raise_unavailable(*_: Any) -> None:
    raise unavailable()


def strictly(data: bytes) -> Any:
    """As a reader does who takes nothing but I-JSON (RFC 7493)."""

    def no_constant(name: str) -> Any:
        raise ValueError(f"{name} is no JSON")

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        assert len({name for name, _ in pairs}) == len(pairs), "a name is there twice"
        return dict(pairs)

    value = json.loads(data.decode(), parse_constant=no_constant, object_pairs_hook=unique)
    json.dumps(value, ensure_ascii=False).encode()  # which no lone surrogate survives
    return value


def test_h172_every_answer_is_read_by_the_strictest_reader(house: Client) -> None:
    read = 0
    for asked in EVERY:
        answer = ask(house, asked)
        if (answer.content_type or "").partition(";")[0].endswith("json") and answer.data:
            strictly(answer.data)
            read += 1
    assert read > 40
    assert strictly(house.get(ONE).data)["x"] == ODD


def test_the_strict_reader_is_strict() -> None:
    for bad in (b'{"a": NaN}', b"-Infinity", b'"\\ud800"', b'{"a": 1, "a": 1}', b'"\xff"'):
        with pytest.raises((ValueError, AssertionError)):
            strictly(bad)
