"""Who may do what, as far as true and false go; and the keys."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from conftest import ADMIN, OPEN, Client

from models.database import db
from models.key import create_key
from models.transaction import writing

UUID = "01890a5d-ac96-774b-bcce-b302099a8057"


def key_of(client: Client, expires_in: timedelta | None) -> dict[str, str]:
    expires_at = datetime.now(UTC) + expires_in if expires_in else None
    with client.app.app_context(), writing(db.engine) as opened:
        secret = create_key(opened.connection, "test", ["admin"], expires_at)
    return {"Authorization": f"Bearer {secret}"}


@pytest.fixture
def callers(client: Client) -> dict[str, dict[str, str]]:
    client.get("/collections")
    return {
        "anyone": {},
        "environment": ADMIN,
        "stored": key_of(client, None),
        "lasting": key_of(client, timedelta(hours=1)),
        "expired": key_of(client, timedelta(seconds=-1)),
        "garbage": {"Authorization": "Bearer pw_garbage"},
        "empty": {"Authorization": "Bearer "},
        "basic": {"Authorization": "Basic YTpi"},
    }


REQUESTS: list[tuple[str, str, str, Any]] = [
    ("read", "GET", "/api/things", None),
    ("read", "HEAD", "/api/things", None),
    ("read", "GET", f"/api/things/{UUID}", None),
    ("create", "POST", "/api/things", {}),
    ("create", "PUT", "/api/things/01890a5d-ac96-774b-bcce-b302099a8058", {}),
    ("update", "PUT", f"/api/things/{UUID}", {}),
    ("update", "PATCH", f"/api/things/{UUID}", {}),
    ("delete", "DELETE", f"/api/things/{UUID}", None),
]


@pytest.mark.parametrize("opened", [None, "read", "create", "update", "delete"])
def test_h088_each_action_closes_its_own_methods(
    client: Client, callers: dict[str, dict[str, str]], opened: str | None
) -> None:
    access = {} if opened is None else {opened: True}
    client.define("things", fields={}, access=access)
    for action, method, path, body in REQUESTS:
        for name, headers in callers.items():
            client.put(f"/api/things/{UUID}", {})
            answer = client.ask(method, path, body, headers=headers)
            known = name in ("environment", "stored", "lasting")
            may = known or (name == "anyone" and action == opened)
            assert (answer.status_code == 401) is not may, (method, path, name)
            assert ("WWW-Authenticate" in answer.headers) is not may


def test_definitions_are_for_admins(client: Client, callers: dict[str, dict[str, str]]) -> None:
    for name, headers in callers.items():
        expected = 200 if name in ("environment", "stored", "lasting") else 401
        assert client.get("/collections", headers=headers).status_code == expected
        answer = client.put("/collections/things", {"fields": {}}, headers=headers)
        assert (answer.status_code in (200, 201)) is (expected == 200)
        assert client.delete("/collections/nope", headers=headers).status_code in (401, 404)


def test_a_new_collection_is_closed(client: Client) -> None:
    client.put("/collections/things", {"fields": {}})
    assert client.get("/api/things", headers={}).status_code == 401
    assert "/api/things" not in client.get("/openapi.json", headers={}).json["paths"]
    assert "/api/things" in client.get("/openapi.json").json["paths"]


def test_a_revoked_key_ends_at_once(client: Client, callers: dict[str, dict[str, str]]) -> None:
    headers = callers["stored"]
    assert client.get("/collections", headers=headers).status_code == 200
    with client.app.app_context(), db.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM pw__keys")
    assert client.get("/collections", headers=headers).status_code == 401


def test_keys_are_stored_hashed(client: Client, callers: dict[str, dict[str, str]]) -> None:
    secret = callers["stored"]["Authorization"].removeprefix("Bearer ")
    assert len(secret) > 43
    assert secret not in str(client.sql("SELECT * FROM pw__keys"))


def test_v13_a_key_in_the_url_is_no_key(client: Client) -> None:
    key = ADMIN["Authorization"].removeprefix("Bearer ")
    assert client.get(f"/collections?access_token={key}", headers={}).status_code == 401


def test_h075_caching_depends_on_who_asks(client: Client) -> None:
    client.define("things", fields={}, access={"read": True})
    assert client.get("/api/things").headers["Cache-Control"] == "private, no-cache"
    open_to_all = client.get("/api/things", headers={})
    assert open_to_all.headers["Cache-Control"] == "no-cache"
    assert "Authorization" in open_to_all.headers["Vary"]


def test_a_reference_to_what_one_may_not_read_leads_to_nothing(client: Client) -> None:
    client.define("closed", key={"type": "string"}, fields={}, access={})
    client.put("/api/closed/there", {})
    reference = {"type": "reference", "to": "closed"}
    unique = {"type": "integer", "unique": True}
    client.define("things", key={"type": "string"}, fields={"r": reference, "u": unique})
    client.put("/api/things/taken", {"u": 1, "r": "there"})
    client.put("/api/things/mine", {})
    for method, path in (
        ("POST", "/api/things"),
        ("PUT", "/api/things/mine"),
        ("PUT", "/api/things/new"),
        ("PATCH", "/api/things/mine"),
    ):
        answers = []
        for id in ("there", "nowhere"):
            body = {"r": id, "u": 1} | ({"id": "new"} if method == "POST" else {})
            answer = client.ask(method, path, body, headers={})
            assert answer.status_code == 409, answer.text
            answers.append(answer.json | {"request_id": ""})
        assert answers[0] == answers[1]
        assert [e["pointer"] for e in answers[0]["errors"]] == ["/u", "/r"]
        assert "closed" not in str(answers)
    for id in ("there", "nowhere"):
        lines = f'{{"id": "new", "r": "{id}", "u": 1}}'
        failed = client.post("/api/things", lines, headers={}, type="application/x-ndjson")
        assert [e["pointer"] for e in failed.json["failed"][0]["errors"]] == ["/u", "/r"]
    own = {"self": {"type": "reference", "to": "unread"}}
    unread = OPEN | {"read": False}
    client.define("unread", key={"type": "string"}, fields=own, access=unread)
    for method, path in (("POST", "/api/unread"), ("PUT", "/api/unread/me")):
        told = client.ask(method, path, {"id": "me", "self": "me"}, headers={})
        assert (told.status_code, told.json["errors"][0]["pointer"]) == (409, "/self")
    assert client.put("/api/unread/me", {"self": "me"}).status_code == 201
    kept = client.put("/api/things/taken", {"u": 1, "r": "there"}, headers={})
    assert kept.status_code == 200, "what is there already may stay"
    assert client.post("/api/things", {"id": "new", "r": "there"}).status_code == 201


def test_a_conflict_names_nothing_that_one_cannot_see(client: Client) -> None:
    secret = {"type": "integer", "unique": True, "access": False, "default": 7}
    client.define("things", key={"type": "string"}, fields={"secret": secret})
    assert client.post("/api/things", {"id": "a"}, headers={}).status_code == 201
    for type, body in (("application/json", {"id": "b"}), ("application/x-ndjson", '{"id": "b"}')):
        told = client.post("/api/things", body, headers={}, type=type)
        assert told.status_code in (409, 422)
        assert "secret" not in told.text
        assert "secret" in client.post("/api/things", body, type=type).text
    hidden = {"type": "reference", "to": "things", "access": False}
    for name, access in (("topsecret", {}), ("other", OPEN)):
        client.define(name, key={"type": "string"}, fields={"hidden": hidden}, access=access)
        client.put(f"/api/{name}/x", {"hidden": "a"})
        told = client.delete("/api/things/a", headers={})
        assert told.status_code == 409
        assert told.json["errors"][0]["pointer"] == ""
        assert "collection" not in told.json
        assert "hidden" not in told.text
        assert "topsecret" not in told.text
        assert name in client.delete("/api/things/a").text
        client.delete(f"/api/{name}/x")
    shown = {"type": "reference", "to": "things"}
    client.define("third", key={"type": "string"}, fields={"thing": shown})
    client.put("/api/third/x", {"thing": "a"})
    told = client.delete("/api/things/a", headers={})
    assert (told.json["collection"], told.json["errors"][0]["pointer"]) == ("third", "/thing")


def test_what_a_record_needs_and_one_may_not_write(client: Client) -> None:
    for access, pointer in ((False, ""), ({"read": True, "write": False}, "/needed")):
        fields = {"a": {"type": "string"}}
        fields["needed"] = {"type": "string", "required": True, "access": access}
        client.define("things", key={"type": "string"}, fields=fields)
        for told in (
            client.post("/api/things", {"id": "x", "a": "y"}, headers={}),
            client.put("/api/things/x", {"a": "y"}, headers={}),
        ):
            assert told.status_code == 403
            assert told.json["errors"][0]["pointer"] == pointer
            assert ("needed" in told.text) is bool(pointer)
        client.put("/api/things/x", {"needed": "z"})
        assert client.put("/api/things/x", {"a": "y"}, headers={}).status_code == 200
        client.delete("/collections/things?allow_data_loss=true")


def test_nobody_guesses_what_is_hidden_and_cannot_be_changed(client: Client) -> None:
    pin = {"type": "string", "immutable": True, "access": {"read": False}}
    client.define("things", key={"type": "string"}, fields={"pin": pin})
    assert client.post("/api/things", {"id": "a", "pin": "1234"}, headers={}).status_code == 201
    for method, body, type in (
        ("PATCH", '{"pin": "%s"}', None),
        ("PUT", '{"pin": "%s"}', None),
        ("PATCH", '[{"op": "add", "path": "/pin", "value": "%s"}]', "application/json-patch+json"),
    ):
        right, wrong = (
            client.ask(method, "/api/things/a", body % guess, headers={}, type=type)
            for guess in ("1234", "4321")
        )
        assert right.status_code == wrong.status_code == 422
        assert right.json["errors"] == wrong.json["errors"]
    assert client.put("/api/things/a", {}, headers={}).status_code == 200
    assert client.put("/api/things/a", {"pin": "1234"}).status_code == 200, "an admin sees it"


def test_of_several_in_the_way_both_databases_name_one(client: Client) -> None:
    client.define("things", key={"type": "string"}, fields={})
    client.put("/api/things/a", {})
    for name in ("zebras", "apes", "mice"):
        client.define(name, fields={"thing": {"type": "reference", "to": "things"}})
        client.post(f"/api/{name}", {"thing": "a"})
    told = client.delete("/api/things/a")
    assert (told.status_code, told.json["collection"]) == (409, "apes")
