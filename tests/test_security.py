"""What has gone wrong in products of this kind, by the ids of the list it comes from: V01 to V56,
and the risks API1 to API10 of OWASP. Of accounts: tests/test_security_accounts.py; what is hidden:
tests/test_leaks.py and tests/test_leaks_rows.py; who may do what: tests/test_matrix.py."""

import base64
import hashlib
import hmac
import json
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest
from callers import Cast, cast, casts, cookie_session, without_jar
from conftest import ADMIN, OPEN, Client
from test_promises import SOURCES, covered, excused
from test_statements import listening
from werkzeug.test import Client as WsgiClient
from werkzeug.test import TestResponse

__all__ = ["cast", "casts"]
ACCIDENTS = {f"V{n:02}" for n in range(1, 57)} | {f"API{n}" for n in range(1, 11)}
SECTION = "## Accidents without a test"
UUID = "01890a5d-ac96-774b-bcce-b302099a8057"
INSIDE = ("traceback", "sqlite", "psycopg", "sqlalchemy", "syntax error at", "select ", "pw__")
SOON = 1.0


def test_every_accident_has_its_test_or_its_excuse() -> None:
    found = covered([path.read_text() for path in SOURCES], [])
    assert sorted(ACCIDENTS - found - excused(SECTION)) == []
    assert sorted(found & excused(SECTION)) == [], "what has a test needs no excuse"
    assert excused(SECTION) <= ACCIDENTS


def seconds(client: Client, *asked: Any, **rest: Any) -> tuple[float, TestResponse]:
    """The better of two tries: the first may find nothing prepared."""
    best = 9.0
    for _ in range(2):
        begun = time.perf_counter()
        answer = client.ask(*asked, **rest)
        best = min(best, time.perf_counter() - begun)
    return best, answer


@pytest.fixture
def things(client: Client) -> Client:
    fields = {
        "title": {"type": "string", "search": True},
        "n": {"type": "integer"},
        "tags": {"type": "array", "items": {"type": "string"}},
        "extra": {"type": "json"},
        "owner": {"type": "reference", "to": "users"},
        "up": {"type": "reference", "to": "things"},
    }
    client.define("things", key={"type": "string"}, fields=fields)
    for i, title in enumerate(["100%", "a_b", "a\\b", "axb"], 1):
        client.put(f"/api/things/t{i}", {"title": title, "n": i})
    return client


# Names and expressions


NAMES = [
    *("t1.password", "x.y", "password", "owner.password", "pw__users.email", "pw__keys", "users"),
    *("title; drop table things", "title--", "title/*", "'", '"', "title'", 'title"', "`title`"),
    *("title::text", "title->>'a'", "extra->a", "extra.a", "tags[0]", "$1", "%s", "%(x)s", ":x"),
    *(
        "_rowid_",
        "rowid",
        "oid",
        "ctid",
        "xmin",
        "tableoid",
        "_version",
        "__class__",
        "title.upper",
    ),
    *("title.__class__", "title\\", "a" * 10_000, "\u0442itle", "TITLE", "title ", "*", "c_1"),
]
PLACES = ("sort={}", "sort=title,-{}", "{}=x", "{}__eq=x", "group_by={}", "fields={}", "expand={}",
          "aggregate=max:{}", "filter={} = 'x'", "filter=up.{} is null", "up__{}=x")  # fmt: skip


@pytest.mark.parametrize("place", PLACES)
def test_v02_v24_v26_a_name_means_a_field_or_nothing(things: Client, place: str) -> None:
    for name in NAMES:
        if "filter" in place and name == "title ":
            continue
        before, _, after = place.partition("{}")
        path = "/api/things?" + quote(before, safe="=,-") + quote(name, safe="")
        for headers in ({}, ADMIN):
            answer = things.get(path + quote(after, safe="=_"), headers=headers)
            assert answer.status_code == 400, (place, name[:40], answer.text[:200])
            said = answer.text.lower().replace(name.lower(), "")
            assert not [word for word in INSIDE if word in said and word not in name.lower()]
    assert things.get("/api/things?count=true").json["total"] == 4


