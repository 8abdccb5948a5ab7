"""What has gone wrong elsewhere with accounts, sessions and keys, by the ids of V01 to V56 and of
API1 to API10. Attempts to sign in are limited by account and by address, so whoever fails here does
it from an address of its own. Signing in itself: tests/test_security_signing_in.py."""

import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from callers import (
    PASSWORD,
    Cast,
    attempt,
    bearer,
    cast,
    casts,
    cookie_session,
    fresh_address,
    newcomer,
    without_jar,
)
from conftest import ADMIN, KEY, OPEN, Client, dispose, make_app

__all__ = ["cast", "casts"]
UUID = "01890a5d-ac96-774b-bcce-b302099a8057"
WRONG = "not the right password"


@pytest.fixture
def sign_up(empty_url: str) -> Iterator[Client]:
    """Where everyone may have an account."""
    client = Client(make_app(empty_url, PENNYWORTH_SIGNUP="open"))
    yield client
    dispose(client.app)


# What ends, ends at once


def set_disabled(cast: Cast, name: str) -> None:
    done = cast.client.patch(f"/auth/users/{cast.ids[name]}", {"disabled": True})
    assert done.status_code == 200


def delete_account(cast: Cast, name: str) -> None:
    assert cast.client.delete(f"/auth/users/{cast.ids[name]}").status_code == 204


def change_role(cast: Cast, name: str) -> None:
    done = cast.client.patch(f"/auth/users/{cast.ids[name]}", {"role": "editor"})
    assert done.status_code == 200


def change_password(cast: Cast, name: str) -> None:
    new = {"password": "another long password"}
    assert cast.client.patch(f"/auth/users/{cast.ids[name]}", new).status_code == 200


ENDS = {
    "disabled": (set_disabled, 401),
    "deleted": (delete_account, 401),
    "role": (change_role, 200),
    "password": (change_password, 200),
}
"""What an admin does, and what the user's key is answered then; his sessions end in any case."""


@pytest.mark.parametrize("what", ENDS)
def test_v17_a_change_of_an_account_ends_its_sessions(
    client: Client, cast: Cast, what: str
) -> None:
    end, status = ENDS[what]
    name = newcomer(cast)
    cast.headers[name] = cast.sign_in(name)
    cast.headers["key"] = bearer(cast.key(name, "*:read", "*:write")["secret"])
    fields, token = cookie_session(cast, name)
    browser = without_jar(client)
    for headers in (cast.headers[name], cast.headers["key"], fields):
        assert browser.get("/auth/me", headers=headers).status_code == 200
    end(cast, name)
    for headers in (cast.headers[name], fields, fields | {"X-CSRF-Token": token}):
        for method, body in (("GET", None), ("PATCH", {"name": "x"})):
            answer = browser.ask(method, "/auth/me", body, headers=headers)
            assert answer.status_code == 401, (what, method)
            assert "WWW-Authenticate" in answer.headers
    cleared = browser.get("/auth/me", headers=fields).headers.get("Set-Cookie", "")
    assert cleared.replace('""', "").startswith("pw_session=;")
    assert "Max-Age=0" in cleared
    by_key = client.get("/auth/me", headers=cast.headers["key"])
    assert by_key.status_code == status
    if what == "role":
        assert by_key.json["role"] == "editor"


def test_v17_what_was_ended_stays_so(client: Client, cast: Cast) -> None:
    """Enabled again, a user has to sign in again; his keys work again."""
    name = newcomer(cast)
    cast.headers[name] = cast.sign_in(name)
    key = bearer(cast.key(name, "*:read")["secret"])
    path = f"/auth/users/{cast.ids[name]}"
    client.patch(path, {"disabled": True})
    assert attempt(client, cast.emails[name], PASSWORD, fresh_address()).status_code == 401
    client.patch(path, {"disabled": False})
    assert cast.get(name, "/auth/me").status_code == 401
    assert client.get("/auth/me", headers=key).status_code == 200
    assert cast.sign_in(name)


