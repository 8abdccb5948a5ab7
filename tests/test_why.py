"""``/auth/why`` says what would be answered, and is right: each line is asked for real, too."""

from typing import Any

import pytest
from conftest import ADMIN, Client
from signing import NOBODY, person

NOTES = {
    "key": {"type": "string"},
    "fields": {
        "text": {"type": "string"},
        "status": {"type": "string", "default": "draft"},
        "owner": {"type": "reference", "to": "users", "default": "@me"},
        "tags": {"type": "array", "items": {"type": "string"}},
    },
    "access": {
        "read": "status = 'published' or owner = @me",
        "create": "@me is not null and owner = @me",
        "update": "owner = @me and (status = 'draft' or tags has 'open') and not text ~ 'LOCKED'",
        "delete": False,
    },
}
BOXES = {
    "key": {"type": "string"},
    "fields": {"text": {"type": "string"}},
    "access": {"create": True, "update": "text = 'mine'", "read": False, "delete": True},
}
READ, UPDATE = NOTES["access"]["read"], NOTES["access"]["update"]
CREATE = NOTES["access"]["create"]
# Who, what; whether it is allowed, what is answered, the action, its rule, and what of it fails.
WHY: list[tuple[Any, ...]] = [
    ("ann", "GET", "/api/notes/a", True, None, "read", READ, []),
    ("ann", "PATCH", "/api/notes/a", True, None, "update", UPDATE, []),
    ("ann", "PUT", "/api/notes/a", True, None, "update", UPDATE, []),
    ("ann", "PATCH", "/api/notes/p", False, 403, "update", UPDATE,
     ["status = 'draft'", "tags has 'open'"]),
    ("ann", "PATCH", "/api/notes/l", False, 403, "update", UPDATE, ["not text ~ 'LOCKED'"]),
    ("ann", "DELETE", "/api/notes/a", False, 403, "delete", False, []),
    ("ben", "GET", "/api/notes/a", False, 404, "read", READ,
     ["status = 'published'", "owner = @me"]),
    ("ben", "PATCH", "/api/notes/a", False, 404, "read", READ,
     ["status = 'published'", "owner = @me"]),
    ("ben", "PATCH", "/api/notes/p", False, 403, "update", UPDATE,
     ["owner = @me", "status = 'draft'", "tags has 'open'"]),
    (None, "PATCH", "/api/notes/p", False, 401, "update", UPDATE,
     ["owner = @me", "status = 'draft'", "tags has 'open'"]),
    (None, "DELETE", "/api/notes/p", False, 401, "delete", False, []),
    (None, "GET", "/api/notes", True, None, "read", READ,
     ["status = 'published'", "owner = @me"]),
    (None, "POST", "/api/notes", False, 401, "create", CREATE, ["@me is not null"]),
    ("ann", "POST", "/api/notes", None, None, "create", CREATE, ["owner = @me"]),
    ("ann", "PUT", "/api/notes/new", None, None, "create", CREATE, ["owner = @me"]),
    ("ann", "GET", "/api/notes/never", False, 404, "read", READ, []),
    ("boss", "DELETE", "/api/notes/a", True, None, "delete", False, []),
    ("boss", "PATCH", "/api/notes/l", True, None, "update", UPDATE, []),
    (None, "GET", "/api/boxes", False, 401, "read", False, []),
    ("ann", "GET", "/api/boxes/x", False, 403, "read", False, []),
    ("ann", "POST", "/api/boxes", True, None, "create", True, []),
    ("ann", "PATCH", "/api/boxes/x", False, 404, "update", "text = 'mine'", ["text = 'mine'"]),
    ("ann", "GET", "/api/nothing", False, 404, None, None, []),
    ("ann", "GET", "/collections", False, 403, None, None, []),
    ("boss", "GET", "/collections", True, None, None, None, []),
    (None, "GET", "/problems", True, None, None, None, []),
    (None, "GET", "/auth/me", False, 401, None, None, []),
    ("ann", "GET", "/auth/users", False, 403, None, None, []),
    ("ann", "GET", "/auth/keys", True, None, None, None, []),
    ("ann", "OPTIONS", "/api/boxes", True, None, None, None, []),
]  # fmt: skip
BODIES = {"POST": {"id": "n"}, "PUT": {}, "PATCH": {}}


@pytest.fixture
def house(accounts: Client) -> dict[str | None, Any]:
    people: dict[str | None, Any] = {None: (None, NOBODY)}
    for name, more in (("ann", {}), ("ben", {}), ("boss", {"role": "admin"})):
        account, headers = person(accounts, f"{name}@example.com", **more)
        people[name] = (account["id"], headers)
    accounts.define("notes", **NOTES)
    accounts.define("boxes", **BOXES)
    owner = {"owner": people["ann"][0]}
    for id, more in (
        ("a", {"text": "a"}),
        ("p", {"text": "p", "status": "published"}),
        ("l", {"text": "Locked for good"}),
    ):
        assert accounts.put(f"/api/notes/{id}", owner | more).status_code == 201
    accounts.put("/api/boxes/x", {"text": "not mine"})
    return people


