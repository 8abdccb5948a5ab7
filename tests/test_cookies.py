"""Sessions that a cookie keeps: its flags, what needs the second token, and when it is cleared."""

import re
from typing import Any

import pytest
from conftest import ADMIN, OPEN, Client
from signing import (
    PASSWORD,
    Browser,
    add_user,
    admin_of,
    bare,
    bearer,
    person,
    try_to_sign_in,
)
from test_refusals import check_problem
from werkzeug.test import TestResponse

UUID = "01890a5d-ac96-774b-bcce-b302099a8057"
SIGNING_IN = {"email": "ann@example.com", "password": PASSWORD, "cookie": True}
FLAGS = {"HttpOnly", "Path=/", "SameSite=Lax"}


def parts(answer: TestResponse) -> tuple[str, str, set[str]]:
    """Its name, its value, and the rest of it."""
    (sent,) = answer.headers.getlist("Set-Cookie")
    first, *rest = sent.split("; ")
    name, _, value = first.partition("=")
    return name, value, set(rest)


def ask(client: Client, base: str, path: str, cookie: str = "", **headers: str) -> TestResponse:
    """As a browser that came by ``base``."""
    fresh = bare(client).http
    method = "POST" if path == "/auth/sessions" else "GET"
    sent = headers | ({"Cookie": cookie} if cookie else {})
    body = SIGNING_IN if method == "POST" else None
    return fresh.open(path, base_url=base, method=method, json=body, headers=sent)


ADDRESSES = [
    ("http://localhost:8000", {}, True),
    ("http://app.localhost", {}, True),
    ("http://127.0.0.1:8000", {}, True),
    ("http://127.8.9.1", {}, True),
    ("http://[::1]:8000", {}, True),
    ("http://[::1]", {}, True),
    ("https://localhost", {}, False),
    ("https://example.com", {}, False),
    ("http://example.com", {}, False),
    ("http://192.168.0.1", {}, False),
    ("http://localhost.example.com", {}, False),
    ("http://notlocalhost", {}, False),
    ("http://localhost", {"X-Forwarded-For": "192.0.2.1"}, False),
    ("http://127.0.0.1", {"X-Forwarded-Proto": "http"}, False),
    ("http://localhost", {"Forwarded": "for=192.0.2.1"}, False),
]


@pytest.mark.parametrize(("base", "headers", "plain"), ADDRESSES)
def test_h077_its_flags(accounts: Client, base: str, headers: dict[str, str], plain: bool) -> None:
    add_user(accounts, "ann@example.com")
    begun = ask(accounts, base, "/auth/sessions", **headers)
    assert list(begun.json) == ["csrf_token", "expires_at", "user"]
    name, token, flags = parts(begun)
    assert name == ("pw_session" if plain else "__Host-pw_session")
    assert re.fullmatch(r"pws_[A-Za-z0-9_-]{43}", token)
    flags = {flag for flag in flags if not flag.startswith("Expires=")}
    assert flags == FLAGS | {"Max-Age=1209600"} | (set() if plain else {"Secure"})
    assert begun.headers["Cache-Control"] == "no-store"
    assert "Cookie" in begun.headers["Vary"]
    assert token not in begun.text
    known = ask(accounts, base, "/auth/me", f"{name}={token}", **headers)
    assert known.status_code == 200
    assert known.headers["Cache-Control"] == "private, no-cache"
    assert "Cookie" in known.headers["Vary"]
    other = "__Host-pw_session" if plain else "pw_session"
    unread = ask(accounts, base, "/auth/me", f"{other}={token}", **headers)
    check_problem(unread, "unauthenticated")
    assert "Set-Cookie" not in unread.headers, "who sends none is not told to drop it"