def test_v17_api2_a_password_of_ones_own_ends_other_sessions(client: Client, cast: Cast) -> None:
    name, new = newcomer(cast), "another long password"
    here, there = cast.sign_in(name), cast.sign_in(name)
    fields, _ = cookie_session(cast, name)
    change = {"password": new}
    for sent, status in ((change, 422), (change | {"current_password": WRONG}, 422),
                         (change | {"current_password": PASSWORD}, 200)):  # fmt: skip
        answer = client.patch("/auth/me", sent, headers=here)
        assert answer.status_code == status, answer.text
        assert PASSWORD not in answer.text
        assert new not in answer.text
    assert client.get("/auth/me", headers=here).status_code == 200
    assert client.get("/auth/me", headers=there).status_code == 401
    assert without_jar(client).get("/auth/me", headers=fields).status_code == 401
    assert attempt(client, cast.emails[name], PASSWORD, fresh_address()).status_code == 401
    assert cast.sign_in(name, new)


def test_v36_v17_what_is_revoked_is_so_for_every_worker(empty_url: str) -> None:
    """At its next request."""
    clients = [Client(make_app(empty_url)) for _ in range(2)]
    cast = Cast(clients[0])
    cast.headers["env"] = ADMIN
    cast.account("ann", "member")
    for number in range(2):
        one, other = clients[number], clients[1 - number]
        cast.client = one
        cast.headers["ann"] = cast.sign_in("ann")
        key = cast.key("ann", "*:read")
        credentials = (cast.headers["ann"], bearer(key["secret"]))
        for headers in credentials:
            assert other.get("/auth/me", headers=headers).status_code == 200
        one.delete(f"/auth/keys/{key['id']}", headers=cast.headers["ann"])
        assert one.delete("/auth/sessions/current", headers=cast.headers["ann"]).status_code == 204
        for headers in credentials:
            for client in (other, one):
                assert client.get("/auth/me", headers=headers).status_code == 401
    for client in clients:
        dispose(client.app)


def test_v17_an_admin_is_one_as_long_as_he_is(client: Client, cast: Cast) -> None:
    name = newcomer(cast, "admin")
    cast.headers[name] = cast.sign_in(name)
    keys = [bearer(cast.key(name, *scopes)["secret"]) for scopes in (["admin"], ["*:write"])]
    client.define("things", fields={}, access={})
    assert client.get("/collections", headers=keys[0]).status_code == 200
    assert client.get("/api/things", headers=keys[1]).status_code == 200
    client.patch(f"/auth/users/{cast.ids[name]}", {"role": "member"})
    assert client.get("/collections", headers=keys[0]).status_code == 403
    assert client.get("/api/things", headers=keys[1]).status_code == 403
    assert cast.get(name, "/collections").status_code == 401


# Passwords and addresses


def test_v54_every_character_of_a_password_counts(client: Client, cast: Cast) -> None:
    long = "p" * 72
    name = newcomer(cast, password=long + "right")
    email, address = cast.emails[name], fresh_address()
    for password in (long, long + "wrong", long + "right ", long + "Right", long[:-1] + "right"):
        assert attempt(client, email, password, address).status_code == 401, password
    assert attempt(client, email, long + "right", address).status_code == 201


PASSWORDS = [
    ("\u00e9" * 10, 201),
    (" " * 10, 201),
    ("\U0001f600" * 10, 201),
    ("x" * 1024, 201),
    ("x" * 1025, 422),
    ("\u00e9" * 513, 422),
    ("x" * 9, 422),
    ("e\u0301" * 9, 422),
    ("", 422),
    ("long enough\u0000", 422),
    (None, 422),
    (1234567890, 422),
    (["long enough"], 422),
    ("x" * 900_000, 422),
]


@pytest.mark.parametrize(("password", "status"), PASSWORDS, ids=range(len(PASSWORDS)))
def test_api2_which_passwords_there_are(
    client: Client, cast: Cast, password: Any, status: int
) -> None:
    email = f"{uuid4().hex}@callers.example.com"
    made = client.post("/auth/users", {"email": email, "password": password})
    assert made.status_code == status, made.text[:300]
    if status == 422:
        assert made.json["errors"][0]["pointer"] == "/password"
        refused = attempt(client, email, password, fresh_address())
        assert refused.status_code in (401, 422)
    else:
        cast.ids[email] = made.json["id"]
        assert attempt(client, email, password, fresh_address()).status_code == 201
        if password.startswith("\u00e9"):
            other = attempt(client, email, "e\u0301" * 10, fresh_address())
            assert other.status_code == 201, "it is the same text"


