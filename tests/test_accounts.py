"""/auth/users: accounts, for admins and for their owners (contract sections 6 and 10)."""

from typing import Any

import pytest
from conftest import ADMIN, Client, dispose, make_app
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
    try_to_sign_in,
)
from test_refusals import check_problem
from test_workers import race

UUID = "01890a5d-ac96-774b-bcce-b302099a8057"
MEMBERS = ["id", "email", "name", "role", "disabled", "created_at", "updated_at"]
MERGE_PATCH = "application/merge-patch+json"
JSON_PATCH = "application/json-patch+json"


def test_an_account_and_its_members(accounts: Client) -> None:
    body = {"email": "Ann@Example.com", "password": PASSWORD, "name": "Ann", "role": "editor"}
    made = accounts.post("/auth/users", body)
    assert made.status_code == 201
    assert list(made.json) == MEMBERS
    shown = {"email": "Ann@Example.com", "name": "Ann", "role": "editor", "disabled": False}
    assert made.json.items() >= shown.items()
    path = f"/auth/users/{made.json['id']}"
    assert made.headers["Location"] == made.headers["Content-Location"] == path
    read = accounts.get(path)
    assert (read.status_code, read.json) == (200, made.json)
    assert read.headers["ETag"] == made.headers["ETag"]
    assert read.headers["ETag"].endswith('-u"')
    assert "Last-Modified" in read.headers
    assert accounts.get("/auth/users").json == {"items": [made.json], "next": None}


def test_an_admin_chooses_the_id(accounts: Client) -> None:
    assert add_user(accounts, "ann@example.com", id=UUID.upper())["id"] == UUID
    again = accounts.post(
        "/auth/users", {"id": UUID, "email": "ANN@example.com", "password": PASSWORD}
    )
    check_problem(again, "conflict")
    assert pointers(again) == ["/id", "/email"]


FAULTS: list[tuple[Any, list[str]]] = [
    ({}, ["/email", "/password"]),
    ([], [""]),
    ({"email": None, "password": None}, ["/email", "/password"]),
    ({"email": 1, "password": 2, "name": 3, "role": 4, "disabled": 5},
     ["/email", "/password", "/name", "/role", "/disabled"]),
    ({"email": "ann", "password": "short", "admin": True, "id": "x"},
     ["/id", "/email", "/password", "/admin"]),
    ({"email": "a@b.c", "password": PASSWORD, "disabled": None}, ["/disabled"]),
    ({"email": "a@b.c", "password": "nul\x00" * 9, "name": "\x00"}, ["/password", "/name"]),
    ({"email": "a@b.c", "password": PASSWORD, "address": "x", "hash": "y"}, ["/address", "/hash"]),
    ({"email": "a@b.c", "password": PASSWORD, "name": "x" * 201}, ["/name"]),
]  # fmt: skip


@pytest.mark.parametrize(("body", "places"), FAULTS)
def test_all_that_is_wrong_comes_at_once(accounts: Client, body: Any, places: list[str]) -> None:
    told = accounts.post("/auth/users", body)
    check_problem(told, "validation-failed")
    assert pointers(told) == places
    assert accounts.get("/auth/users").json["items"] == []


def test_only_admins_list_and_make_accounts(accounts: Client) -> None:
    _, ann = person(accounts, "ann@example.com")
    _, boss = admin_of(accounts)
    new = {"email": "bob@example.com", "password": PASSWORD}
    for headers, name in ((NOBODY, "unauthenticated"), (ann, "forbidden")):
        check_problem(accounts.get("/auth/users", headers=headers), name)
        check_problem(accounts.post("/auth/users", new, headers=headers), name)
        check_problem(accounts.post("/auth/users", {"x": 1}, headers=headers), name)
    limited = make_key(accounts, boss, "*:write")
    check_problem(accounts.get("/auth/users", headers=limited), "forbidden")
    for headers in (boss, ADMIN, make_key(accounts, boss, "admin")):
        assert accounts.get("/auth/users", headers=headers).status_code == 200
    assert accounts.post("/auth/users", new, headers=boss).status_code == 201


