"""/auth/sessions: signing in and out, and who is asking (contract sections 6 and 10)."""

import re
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from conftest import ADMIN, OPEN, Client, dispose, make_app
from signing import (
    NOBODY,
    PASSWORD,
    Browser,
    add_user,
    bare,
    bearer,
    make_key,
    person,
    pointers,
    sign_in,
    try_to_sign_in,
)
from test_refusals import check_problem
from test_workers import race

UUID = "01890a5d-ac96-774b-bcce-b302099a8057"
SHOWN = ["id", "created_at", "expires_at", "cookie", "user_agent", "current"]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_signing_in_and_out(accounts: Client) -> None:
    account = add_user(accounts, "Ann@Example.com", name="Ann")
    begun = try_to_sign_in(accounts, "ann@example.COM", PASSWORD)
    assert begun.status_code == 201
    assert list(begun.json) == ["token", "expires_at", "user"]
    assert begun.json["user"] == account
    assert re.fullmatch(r"pws_[A-Za-z0-9_-]{43}", begun.json["token"])
    assert "Set-Cookie" not in begun.headers
    left = at(begun.json["expires_at"]) - datetime.now(UTC)
    assert timedelta(days=13, hours=23) < left <= timedelta(days=14)
    ann = bearer(begun.json["token"])
    shown = accounts.get(begun.headers["Location"], headers=ann)
    assert list(shown.json) == SHOWN
    assert shown.json == accounts.get("/auth/sessions/current", headers=ann).json
    assert shown.json["expires_at"] == begun.json["expires_at"]
    assert (shown.json["cookie"], shown.json["current"]) == (False, True)
    assert accounts.delete("/auth/sessions/current", headers=ann).status_code == 204
    for method, path in (("DELETE", "/auth/sessions/current"), ("GET", "/auth/me")):
        check_problem(accounts.ask(method, path, headers=ann), "unauthenticated")


def test_one_sees_and_ends_ones_own(accounts: Client) -> None:
    _, ann = person(accounts, "ann@example.com")
    agent = {"User-Agent": "x" * 300}
    body = {"email": "ann@example.com", "password": PASSWORD}
    newer = bearer(accounts.post("/auth/sessions", body, headers=agent).json["token"])
    Browser(accounts, "ann@example.com")
    _, bob = person(accounts, "bob@example.com")
    listed = accounts.get("/auth/sessions", headers=newer).json
    assert list(listed) == ["items", "next"]
    assert listed["next"] is None
    assert [one["current"] for one in listed["items"]] == [False, True, False], "newest first"
    assert [one["cookie"] for one in listed["items"]] == [True, False, False]
    assert listed["items"][1]["user_agent"] == "x" * 200
    assert all(list(one) == SHOWN for one in listed["items"])
    path = f"/auth/sessions/{listed['items'][2]['id']}"
    for headers in (bob, ADMIN):
        check_problem(accounts.get(path, headers=headers), "not-found")
        check_problem(accounts.delete(path, headers=headers), "not-found")
    assert accounts.delete(path, headers=newer).status_code == 204
    check_problem(accounts.delete(path, headers=newer), "not-found")
    check_problem(accounts.get("/auth/me", headers=ann), "unauthenticated")
    for id in (UUID, "nonsense", "CURRENT"):
        check_problem(accounts.delete(f"/auth/sessions/{id}", headers=newer), "not-found")
    assert len(accounts.get("/auth/sessions", headers=newer).json["items"]) == 2


def test_a_condition_of_ending(accounts: Client) -> None:
    _, ann = person(accounts, "ann@example.com")
    tag = accounts.get("/auth/sessions/current", headers=ann).headers["ETag"]
    stale = accounts.delete("/auth/sessions/current", headers=ann | {"If-Match": '"x"'})
    check_problem(stale, "precondition-failed")
    ended = accounts.delete("/auth/sessions/current", headers=ann | {"If-Match": tag})
    assert ended.status_code == 204


def test_by_a_key_there_is_no_current_one(accounts: Client) -> None:
    _, ann = person(accounts, "ann@example.com")
    key = make_key(accounts, ann, "admin")
    for headers in (key, ADMIN):
        for method in ("GET", "DELETE"):
            told = accounts.ask(method, "/auth/sessions/current", headers=headers)
            check_problem(told, "not-found")
    listed = accounts.get("/auth/sessions", headers=key).json["items"]
    assert [one["current"] for one in listed] == [False]
    assert accounts.get("/auth/sessions").json == {"items": [], "next": None}
    assert accounts.delete(f"/auth/sessions/{listed[0]['id']}", headers=key).status_code == 204
    for method, path in (
        ("GET", "/auth/sessions"),
        ("GET", "/auth/sessions/current"),
        ("DELETE", "/auth/sessions/current"),
    ):
        check_problem(accounts.ask(method, path, headers=NOBODY), "unauthenticated")