def test_v12_an_address_is_one_in_every_spelling(client: Client, cast: Cast) -> None:
    mark = uuid4().hex[:10]
    email = f"Jörg.{mark}@Müller.example"
    made = client.post("/auth/users", {"email": email, "password": PASSWORD})
    assert (made.status_code, made.json["email"]) == (201, email)
    cast.ids[mark] = made.json["id"]
    same = (email.upper(), email.lower(), email.replace("ö", "o\u0308").replace("ü", "u\u0308"),
            email.replace("g", "\uff47", 1), email.replace("Müller", "xn--mller-kva"))  # fmt: skip
    for said in same:
        taken = client.post("/auth/users", {"email": said, "password": PASSWORD})
        assert taken.status_code == 409, said
        assert taken.json["errors"][0]["pointer"] == "/email"
        assert attempt(client, said, PASSWORD, fresh_address()).status_code == 201, said
    for said in (email.replace("ö", "o"), email.replace("ü", "u"), email.replace("ö", "ø"),
                 f"{email}.", f"{email} ", f" {email}", f"{email}\u200b", email.replace("@", "@@"),
                 email.replace("J", "\u0130"), f"x@{email}"):  # fmt: skip
        refused = attempt(client, said, PASSWORD, fresh_address())
        assert refused.status_code in (401, 422), said


# Mass assignment


REFUSED_MEMBERS: list[tuple[dict[str, Any], int]] = [
    ({"role": "admin"}, 403),
    ({"role": "member"}, 403),
    ({"disabled": True}, 403),
    ({"id": UUID}, 422),
    ({"verified": True}, 422),
    ({"is_admin": True}, 422),
    ({"scopes": ["admin"]}, 422),
    ({"hash": "x"}, 422),
    ({"user_id": UUID}, 422),
    ({"current_password": "x"}, 422),
]


@pytest.mark.parametrize(("more", "status"), REFUSED_MEMBERS, ids=str)
def test_v05_api3_who_signs_up_gives_himself_nothing(
    sign_up: Client, more: dict[str, Any], status: int
) -> None:
    body = {"email": "eve@example.org", "password": PASSWORD, "name": "Eve"}
    refused = sign_up.post("/auth/users", body | more, headers={})
    assert refused.status_code == status, refused.text
    assert refused.json["errors"][0]["pointer"] == f"/{next(iter(more))}"
    assert sign_up.get("/auth/users").json["items"] == []
    for nothing in ({}, {"role": None}, {"disabled": False}):
        email = {"email": f"{uuid4().hex}@example.org"}
        made = sign_up.post("/auth/users", body | email | nothing, headers={})
        assert (made.status_code, made.json["role"], made.json["disabled"]) == (201, None, False)
        assert "password" not in made.text
    headers = bearer(sign_up.post("/auth/sessions", {**email, "password": PASSWORD}).json["token"])
    for path in ("/collections", "/auth/users"):
        assert sign_up.get(path, headers=headers).status_code == 403


CHANGES: list[tuple[dict[str, Any], tuple[int, ...]]] = [
    ({"role": "admin"}, (403,)),
    ({"role": None}, (403,)),
    ({"disabled": True}, (403,)),
    ({"id": UUID}, (422,)),
    ({"verified": True}, (422,)),
    ({"hash": "x"}, (422,)),
    ({"email": "x@example.org"}, (422,)),
    ({"password": "another long password"}, (422,)),
    ({"created_at": "2000-01-01T00:00:00Z"}, (200, 403, 422)),
    ({"updated_at": "2000-01-01T00:00:00Z"}, (200, 403, 422)),
    ({"revision": 1}, (200, 422)),
]


@pytest.mark.parametrize(("change", "statuses"), CHANGES, ids=str)
def test_v05_api3_nobody_makes_more_of_himself(
    client: Client, cast: Cast, change: dict[str, Any], statuses: tuple[int, ...]
) -> None:
    name = newcomer(cast)
    cast.headers[name] = cast.sign_in(name)
    before = client.get(f"/auth/users/{cast.ids[name]}").json
    member = next(iter(change))
    patches: list[tuple[Any, str]] = [
        (change, "application/json"),
        (change | {"name": before["name"]}, "application/merge-patch+json"),
        ([{"op": "add", "path": f"/{member}", "value": change[member]}],
         "application/json-patch+json"),
    ]  # fmt: skip
    for body, type in patches:
        answer = cast.ask(name, "PATCH", "/auth/me", body, type=type)
        allowed = (*statuses, 415) if "json-patch" in type else statuses
        assert answer.status_code in allowed, (type, answer.text)
        assert client.get(f"/auth/users/{cast.ids[name]}").json == before
    assert cast.get(name, "/auth/me").json == before
    same = cast.ask(name, "PATCH", "/auth/me", {"role": "member", "disabled": False})
    assert (same.status_code, same.json) == (200, before)


