"""/auth/me: one's own account, and what its owner changes (contract section 10)."""

from typing import Any

import pytest
from conftest import ADMIN, Client
from signing import (
    NOBODY,
    PASSWORD,
    Browser,
    add_user,
    bearer,
    make_key,
    person,
    pointers,
    sign_in,
    try_to_sign_in,
)
from test_refusals import check_problem
from test_workers import race

NEW = "another password"
JSON_PATCH = "application/json-patch+json"
MEMBERS = ["id", "email", "name", "role", "disabled", "created_at", "updated_at"]


def test_oneself(accounts: Client) -> None:
    account, ann = person(accounts, "ann@example.com", name="Ann")
    me = accounts.get("/auth/me", headers=ann)
    assert (me.status_code, me.json) == (200, account)
    known = ann | {"If-None-Match": me.headers["ETag"]}
    assert accounts.get("/auth/me", headers=known).status_code == 304
    assert accounts.get(f"/auth/users/{account['id']}").headers["ETag"] == me.headers["ETag"]
    assert me.headers["Cache-Control"] == "private, no-cache"
    check_problem(accounts.get("/auth/me", headers=NOBODY), "unauthenticated")
    check_problem(accounts.get("/auth/me?fields=id", headers=ann), "invalid-parameter")


def test_the_admin_without_an_account(accounts: Client) -> None:
    key = accounts.post("/auth/keys", {"name": "k", "scopes": ["admin"]}).json["secret"]
    for headers in (ADMIN, bearer(key)):
        me = accounts.get("/auth/me", headers=headers)
        assert list(me.json) == MEMBERS
        assert me.json == dict.fromkeys(MEMBERS) | {"role": "admin", "disabled": False}
        known = headers | {"If-None-Match": me.headers["ETag"]}
        assert accounts.get("/auth/me", headers=known).status_code == 304
        check_problem(accounts.patch("/auth/me", {"name": "x"}, headers=headers), "forbidden")
    check_problem(accounts.patch("/auth/me", {"name": "x"}, headers=NOBODY), "unauthenticated")


def test_another_name_needs_no_password(accounts: Client) -> None:
    _, ann = person(accounts, "ann@example.com", name="Ann")
    other = sign_in(accounts, "ann@example.com")
    changed = accounts.patch("/auth/me", {"name": "Anne"}, headers=ann)
    assert (changed.status_code, changed.json["name"]) == (200, "Anne")
    assert changed.headers["Content-Location"] == "/auth/me"
    again = accounts.patch("/auth/me", changed.json, headers=ann)
    assert again.headers["ETag"] == changed.headers["ETag"], "what was read can be sent back"
    patch = [{"op": "replace", "path": "/name", "value": "A"}]
    assert accounts.patch("/auth/me", patch, headers=ann, type=JSON_PATCH).json["name"] == "A"
    stale = accounts.patch("/auth/me", {"name": "B"}, headers=ann | {"If-Match": '"1-u"'})
    check_problem(stale, "precondition-failed")
    assert stale.json["current"]["name"] == "A"
    assert accounts.get("/auth/me", headers=other).status_code == 200


CHANGES: list[tuple[Any, int, list[str]]] = [
    ({"password": NEW}, 422, ["/current_password"]),
    ({"email": "new@example.com"}, 422, ["/current_password"]),
    ({"email": "ANN@example.com"}, 422, ["/current_password"]),
    ({"password": NEW, "current_password": None}, 422, ["/current_password"]),
    ({"password": NEW, "current_password": ""}, 422, ["/current_password"]),
    ({"password": NEW, "current_password": "a wrong password"}, 422, ["/current_password"]),
    ({"email": "new@example.com", "current_password": "x"}, 422, ["/current_password"]),
    ({"password": "short", "email": "x", "y": 1}, 422,
     ["/email", "/password", "/current_password", "/y"]),
    ({"password": None, "current_password": PASSWORD}, 422, ["/password"]),
    ({"role": "admin"}, 403, ["/role"]),
    ({"disabled": True}, 403, ["/disabled"]),
    ({"role": "admin", "password": NEW, "current_password": PASSWORD}, 403, ["/role"]),
    ({"id": "01890a5d-ac96-774b-bcce-b302099a8057"}, 422, ["/id"]),
    ({"address": "x", "hash": 1}, 422, ["/address", "/hash"]),
]  # fmt: skip


