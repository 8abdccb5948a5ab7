"""The matrix of tests/matrix.py: every route, method and kind of caller."""

import json
from collections.abc import Callable, Iterator
from string import Template
from typing import Any
from uuid import uuid4

import pytest
from callers import BAD, GOOD, PASSWORD, SESSIONS, Cast, cast, casts, cookie_session, without_jar
from conftest import Client
from matrix import (
    ACCESS,
    ACCOUNTS,
    BODIES,
    CALLERS,
    DEFINITIONS,
    FIXED,
    LEFT_OPEN,
    RECORDS,
    Row,
    rows,
)
from test_refusals import check_problem
from werkzeug.test import TestResponse

__all__ = ["cast", "casts"]
FIELDS = {
    "owner": {"type": "reference", "to": "users"},
    "status": {"type": "string"},
    "note": {"type": "string"},
}
SAFE = ("GET", "HEAD", "QUERY", "OPTIONS")
NAMES = {401: "unauthenticated", 403: "forbidden", 404: "not-found", 410: "gone"}
TABLES = {**RECORDS, "definitions": DEFINITIONS, "accounts": ACCOUNTS, "fixed": FIXED}
Prepare = Callable[[Cast], dict[str, str]]


def prepare_things(cast: Cast) -> dict[str, str]:
    """As admin. ``new`` is not there, and ``gone`` was."""
    client, ann = cast.client, cast.ids["ann"]
    client.delete("/api/things/new")
    for id, status in (("mine", "draft"), ("shown", "published"), ("gone", "draft")):
        made = client.put(f"/api/things/{id}", {"owner": ann, "status": status, "note": None})
        assert made.status_code in (200, 201), made.text
    assert client.delete("/api/things/gone").status_code == 204
    return {}


def prepare_definitions(cast: Cast) -> dict[str, str]:
    cast.client.delete("/collections/fresh")
    cast.client.define("things", key={"type": "string"}, fields=FIELDS, access={})
    cast.client.define("spare", fields={}, access={})
    return {}


def prepare_accounts(cast: Cast) -> dict[str, str]:
    """What may be changed and deleted."""
    cast.client.define("things", key={"type": "string"}, fields=FIELDS, access={})
    cast.headers["spare session"] = cast.sign_in("ann")
    current = cast.get("spare session", "/auth/sessions/current")
    return {
        "other": cast.account("other", "member"),
        "key": cast.key("ann", "things:read")["id"],
        "session": current.json["id"],
    }


def words(cast: Cast, found: dict[str, str]) -> dict[str, str]:
    return {
        **cast.ids,
        **found,
        "nobody": "01890a5d-ac96-774b-bcce-b302099a8057",
        "annmail": cast.emails["ann"],
        "password": PASSWORD,
        "mail": f"{uuid4().hex}@callers.example.com",
        "word": uuid4().hex,
        "why": f"method=GET&path=/api/things&as={cast.ids['ann']}",
    }


def filled(cast: Cast, row: Row, found: dict[str, str]) -> tuple[str, Any, str | None]:
    """Path, body and type as they are sent."""
    body, type = BODIES[row.body]
    text = body if body is None or isinstance(body, str) else json.dumps(body)
    said = words(cast, found)
    put_in = lambda one: Template(one).substitute(said)  # noqa: E731
    return put_in(row.path), text if text is None else put_in(text), type


def stored(cast: Cast) -> list[Any]:
    """All that a refused request could have changed, as those see it who may."""
    client = cast.client
    answers = [client.get(f"{path}?limit=500") for path in ("/auth/users", "/api/things")]
    answers.append(client.get("/collections"))
    answers += [cast.get("ann", path) for path in ("/auth/keys", "/auth/sessions")]
    return [answer.json.get("items") for answer in answers]


def callers(row: Row) -> Iterator[tuple[str, set[int]]]:
    for who, expected in row.expected.items():
        for one in BAD if who == "bad" else (who,):
            yield one, expected


def headers_of(cast: Cast, row: Row, who: str) -> dict[str, str]:
    """A session that is to end is one of its own."""
    if (row.method, row.path) == ("DELETE", "/auth/sessions/current") and who in SESSIONS:
        return cast.sign_in(who)
    return cast.headers[who]


