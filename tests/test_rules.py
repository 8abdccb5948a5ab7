"""Random rules for rows, random small data, four callers: lists, counts, single records, groups,
expansions and questions through references agree with plain Python (tests/ruling.py), and so does
what becomes of writes. Both databases agree with it, and so with each other."""

import json
from collections.abc import Iterator
from random import Random
from typing import Any
from urllib.parse import urlencode

import pytest
from callers import Cast, cast, casts
from conftest import OPEN, Client
from reading import (
    Aggregate,
    Collection,
    Not,
    Question,
    Record,
    Sort,
    Tree,
    answer,
    evaluate,
    parameters,
    render,
    same,
)
from ruling import (
    ACTIONS,
    FOR_TASKS,
    OF_CALLERS,
    OF_PROJECTS,
    OF_TASKS,
    OF_TEAMS,
    SETTLED,
    Rule,
    Who,
    World,
    compare,
    decide,
    expanded,
    holds,
    name,
    null,
    rule_of,
    seen_by,
    tree_of,
)

import models.condition

__all__ = ["cast", "casts"]
WORLDS, RULES, WRITES = 2, 5, 7
ASKERS = ("any", "ann", "eve", "root")
NDJSON = "application/x-ndjson"
USER = {"type": "reference", "to": "users"}
DEFINITIONS: dict[str, dict[str, Any]] = {
    "teams": {
        "key": {"type": "string"},
        "fields": {"name": {"type": "string"}, "open": {"type": "boolean"}, "lead": USER},
    },
    "projects": {
        "key": {"type": "string"},
        "fields": {
            "title": {"type": "string"},
            "n": {"type": "integer"},
            "owner": USER,
            "team": {"type": "reference", "to": "teams"},
        },
    },
    "tasks": {
        "key": {"type": "integer"},
        "fields": {
            "status": {"type": "string"},
            "n": {"type": "integer"},
            "done": {"type": "boolean"},
            "day": {"type": "date"},
            "tags": {"type": "array", "items": {"type": "string"}},
            "email": {"type": "string"},
            "owner": USER,
            "reviewer": USER,
            "project": {"type": "reference", "to": "projects"},
        },
    },
}
USERS = {
    "key": {"type": "uuid"},
    "fields": {m: {"type": "string"} for m in ("email", "name", "role")}
    | {"disabled": {"type": "boolean"}},
    "access": {"read": True},
}
OF_EACH = {"teams": OF_TEAMS, "projects": OF_PROJECTS, "tasks": FOR_TASKS}


# Data


class Dice:
    def __init__(self, rng: Random, cast: Cast) -> None:
        self.rng, self.cast = rng, cast
        self.people = [cast.ids[one] for one in ("ann", "bob", "eve")]

    def of(self, *values: Any) -> Any:
        """One of them, or null."""
        return self.rng.choice([*values, None])

    def team(self, id: str) -> Record:
        title = self.of("A", "B", "a")
        return {"id": id, "name": title, "open": self.of(True, False), "lead": self.person()}

    def project(self, id: str) -> Record:
        title, team = self.of("alpha", "beta", "gnu"), self.of("t1", "t2", "t3")
        number = self.of(1, 2, 3)
        return {"id": id, "title": title, "n": number, "owner": self.person(), "team": team}

    def person(self) -> str | None:
        return self.of(*self.people)

    def task(self, projects: list[str]) -> Record:
        emails = [self.cast.emails["ann"], f"x{self.cast.emails['eve']}"]
        return {
            "status": self.of("open", "done", "editor", "Open"),
            "n": self.of(1, 2, 3),
            "done": self.of(True, False),
            "day": self.of("2001-01-01", "2095-05-05"),
            "tags": self.of([], ["open"], ["editor", "x"]),
            "email": self.of(*emails, "a"),
            "owner": self.person(),
            "reviewer": self.person(),
            "project": self.of(*projects),
        }


def draw(dice: Dice) -> dict[str, list[Record]]:
    projects = [f"p{i}" for i in range(1, 6)]
    tasks = [{"id": i} | dice.task(projects) for i in range(1, 11)]
    tasks.append({"id": 11} | dict.fromkeys(DEFINITIONS["tasks"]["fields"]))
    return {
        "teams": [dice.team(f"t{i}") for i in (1, 2, 3)],
        "projects": [dice.project(one) for one in projects],
        "tasks": tasks,
    }