@pytest.mark.parametrize(("body", "status", "places"), CHANGES)
def test_what_one_may_not_change(
    accounts: Client, body: Any, status: int, places: list[str]
) -> None:
    account, ann = person(accounts, "ann@example.com")
    other = sign_in(accounts, "ann@example.com")
    told = accounts.patch("/auth/me", body, headers=ann)
    assert (told.status_code, pointers(told)) == (status, places)
    assert accounts.get("/auth/me", headers=other).json == account
    assert try_to_sign_in(accounts, "ann@example.com", PASSWORD).status_code == 201


PROVEN = [
    {"password": NEW},
    {"email": "new@example.com"},
    {"email": "new@example.com", "password": NEW},
]


@pytest.mark.parametrize("change", PROVEN)
@pytest.mark.parametrize("by", ["bearer", "cookie", "key"])
def test_another_password_or_email_ends_the_other_sessions(
    accounts: Client, change: dict[str, Any], by: str
) -> None:
    account, other = person(accounts, "ann@example.com")
    browser = Browser(accounts, "ann@example.com")
    mine = sign_in(accounts, "ann@example.com")
    key = make_key(accounts, mine, "*:write")
    body = change | {"current_password": PASSWORD}
    if by == "cookie":
        changed = browser.send("PATCH", "/auth/me", body)
    else:
        headers = mine if by == "bearer" else key
        changed = accounts.patch("/auth/me", body, headers=headers)
    assert changed.status_code == 200, changed.text
    assert PASSWORD not in changed.text
    assert NEW not in changed.text
    for headers, stays in ((other, False), (mine, by == "bearer"), (key, True)):
        status = accounts.get("/auth/me", headers=headers).status_code
        assert status == (200 if stays else 401)
    assert browser.ask("GET", "/auth/me").status_code == (200 if by == "cookie" else 401)
    email, password = change.get("email", account["email"]), change.get("password", PASSWORD)
    sign_in(accounts, email, password)
    if password == NEW:
        assert try_to_sign_in(accounts, email, PASSWORD).status_code == 401
    if email != account["email"]:
        assert try_to_sign_in(accounts, account["email"], password).status_code == 401


def test_a_taken_email(accounts: Client) -> None:
    add_user(accounts, "bob@example.com")
    _, ann = person(accounts, "ann@example.com")
    other = sign_in(accounts, "ann@example.com")
    body = {"email": "BOB@example.com", "current_password": PASSWORD}
    told = accounts.patch("/auth/me", body, headers=ann)
    check_problem(told, "conflict")
    assert pointers(told) == ["/email"]
    assert accounts.get("/auth/me", headers=other).status_code == 200


def test_a_password_by_a_json_patch(accounts: Client) -> None:
    _, ann = person(accounts, "ann@example.com")
    patch = [{"op": "add", "path": "/password", "value": NEW}]
    told = accounts.patch("/auth/me", patch, headers=ann, type=JSON_PATCH)
    assert (told.status_code, pointers(told)) == (422, ["/current_password"])
    patch.append({"op": "add", "path": "/current_password", "value": PASSWORD})
    assert accounts.patch("/auth/me", patch, headers=ann, type=JSON_PATCH).status_code == 200
    sign_in(accounts, "ann@example.com", NEW)


def test_of_two_who_change_a_password_at_once_one_knew_it(accounts: Client) -> None:
    """What was proven of the old password says nothing of a newer one."""
    _, ann = person(accounts, "ann@example.com")

    def change(i: int) -> int:
        body = {"password": f"{NEW} {i}", "current_password": PASSWORD}
        return Client(accounts.app).patch("/auth/me", body, headers=ann).status_code

    statuses = race(change, 4)
    assert sorted(statuses) == [200, 422, 422, 422]
    sign_in(accounts, "ann@example.com", f"{NEW} {statuses.index(200)}")


def test_a_key_needs_its_scopes(accounts: Client) -> None:
    _, ann = person(accounts, "ann@example.com")
    for scopes, reads, writes in (
        (["*:read"], True, False),
        (["*:write"], True, True),
        (["admin"], True, True),
        (["books:read", "books:write"], False, False),
    ):
        key = make_key(accounts, ann, *scopes)
        read = accounts.get("/auth/me", headers=key)
        assert read.status_code == (200 if reads else 403)
        written = accounts.patch("/auth/me", {"name": scopes[0]}, headers=key)
        assert written.status_code == (200 if writes else 403)