def test_who_sees_one(accounts: Client) -> None:
    account, ann = person(accounts, "ann@example.com")
    other, bob = person(accounts, "bob@example.com")
    path = f"/auth/users/{account['id']}"
    assert accounts.get(path, headers=ann).json == account
    for method in ("GET", "PATCH", "DELETE"):
        body = {"role": "admin"} if method == "PATCH" else None
        check_problem(accounts.ask(method, path, body, headers=NOBODY), "unauthenticated")
        told = accounts.ask(method, path, body, headers=bob)
        nobodys = accounts.ask(method, f"/auth/users/{UUID}", body, headers=bob)
        check_problem(told, "not-found")
        assert told.json["detail"] == nobodys.json["detail"]
        if method != "GET":
            check_problem(accounts.ask(method, path, body, headers=ann), "forbidden")
        for id in ("me", "1", UUID.replace("-", ""), UUID):
            check_problem(accounts.ask(method, f"/auth/users/{id}", body), "not-found")
    assert [one["id"] for one in accounts.get("/auth/users").json["items"]] == [
        account["id"],
        other["id"],
    ]


QUESTIONS = [
    ("limit=2", ["a", "b"]),
    ("limit=2&offset=1", ["b", "c"]),
    ("sort=-email", ["d", "c", "b", "a"]),
    ("role=editor", ["b", "c"]),
    ("role__is_null=true&sort=-email", ["d", "a"]),
    ("filter=role%20%3D%20'editor'%20and%20not%20disabled", ["b"]),
    ("name__contains=ANN", ["a"]),
    ("email__starts_with=c", ["c"]),
    ("disabled=true", ["c"]),
    ("created_at__gt=2020-01-01T00:00:00Z&limit=1", ["a"]),
]


@pytest.fixture
def four(accounts: Client) -> Client:
    more = {"b": {"role": "editor"}, "c": {"role": "editor", "disabled": True}}
    for letter in "abcd":
        name = "Ann" if letter == "a" else letter
        add_user(accounts, f"{letter}@example.com", name=name, **more.get(letter, {}))
    return accounts


def test_a_list_is_asked_as_records_are(four: Client) -> None:
    for question, found in QUESTIONS:
        page = four.get(f"/auth/users?{question}")
        assert page.status_code == 200, page.text
        assert [one["email"][0] for one in page.json["items"]] == found, question
    page = four.get("/auth/users?limit=3&count=true&sort=email&fields=email")
    assert page.json["total"] == 4
    assert page.json["items"][0] == {"email": "a@example.com"}
    rest = four.get(page.json["next"]).json
    assert (rest["items"], rest["next"]) == ([{"email": "d@example.com"}], None)
    assert 'rel="next"' in page.headers["Link"]
    tag = page.headers["ETag"]
    same = "/auth/users?limit=3&count=true&sort=email&fields=email"
    assert four.get(same, headers=ADMIN | {"If-None-Match": tag}).status_code == 304


@pytest.mark.parametrize("name", ["password", "address", "hash", "revision", "rowid", "ctid"])
def test_v01_nothing_tells_of_what_is_not_shown(four: Client, name: str) -> None:
    forms = ("{}=x", "{}__starts_with=x", "sort={}", "fields={}", "filter={}%20%3D%20'x'",
             "group_by={}", "aggregate=min:{}")  # fmt: skip
    for form in forms:
        question = form.format(name)
        told = four.get(f"/auth/users?{question}")
        check_problem(told, "invalid-parameter")
        assert "argon2" not in told.text
        unknown = four.get(f"/auth/users?{question.replace(name, 'nonsense')}")
        assert unknown.text.count("email") == told.text.count("email")


def test_a_change_and_its_conditions(accounts: Client) -> None:
    account = add_user(accounts, "ann@example.com")
    path = f"/auth/users/{account['id']}"
    first = accounts.get(path)
    tag = first.headers["ETag"]
    assert accounts.get(path, headers=ADMIN | {"If-None-Match": tag}).status_code == 304
    picture = {"If-None-Match": tag, "Accept": "image/png"}
    check_problem(accounts.get(path, headers=ADMIN | picture), "not-acceptable")
    since = {"If-Modified-Since": first.headers["Last-Modified"]}
    assert accounts.get(path, headers=ADMIN | since).status_code == 304
    changed = accounts.patch(path, {"name": "Ann"}, headers=ADMIN | {"If-Match": tag})
    assert (changed.status_code, changed.json["name"]) == (200, "Ann")
    assert changed.headers["ETag"] != tag
    for method in ("GET", "PATCH", "DELETE"):
        body = {"name": "Bob"} if method == "PATCH" else None
        stale = accounts.ask(method, path, body, headers=ADMIN | {"If-Match": tag})
        check_problem(stale, "precondition-failed")
        assert stale.json["current"] == changed.json
    revision = changed.headers["ETag"].strip('"').split("-")[0]
    minimal = {"If-Match": f'"{revision}"', "Prefer": "return=minimal"}
    quiet = accounts.patch(path, {"name": None}, headers=ADMIN | minimal)
    assert (quiet.status_code, quiet.data) == (204, b"")
    assert quiet.headers["Preference-Applied"] == "return=minimal"
    assert accounts.get(path).json["name"] is None
    only_new = accounts.post("/auth/users", {}, headers=ADMIN | {"If-Match": '"other"'})
    check_problem(only_new, "precondition-failed")