CODE = [
    *("__import__('os').system('id')", "{{7*7}}", "${7*7}", "title.upper()", "lambda: 1"),
    *("1; select 1", "1 = 1 --", "title = 'a' union select 1", "exec('1')", "title = (select 1)"),
    *("title ~ ('a')", "title.__class__ = 'str'", "f'{title}'", "@me.__class__ = 'x'"),
    *("@password = 'x'", "@me.password = 'x'", "@me.id.x = 'y'", "title is title", "pg_sleep(9)"),
]


@pytest.mark.parametrize("text", CODE)
def test_v50_v26_an_expression_runs_nothing(things: Client, text: str) -> None:
    taken, answer = seconds(things, "GET", f"/api/things?filter={quote(text)}")
    assert answer.status_code == 400
    assert taken < SOON
    fields = {"title": {"type": "string"}}
    refused = things.put("/collections/other", {"fields": fields, "access": {"read": text}})
    assert refused.status_code == 422, refused.text
    assert refused.json["errors"][0]["pointer"] == "/access/read"
    assert "At character" in refused.json["errors"][0]["detail"]


@pytest.mark.parametrize(("part", "expected"), [("%", 1), ("_", 1), ("\\", 1), ("a", 3), ("'", 0)])
def test_v27_what_is_looked_for_is_no_pattern(things: Client, part: str, expected: int) -> None:
    for query in (f"title__contains={quote(part)}", f"filter=title%20~%20%22{quote(part)}%22"):
        assert len(things.get(f"/api/things?{query}").json["items"]) == expected
    starting = things.get(f"/api/things?title__starts_with={quote(part)}").json["items"]
    assert len(starting) == (3 if part == "a" else 0)


@pytest.mark.parametrize(
    "query",
    ["fields=alias:title", "fields=title:alias", "fields=title as alias", "expand=alias:up",
     "aggregate=max:title as alias", "aggregate=max:title:alias", "group_by=alias:title",
     "sort=alias:title", "fields[things]=title", "alias[title]=x", "deep[up][filter]=x"],
)  # fmt: skip
def test_v10_there_are_no_other_names(things: Client, query: str) -> None:
    assert things.get(f"/api/things?{quote(query, safe='=')}").status_code == 400


@pytest.mark.parametrize("name", ["fields", "sort", "expand", "aggregate", "group_by", "limit"])
def test_v42_nothing_never_means_all(things: Client, cast: Cast, name: str) -> None:
    for path in ("/api/things", "/api/things/t1"):
        answer = things.get(f"{path}?{name}=")
        assert answer.status_code == 400
        assert "100%" not in answer.text
    for scopes in ([], None, "", [""], ["*"], {}):
        refused = cast.ask("root", "POST", "/auth/keys", {"name": "x", "scopes": scopes})
        assert refused.status_code == 422, scopes


LARGE = [
    "filter=" + "(" * 33 + "n = 1" + ")" * 33,
    "filter=" + "not " * 33 + "n = 1",
    "filter=" + " and ".join(["n = 1"] * 65),
    "filter=title = '" + "x" * 4096 + "'",
    "n__in=" + ",".join(["1"] * 10_001),
    "sort=" + ",".join(["n"] * 9),
    "expand=up.up.up.up",
    "sort=up.up.up.up.up.up.n",
    "aggregate=" + ",".join(f"max:n{i}" for i in range(21)),
    "group_by=" + ",".join(["n", "title", "id", "owner", "up"] * 2),
    "q=" + " ".join(map(str, range(33))),
    "limit=501",
    "offset=99999999999999999999",
]