def faults(cast: Cast, row: Row, prepare: Prepare) -> Iterator[str]:
    found: dict[str, str] | None = None
    before: list[Any] = []
    writes = row.method not in SAFE
    for who, expected in callers(row):
        if found is None:
            found = prepare(cast)
            before = stored(cast) if writes else []
        path, body, type = filled(cast, row, found)
        headers = headers_of(cast, row, who)
        answer = cast.client.ask(row.method, path, body, headers=headers, type=type)
        if answer.status_code not in expected:
            yield f"{row} by {who}: {answer.status_code}, not {expected}: {answer.text[:200]}"
        if answer.status_code >= 300:
            yield from faults_of_refusal(row, who, answer)
            if writes and stored(cast) != before:
                yield f"{row} by {who}: refused with {answer.status_code}, and done"
        elif writes:
            found = None


def faults_of_refusal(row: Row, who: str, answer: TestResponse) -> Iterator[str]:
    if ("WWW-Authenticate" in answer.headers) is not (answer.status_code == 401):
        yield f"{row} by {who}: {answer.status_code} with {dict(answer.headers)}"
    if row.method != "HEAD" and answer.status_code in NAMES:
        check_problem(answer, NAMES[answer.status_code])


@pytest.mark.parametrize("access", ACCESS)
def test_v39_api1_records(client: Client, cast: Cast, access: str) -> None:
    key = {"type": "string"}
    client.define("things", key=key, fields=FIELDS, access=ACCESS[access])
    found = [f for row in rows(RECORDS[access]) for f in faults(cast, row, prepare_things)]
    assert found == []


def test_v39_api5_definitions(client: Client, cast: Cast) -> None:
    found = [f for row in rows(DEFINITIONS) for f in faults(cast, row, prepare_definitions)]
    assert found == []


@pytest.mark.parametrize("row", rows(ACCOUNTS), ids=str)
def test_v39_api5_accounts(client: Client, cast: Cast, row: Row) -> None:
    assert list(faults(cast, row, prepare_accounts)) == []


def test_v39_what_is_open(client: Client, cast: Cast) -> None:
    assert [f for row in rows(FIXED) for f in faults(cast, row, lambda _: {})] == []


def test_v39_the_matrix_has_every_route_and_method(client: Client) -> None:
    adapter = client.app.url_map.bind("localhost")
    missing = {
        (rule.rule, method) for rule in client.app.url_map.iter_rules() for method in rule.methods
    }
    for table in TABLES.values():
        for row in rows(table):
            path = Template(row.path).safe_substitute(nobody="x", why="").partition("?")[0]
            rule, _ = adapter.match(path.replace("$", ""), row.method, return_rule=True)
            missing -= {(rule.rule, row.method), (rule.rule, "OPTIONS")}
    assert missing == set()


def test_options_asks_nobody_who_he_is(client: Client, cast: Cast) -> None:
    client.define("things", key={"type": "string"}, fields=FIELDS, access={})
    paths = {row.path.partition("?")[0] for table in TABLES.values() for row in rows(table)}
    for path in sorted(paths):
        answers = [cast.ask(who, "OPTIONS", path.replace("$", "")) for who in GOOD]
        assert {answer.status_code for answer in answers} == {204}, path
        assert len({answer.headers["Allow"] for answer in answers}) == 1, path


def test_every_caller_has_a_column(cast: Cast) -> None:
    assert {*CALLERS} == {*GOOD, "bad"}
    assert {*cast.headers} >= {*GOOD, *BAD}
    for table in TABLES.values():
        for row in rows(table):
            assert {*row.expected} <= {*CALLERS}
    letters = {
        cell
        for table in TABLES.values()
        for cell in table.split()
        if len(cell) == 1 and cell != "/"
    }
    assert letters - {"|", ".", "-"} == {*LEFT_OPEN}


def test_a_cookie_alone_writes_nothing(client: Client, cast: Cast) -> None:
    """Every unsafe method needs the CSRF token, wherever it goes."""
    fields, token = cookie_session(cast, "root")
    browser = without_jar(client)
    prepare_definitions(cast)
    for row in [row for table in (RECORDS["open"], DEFINITIONS, ACCOUNTS) for row in rows(table)]:
        if row.method in SAFE or row.path == "/auth/sessions":
            continue
        path, body, type = filled(cast, row, dict.fromkeys(("other", "key", "session"), "x"))
        before = stored(cast)
        for wrong in ({}, {"X-CSRF-Token": "x"}, {"X-CSRF-Token": token[:-1] + "!"}):
            answer = browser.ask(row.method, path, body, headers=fields | wrong, type=type)
            assert answer.status_code == 403, (str(row), wrong, answer.text)
        assert stored(cast) == before
    headers = fields | {"X-CSRF-Token": token}
    done = browser.patch("/collections/spare", {"description": "y"}, headers=headers)
    assert (done.status_code, done.json["description"]) == (200, "y")