PATCHES: list[tuple[str, Any, dict[str, Any]]] = [
    (MERGE_PATCH, {"name": "B", "role": "editor"}, {"name": "B", "role": "editor"}),
    ("application/json", {"name": None}, {"name": None}),
    (JSON_PATCH, [{"op": "replace", "path": "/role", "value": "x"}], {"role": "x"}),
    (JSON_PATCH, [{"op": "remove", "path": "/name"}], {"name": None}),
    (MERGE_PATCH, {"email": "New@example.com"}, {"email": "New@example.com"}),
]


@pytest.mark.parametrize(("type", "body", "made"), PATCHES)
def test_patches_of_three_types(accounts: Client, type: str, body: Any, made: Any) -> None:
    account = add_user(accounts, "ann@example.com", name="Ann")
    path = f"/auth/users/{account['id']}"
    answer = accounts.patch(path, body, type=type)
    assert answer.status_code == 200, answer.text
    assert {**account, **made, "updated_at": ""} == {**answer.json, "updated_at": ""}
    again = accounts.patch(path, made, type=MERGE_PATCH)
    assert again.headers["ETag"] == answer.headers["ETag"], "nothing changed"
    assert again.json == answer.json


BAD_PATCHES: list[tuple[str, Any, int, list[str]]] = [
    (MERGE_PATCH, {"email": None, "disabled": None, "password": None}, 422,
     ["/email", "/password", "/disabled"]),
    (MERGE_PATCH, {"email": "x", "password": "short", "x": 1, "id": UUID}, 422,
     ["/id", "/email", "/password", "/x"]),
    (MERGE_PATCH, {"current_password": PASSWORD}, 422, ["/current_password"]),
    (MERGE_PATCH, {"password": ""}, 422, ["/password"]),
    (JSON_PATCH, [{"op": "remove", "path": "/email"}], 422, ["/email"]),
    (JSON_PATCH, [{"op": "replace", "path": "/id", "value": UUID}], 422, ["/0/path"]),
    (JSON_PATCH, [{"op": "test", "path": "/password", "value": "x"}], 409, ["/0"]),
    (JSON_PATCH, [{"op": "copy", "from": "/password", "path": "/name"}], 409, ["/0"]),
    (JSON_PATCH, [{"op": "copy", "from": "/address", "path": "/name"}], 409, ["/0"]),
]  # fmt: skip


@pytest.mark.parametrize(("type", "body", "status", "places"), BAD_PATCHES)
def test_a_patch_that_is_refused(
    accounts: Client, type: str, body: Any, status: int, places: list[str]
) -> None:
    account = add_user(accounts, "ann@example.com", name="Ann")
    path = f"/auth/users/{account['id']}"
    told = accounts.patch(path, body, type=type)
    assert (told.status_code, pointers(told)) == (status, places)
    assert accounts.get(path).json == account


def test_a_password_by_either_patch(accounts: Client) -> None:
    account = add_user(accounts, "ann@example.com", name="correct horse")
    path = f"/auth/users/{account['id']}"
    for type, body, password in (
        (MERGE_PATCH, {"password": "another password"}, "another password"),
        (JSON_PATCH, [{"op": "add", "path": "/password", "value": "a third one"}], "a third one"),
        (JSON_PATCH, [{"op": "copy", "from": "/name", "path": "/password"}], "correct horse"),
    ):
        before = accounts.get(path).headers["ETag"]
        changed = accounts.patch(path, body, type=type)
        assert changed.status_code == 200, changed.text
        assert password not in changed.text.replace('"name":"correct horse"', "")
        assert changed.headers["ETag"] != before
        assert try_to_sign_in(accounts, "ann@example.com", PASSWORD).status_code == 401
        sign_in(accounts, "ann@example.com", password)


ENDING = [
    ({"role": "editor"}, True),
    ({"disabled": True}, True),
    ({"password": "another password"}, True),
    ({"name": "Ann"}, False),
    ({"email": "new@example.com"}, False),
    ({"role": None, "disabled": False}, False),
]