@pytest.mark.parametrize("query", LARGE, ids=[one[:20] for one in LARGE])
def test_v29_too_much_is_refused_soon(things: Client, query: str) -> None:
    type, body = "application/x-www-form-urlencoded", quote(query, safe="=,")
    taken, answer = seconds(things, "QUERY", "/api/things", body, type=type)
    assert answer.status_code == 400, answer.text
    assert taken < SOON


# HTTP


HEADERS = ("Accept", "Accept-Encoding", "Accept-Language", "Authorization", "Cookie", "If-Match",
           "If-None-Match", "If-Modified-Since", "Prefer", "Idempotency-Key", "Content-Type",
           "Range", "Origin", "X-Request-Id", "Forwarded", "X-Forwarded-For", "X-Forwarded-Proto",
           "X-CSRF-Token", "User-Agent")  # fmt: skip
EVIL = ("a" * 30_000, "," * 30_000, '"' * 30_000, "a;" * 15_000, 'W/"' * 10_000, "a=b; " * 6_000,
        '"a\\' * 10_000, "a;q=0.1," * 4_000, "Bearer " * 4_000, "1.1.1.1, " * 3_000)  # fmt: skip


@pytest.mark.parametrize("header", HEADERS)
def test_v30_v34_v48_no_header_takes_long(things: Client, header: str) -> None:
    for value in EVIL:
        for method, path in (("GET", "/api/things"), ("POST", "/auth/sessions")):
            body = "{}" if method == "POST" else None
            fields = {"Content-Type": "application/json"} | {header: value.strip()}
            plain = WsgiClient(things.app, use_cookies=False)
            begun = time.perf_counter()
            answer = plain.open(path, method=method, data=body, headers=fields)
            assert answer.status_code < 500, (header, value[:10], answer.text)
            assert time.perf_counter() - begun < SOON


@pytest.mark.parametrize("value", ["bytes=9-1", "bytes=abc", "bytes=0-0,1-1", "x=1", "bytes=-1"])
def test_v34_a_range_that_is_none_is_ignored(things: Client, value: str) -> None:
    for path in ("/api/things", "/api/things/t1", "/docs", "/openapi.json", "/"):
        assert things.get(path, headers=ADMIN | {"Range": value}).status_code == 200


def test_v48_patterns_of_users_take_no_time(client: Client) -> None:
    fields = {
        "slow": {"type": "string", "pattern": "(a+)+"},
        "mail": {"type": "string", "format": "email"},
        "url": {"type": "string", "format": "url"},
    }
    client.define("things", fields=fields)
    for body in (
        {"slow": "a" * 50_000 + "b"},
        {"mail": "a@" * 20_000},
        {"mail": "a@" + "a." * 20_000},
        {"url": "http://" + "a." * 20_000 + "\\"},
    ):
        taken, answer = seconds(client, "POST", "/api/things", body)
        assert (answer.status_code, taken < SOON) == (422, True), body.keys()
    for email in ("a@" * 20_000, "a@" + "a." * 20_000, "a" * 60_000 + "@b.de"):
        account = {"email": email, "password": "a long password"}
        taken, answer = seconds(client, "POST", "/auth/users", account)
        assert (answer.status_code, taken < SOON) == (422, True)


TYPES = ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "")
TAKING = (("POST", "/api/things"), ("PUT", "/api/things/t1"), ("PATCH", "/api/things/t1"),
          ("POST", "/auth/users"), ("POST", "/auth/sessions"), ("POST", "/auth/keys"),
          ("PATCH", "/auth/me"), ("POST", "/collections"), ("PUT", "/collections/x"))  # fmt: skip


@pytest.mark.parametrize(("method", "path"), TAKING)
def test_v41_v49_a_form_is_no_json(things: Client, cast: Cast, method: str, path: str) -> None:
    """What a page of another origin can send without asking first."""
    parts = b"--x\r\n\r\n\r\n" * 100_000
    for type in TYPES:
        answer = cast.ask("root", method, path, "{}", type=type)
        assert answer.status_code == 415, (type, answer.text)
    taken, answer = seconds(things, method, path, parts, type=TYPES[2])
    assert answer.status_code in (403, 413, 415)
    assert taken < SOON
    fields, _ = cookie_session(cast, "root")
    if path != "/auth/sessions":
        by_cookie = without_jar(things).ask(method, path, "{}", headers=fields, type=TYPES[0])
        assert by_cookie.status_code == 403


