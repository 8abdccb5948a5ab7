"""Rules as definitions hold them: what is refused and where; and those about callers alone, which
are judged without a database."""

from datetime import UTC, datetime
from typing import Any

import pytest
from conftest import Client
from sqlalchemy import select

from models.caller import ADMIN, ANONYMOUS, Caller, Moment
from models.database import db
from models.expression import Rule
from models.momentary import momentary_parameters
from models.permission import verdicts
from models.truth import is_true
from schemas.expression import Faulty
from schemas.rule import about_caller

TEAMS = {
    "key": {"type": "string"},
    "fields": {
        "name": {"type": "string"},
        "lead": {"type": "reference", "to": "users"},
        "secret": {"type": "string", "access": False},
        "boss": {"type": "reference", "to": "teams"},
    },
}
NOTES = {
    "key": {"type": "string"},
    "fields": {
        "text": {"type": "string"},
        "n": {"type": "integer"},
        "team": {"type": "reference", "to": "teams"},
        "owner": {"type": "reference", "to": "users"},
    },
}
# The rule, and at which character what is said; None: it is taken.
RULES: list[tuple[Any, str | None]] = [
    (True, None),
    (False, None),
    ("owner = @me", None),
    ("team.lead = @me or team.boss.lead = @me", None),
    ("team.secret = 'x'", None),
    ("owner.role = 'editor' and owner.email = @me.email", None),
    ("@me is not null", None),
    ("id = 'x' and revision > 3 and created_at < @now", None),
    ("ownr = @me", "At character 1: No field `ownr`; did you mean `owner`?"),
    ("owner = @you", "At character 9: There is no `@you`"),
    ("owner =", "At character 8: expected"),
    ("owner = @me and", "At character 16: expected"),
    ("n = 'x'", "At character 5: Must be an integer."),
    ("team.nope = 1", "At character 1: No field `team.nope`"),
    ("owner.password = 'x'", "At character 1: No field `owner.password`"),
    ("", "At character 1: expected"),
    (7, "Must be true, false or an expression."),
    (None, "Must not be null."),
    (["owner = @me"], "Must be true, false or an expression."),
    (" or ".join(["n = 1"] * 65), "more than 64 conditions."),
    ("n = 1" + " " * 5000, "longer than 4096 characters."),
]


@pytest.fixture
def teams(client: Client) -> Client:
    client.define("teams", **TEAMS)
    return client


@pytest.mark.parametrize(("rule", "said"), RULES)
def test_a_rule_is_read_when_it_is_sent(teams: Client, rule: Any, said: str | None) -> None:
    for action in ("read", "create", "update", "delete"):
        told = teams.put("/collections/notes", {**NOTES, "access": {action: rule}})
        if said is None:
            assert told.status_code in (200, 201), told.text
            assert teams.get("/collections/notes").json["access"] == {action: rule}
        else:
            assert told.status_code == 422
            failure = told.json["errors"][0]
            assert failure["pointer"] == f"/access/{action}"
            assert said in failure["detail"]


OF_FIELDS: list[tuple[Any, str | None]] = [
    ("@me.role = 'staff'", None),
    ({"read": "@me.role in ('staff', 'editor')", "write": False}, None),
    ({"read": True, "write": "@me is not null and @now > '2026-01-01T00:00:00Z'"}, None),
    ("owner = @me", "/fields/text/access"),
    ({"read": "n > 3"}, "/fields/text/access/read"),
    ({"write": "@me ="}, "/fields/text/access/write"),
    ({"read": 7}, "/fields/text/access/read"),
]


@pytest.mark.parametrize(("access", "pointer"), OF_FIELDS)
def test_a_rule_of_a_field_is_about_the_caller(
    teams: Client, access: Any, pointer: str | None
) -> None:
    fields = {**NOTES["fields"], "text": {"type": "string", "access": access}}
    told = teams.put("/collections/notes", {**NOTES, "fields": fields})
    assert told.status_code == (201 if pointer is None else 422), told.text
    if pointer is not None:
        assert [one["pointer"] for one in told.json["errors"]] == [pointer]


def test_all_that_is_wrong_with_rules_is_said_at_once(teams: Client) -> None:
    access = {"read": "nope = 1", "update": "n = 'x' and more = 2"}
    told = teams.put("/collections/notes", {**NOTES, "access": access})
    found = [(one["pointer"], one["detail"].partition(":")[0]) for one in told.json["errors"]]
    assert found == [
        ("/access/read", "At character 1"),
        ("/access/update", "At character 5"),
        ("/access/update", "At character 13"),
    ]