def test_h077_a_cookie_that_is_of_no_use_is_cleared(accounts: Client) -> None:
    add_user(accounts, "ann@example.com")
    browser = Browser(accounts, "ann@example.com")
    accounts.execute("DELETE FROM pw__sessions")
    for method, path in (("GET", "/auth/me"), ("POST", "/api/things"), ("GET", "/openapi.json")):
        told = bare(accounts).ask(
            method, path, headers={"Cookie": browser.begun.headers["Set-Cookie"].split(";")[0]}
        )
        check_problem(told, "unauthenticated")
        name, value, flags = parts(told)
        assert (name, value) == ("pw_session", "")
        assert flags >= FLAGS | {"Max-Age=0"}
        assert told.headers["Cache-Control"] == "no-store"
        assert "Cookie" in told.headers["Vary"]
    assert browser.ask("GET", "/auth/me").status_code == 401
    again = browser.ask("GET", "/auth/me")
    assert "Set-Cookie" not in again.headers, "the browser has dropped it"
    secure = ask(accounts, "https://example.com", "/auth/me", "__Host-pw_session=x")
    assert parts(secure)[0] == "__Host-pw_session"
    assert "Secure" in parts(secure)[2]


def test_a_stale_cookie_locks_nobody_out(accounts: Client) -> None:
    add_user(accounts, "ann@example.com")
    for cookie in ("pw_session=x", "pw_session=", 'pw_session="\\"'):
        begun = bare(accounts).ask("POST", "/auth/sessions", SIGNING_IN, headers={"Cookie": cookie})
        assert begun.status_code == 201
        wrong = bare(accounts).ask(
            "POST", "/auth/sessions", SIGNING_IN | {"password": "x"}, headers={"Cookie": cookie}
        )
        check_problem(wrong, "unauthenticated")
        assert "Set-Cookie" not in wrong.headers
    browser = Browser(accounts, "ann@example.com")
    again = browser.ask("POST", "/auth/sessions", SIGNING_IN)
    assert again.status_code == 201, "no second token is needed for this"


@pytest.mark.parametrize("path", ["/", "/docs", "/problems", "/problems/gone", "/docs/start.js"])
def test_where_no_database_is_asked_a_cookie_means_nothing(accounts: Client, path: str) -> None:
    told = bare(accounts).get(path, headers={"Cookie": "pw_session=x"})
    assert told.status_code == 200
    assert "Set-Cookie" not in told.headers


CHANGES: list[tuple[str, str, Any, int]] = [
    ("POST", "/api/things", {}, 201),
    ("PUT", f"/api/things/{UUID}", {}, 201),
    ("PATCH", f"/api/things/{UUID}", {}, 200),
    ("DELETE", f"/api/things/{UUID}", None, 204),
    ("PUT", "/collections/more", {}, 201),
    ("POST", "/collections", {"name": "others"}, 201),
    ("POST", "/auth/users", {"email": "x@y.z", "password": PASSWORD}, 201),
    ("PATCH", "/auth/me", {"name": "x"}, 200),
    ("POST", "/auth/keys", {"name": "k", "scopes": ["admin"]}, 201),
    ("DELETE", "/auth/sessions/current", None, 204),
]


def test_what_changes_anything_needs_the_second_token(accounts: Client) -> None:
    accounts.define("things", fields={}, access=OPEN)
    _, other = admin_of(accounts)
    add_user(accounts, "ann@example.com", role="admin")
    browser, another = (Browser(accounts, "ann@example.com") for _ in range(2))
    token = browser.csrf["X-CSRF-Token"]
    for method, path, body, status in CHANGES:
        for wrong in ({}, {"X-CSRF-Token": ""}, {"X-CSRF-Token": token[:-1]},
                      {"X-CSRF-Token": "ü" + token[1:]}, another.csrf):  # fmt: skip
            told = browser.ask(method, path, body, **wrong)
            check_problem(told, "forbidden")
            assert "X-CSRF-Token" in told.json["detail"]
            assert "Set-Cookie" not in told.headers
        done = browser.send(method, path, body)
        assert done.status_code == status, done.text
    assert parts(done)[1] == "", "who signs out keeps no cookie"
    assert len(accounts.get("/api/things", headers=other).json["items"]) == 1