@pytest.mark.parametrize(("method", "path"), TAKING)
def test_v46_deep_json_is_400(things: Client, cast: Cast, method: str, path: str) -> None:
    for text in ("[" * 100_000, '{"a":' * 100_000, '{"title": ' + "[" * 5000 + "]" * 5000 + "}"):
        assert cast.ask("root", method, path, text).status_code == 400


def test_v43_what_depends_on_a_cookie_says_so(things: Client, cast: Cast) -> None:
    fields, token = cookie_session(cast, "root")
    browser = without_jar(things)
    for path in ("/api/things", "/api/things/t1", "/api/nothing", "/collections", "/openapi.json",
                 "/auth/me", "/auth/users", "/auth/sessions", "/auth/sessions/current",
                 "/auth/keys"):  # fmt: skip
        for headers in (fields, {}, {"Cookie": "pw_session=pws_x"}):
            answer = browser.get(path, headers=headers)
            named = {one.strip().lower() for one in answer.headers["Vary"].split(",")}
            assert {"cookie", "authorization"} <= named, path
            if headers:
                kept = answer.headers["Cache-Control"]
                assert "private" in kept or "no-store" in kept, (path, kept)
    changed = fields | {"X-CSRF-Token": token}
    made = browser.post("/api/things", {"id": "v43"}, headers=changed)
    assert (made.status_code, made.headers["Cache-Control"]) == (201, "no-store")


def test_v44_v45_no_other_origin_is_let_in(things: Client, cast: Cast) -> None:
    fields, _ = cookie_session(cast, "root")
    asked = {
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Private-Network": "true",
    }
    for origin in ("https://evil.example", "null", "http://localhost"):
        for path in ("/api/things", "/auth/me", "/auth/sessions", "/api/things/..", "/api/a+b"):
            for method, more in (("GET", {}), ("OPTIONS", asked)):
                headers = fields | {"Origin": origin} | more
                answer = without_jar(things).ask(method, path, headers=headers)
                names = [n for n, _ in answer.headers if n.lower().startswith("access-control-")]
                assert names == []


ELSEWHERE = ("https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)")


def test_v08_v16_v51_v52_nothing_leads_elsewhere(things: Client, cast: Cast) -> None:
    for to in ELSEWHERE:
        for path in (f"/?next={to}", f"/docs?url={to}", f"/auth/sessions?redirect={to}",
                     f"/x{to}", f"/collections/{to}", f"/docs/{to}", f"/auth/{to}",
                     f"/api/things/{quote(to, safe='')}"):  # fmt: skip
            for headers in (cast.headers["ann"], {"Host": "evil.example"}):
                answer = things.get(path, headers=headers)
                assert not 300 <= answer.status_code < 400, path
                assert "Location" not in answer.headers
    for id in ("//evil.example", "/evil", "\\evil", "http://evil.example", "a?b#c"):
        made = things.post("/api/things", {"id": id}, headers={"Host": "evil.example"})
        assert made.status_code == 201
        assert made.headers["Location"].startswith("/api/things/")
        assert "//" not in made.headers["Location"]


def test_v18_health_costs_next_to_nothing(client: Client) -> None:
    heard: list[str] = []
    for path, most in (("/health/live", 0), ("/health/ready", 1), ("/metrics", 0)):
        client.get(path, headers={})
        heard.clear()
        with listening(client, lambda statement, _: heard.append(statement)):
            assert client.get(path, headers={}).status_code == 200
        assert len(heard) <= most, (path, heard)


