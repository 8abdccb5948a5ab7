"""Every table in docs/access.md is answered as it says, line by line, on both databases."""

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from conftest import ADMIN, Client
from people import Person, people
from test_serve import ROOT
from werkzeug.test import TestResponse

TEXT = (ROOT / "docs/access.md").read_text()
HEAD = "| who | asks | answer |\n|---|---|---|\n"
DEFINITION = re.compile(
    r"^`PUT /collections/(\w+)`\n\n```json\n(.*?)^```$", re.MULTILINE | re.DOTALL
)
BLOCK = re.compile(r"^```json\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINE = re.compile(r"\| (\w+) \| `([A-Z]+) (/\S+)(?: (\{.*\}))?` \| (.+) \|")
ANSWER = re.compile(
    r"(?P<status>\d{3})"
    r"(?:: (?P<items>[^`]+))?"
    r"(?: with `(?P<members>\{[^`]*\})`)?"
    r"(?: without `(?P<absent>\w+)`)?"
    r"(?: at `(?P<pointer>/[^`]*)`)?"
    r"(?P<empty>, no body)?"
)
ROLES = {"ann": None, "ben": None, "eda": "editor"}
CALLERS = ("anyone", "admin", *ROLES)
MUST_OCCUR = {200, 201, 204, 400, 401, 403, 404, 409, 410, 422}


class Line(NamedTuple):
    who: str
    method: str
    path: str
    body: str | None
    answer: dict[str, str | None]


class Example(NamedTuple):
    title: str
    definitions: list[tuple[str, str]]
    lines: list[Line]


def line_of(text: str) -> Line:
    read = LINE.fullmatch(text)
    assert read is not None, f"no line of a table: {text}"
    who, method, path, body, told = read.groups()
    answer = ANSWER.fullmatch(told)
    assert who in CALLERS, f"who is {who}? {text}"
    assert answer is not None, f"no answer: {told}"
    for one in (body, answer["members"]):
        json.loads(one or "{}")
    return Line(who, method, path, body, answer.groupdict())


def example_of(section: str) -> Example:
    title = section.partition("\n")[0].strip("# ")
    tables = section.split(HEAD)[1:]
    assert len(tables) == 1, f"{title}: an example has one table, not {len(tables)}"
    rows = tables[0].partition("\n\n")[0].strip().splitlines()
    return Example(title, DEFINITION.findall(section), [line_of(row) for row in rows])


def examples_in(text: str) -> list[Example]:
    sections = re.split(r"^(?=##+ )", text, flags=re.MULTILINE)
    return [example_of(one) for one in sections if "/collections/" in one or HEAD in one]


EXAMPLES = examples_in(TEXT)


class House(NamedTuple):
    client: Client
    people: dict[str, Person]

    def ask(self, line: Line) -> TestResponse:
        person = self.people.get(line.who)
        headers = person.headers if person else ADMIN if line.who == "admin" else {}
        body = None if line.body is None else self.named(line.body)
        return self.client.ask(line.method, self.named(line.path), body, headers=headers)

    def named(self, text: str) -> str:
        """With the ids of those who are meant."""
        for name, person in self.people.items():
            text = text.replace(f"{{{name}}}", person.id)
        return text


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def house(request: pytest.FixtureRequest, apps: Any) -> Iterator[House]:
    client = Client(apps(request.param))
    with people(client, **ROLES) as found:
        yield House(client, found)


@pytest.mark.parametrize("example", EXAMPLES, ids=[one.title for one in EXAMPLES])
def test_it_is_answered_as_it_says(house: House, example: Example) -> None:
    try:
        for name, definition in example.definitions:
            made = house.client.put(f"/collections/{name}", definition)
            assert made.status_code == 201, made.text
        for line in example.lines:
            compare(house, line)
    finally:
        house.client.clear()


def compare(house: House, line: Line) -> None:
    answer = house.ask(line)
    said = {n: house.named(v) for n, v in line.answer.items() if v is not None}
    told = f"{line.who}: {line.method} {line.path} -> {answer.status}\n{answer.text}"
    assert answer.status_code == int(said["status"]), told
    if "items" in said:
        expected = [] if said["items"] == "nothing" else said["items"].split(", ")
        assert [str(one["id"]) for one in answer.json["items"]] == expected, told
    if "members" in said:
        assert holds(answer.json, json.loads(said["members"])), told
    if "absent" in said:
        assert said["absent"] not in answer.json, told
    if "pointer" in said:
        assert [one["pointer"] for one in answer.json["errors"]] == [said["pointer"]], told
    if "empty" in said:
        assert answer.data == b"", told


def holds(value: Any, part: Any) -> bool:
    """``part`` of an object: these members, whatever others there are."""
    if isinstance(part, dict) and isinstance(value, dict):
        return all(name in value and holds(value[name], one) for name, one in part.items())
    return type(value) is type(part) and value == part


def test_there_are_examples_enough() -> None:
    numbered = [one.title for one in EXAMPLES if one.title[0].isdigit()]
    assert [int(title.partition(".")[0]) for title in numbered] == list(range(1, 13))
    assert {int(line.answer["status"] or 0) for one in EXAMPLES for line in one.lines} >= MUST_OCCUR


@pytest.mark.parametrize("example", EXAMPLES, ids=[one.title for one in EXAMPLES])
def test_an_example_shows_who_may_and_who_may_not(example: Example) -> None:
    assert example.definitions
    answered = {(line.answer["status"] or "")[0] for line in example.lines}
    assert answered >= {"2", "4"}
    assert len({line.who for line in example.lines}) >= 3
    named = {name for name, _ in example.definitions}
    asked = {line.path.split("/")[2].partition("?")[0] for line in example.lines
             if line.path.startswith("/api/")}  # fmt: skip
    assert asked == named


def test_every_definition_is_in_an_example() -> None:
    blocks = [block for block in BLOCK.findall(TEXT) if "fields" in json.loads(block)]
    assert blocks == [text for one in EXAMPLES for _, text in one.definitions]
    for block in blocks:
        assert set(json.loads(block)) <= {"key", "fields", "indexes", "access"}


def test_each_action_and_each_word_is_shown() -> None:
    rules = [json.loads(text).get("access", {}) for one in EXAMPLES for _, text in one.definitions]
    assert {action for rule in rules for action in rule} == {"read", "create", "update", "delete"}
    text = json.dumps(rules)
    for word in ("@me", "@me.role", "@me.email", "@now", " has ", "team.lead", "not done"):
        assert word in text


SECTION = f"## X\n\n`PUT /collections/x`\n\n```json\n{{}}\n```\n\n{HEAD}"
BROKEN = [
    SECTION.replace(HEAD, ""),
    SECTION + "| ann | `GET /api/x` | 200 |\n\n" + HEAD,
    SECTION + "| ann | GET /api/x | 200 |\n",
    SECTION + "| ann | `GET /api/x` | fine |\n",
    SECTION + "| ann | `GET /api/x` | 200: `a` |\n",
    SECTION + "| bob | `GET /api/x` | 200 |\n",
    SECTION + "| ann | `POST /api/x {a: 1}` | 201 |\n",
    SECTION + "| ann | `GET /api/x` | 200 with `{a: 1}` |\n",
    SECTION + "| ann | `GET /api/x` | 200 |\nand so on\n",
]


@pytest.mark.parametrize("section", BROKEN)
def test_an_example_without_a_table_that_can_be_read_fails(section: str) -> None:
    with pytest.raises((AssertionError, json.JSONDecodeError)):
        examples_in(section)
    assert examples_in(SECTION + "| ann | `GET /api/x` | 200: a, b |\n")


def test_a_rule_that_makes_no_sense_is_told_so(client: Client) -> None:
    body = json.loads(dict(EXAMPLES[2].definitions)["notes"])
    body["access"]["update"] = "ownr = @me"
    refused = client.put("/collections/notes", body)
    assert refused.status_code == 422, refused.text
    (fault,) = refused.json["errors"]
    assert fault["pointer"] == "/access/update"
    quoted = re.search(r"``(At character 1: .*?)``", TEXT, re.DOTALL)
    assert quoted is not None
    assert fault["detail"].startswith(" ".join(quoted[1].split()))


def test_a_forgotten_access_is_closed_to_all_but_admins(house: House) -> None:
    assert house.client.put("/collections/things", {"fields": {}}).status_code == 201
    try:
        for who, status in (("anyone", "401"), ("ann", "403"), ("eda", "403"), ("admin", "200")):
            compare(house, Line(who, "GET", "/api/things", None, {"status": status}))
    finally:
        house.client.clear()


def test_the_definition_of_collections_md_is_taken(client: Client) -> None:
    client.define("authors", fields={})
    (whole,) = BLOCK.findall((ROOT / "docs/collections.md").read_text())
    assert client.put("/collections/books", whole).status_code == 201