def test_it_says_what_is_answered(accounts: Client, house: dict[str | None, Any]) -> None:
    for who, method, path, allowed, status, action, rule, failed in WHY:
        id, headers = house[who]
        query = f"method={method}&path={path}" + (f"&as={id}" if id else "")
        why = accounts.get(f"/auth/why?{query}")
        assert why.status_code == 200, why.text
        told = why.json
        assert (told["allowed"], told["status"]) == (allowed, status), (who, method, path, told)
        assert (told["action"], told["rule"], told["failed"]) == (action, rule, failed), told
        assert (told["method"], told["path"], told["as"]) == (method, path, id)
        if allowed is None or (allowed and method not in ("GET", "OPTIONS")):
            continue
        answer = accounts.ask(method, path, BODIES.get(method), headers=headers)
        assert answer.status_code == status if status else answer.status_code < 300, answer.text


def test_who_may_ask_and_how(accounts: Client, house: dict[str | None, Any]) -> None:
    query = "/auth/why?method=GET&path=/api/notes"
    assert accounts.get(query, headers=NOBODY).status_code == 401
    assert accounts.get(query, headers=house["ann"][1]).status_code == 403
    assert accounts.get(query, headers=house["boss"][1]).status_code == 200
    assert accounts.get(f"{query}?filter=x").json["path"] == "/api/notes?filter=x"
    for wrong, named in (
        ("method=GET", "path"),
        ("path=/api/notes", "method"),
        ("method=GET&path=/nowhere", "path"),
        ("method=GET&path=api/notes", "path"),
        ("method=TRACE&path=/api/notes", "method"),
        ("method=get&path=/api/notes/a", "method"),
        ("method=PATCH&path=/collections", "method"),
        ("method=GET&path=/api/notes&as=nobody", "as"),
        ("method=GET&path=/api/notes&as=01890a5d-ac96-774b-bcce-b302099a8057", "as"),
        ("method=GET&path=/api/notes&who=x", "who"),
        ("method=GET&method=GET&path=/api/notes", "method"),
    ):
        told = accounts.get(f"/auth/why?{wrong}")
        assert told.status_code == 400, told.text
        assert [one["parameter"] for one in told.json["errors"]] == [named]


def test_an_account_that_is_disabled_may_nothing(
    accounts: Client, house: dict[str | None, Any]
) -> None:
    id = house["ann"][0]
    accounts.patch(f"/auth/users/{id}", {"disabled": True})
    told = accounts.get(f"/auth/why?method=GET&path=/api/notes/a&as={id}").json
    assert (told["allowed"], told["status"]) == (False, 401)


def test_it_is_written_as_it_was(accounts: Client, house: dict[str | None, Any]) -> None:
    """Each kind of condition, in the words of the language."""
    parts = [
        "text = 'it''s'", "not (text = 'a' and status = 'b')", "text in ('b', 'c')",
        "text not in ('a')", "owner is null", "status is null", "text !~ 'a'",
        "revision > 999999999999", "tags has 'x'", "false", "not true", "@me.role ~ 'x'",
        "created_at > @now", "1.5 > 2",
    ]  # fmt: skip
    access = {"read": " or ".join(parts)}
    accounts.patch("/collections/notes", {"access": access})
    accounts.patch("/api/notes/a", {"status": "b"})
    id = house["ben"][0]
    told = accounts.get(f"/auth/why?method=GET&path=/api/notes/a&as={id}").json
    assert told["allowed"] is False
    assert told["failed"] == parts
    assert ADMIN


def test_a_rule_that_cannot_be_read_any_more_is_true_of_nothing(
    accounts: Client, house: dict[str | None, Any]
) -> None:
    """As if an older version had stored what this one does not understand."""
    id, headers = house["ann"]
    accounts.execute(
        "UPDATE pw__collections SET body = replace(body, 'owner = @me', 'owner === @me'),"
        " revision = revision + 1 WHERE name = 'notes'"
    )
    accounts.execute("UPDATE pw__state SET definitions = definitions + 1")
    assert accounts.get("/api/notes/p", headers=headers).status_code == 404
    assert accounts.get("/api/notes/p").status_code == 200
    told = accounts.get(f"/auth/why?method=GET&path=/api/notes/p&as={id}").json
    assert (told["allowed"], told["failed"]) == (False, [READ.replace("= @", "=== @")])