def test_v31_only_admin_is_admin(client: Client, cast: Cast) -> None:
    for role in (
        "Admin",
        "ADMIN",
        "admin ",
        " admin",
        "admin\u200b",
        "\uff41dmin",
        "administrator",
    ):
        name = newcomer(cast, role)
        cast.headers[name] = cast.sign_in(name)
        assert cast.get(name, "/auth/me").json["role"] == role
        for path in ("/collections", "/auth/users"):
            assert cast.get(name, path).status_code == 403, role
    account = {"email": f"{uuid4().hex}@callers.example.com", "password": PASSWORD}
    for id in ("admin", "role:admin", "me", "current", "1", "", {}, f"{{{UUID}}}"):
        refused = client.post("/auth/users", account | {"id": id})
        assert refused.status_code == 422, id
    for scope in ("ADMIN", "admin ", "*", "things", "things:delete", "things:read ", ":read",
                  "things:*", "*:*", "role:admin", "Things:read", "things:READ"):  # fmt: skip
        refused = cast.ask("root", "POST", "/auth/keys", {"name": "x", "scopes": [scope]})
        assert refused.status_code == 422, scope
        assert refused.json["errors"][0]["pointer"].startswith("/scopes")


# Credentials


def test_api2_secrets_are_long_shown_once_and_stored_hashed(client: Client, cast: Cast) -> None:
    name = newcomer(cast)
    session = cast.session(name)
    cast.headers[name] = bearer(session["token"])
    key = cast.key(name, "*:read")
    assert session["token"].startswith("pws_")
    assert key["secret"].startswith("pw_")
    assert min(len(session["token"]), len(key["secret"])) > 43
    ends = datetime.fromisoformat(session["expires_at"])
    assert timedelta(days=13) < ends - datetime.now(UTC) < timedelta(days=15)
    others = [cast.get(name, path).text for path in (
        "/auth/keys", f"/auth/keys/{key['id']}", "/auth/sessions", "/auth/sessions/current",
        "/auth/me")]  # fmt: skip
    others.append(client.get(f"/auth/users/{cast.ids[name]}").text)
    tables = [client.sql(f"SELECT * FROM {t}") for t in ("pw__keys", "pw__sessions", "pw__users")]
    for secret in (session["token"], key["secret"], PASSWORD):
        assert secret not in str(others)
        assert secret not in str(tables)
        assert secret.removeprefix("pws_").removeprefix("pw_") not in str(tables)
    assert "argon2id" in str(tables)
    assert "argon2" not in str(others)


def test_api2_a_session_is_never_the_one_that_was_sent(client: Client, cast: Cast) -> None:
    """Nobody can give another a session that he knows."""
    browser, body = without_jar(client), {"email": cast.emails["ann"], "password": PASSWORD}
    planted = "pws_" + "x" * 43
    earlier, _ = cookie_session(cast, "ann")
    for cookie in (f"pw_session={planted}", earlier["Cookie"]):
        fields = {"Cookie": cookie}
        made = browser.post("/auth/sessions", body | {"cookie": True}, headers=fields)
        assert made.status_code == 201
        assert made.headers["Set-Cookie"].partition(";")[0] != cookie
    fields = {"Cookie": f"pw_session={planted}"}
    assert browser.get("/auth/me", headers=fields).status_code == 401