def load(cast: Cast, records: dict[str, list[Record]]) -> World:
    """Read back by an admin, as it is shown."""
    client, world = cast.client, World()
    client.clear()
    world["users"] = Collection("users", USERS, world)
    for id in cast.ids.values():
        world["users"].records[id] = client.get(f"/auth/users/{id}").json
    for title, definition in DEFINITIONS.items():
        client.define(title, **definition)
        body = "\n".join(map(json.dumps, records[title]))
        assert client.post(f"/api/{title}", body, type=NDJSON).status_code == 200
        items = client.get(f"/api/{title}?limit=500").json["items"]
        world[title] = Collection(title, definition, world, {one["id"]: one for one in items})
    return world


def give_access(cast: Cast, world: World, rng: Random, rules: dict[str, dict[str, Rule]]) -> None:
    for title, access in rules.items():
        written = {a: r if isinstance(r, bool) else render(r, rng) for a, r in access.items()}
        cast.client.define(title, **DEFINITIONS[title], access=written)
        world[title].definition = DEFINITIONS[title] | {"access": access}


def people(cast: Cast) -> Iterator[tuple[str, Who]]:
    for one in ASKERS:
        if one == "any":
            yield one, Who()
        else:
            me = cast.get(one, "/auth/me").json
            yield one, Who(me["id"], me["role"], me["email"])


# Reading


def questions(rng: Random, seen: World, who: Who) -> Iterator[Question]:
    count = (Aggregate("count"),)
    yield Question("tasks", limit=500)
    yield Question("tasks", group_by=(("status",),), aggregate=count)
    yield Question("tasks", sort=(Sort(("owner", "name"), True), Sort(("n",))), limit=500)
    templates: tuple[Tree, ...] = OF_TASKS + OF_CALLERS
    # Through references nobody but an admin asks for more of an account than its name.
    templates += (compare("owner.name", "~", "A"), null("owner.name"), null("reviewer.id"))
    if is_open(seen["projects"], who):
        templates += 3 * (compare("project.title", "~", "a"), null("project.title"))
        templates += (compare("project.owner", "!=", name("owner")), null("project.owner.name"))
        yield Question("tasks", group_by=(("project", "title"),), aggregate=count)
        yield Question("tasks", sort=(Sort(("project", "title")),), limit=500)
        if is_open(seen["teams"], who):
            templates += 3 * (compare("project.team.name", "!=", "A"), null("project.team.lead"))
            yield Question("tasks", group_by=(("project", "team", "open"),), aggregate=count)
    for _ in range(5):
        yield Question("tasks", filter=tree_of(rng, templates), limit=500)


def is_open(here: Collection, who: Who) -> bool:
    return who.admin or here.definition["access"]["read"] is not False


def check_reading(cast: Cast, world: World, rng: Random, asker: str, who: Who) -> None:
    seen = seen_by(world, who)
    if not is_open(seen["tasks"], who):
        assert cast.get(asker, "/api/tasks").status_code == (401 if who.id is None else 403)
        return
    for question in questions(rng, seen, who):
        path = f"/api/tasks?{urlencode(parameters(question, rng))}"
        given = cast.get(asker, path)
        assert given.status_code == 200, (path, given.text)
        expected = answer(question, seen["tasks"], who)  # type: ignore[arg-type]
        assert same(given.json["items"], expected), (asker, path)
    visible = seen["tasks"].records
    counted = cast.get(asker, "/api/tasks?count=true&limit=1").json
    assert counted["total"] == len(visible)
    for id, record in world["tasks"].records.items():
        given = cast.get(asker, f"/api/tasks/{id}")
        assert given.status_code == (200 if id in visible else 404), (asker, record)
        assert id not in visible or given.json == record
    check_expanding(cast, seen, asker, who)


def check_expanding(cast: Cast, seen: World, asker: str, who: Who) -> None:
    for path in (("project", "team", "lead"), ("owner",)):
        given = cast.get(asker, f"/api/tasks?limit=500&expand={'.'.join(path)}")
        for item in given.json["items"]:
            expected = expanded(seen["tasks"].records[item["id"]], seen["tasks"], path, who)
            assert same(item, expected), (asker, path)


# Writing