@pytest.mark.parametrize(("change", "ends"), ENDING)
def test_v17_what_ends_the_sessions_of_an_account(
    accounts: Client, change: dict[str, Any], ends: bool
) -> None:
    account, ann = person(accounts, "ann@example.com")
    other = sign_in(accounts, "ann@example.com")
    path = f"/auth/users/{account['id']}"
    assert accounts.patch(path, change).status_code == 200
    for headers in (ann, other):
        told = accounts.get("/auth/me", headers=headers)
        assert told.status_code == (401 if ends else 200)


def test_keys_stay_and_do_what_their_account_may(accounts: Client) -> None:
    account, boss = admin_of(accounts)
    admin_of(accounts, "other@example.com")
    key = make_key(accounts, boss, "admin")
    path = f"/auth/users/{account['id']}"
    assert accounts.get("/collections", headers=key).status_code == 200
    accounts.patch(path, {"role": None})
    check_problem(accounts.get("/collections", headers=key), "forbidden")
    accounts.patch(path, {"disabled": True})
    check_problem(accounts.get("/auth/me", headers=key), "unauthenticated")
    assert try_to_sign_in(accounts, account["email"], PASSWORD).status_code == 401
    accounts.patch(path, {"disabled": False, "role": "admin"})
    assert accounts.get("/collections", headers=key).status_code == 200


def test_the_last_admin_stays(accounts: Client) -> None:
    account, boss = admin_of(accounts)
    add_user(accounts, "off@example.com", role="admin", disabled=True)
    path = f"/auth/users/{account['id']}"
    for change, place in (({"role": None}, "/role"), ({"role": "Admin"}, "/role"),
                          ({"disabled": True}, "/disabled")):  # fmt: skip
        for headers in (ADMIN, boss):
            told = accounts.patch(path, change, headers=headers)
            check_problem(told, "conflict")
            assert pointers(told) == [place]
    check_problem(accounts.delete(path), "conflict")
    assert accounts.patch(path, {"name": "x", "role": "admin"}).status_code == 200
    admin_of(accounts, "second@example.com")
    assert accounts.patch(path, {"role": None}).status_code == 200
    assert accounts.delete(path).status_code == 204


@pytest.mark.parametrize("way", ["demote", "disable", "delete"])
def test_of_admins_who_remove_each_other_one_stays(accounts: Client, way: str) -> None:
    for turn in range(3):
        people = [admin_of(accounts, f"{way}{turn}{i}@example.com") for i in range(2)]
        others = accounts.get("/auth/users?role=admin&disabled=false").json["items"]
        ids = {account["id"] for account, _ in people}
        for other in others:
            if other["id"] not in ids:
                assert accounts.delete(f"/auth/users/{other['id']}").status_code == 204

        def remove(i: int, people: Any = people) -> int:
            path = f"/auth/users/{people[1 - i][0]['id']}"
            worker = Client(accounts.app)
            if way == "delete":
                return worker.delete(path, headers=people[i][1]).status_code
            change = {"role": None} if way == "demote" else {"disabled": True}
            return worker.patch(path, change, headers=people[i][1]).status_code

        statuses = sorted(race(remove, 2))
        assert statuses[0] in (200, 204)
        assert statuses[1] in (401, 403, 409)
        assert len(accounts.get("/auth/users?role=admin&disabled=false").json["items"]) == 1


def test_many_at_once_leave_one_admin(accounts: Client) -> None:
    people = [admin_of(accounts, f"admin{i}@example.com")[0] for i in range(4)]

    def demote(i: int) -> int:
        path = f"/auth/users/{people[i]['id']}"
        return Client(accounts.app).patch(path, {"role": None}).status_code

    assert sorted(race(demote, 4)) == [200, 200, 200, 409]


def test_deleting_obeys_on_delete(accounts: Client) -> None:
    def reference(on_delete: str) -> dict[str, Any]:
        return {"type": "reference", "to": "users", "on_delete": on_delete}

    accounts.define("kept", key={"type": "string"}, fields={"by": reference("restrict")})
    accounts.define("gone", key={"type": "string"}, fields={"by": reference("cascade")})
    accounts.define("left", key={"type": "string"}, fields={"by": reference("set_null")})
    account, ann = person(accounts, "ann@example.com")
    key = make_key(accounts, ann, "*:read")
    path = f"/auth/users/{account['id']}"
    for name in ("kept", "gone", "left"):
        accounts.put(f"/api/{name}/x", {"by": account["id"]})
    told = accounts.delete(path)
    check_problem(told, "conflict")
    assert (told.json["collection"], pointers(told)) == ("kept", ["/by"])
    assert accounts.get("/auth/me", headers=ann).status_code == 200
    accounts.delete("/api/kept/x")
    assert accounts.delete(path).status_code == 204
    assert accounts.delete(path).status_code == 204, "it can be repeated"
    check_problem(accounts.get(path), "gone")
    check_problem(accounts.patch(path, {}), "gone")
    check_problem(accounts.get("/api/gone/x"), "gone")
    assert accounts.get("/api/left/x").json["by"] is None
    for headers in (ann, key):
        check_problem(accounts.get("/auth/me", headers=headers), "unauthenticated")
    assert accounts.sql("SELECT count(*) FROM pw__keys") == [(0,)]
    assert accounts.sql("SELECT count(*) FROM pw__sessions") == [(0,)]
    dangling = accounts.put("/api/left/x", {"by": account["id"]})
    assert dangling.status_code == 409
    add_user(accounts, "ann@example.com", id=account["id"])
    assert accounts.get(path).status_code == 200
    check_problem(accounts.get("/auth/me", headers=ann), "unauthenticated")