def test_api2_a_credential_of_elsewhere_is_none(client: Client, cast: Cast, empty_url: str) -> None:
    other = Client(make_app(empty_url))
    for who in ("ann", "t:w", "rt:r", "root"):
        assert other.get("/collections", headers=cast.headers[who]).status_code == 401
    dispose(other.app)
    token = cast.headers["ann"]["Authorization"].removeprefix("Bearer ")
    other = (token[:-1], token + "x", token.swapcase(), token.removeprefix("pws_"))
    for wrong in (*other, f"pw_{token[4:]}", f"{token} {token}", "pws_", "pw_", "null"):
        assert client.get("/auth/me", headers=bearer(wrong)).status_code == 401, wrong
    for scheme in ("Basic", "Digest", "Token", "ApiKey", ""):
        fields = {"Authorization": f"{scheme} {token}".strip()}
        assert client.get("/auth/me", headers=fields).status_code == 401
    both = {"Cookie": "pw_session=pws_x"} | cast.headers["ann"]
    assert without_jar(client).get("/auth/me", headers=both).json["id"] == cast.ids["ann"]
    cookie, _ = cookie_session(cast, "ann")
    bad = cookie | bearer("pw_garbage")
    assert without_jar(client).get("/auth/me", headers=bad).status_code == 401


def test_v13_a_credential_in_the_url_is_none(client: Client, cast: Cast) -> None:
    token = cast.headers["root"]["Authorization"].removeprefix("Bearer ")
    for name in ("access_token", "token", "key", "api_key", "apikey", "authorization", "session",
                 "pw_session"):  # fmt: skip
        for path in ("/collections", "/auth/me", "/auth/users"):
            assert client.get(f"{path}?{name}={token}", headers={}).status_code == 401


class Listening(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage() + json.dumps(record.__dict__, default=str))


def test_v08_v13_no_secret_is_logged(client: Client, cast: Cast) -> None:
    name, listening = newcomer(cast), Listening()
    log = logging.getLogger("pennyworth")
    log.addHandler(listening)
    before = log.level
    log.setLevel(logging.INFO)
    session = cast.session(name)
    cast.headers[name] = bearer(session["token"])
    key = cast.key(name, "*:read")
    fields, token = cookie_session(cast, name)
    browser = without_jar(client)
    browser.patch("/auth/me", {"name": "x"}, headers=fields | {"X-CSRF-Token": token})
    for secret in (session["token"], key["secret"]):
        client.get(f"/auth/me?token={secret}", headers=bearer(secret))
    attempt(client, cast.emails[name], WRONG, fresh_address())
    change = {"current_password": PASSWORD, "password": "another long password"}
    cast.ask(name, "PATCH", "/auth/me", change)
    log.setLevel(before)
    log.removeHandler(listening)
    said = "\n".join(listening.lines)
    assert "/auth/sessions" in said
    cookie = fields["Cookie"].partition("=")[2]
    for secret in (session["token"], key["secret"], token, cookie, WRONG, KEY, *change.values()):
        assert secret not in said


def test_api5_a_key_gives_no_more_than_it_has(client: Client, cast: Cast) -> None:
    client.define("things", fields={}, access=OPEN)
    for who in ("t:r", "t:w", "*:r", "*:w", "o:r", "rt:r"):
        refused = cast.ask(who, "POST", "/auth/keys", {"name": "x", "scopes": ["admin"]})
        assert refused.status_code == 403, who
    own = cast.ask("adm", "POST", "/auth/keys", {"name": "x", "scopes": ["admin"]})
    assert own.status_code == 201
    for path in ("/collections", "/auth/users", "/auth/why?method=GET&path=/api/things"):
        assert client.get(path, headers=bearer(own.json["secret"])).status_code == 403
    past = (datetime.now(UTC) - timedelta(hours=1)).isoformat().replace("+00:00", "Z")
    for expires in (past, "tomorrow", "2090-01-01", 5, "2090-01-01T00:00:00"):
        body = {"name": "x", "scopes": ["*:read"], "expires_at": expires}
        refused = cast.ask("ann", "POST", "/auth/keys", body)
        assert refused.status_code == 422, expires
    for more in ({"user_id": cast.ids["root"]}, {"secret": "pw_mine"}, {"id": UUID},
                 {"hash": "x"}, {"role": "admin"}):  # fmt: skip
        body = {"name": "x", "scopes": ["*:read"]} | more
        assert cast.ask("ann", "POST", "/auth/keys", body).status_code == 422, more
    of_root = cast.key("root", "things:read")
    for who in ("ann", "adm", "bob"):
        path = f"/auth/keys/{of_root['id']}"
        for method in ("GET", "DELETE"):
            assert cast.ask(who, method, path).status_code == 404
    assert client.get("/api/things", headers=bearer(of_root["secret"])).status_code == 200
