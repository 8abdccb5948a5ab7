"""What is answered under /auth is documented: its status, its header fields, its members."""

from typing import Any

from conftest import ADMIN, Client
from jsonschema import Draft202012Validator
from signing import PASSWORD, Browser, make_key, person
from test_openapi_answers import check
from werkzeug.test import TestResponse

from api.openapi_auth import auth_paths
from schemas.rule import OF_ADMINS

USERS, USER, ME = "/auth/users", "/auth/users/{id}", "/auth/me"
SESSIONS, SESSION = "/auth/sessions", "/auth/sessions/{id}"
KEYS, KEY = "/auth/keys", "/auth/keys/{id}"
NEW = {"email": "new@example.com", "password": PASSWORD}
SIGNING_IN = {"email": "ann@example.com", "password": PASSWORD}
ID = "01890a5d-ac96-774b-bcce-b302099a8057"
MINIMAL = {"Prefer": "return=minimal"}
STALE = {"If-Match": '"q"'}
REPEATED = {"Idempotency-Key": "k"}
JSON_PATCH = "application/json-patch+json"
STEPS: list[tuple[str, str, Any, dict[str, str], int]] = [
    ("GET", USERS, None, {}, 200),
    ("GET", USERS, None, {"If-None-Match": "*"}, 304),
    ("POST", USERS, NEW | {"id": ID}, REPEATED, 201),
    ("POST", USERS, NEW | {"id": ID}, REPEATED, 201),
    ("POST", USERS, NEW, {}, 409),
    ("POST", USERS, {}, {}, 422),
    ("POST", USERS, {}, STALE, 412),
    ("POST", USERS, {"email": "x@example.com", "password": PASSWORD}, MINIMAL, 201),
    ("GET", USER, None, {}, 200),
    ("GET", USER, None, {"If-None-Match": "*"}, 304),
    ("GET", USER, None, STALE, 412),
    ("PATCH", USER, {"name": "x"}, {}, 200),
    ("PATCH", USER, {"name": "y"}, MINIMAL, 204),
    ("PATCH", USER, {"name": 1}, {}, 422),
    ("PATCH", USER, {}, STALE, 412),
    ("DELETE", USER, None, STALE, 412),
    ("DELETE", USER, None, {}, 204),
    ("GET", USER, None, {}, 410),
    ("PATCH", USER, {}, {}, 410),
    ("GET", ME, None, {}, 200),
    ("PATCH", ME, {"name": "x"}, {}, 200),
    ("PATCH", ME, {"role": "x"}, {}, 403),
    ("PATCH", ME, {"password": "x"}, {}, 422),
    ("GET", SESSIONS, None, {}, 200),
    ("POST", SESSIONS, SIGNING_IN, {}, 201),
    ("POST", SESSIONS, SIGNING_IN | {"cookie": True}, {}, 201),
    ("POST", SESSIONS, SIGNING_IN | {"password": "x"}, {}, 401),
    ("POST", SESSIONS, {}, {}, 422),
    ("POST", SESSIONS, SIGNING_IN, STALE, 412),
    ("GET", SESSION, None, {}, 200),
    ("GET", SESSION, None, {"If-None-Match": "*"}, 304),
    ("DELETE", SESSION, None, STALE, 412),
    ("GET", KEYS, None, {}, 200),
    ("POST", KEYS, {"name": "k", "scopes": ["*:read"]}, {}, 201),
    ("POST", KEYS, {}, {}, 422),
    ("GET", KEY, None, {}, 200),
    ("DELETE", KEY, None, STALE, 412),
    ("DELETE", KEY, None, {}, 204),
    ("DELETE", KEY, None, {}, 404),
    ("DELETE", SESSION, None, {}, 204),
    ("GET", ME, None, {}, 401),
]


def conforms(made: dict[str, Any], method: str, path: str, answer: TestResponse) -> None:
    """The body is as its schema says."""
    documented = made["paths"][path][method.lower()]["responses"][str(answer.status_code)]
    schema = documented.get("content", {}).get("application/json", {}).get("schema")
    if schema is not None and answer.data:
        whole = {**schema, "components": made["components"]}
        faults = [error.message for error in Draft202012Validator(whole).iter_errors(answer.json)]
        assert faults == [], (method, path, answer.text)


def test_each_step(accounts: Client) -> None:
    _, ann = person(accounts, "ann@example.com", role="admin")
    made = accounts.get("/openapi.json").json
    ids = {USER: ID, SESSION: "current", KEY: ""}
    for method, path, body, headers, status in STEPS:
        answer = accounts.ask(method, path.format(id=ids.get(path)), body, headers=ann | headers)
        assert answer.status_code == status, (method, path, body, answer.text)
        check(made, method, path, answer)
        conforms(made, method, path, answer)
        if (path, status) == (KEYS, 201):
            ids[KEY] = answer.json["id"]


def test_others_see_what_is_documented(accounts: Client) -> None:
    _, ann = person(accounts, "ann@example.com")
    made = accounts.get("/openapi.json").json
    browser = Browser(accounts, "ann@example.com")
    conforms(made, "POST", SESSIONS, browser.begun)
    for path in (SESSIONS, "/auth/sessions/current"):
        documented = SESSION if path.endswith("current") else path
        conforms(made, "GET", documented, browser.ask("GET", path))
    ended = browser.send("DELETE", "/auth/sessions/current")
    assert "Set-Cookie" in ended.headers
    check(made, "DELETE", SESSION, ended)
    refused = browser.ask("GET", ME, Cookie="pw_session=x")
    check(made, "GET", ME, refused)
    for headers in (ADMIN, make_key(accounts, ann, "*:read")):
        conforms(made, "GET", ME, accounts.get(ME, headers=headers))


def test_examples_fit_their_schemas(accounts: Client) -> None:
    made = accounts.get("/openapi.json").json
    for item in auth_paths(OF_ADMINS).values():
        for operation in (one for method, one in item.items() if method != "parameters"):
            bodies = [operation.get("requestBody", {}), *operation["responses"].values()]
            medias = [media for body in bodies for media in body.get("content", {}).values()]
            for media in medias:
                if "example" in media:
                    whole = {**media["schema"], "components": made["components"]}
                    Draft202012Validator(whole).validate(media["example"])