def check_write(cast: Cast, world: World, dice: Dice, asker: str, who: Who) -> None:
    rng, here = dice.rng, world["tasks"]
    method = rng.choice(["PATCH", "PATCH", "PATCH", "PUT", "PUT", "POST", "DELETE"])
    fresh = max(here.records) + 1
    id = fresh if method == "POST" else rng.choice([*here.records, *[fresh] * (method == "PUT")])
    before = here.records.get(id)
    body = None if method == "DELETE" else drawn_body(dice, world, who, method, before)
    after = None if body is None else {"id": id} | (before or {}) | body
    expected = decide(here, who, method, before, after)
    path = "/api/tasks" if method == "POST" else f"/api/tasks/{id}"
    sent = {"id": id} | body if method == "POST" and body else body
    given = cast.ask(asker, method, path, sent)
    told = (asker, method, path, sent, before, here.definition["access"], given.text)
    assert given.status_code in expected.statuses, (given.status_code, expected, told)
    if expected.done:
        assert bool(given.data) is expected.shown, told
    stored = cast.client.get(f"/api/tasks/{id}")
    found = stored.json if stored.status_code == 200 else None
    if not expected.done:
        assert found == before, told
    elif body is None:
        assert found is None, told
        del here.records[id]
    else:
        assert found is not None
        assert {one: found[one] for one in body} == body, told
        here.records[id] = found


def drawn_body(
    dice: Dice, world: World, who: Who, method: str, before: Record | None
) -> dict[str, Any]:
    """Some members, or all. It refers to nothing new that the caller may not read: that is a 409,
    and for tests/test_leaks_rows.py."""
    body = dice.task([*seen_by(world, who)["projects"].records])
    if method == "PATCH":
        body = {one: body[one] for one in dice.rng.sample([*body], dice.rng.choice([1, 1, 2, 5]))}
    if before and dice.rng.randrange(4) == 0:
        body = {one: before[one] for one in body}
    return body


@pytest.mark.parametrize("seed", range(WORLDS))
def test_v11_api1_rules_mean_what_plain_python_says(client: Client, cast: Cast, seed: int) -> None:
    rng = Random(seed)
    dice = Dice(rng, cast)
    world = load(cast, draw(dice))
    callers = list(people(cast))
    for _ in range(RULES):
        rules = {
            title: {action: rule_of(rng, OF_EACH[title]) for action in ACTIONS}
            for title in DEFINITIONS
        }
        give_access(cast, world, rng, rules)
        for asker, who in callers:
            check_reading(cast, world, rng, asker, who)
        for _ in range(WRITES):
            for asker, who in callers:
                check_write(cast, world, dice, asker, who)