def test_a_change_that_a_rule_does_not_fit_is_stopped(teams: Client) -> None:
    rule = {"read": "team.name = 'a' and n > 1"}
    assert teams.put("/collections/notes", {**NOTES, "access": rule}).status_code == 201
    without_n = {name: field for name, field in NOTES["fields"].items() if name != "n"}
    told = teams.put("/collections/notes", {**NOTES, "fields": without_n, "access": rule})
    assert (told.status_code, told.json["errors"][0]["pointer"]) == (422, "/access/read")
    told = teams.patch("/collections/notes", {"fields": {"n": None}})
    assert (told.status_code, told.json["errors"][0]["pointer"]) == (422, "/access/read")
    fields = {name: field for name, field in TEAMS["fields"].items() if name != "name"}
    for told in (
        teams.put("/collections/teams", {**TEAMS, "fields": fields}),
        teams.patch("/collections/teams", {"fields": {"name": None}}),
    ):
        assert told.status_code == 409
        assert told.json["type"] == "/problems/conflict"
        assert told.json["collection"] == "notes"
        assert "notes/access/read" in told.json["detail"]
        assert "At character 1: No field `team.name`" in told.json["errors"][0]["detail"]
    assert teams.get("/collections/teams").json["fields"].keys() == TEAMS["fields"].keys()
    assert teams.patch("/collections/teams", {"fields": {"secret": None}}).status_code == 200
    assert teams.patch("/collections/notes", {"access": {"read": "n > 1"}}).status_code == 200
    assert teams.patch("/collections/teams", {"fields": {"name": None}}).status_code == 200


ANN = Caller("01890a5d-ac96-774b-bcce-b302099a8057", "Editor", "Ann@example.com", True)
BEN = Caller("01890a5d-ac96-774b-bcce-b302099a8058", None, "ben@example.com", True)
ABOUT_CALLERS = [
    "@me is null",
    "@me is not null",
    "not @me is null",
    "@me = '01890a5d-ac96-774b-bcce-b302099a8057'",
    "@me != '01890a5d-ac96-774b-bcce-b302099a8057'",
    "not @me = '01890a5d-ac96-774b-bcce-b302099a8057'",
    "@me in ('01890a5d-ac96-774b-bcce-b302099a8057', 'x')",
    "@me in ()",
    "not @me in ()",
    "@me.role = 'Editor'",
    "@me.role != 'Editor'",
    "@me.role in ('Editor', 'admin')",
    "@me.role not in ('Editor')",
    "@me.role < 'a'",
    "'a' > @me.role",
    "@me.role ~ 'EDIT'",
    "@me.role !~ 'EDIT'",
    "@me.email ~ '@EXAMPLE.com'",
    "'Ann@example.com, Ben' ~ @me.email",
    "@me.email = @me.role",
    "@me.role ~ @me.role",
    "@now > '2026-01-01T00:00:00Z'",
    "@now < '2026-01-01T00:00:00+02:00'",
    "@now = @now",
    "1 = 1",
    "1 < 0.5",
    "'a' in ('a', 'b')",
    "'b' < 'a' or @me.role = 'x'",
    "true",
    "not true",
    "false or true and not (false or @me.role = 'x')",
    "@me.role = 'x' or not @me.role = 'x'",
]


@pytest.mark.parametrize("text", ABOUT_CALLERS)
def test_what_is_about_callers_is_judged_as_a_database_would(client: Client, text: str) -> None:
    client.get("/collections")
    question = about_caller(text)
    assert question is not None
    statement = select(*verdicts((Rule(question, (), False),), select(1).subquery()))
    for caller in (ANONYMOUS, ADMIN, ANN, BEN):
        moment = Moment(datetime.now(UTC), caller)
        with client.app.app_context(), db.engine.connect() as connection:
            told = connection.execute(statement, momentary_parameters(moment)).scalar_one()
        assert is_true(question, moment) is bool(told), (text, caller)


def test_what_names_a_field_is_not_about_callers() -> None:
    assert about_caller("@me is not null and n = 1") is None
    assert about_caller("tags has @me") is None
    with pytest.raises(Faulty):
        about_caller("@me = ")