def test_a_record_knows_its_owner(accounts: Client) -> None:
    owner = {"type": "reference", "to": "users", "default": "@me"}
    accounts.define("notes", fields={"owner": owner})
    account, ann = person(accounts, "ann@example.com", name="Ann")
    for headers in (ann, make_key(accounts, ann, "admin")):
        made = accounts.post("/api/notes", {}, headers=headers)
        assert made.json["owner"] == account["id"]
    assert accounts.post("/api/notes", {}).json["owner"] is None


@pytest.fixture
def open_to_all(empty_url: str) -> Any:
    app = make_app(empty_url, PENNYWORTH_SIGNUP="open")
    yield Client(app)
    dispose(app)


def test_anyone_signs_up_where_that_is_open(open_to_all: Client) -> None:
    client = open_to_all
    body = {"email": "ann@example.com", "password": PASSWORD, "name": "Ann"}
    made = client.post("/auth/users", body, headers=NOBODY)
    assert (made.status_code, made.json["role"]) == (201, None)
    assert "/auth/users" in client.get("/openapi.json", headers=NOBODY).json["paths"]
    check_problem(client.get(made.headers["Location"], headers=NOBODY), "unauthenticated")
    ann = sign_in(client, "ann@example.com")
    assert client.get(made.headers["Location"], headers=ann).json == made.json
    taken = client.post("/auth/users", body, headers=NOBODY)
    check_problem(taken, "conflict")
    assert pointers(taken) == ["/email"]
    assert client.post("/auth/users", body | {"email": "b@b.b"}, headers=ann).status_code == 201
    key = make_key(client, ann, "*:write")
    more = client.post("/auth/users", body | {"email": "c@c.c"}, headers=key)
    check_problem(more, "forbidden")


@pytest.mark.parametrize(
    ("more", "status", "places"),
    [
        ({"role": "admin"}, 403, ["/role"]),
        ({"disabled": True}, 403, ["/disabled"]),
        ({"role": "admin", "disabled": True}, 403, ["/role", "/disabled"]),
        ({"id": UUID}, 422, ["/id"]),
        ({"id": UUID, "role": "admin", "x": 1}, 422, ["/id", "/x"]),
        ({"verified": True, "owner": None}, 422, ["/verified", "/owner"]),
        ({"role": None, "disabled": False}, 201, []),
        ({"disabled": None}, 201, []),
    ],
)
def test_v05_what_nobody_gives_himself(
    open_to_all: Client, more: dict[str, Any], status: int, places: list[str]
) -> None:
    body = {"email": "ann@example.com", "password": PASSWORD, **more}
    told = open_to_all.post("/auth/users", body, headers=NOBODY)
    assert told.status_code == status, told.text
    if status > 201:
        assert pointers(told) == places
        assert open_to_all.get("/auth/users").json["items"] == []
    else:
        assert (told.json["role"], told.json["disabled"]) == (None, False)


def test_of_those_who_sign_up_at_once_one_gets_the_address(open_to_all: Client) -> None:
    def sign_up(i: int) -> int:
        body = {"email": ("Ann@b.c", "aNN@b.C")[i % 2], "password": PASSWORD}
        return Client(open_to_all.app).post("/auth/users", body, headers=NOBODY).status_code

    assert sorted(race(sign_up, 4)) == [201, 409, 409, 409]


def test_an_unknown_credential_signs_nobody_up(open_to_all: Client) -> None:
    body = {"email": "ann@example.com", "password": PASSWORD}
    told = open_to_all.post("/auth/users", body, headers=bearer("pw_nonsense"))
    check_problem(told, "unauthenticated")