def test_api8_answers_tell_nothing_of_the_house(things: Client, cast: Cast) -> None:
    for method, path in (("GET", "/"), ("GET", "/nowhere"), ("TRACE", "/"), ("GET", "/auth/me"),
                         ("POST", "/auth/sessions"), ("GET", "/api/things?n=x")):  # fmt: skip
        for who in ("any", "ann", "garbage"):
            answer = cast.ask(who, method, path, "{" if method == "POST" else None)
            assert answer.status_code < 500
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert not {"Server", "X-Powered-By"} & {*answer.headers.keys()}
            assert not [word for word in INSIDE if word in answer.text.lower()]
    assert "Content-Security-Policy" in things.get("/docs").headers


# Who is who


def encoded(part: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()


def test_v53_no_token_is_a_claim(client: Client, cast: Cast) -> None:
    claims = {"sub": cast.ids["root"], "role": "admin", "exp": 9_999_999_999}
    for algorithm in ("none", "None", "HS256", "RS256"):
        text = f"{encoded({'alg': algorithm, 'typ': 'JWT'})}.{encoded(claims)}"
        signed = hmac.new(b"secret", text.encode(), hashlib.sha256).digest()
        for end in ("", base64.urlsafe_b64encode(signed).rstrip(b"=").decode()):
            fields = {"Authorization": f"Bearer {text}.{end}"}
            assert client.get("/collections", headers=fields).status_code == 401
            by_cookie = {"Cookie": f"pw_session={text}.{end}"}
            assert without_jar(client).get("/collections", headers=by_cookie).status_code == 401


OVERRIDES: list[dict[str, str]] = [
    {"X-HTTP-Method-Override": "DELETE"},
    {"X-Method-Override": "DELETE"},
    {"X-HTTP-Method": "DELETE"},
    {"X-Original-URL": "/collections"},
    {"X-Rewrite-URL": "/collections"},
    {"X-Forwarded-Prefix": "/collections"},
    {"X-Remote-User": "root"},
    {"Remote-User": "root"},
    {"X-User-Id": "$root"},
    {"X-Role": "admin"},
    {"X-Forwarded-For": "127.0.0.1"},
    {"Forwarded": "for=127.0.0.1"},
    {"Cookie": "role=admin; admin=true; user=$root"},
]
VARIANTS = ("/COLLECTIONS", "/Collections", "/collections/", "/collections//", "/collections;x=1",
            "/%63ollections", "/api/../collections", "/api/%2e%2e/collections", "/collections%2F",
            "/collections%00", "/./collections", "/collections.json", "/collections?_method=DELETE",
            "/auth/users/", "/AUTH/users", "/auth//users", "/auth/users;x",
            "/%61uth/users", "/auth/%75sers", "/auth/me/../users", "/auth/why/", "/Auth/Why",
            )  # fmt: skip


ADMINS_ONLY = (("GET", "/collections"), ("GET", "/api/things"), ("POST", "/api/things"),
               ("GET", "/api/things/t1"), ("GET", "/auth/users"), ("GET", "/auth/why"),
               ("DELETE", "/collections/things"))  # fmt: skip


def test_v37_api5_no_header_and_no_spelling_opens_a_door(client: Client, cast: Cast) -> None:
    client.define("things", key={"type": "string"}, fields={}, access={})
    client.put("/api/things/t1", {})
    plain = without_jar(client)
    for who in ("any", "bob", "eve", "adm"):
        for one in OVERRIDES:
            said = {n: v.replace("$root", cast.ids["root"]) for n, v in one.items()}
            fields = cast.headers[who] | said
            for method, path in ADMINS_ONLY:
                answer = plain.ask(method, path, {} if method == "POST" else None, headers=fields)
                assert answer.status_code in (401, 403), (who, method, path, one)
            assert plain.get("/", headers=fields).json["name"] == "pennyworth"
        for path in VARIANTS:
            answer = plain.get(path, headers=cast.headers[who])
            assert answer.status_code in (400, 401, 403, 404), (who, path, answer.text)
    assert client.get("/api/things/t1").status_code == 200


IDS = ("..", "..%2F..%2Fcollections", "%2e%2e%2fme", "me", "current", "' or 1=1 --", "%00", "%FF",
       "0", "-1", "null", "undefined", "[object Object]", "{id}", "a" * 5000, f"{UUID}x",
       f"{{{UUID}}}", UUID.replace("-", ""))  # fmt: skip


@pytest.mark.parametrize("noun", ["users", "keys", "sessions"])
def test_v56_an_id_is_an_id_or_nothing(client: Client, cast: Cast, noun: str) -> None:
    for id in IDS:
        for method in ("GET", "PATCH", "DELETE"):
            if (noun, id) == ("sessions", "current"):
                continue
            body = {"name": "x"} if method == "PATCH" else None
            answer = cast.ask("root", method, f"/auth/{noun}/{quote(id, safe='%')}", body)
            assert answer.status_code in (400, 404, 405), (method, id, answer.text)
    assert cast.get("root", "/auth/me").status_code == 200


def test_v56_a_new_collection_is_closed(client: Client, cast: Cast) -> None:
    for body in ({}, {"fields": {}}, {"access": {}}, {"fields": {}, "access": {"read": False}}):
        assert client.put("/collections/things", body).status_code in (200, 201)
        for who, status in (("any", 401), ("ann", 403), ("root", 200)):
            assert cast.get(who, "/api/things").status_code == status
        client.delete("/collections/things")


def test_v04_v55_no_rule_outlives_what_it_was_for(client: Client, cast: Cast) -> None:
    """Nor is any lost by a change of something else."""
    secret = {"type": "string", "access": False}
    fields = {"owner": {"type": "reference", "to": "users"}, "secret": secret}
    own = dict.fromkeys(OPEN, "owner = @me")
    client.define("things", key={"type": "string"}, fields=fields, access=own)
    client.put("/api/things/a", {"owner": cast.ids["ann"], "secret": "s"})
    change(client, {"description": "x"})
    change(client, {"fields": {"more": {"type": "integer"}}})
    change(client, {"fields": {"secret": {"description": "y"}}})
    assert "secret" not in cast.get("ann", "/api/things/a").json
    assert cast.get("bob", "/api/things/a").status_code == 404
    change(client, {"fields": {"secret": None}})
    change(client, {"fields": {"secret": {"type": "string"}}})
    assert cast.get("ann", "/api/things/a").json["secret"] is None
    change(client, {"fields": {"secret": {"access": False}}})
    assert "secret" not in cast.get("ann", "/api/things/a").json
    change(client, {"access": None})
    for who, status in (("any", 401), ("ann", 403)):
        assert cast.get(who, "/api/things/a").status_code == status
    client.delete("/collections/things?allow_data_loss=true")
    client.put("/collections/things", {"key": {"type": "string"}, "fields": fields})
    assert cast.get("ann", "/api/things").status_code == 403
    assert cast.get("ann", "/api/things/a").status_code == 403
    client.define("things", key={"type": "string"}, fields=fields)
    assert cast.get("ann", "/api/things/a").status_code == 404


def change(client: Client, patch: dict[str, Any]) -> None:
    changed = client.patch("/collections/things?allow_data_loss=true", patch)
    assert changed.status_code == 200, changed.text


def test_v35_an_id_belongs_to_its_collection(client: Client, cast: Cast) -> None:
    own = dict.fromkeys(OPEN, "id = @me")
    for name in ("one", "two"):
        client.define(name, fields={"text": {"type": "string"}}, access=own)
    client.define("three", key={"type": "string"}, fields={"text": {"type": "string"}})
    ann = cast.ids["ann"]
    for name in ("one", "two", "three"):
        assert client.put(f"/api/{name}/{ann}", {"text": name}).status_code == 201
    for name in ("one", "two"):
        assert cast.get("ann", f"/api/{name}/{ann}").json["text"] == name
        assert cast.get("bob", f"/api/{name}/{ann}").status_code == 404
    assert cast.ask("ann", "DELETE", f"/api/one/{ann}").status_code == 204
    assert client.get(f"/api/one/{ann}").status_code == 410
    assert client.get(f"/api/two/{ann}").json["text"] == "two"
    assert client.get(f"/api/three/{ann}").json["text"] == "three"
    assert cast.get("ann", "/auth/me").json["id"] == ann
    assert cast.get("ann", f"/auth/keys/{ann}").status_code == 404
    assert cast.get("ann", f"/auth/sessions/{ann}").status_code == 404
    key = {"Idempotency-Key": uuid4().hex}
    for name in ("three", "two"):
        body = {"text": "x"} | ({"id": uuid4().hex} if name == "three" else {})
        sent = client.post(f"/api/{name}", body, headers=ADMIN | key)
        assert sent.status_code == (201 if name == "three" else 422)


def test_v51_api9_the_document_shows_what_one_could_do(client: Client, cast: Cast) -> None:
    hidden = {"type": "string", "access": "@me.role = 'editor'"}
    client.define("shown", fields={"a": {"type": "string"}, "zygurb": hidden})
    owner = {"type": "reference", "to": "users"}
    client.define("ruled", fields={"owner": owner}, access={"read": "owner = @me"})
    client.define("closed", fields={}, access={})
    for who, collections, field in (("any", {"shown", "ruled"}, False),
                                    ("ann", {"shown", "ruled"}, False),
                                    ("eve", {"shown", "ruled"}, True),
                                    ("o:r", set(), False),
                                    ("root", {"shown", "ruled", "closed"}, True)):  # fmt: skip
        document = cast.get(who, "/openapi.json")
        paths = {one for one in document.json["paths"] if one.startswith("/api/")}
        named = {one.split("/")[2] for one in paths}
        assert named == collections, who
        assert ("zygurb" in document.text) is field, who
        assert ("/collections" in document.json["paths"]) is (who == "root"), who
    client.delete("/collections/shown")
    assert "/api/shown" not in client.get("/openapi.json", headers={}).json["paths"]
    assert client.get("/api/shown", headers={}).status_code == 404


# Many at once


def test_v40_parallel_requests_do_not_mix(client: Client, cast: Cast) -> None:
    client.define("things", fields={"mark": {"type": "string"}})

    def post(number: int) -> bool:
        one, mark = Client(client.app), f"mark {number}"
        who = ("ann", "bob", "eve", "any")[number % 4]
        made = one.post("/api/things", {"mark": mark}, headers=cast.headers[who])
        me = one.get("/auth/me", headers=cast.headers[who])
        own = me.status_code == 401 if who == "any" else me.json["id"] == cast.ids[who]
        return made.status_code == 201 and made.json["mark"] == mark and own

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(post, range(240)))
    assert client.get("/api/things?aggregate=count_distinct:mark").json["items"] == [
        {"count_distinct_mark": 240}
    ]


def test_api6_the_last_one_is_sold_once(client: Client, cast: Cast) -> None:
    client.define("stock", key={"type": "string"}, fields={"left": {"type": "integer"}})
    made = client.put("/api/stock/x", {"left": 1})
    sold = {"left": 0}

    def buy(number: int) -> int:
        key = {"If-Match": made.headers["ETag"], "Idempotency-Key": f"{uuid4().hex}"}
        who = ("ann", "bob", "eve", "root")[number % 4]
        buyer = Client(client.app)
        headers = cast.headers[who] | key
        first = buyer.patch("/api/stock/x", sold, headers=headers)
        again = buyer.patch("/api/stock/x", sold, headers=headers)
        assert again.status_code == first.status_code
        return first.status_code

    with ThreadPoolExecutor(6) as pool:
        statuses = list(pool.map(buy, range(12)))
    assert sorted(statuses) == [200] + [412] * 11