def test_what_is_wrong_is_told_alike(accounts: Client) -> None:
    add_user(accounts, "ann@example.com")
    off = add_user(accounts, "off@example.com", disabled=True)
    answers = [
        try_to_sign_in(accounts, email, password)
        for email, password in (
            ("ann@example.com", "a wrong password"),
            ("ann@example.com", ""),
            ("ann@example.com", "x" * 5000),
            ("nobody@example.com", PASSWORD),
            ("no address at all", PASSWORD),
            ("", PASSWORD),
            (off["email"], PASSWORD),
        )
    ]
    for told in answers:
        check_problem(told, "unauthenticated")
        assert told.headers["WWW-Authenticate"] == 'Bearer realm="pennyworth"'
        assert told.json | {"request_id": ""} == answers[0].json | {"request_id": ""}
        same = ("Content-Length", "Cache-Control", "Vary", "WWW-Authenticate")
        assert [told.headers[n] for n in same] == [answers[0].headers[n] for n in same]
    assert accounts.sql("SELECT count(*) FROM pw__sessions") == [(0,)]


BODIES: list[tuple[Any, list[str]]] = [
    ({}, ["/email", "/password"]),
    ([], [""]),
    ("text", [""]),
    ({"email": 1, "password": None, "cookie": "yes"}, ["/email", "/password", "/cookie"]),
    ({"email": "a", "password": "b", "remember": True}, ["/remember"]),
    ({"email": "a\x00", "password": "b\x00"}, ["/email", "/password"]),
    ({"email": "a", "password": "x" * 10_001}, ["/password"]),
]


@pytest.mark.parametrize(("body", "places"), BODIES)
def test_a_body_that_is_none(accounts: Client, body: Any, places: list[str]) -> None:
    body = f'"{body}"' if isinstance(body, str) else body
    told = accounts.post("/auth/sessions", body, headers=NOBODY)
    check_problem(told, "validation-failed")
    assert sorted(pointers(told)) == sorted(places)
    form = accounts.post("/auth/sessions", "email=a", headers=NOBODY, type="text/plain")
    check_problem(form, "unsupported-media-type")


def test_who_signs_in_with_another_credential(accounts: Client) -> None:
    """An Authorization that is none is none everywhere; a limited key makes no sessions."""
    _, ann = person(accounts, "ann@example.com")
    body = {"email": "ann@example.com", "password": PASSWORD}
    for headers, status in (
        (bearer("pw_nonsense"), 401),
        ({"Authorization": "Basic YTpi"}, 401),
        (make_key(accounts, ann, "*:write"), 403),
        (make_key(accounts, ann, "admin"), 201),
        (ann, 201),
        (ADMIN, 201),
    ):
        assert accounts.post("/auth/sessions", body, headers=headers).status_code == status


@pytest.mark.parametrize("path", ["/auth/sessions", "/auth/keys"])
def test_h115_an_idempotency_key_keeps_no_secret(accounts: Client, path: str) -> None:
    _, ann = person(accounts, "ann@example.com")
    headers = ann | {"Idempotency-Key": "k", "Prefer": "return=minimal"}
    body = {"email": "ann@example.com", "password": PASSWORD}
    if path == "/auth/keys":
        body = {"name": "k", "scopes": ["*:read"]}
    secret = "token" if path == "/auth/sessions" else "secret"
    answers = [accounts.post(path, body, headers=headers) for _ in range(2)]
    assert [one.status_code for one in answers] == [201, 201]
    assert answers[0].json[secret] != answers[1].json[secret]
    assert not any("Idempotency-Replayed" in one.headers for one in answers)
    assert accounts.sql("SELECT count(*) FROM pw__answers") == [(0,)]


def back(client: Client, table: str, days: int) -> None:
    sql = {
        "sqlite": f"UPDATE {table} SET expires_at ="
        f" strftime('%Y-%m-%dT%H:%M:%f000Z', expires_at, '-{days} days')",
        "postgresql": f"UPDATE {table} SET expires_at = expires_at - interval '{days} days'",
    }[client.database]
    client.execute(sql)