def test_v11_conditions_that_follow_references_together_mean_the_same(
    client: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(models.condition, "TOGETHER", 1)
    test_v11_api1_rules_mean_what_plain_python_says(client, cast, WORLDS)


def test_v11_each_rule_alone(client: Client, cast: Cast) -> None:
    """And its negation: what is unknown is in neither."""
    rng = Random(1)
    world = load(cast, draw(Dice(rng, cast)))
    here, callers = world["tasks"], list(people(cast))
    for rule in (*FOR_TASKS, *map(Not, FOR_TASKS)):
        give_access(cast, world, rng, {"tasks": OPEN | {"read": rule}})
        for asker, who in callers:
            expected = [id for id, one in here.records.items() if holds(rule, one, here, who)]
            items = cast.get(asker, "/api/tasks?limit=500").json["items"]
            assert [one["id"] for one in items] == expected, (asker, render(rule, rng))


NEVER = [
    "owner = @me",
    "owner != @me",
    "not (owner = @me)",
    "not (owner != @me)",
    "@me = @me",
    "@me != @me",
    "@me.role = @me.role",
    "not (@me.role = 'admin')",
    "@me.role != 'member'",
    "@me.role in ('member', 'editor')",
    "@me.role not in ('member', 'editor')",
    "not (@me.role in ('member'))",
    "@me in ()",
    "owner in ()",
    "n in ()",
    "n in (1)",
    "n not in (1)",
    "not (n in (1))",
    "not (n not in (1))",
    "n = n",
    "n > 0 or n <= 0",
    "not (n > 0 and n <= 0)",
    "done",
    "not done",
    "done or not done",
    "status ~ ''",
    "status !~ 'x'",
    "email = @me.email",
    "email ~ @me.email",
    "email !~ @me.email",
    "tags has 'x'",
    "not tags has 'x'",
    "tags has @me.role",
    "not (tags has @me.role)",
    "day < @now or day >= @now",
    "project.owner = @me",
    "not (project.owner = @me)",
    "project.owner != @me",
    "project.n = n",
    "project.team.open",
    "not project.team.open",
    "project.team.lead = owner",
    "project.owner.role = @me.role",
    "owner.role != 'admin'",
    "owner = reviewer",
    "owner is not null",
    "@me is not null and owner is null",
    "n in () or owner = @me",
    "not (n not in ())",
]
WRITTEN: list[tuple[str, str, Any, int]] = [
    ("PATCH", "/api/tasks/11", {"status": None}, 404),
    ("PUT", "/api/tasks/11", {}, 404),
    ("DELETE", "/api/tasks/11", None, 404),
    ("PUT", "/api/tasks/99", {}, 401),
    ("POST", "/api/tasks", {"id": 99}, 401),
]


@pytest.mark.parametrize("rule", NEVER)
def test_v11_what_is_not_known_is_not_allowed(client: Client, cast: Cast, rule: str) -> None:
    """To nobody, about a record that holds nothing."""
    for title, definition in DEFINITIONS.items():
        access = dict.fromkeys(ACTIONS, rule) if title == "tasks" else OPEN
        client.define(title, **definition, access=access)
    assert client.put("/api/tasks/11", {}).status_code == 201
    before = client.get("/api/tasks/11").json
    assert cast.get("any", "/api/tasks?count=true").json == {"items": [], "next": None, "total": 0}
    assert cast.get("any", "/api/tasks?aggregate=count").json["items"] == [{"count": 0}]
    assert cast.get("any", "/api/tasks/11").status_code == 404
    for method, path, body, status in WRITTEN:
        refused = cast.ask("any", method, path, body)
        assert refused.status_code == status, (method, path, refused.text)
    assert client.get("/api/tasks?limit=500").json["items"] == [before]


def test_v11_what_is_in_no_list_is_not_in_it(client: Client, cast: Cast) -> None:
    """As docs/decisions.md has it: ``in ()`` is false, so its ``not`` is true, of null too."""
    for rule in ("n not in ()", "not (n in ())", "@me.role not in ()"):
        definition = DEFINITIONS["teams"] | {"fields": {"n": {"type": "integer"}}}
        client.define("teams", **definition, access={"read": rule})
        client.put("/api/teams/x", {})
        assert cast.get("any", "/api/teams/x").status_code == 200, rule


# The reference against itself


def imagined(rng: Random) -> tuple[World, list[Who]]:
    """A world that is stored nowhere, and who asks."""
    people = Cast(None)  # type: ignore[arg-type]
    world = World()
    world["users"] = Collection("users", USERS, world)
    for i, (one, role) in enumerate({"ann": "member", "bob": None, "eve": "editor"}.items()):
        people.ids[one] = id = f"0000000{i}-0000-4000-8000-000000000000"
        people.emails[one] = email = f"{one}-1@callers.example.com"
        account = {"id": id, "email": email, "name": one, "role": role, "disabled": one == "bob"}
        world["users"].records[id] = account
    for title, records in draw(Dice(rng, people)).items():
        definition = DEFINITIONS[title] | {"access": OPEN}
        found = {one["id"]: one for one in records}
        world[title] = Collection(title, definition, world, found)
    known = [Who(one["id"], one["role"], one["email"]) for one in world["users"].records.values()]
    return world, [Who(), *known]


def test_every_rule_is_sometimes_true_and_sometimes_not() -> None:
    worlds = [imagined(Random(seed)) for seed in range(20)]
    for title, rules in OF_EACH.items():
        for rule in rules:
            truths = {
                evaluate(rule, record, world[title], who)  # type: ignore[arg-type]
                for world, callers in worlds
                for who in callers
                for record in world[title].records.values()
            }
            assert (len(truths) > 1) is (rule not in SETTLED), (title, render(rule, Random(1)))


def test_what_is_seen_is_part_of_what_is_there() -> None:
    for seed in range(50):
        rng = Random(seed)
        world, (_, ann, *_) = imagined(rng)
        for title in DEFINITIONS:
            rules = {action: rule_of(rng, OF_EACH[title]) for action in ACTIONS}
            world[title].definition = DEFINITIONS[title] | {"access": rules}
        seen = seen_by(world, ann)
        assert seen_by(world, Who(None, "admin"))["tasks"].records == world["tasks"].records
        for title in DEFINITIONS:
            assert {*seen[title].records} <= {*world[title].records}
            if world[title].definition["access"]["read"] is False:
                assert seen[title].records == {}
        for record in seen["tasks"].records.values():
            project = seen["tasks"].value(record, ("project", "title"))
            assert project is None or record["project"] in seen["projects"].records
