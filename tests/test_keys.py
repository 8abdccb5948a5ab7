"""/auth/keys: API keys and their scopes (contract sections 6 and 10)."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from conftest import ADMIN, Client
from signing import (
    NOBODY,
    PASSWORD,
    add_user,
    admin_of,
    bearer,
    make_key,
    person,
    pointers,
    sign_in,
)
from test_refusals import check_problem
from test_sessions import back

SHOWN = ["id", "name", "scopes", "expires_at", "created_at"]
LATER = (datetime.now(UTC) + timedelta(days=1)).isoformat()
EARLIER = (datetime.now(UTC) - timedelta(days=1)).isoformat()


def test_a_key_and_its_members(accounts: Client) -> None:
    account, ann = person(accounts, "ann@example.com")
    body = {"name": "the shop's", "scopes": ["books:read", "*:write", "admin"]}
    made = accounts.post("/auth/keys", body, headers=ann)
    assert made.status_code == 201
    assert list(made.json) == [*SHOWN, "secret"]
    assert made.json.items() >= (body | {"expires_at": None}).items()
    assert re.fullmatch(r"pw_[A-Za-z0-9_-]{43}", made.json["secret"])
    key = bearer(made.json["secret"])
    assert accounts.get("/auth/me", headers=key).json == account
    path = made.headers["Location"]
    assert path == f"/auth/keys/{made.json['id']}"
    shown = accounts.get(path, headers=ann)
    assert shown.json == {name: made.json[name] for name in SHOWN}
    assert made.json["secret"] not in shown.text + accounts.get("/auth/keys", headers=ann).text
    known = ann | {"If-None-Match": shown.headers["ETag"]}
    assert accounts.get(path, headers=known).status_code == 304
    stale = accounts.delete(path, headers=ann | {"If-Match": '"x"'})
    check_problem(stale, "precondition-failed")
    assert accounts.delete(path, headers=ann).status_code == 204
    check_problem(accounts.get("/auth/me", headers=key), "unauthenticated")
    check_problem(accounts.get(path, headers=ann), "not-found")
    check_problem(accounts.delete(path, headers=ann), "not-found")


FAULTS: list[tuple[Any, list[str]]] = [
    ({}, ["/name", "/scopes"]),
    ([], [""]),
    ({"name": "", "scopes": []}, ["/name", "/scopes"]),
    ({"name": 1, "scopes": "admin", "expires_at": "soon", "user_id": "x", "id": 1},
     ["/name", "/scopes", "/expires_at", "/user_id", "/id"]),
    ({"name": None, "scopes": None}, ["/name", "/scopes"]),
    ({"name": "x" * 201, "scopes": ["admin"] * 101}, ["/name", "/scopes"]),
    ({"name": "k", "scopes": ["admin", "admin"]}, ["/scopes/1"]),
    ({"name": "k", "scopes": ["admin"], "expires_at": EARLIER}, ["/expires_at"]),
    ({"name": "k", "scopes": ["x"], "expires_at": EARLIER}, ["/scopes/0", "/expires_at"]),
    ({"name": "k", "scopes": ["admin"], "expires_at": "2999-01-01T00:00:00"}, ["/expires_at"]),
    ({"name": "k", "scopes": [1, None, "", "Admin", "books", "books:", ":read", "*", "books:all",
                              "books:read ", "Books:read", "books:read,write", "*:admin"]},
     [f"/scopes/{i}" for i in range(13)]),
]  # fmt: skip


@pytest.mark.parametrize(("body", "places"), FAULTS)
def test_all_that_is_wrong_comes_at_once(accounts: Client, body: Any, places: list[str]) -> None:
    _, ann = person(accounts, "ann@example.com")
    told = accounts.post("/auth/keys", body, headers=ann)
    check_problem(told, "validation-failed")
    assert sorted(pointers(told)) == sorted(places)
    assert accounts.get("/auth/keys", headers=ann).json["items"] == []


def test_as_many_scopes_as_there_may_be(accounts: Client) -> None:
    _, ann = person(accounts, "ann@example.com")
    make_key(accounts, ann, *(f"books{i}:read" for i in range(100)))
    assert len(accounts.get("/auth/keys", headers=ann).json["items"][0]["scopes"]) == 100


def test_one_has_ones_own(accounts: Client) -> None:
    _, ann = person(accounts, "ann@example.com")
    _, bob = person(accounts, "bob@example.com")
    _, boss = admin_of(accounts)
    anns = [make_key(accounts, ann, "*:read", name=f"{i}") for i in range(2)]
    make_key(accounts, bob, "*:read")
    make_key(accounts, ADMIN, "admin", name="of nobody")
    listed = accounts.get("/auth/keys", headers=ann).json
    assert [one["name"] for one in listed["items"]] == ["1", "0"], "newest first"
    assert (list(listed), listed["next"]) == (["items", "next"], None)
    assert all(list(one) == SHOWN for one in listed["items"])
    (of_nobody,) = accounts.get("/auth/keys").json["items"]
    assert of_nobody["name"] == "of nobody"
    path = f"/auth/keys/{listed['items'][0]['id']}"
    check_problem(accounts.get(path, headers=bob), "not-found")
    check_problem(accounts.delete(path, headers=bob), "not-found")
    check_problem(accounts.get(path, headers=boss), "not-found")
    assert accounts.delete(path, headers=boss).status_code == 204, (
        "an admin revokes what others made"
    )
    assert accounts.get("/auth/me", headers=anns[1]).status_code == 401
    assert accounts.get("/auth/me", headers=anns[0]).status_code == 200
    for id in ("nonsense", "01890a5d-ac96-774b-bcce-b302099a8057"):
        for method in ("GET", "DELETE"):
            check_problem(accounts.ask(method, f"/auth/keys/{id}"), "not-found")


def test_who_makes_sees_and_revokes_keys(accounts: Client) -> None:
    _, ann = person(accounts, "ann@example.com")
    _, boss = admin_of(accounts)
    limited = [make_key(accounts, boss, "*:write"), make_key(accounts, ann, "books:read"),
               make_key(accounts, ADMIN, "*:write", "books:write")]  # fmt: skip
    unlimited = [ann, ADMIN, make_key(accounts, ann, "admin"), make_key(accounts, ADMIN, "admin")]
    body = {"name": "k", "scopes": ["admin"]}
    for headers in [NOBODY, *limited, *unlimited]:
        name = "unauthenticated" if headers == NOBODY else "forbidden"
        made = accounts.post("/auth/keys", body, headers=headers)
        path = made.headers.get("Location", "/auth/keys/x")
        asked = [made, *(accounts.ask(m, p, headers=headers) for m, p in (
            ("GET", "/auth/keys"), ("GET", path), ("GET", "/auth/sessions"), ("DELETE", path),
        ))]  # fmt: skip
        if headers in unlimited:
            assert [one.status_code for one in asked] == [201, 200, 200, 200, 204]
        else:
            for told in asked:
                check_problem(told, name)


def test_a_key_made_by_a_key_is_of_the_same_account(accounts: Client) -> None:
    account, ann = person(accounts, "ann@example.com")
    second = make_key(accounts, make_key(accounts, ann, "admin"), "*:read")
    assert accounts.get("/auth/me", headers=second).json == account
    of_nobody = make_key(accounts, make_key(accounts, ADMIN, "admin"), "*:read")
    assert accounts.get("/auth/me", headers=of_nobody).json["id"] is None


def test_a_key_expires(accounts: Client) -> None:
    _, ann = person(accounts, "ann@example.com")
    key = make_key(accounts, ann, "*:read", expires_at=LATER)
    lasting = make_key(accounts, ann, "*:read", expires_at=None)
    assert accounts.get("/auth/me", headers=key).status_code == 200
    back(accounts, "pw__keys", 1)
    told = accounts.get("/auth/me", headers=key)
    check_problem(told, "unauthenticated")
    assert "expired" in told.json["detail"]
    assert accounts.get("/auth/me", headers=lasting).status_code == 200


FIXED = ["collections", "users", "user", "me", "sessions", "keys"]
ALL = dict.fromkeys(FIXED, 200)
CLOSED = dict.fromkeys(FIXED, 403)
SCOPES = [
    (["admin"], True, ALL),
    (["*:read"], True, CLOSED | {"me": 200, "user": 200}),
    (["*:write", "admin"], True, ALL),
    (["books:write"], True, CLOSED),
    (["admin"], False, ALL | {"collections": 403, "users": 403}),
    (["*:write"], False, CLOSED | {"me": 200, "user": 200}),
]


@pytest.mark.parametrize(("scopes", "is_admin", "expected"), SCOPES)
def test_scopes_on_what_is_fixed(
    accounts: Client, scopes: list[str], is_admin: bool, expected: dict[str, int]
) -> None:
    admin_of(accounts, "other@example.com")
    account = add_user(accounts, "ann@example.com", role="admin" if is_admin else None)
    key = make_key(accounts, sign_in(accounts, "ann@example.com"), *scopes)
    paths = {
        "collections": "/collections",
        "users": "/auth/users",
        "user": f"/auth/users/{account['id']}",
        "me": "/auth/me",
        "sessions": "/auth/sessions",
        "keys": "/auth/keys",
    }
    found = {name: accounts.get(path, headers=key).status_code for name, path in paths.items()}
    assert found == expected
    changed = accounts.put("/collections/things", {}, headers=key)
    assert (changed.status_code == 201) is (expected["collections"] == 200)
    made = accounts.post("/auth/users", {"email": "x@y.z", "password": PASSWORD}, headers=key)
    assert made.status_code == (201 if expected["users"] == 200 else 403)


@pytest.mark.parametrize(("scopes", "administers"), [(["admin"], True), (["*:write"], False)])
def test_a_key_of_no_account_is_an_admins_within_its_scopes(
    accounts: Client, scopes: list[str], administers: bool
) -> None:
    key = make_key(accounts, ADMIN, *scopes)
    me = accounts.get("/auth/me", headers=key)
    assert (me.json["id"], me.json["role"]) == (None, "admin")
    assert accounts.get("/collections", headers=key).status_code == (200 if administers else 403)
    assert accounts.get("/auth/users", headers=key).status_code == (200 if administers else 403)
    check_problem(accounts.patch("/auth/me", {"name": "x"}, headers=key), "forbidden")


def test_what_the_document_shows(accounts: Client) -> None:
    _, ann = person(accounts, "ann@example.com")
    _, boss = admin_of(accounts)

    def shown(headers: dict[str, str]) -> set[str]:
        paths = accounts.get("/openapi.json", headers=headers).json["paths"]
        return {
            f"{method} {path.removeprefix('/auth')}"
            for path, item in paths.items()
            for method in item
            if path.startswith("/auth") and method != "parameters"
        }

    own = {"get /me", "patch /me", "get /users/{id}", "get /sessions", "post /sessions",
           "get /sessions/{id}", "delete /sessions/{id}", "get /keys", "post /keys",
           "get /keys/{id}", "delete /keys/{id}"}  # fmt: skip
    admins = {"get /users", "post /users", "patch /users/{id}", "delete /users/{id}", "get /why"}
    assert shown(NOBODY) == {"post /sessions"}
    assert shown(ann) == shown(make_key(accounts, ann, "admin")) == own
    assert shown(boss) == shown(ADMIN) == own | admins
    schemes = accounts.get("/openapi.json").json["components"]["securitySchemes"]
    assert set(schemes) == {"bearer", "session"}
    assert schemes["session"]["name"] == "pw_session"
    assert "X-CSRF-Token" in schemes["session"]["description"]


def test_what_the_document_shows_to_a_key_that_is_limited(accounts: Client) -> None:
    accounts.define("things", fields={})
    _, ann = person(accounts, "ann@example.com")

    def shown(*scopes: str) -> dict[str, set[str]]:
        headers = make_key(accounts, ann, *scopes)
        paths = accounts.get("/openapi.json", headers=headers).json["paths"]
        return {
            path: set(item) - {"parameters"}
            for path, item in paths.items()
            if path.startswith(("/auth", "/api"))
        }

    reads = {"/api/things": {"get"}, "/api/things/{id}": {"get"}}
    assert shown("things:read") == reads
    assert shown("others:read") == {}
    own = {"/auth/me": {"get"}, "/auth/users/{id}": {"get"}}
    assert shown("*:read") == reads | own
    assert shown("*:write")["/auth/me"] == {"get", "patch"}


def test_what_a_key_that_is_limited_sees_of_accounts(accounts: Client) -> None:
    """As far as references go: that is no matter of its collections."""
    fields = {"owner": {"type": "reference", "to": "users", "default": "@me"}}
    accounts.define("things", fields=fields)
    account, boss = admin_of(accounts)
    assert accounts.post("/api/things", {}, headers=boss).status_code == 201
    named, whole = {"id", "name"}, {"id", "email", "name", "role", "disabled"}
    for scopes, seen, status in (
        (["things:read"], named, 400),
        (["*:read"], whole, 400),
        (["admin"], whole, 200),
    ):
        headers = make_key(accounts, boss, *scopes)
        (item,) = accounts.get("/api/things?expand=owner", headers=headers).json["items"]
        assert item["expand"]["owner"].keys() - {"created_at", "updated_at"} == seen
        asked = f"/api/things?owner__email={account['email']}"
        assert accounts.get(asked, headers=headers).status_code == status