def test_a_session_expires(accounts: Client) -> None:
    _, ann = person(accounts, "ann@example.com")
    browser = Browser(accounts, "ann@example.com")
    back(accounts, "pw__sessions", 13)
    assert accounts.get("/auth/me", headers=ann).status_code == 200
    back(accounts, "pw__sessions", 1)
    told = accounts.get("/auth/me", headers=ann)
    check_problem(told, "unauthenticated")
    assert "expired" in told.json["detail"]
    check_problem(browser.ask("GET", "/auth/me"), "unauthenticated")
    newer = sign_in(accounts, "ann@example.com")
    assert len(accounts.get("/auth/sessions", headers=newer).json["items"]) == 1
    assert accounts.sql("SELECT count(*) FROM pw__sessions") == [(1,)], "cleared up"


def test_the_lifetime_is_a_setting(empty_url: str) -> None:
    client = Client(make_app(empty_url, PENNYWORTH_SESSION_LIFETIME="1s"))
    _, ann = person(client, "ann@example.com")
    assert Browser(client, "ann@example.com").begun.headers["Set-Cookie"].count("Max-Age=1;") == 1
    time.sleep(1.1)
    check_problem(client.get("/auth/me", headers=ann), "unauthenticated")
    dispose(client.app)


def test_who_was_let_in_by_the_old_password_is_not_let_in(accounts: Client) -> None:
    """However signing in and changing the password fall together: the new one ends all."""
    account = add_user(accounts, "ann@example.com")
    path = f"/auth/users/{account['id']}"

    def work(i: int) -> Any:
        client = Client(accounts.app)
        if i == 0:
            return client.patch(path, {"password": "another password"}).status_code
        begun = try_to_sign_in(client, "ann@example.com", PASSWORD)
        return begun.json.get("token")

    changed, *tokens = race(work, 4)
    assert changed == 200
    for token in filter(None, tokens):
        assert accounts.get("/auth/me", headers=bearer(token)).status_code == 401


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/things"),
        ("POST", "/api/things"),
        ("GET", f"/api/things/{UUID}"),
        ("QUERY", "/api/things"),
        ("GET", "/collections"),
        ("GET", "/auth/me"),
        ("POST", "/auth/users"),
        ("GET", "/openapi.json"),
        ("GET", "/problems"),
        ("GET", "/problems/gone"),
        ("GET", "/problems/nonsense"),
        ("GET", "/docs"),
        ("GET", "/docs/start.js"),
        ("GET", "/"),
        ("HEAD", "/"),
    ],
)
def test_what_is_unknown_is_never_a_guest(accounts: Client, method: str, path: str) -> None:
    accounts.define("things", fields={}, access=OPEN)
    account, ann = person(accounts, "ann@example.com")
    key = make_key(accounts, ann, "admin")
    nobody = [bearer("pw_nonsense"), bearer("pws_nonsense"), bearer("x")]
    for headers in nobody:
        told = accounts.ask(method, path, headers=headers)
        assert told.status_code == 401
        assert told.headers["WWW-Authenticate"].startswith("Bearer")
    status = accounts.ask(method, path, headers=NOBODY).status_code
    assert accounts.ask(method, path, headers=ann).status_code != 401
    accounts.patch(f"/auth/users/{account['id']}", {"disabled": True})
    for headers in (ann, key):
        assert accounts.ask(method, path, headers=headers).status_code == 401
    assert accounts.ask(method, path, headers=NOBODY).status_code == status


@pytest.mark.parametrize("path", ["/health/live", "/health/ready", "/metrics"])
def test_what_looks_nothing_up(accounts: Client, path: str) -> None:
    for headers in (bearer("pw_nonsense"), {"Cookie": "pw_session=x"}):
        assert bare(accounts).get(path, headers=headers).status_code == 200


def test_v13_a_token_in_the_url_is_none(accounts: Client) -> None:
    _, ann = person(accounts, "ann@example.com")
    token = ann["Authorization"].removeprefix("Bearer ")
    for name in ("access_token", "token", "session", "key"):
        told = accounts.get(f"/auth/me?{name}={token}", headers=NOBODY)
        check_problem(told, "unauthenticated")


def test_h089_h094_the_address_of_a_session(accounts: Client) -> None:
    _, ann = person(accounts, "ann@example.com")
    for path in ("/auth/sessions/current", "/auth/sessions", "/auth/keys"):
        check_problem(accounts.get(f"{path}?x=1", headers=ann), "invalid-parameter")
        check_problem(accounts.get(f"{path}/", headers=ann), "not-found")
    check_problem(accounts.delete("/auth/sessions/current?x=1", headers=ann), "invalid-parameter")
    assert accounts.get("/auth/me", headers=ann).status_code == 200