def test_what_changes_nothing_needs_none(accounts: Client) -> None:
    accounts.define("things", fields={}, access={})
    add_user(accounts, "ann@example.com", role="admin")
    browser = Browser(accounts, "ann@example.com")
    for method, path in (
        ("GET", "/auth/me"),
        ("HEAD", "/auth/me"),
        ("OPTIONS", "/auth/me"),
        ("GET", "/api/things"),
        ("GET", "/auth/sessions"),
        ("GET", "/openapi.json"),
    ):
        assert browser.ask(method, path).status_code in (200, 204)
    asked = browser.client.ask("QUERY", "/api/things", "limit=1", headers={},
                               type="application/x-www-form-urlencoded")  # fmt: skip
    assert asked.status_code == 200


def test_first_who_then_the_second_token(accounts: Client) -> None:
    accounts.define("things", fields={}, access=OPEN)
    told = bare(accounts).post("/api/things", {}, headers={"Cookie": "pw_session=x"})
    check_problem(told, "unauthenticated")
    add_user(accounts, "ann@example.com")
    browser = Browser(accounts, "ann@example.com")
    check_problem(browser.ask("POST", "/api/nothing", {}), "forbidden")
    check_problem(browser.send("POST", "/api/nothing", {}), "not-found")


def test_a_bearer_beats_a_cookie(accounts: Client) -> None:
    accounts.define("things", fields={}, access=OPEN)
    add_user(accounts, "ann@example.com")
    account, bob = person(accounts, "bob@example.com")
    browser = Browser(accounts, "ann@example.com")
    assert browser.ask("GET", "/auth/me", **bob).json == account
    assert browser.ask("POST", "/api/things", {}, **bob).status_code == 201
    assert browser.ask("POST", "/api/things", {}, **ADMIN).status_code == 201
    told = browser.ask("GET", "/auth/me", **bearer("pw_nonsense"))
    check_problem(told, "unauthenticated")
    assert "Set-Cookie" not in told.headers
    assert browser.ask("GET", "/auth/me").json["email"] == "ann@example.com"


def test_the_second_token_is_shown_again(accounts: Client) -> None:
    """So that a page that was loaded anew can go on."""
    add_user(accounts, "ann@example.com")
    browser = Browser(accounts, "ann@example.com")
    shown = browser.ask("GET", "/auth/sessions/current")
    assert shown.json["csrf_token"] == browser.csrf["X-CSRF-Token"]
    assert browser.ask("GET", browser.begun.headers["Location"]).json == shown.json
    token = parts(browser.begun)[1]
    by_bearer = accounts.get("/auth/sessions/current", headers=bearer(token)).json
    assert "csrf_token" not in by_bearer
    assert by_bearer["id"] == shown.json["id"]
    assert all("csrf_token" not in one for one in
               browser.ask("GET", "/auth/sessions").json["items"])  # fmt: skip


def test_each_session_has_another_token(accounts: Client) -> None:
    """What was there before signing in is of no use after (session fixation)."""
    add_user(accounts, "ann@example.com")
    fixed = "pws_" + "A" * 43
    begun = bare(accounts).ask(
        "POST", "/auth/sessions", SIGNING_IN, headers={"Cookie": f"pw_session={fixed}"}
    )
    assert parts(begun)[1] != fixed
    told = bare(accounts).get("/auth/me", headers={"Cookie": f"pw_session={fixed}"})
    check_problem(told, "unauthenticated")
    assert try_to_sign_in(accounts, "ann@example.com", PASSWORD).status_code == 201


def test_h040_a_cookie_of_whatever_form(accounts: Client) -> None:
    for text in ("pw_session", "=", ";;;", "pw_session=\x7f", "pw_session=é", "a=b; pw_session",
                 "pw_session=" + "x" * 10_000, "pw_session=%00%ff"):  # fmt: skip
        told = bare(accounts).get("/auth/me", headers={"Cookie": text})
        assert told.status_code == 401
