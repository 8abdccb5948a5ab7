"""What a GET of one record costs: at most two statements, and nothing is built anew."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest
from conftest import ADMIN, Client
from signing import make_key, person
from sqlalchemy import event
from test_access import key_of

import models.expansion
import schemas.expansion
from models import expression as expressions
from models import grouping, lookup, permission, query, record, record_key, table
from models.database import db
from schemas import expression, flat, rule, scope
from schemas import record as record_schemas

MEMOS: list[Callable[..., Any]] = [
    table.table_of,
    record_schemas.record_schema,
    record_schemas._converters,
    lookup._select_one,
    lookup._select_state,
    lookup._select_to_write,
    record.insert_statement,
    record.update_statement,
    record._delete,
    query._page,
    query._count,
    grouping._page,
    grouping._count,
    models.expansion._statement,
    expression._expression,
    scope._named,
    flat._flat,
    schemas.expansion._expand,
    record_key._next_values,
    expressions.rows_of,
    permission._judge_new,
    permission._judge_stored,
    permission._visible,
    rule._rule,
    rule._views,
]


def misses() -> int:
    return sum(memo.cache_info().misses for memo in MEMOS)  # type: ignore[attr-defined]


@contextmanager
def listening(client: Client, hear: Callable[[str, Any], None]) -> Iterator[None]:
    """``hear`` is told of each statement that is run meanwhile, and of what is bound."""

    def tell(_: Any, __: Any, statement: str, parameters: Any, *___: Any) -> None:
        hear(statement, parameters)

    with client.app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", tell)
    try:
        yield
    finally:
        event.remove(engine, "before_cursor_execute", tell)


@contextmanager
def counted(client: Client) -> Iterator[list[str]]:
    """The statements that are run meanwhile."""
    statements: list[str] = []

    def hear(statement: str, _: Any) -> None:
        if not statement.startswith("BEGIN"):
            statements.append(statement)

    with listening(client, hear):
        yield statements


@pytest.mark.parametrize("caller", ["anyone", "environment", "stored", "session", "key"])
def test_a_get_of_one_record(accounts: Client, caller: str) -> None:
    client = accounts
    _, session = person(client, "ann@example.com", role="admin")
    client.define("things", fields={"a": {"type": "decimal"}})
    path = client.post("/api/things", {"a": "1.5"}).headers["Location"]
    callers = {"anyone": {}, "environment": ADMIN, "stored": key_of(client, None)}
    callers |= {"session": session, "key": make_key(client, session, "*:read")}
    headers = callers[caller]
    client.get(path, headers=headers)
    before = misses()
    with counted(client) as statements:
        answer = client.get(path, headers=headers)
    assert answer.json["a"] == "1.50"
    assert len(statements) <= 2, statements
    assert ("JOIN" in statements[0]) is (caller not in ("anyone", "environment"))
    assert misses() == before
    known = headers | {"If-None-Match": answer.headers["ETag"]}
    client.get(path, headers=known)
    before = misses()
    with counted(client) as statements:
        assert client.get(path, headers=known).status_code == 304
    assert len(statements) <= 2, statements
    assert '"a"' not in statements[-1]
    assert misses() == before


def test_what_a_key_costs(client: Client) -> None:
    """To look for the answer, a savepoint and its release, to clear up and to store the answer; and
    on PostgreSQL the claim."""
    client.define("things", fields={"a": {"type": "integer"}})
    client.post("/api/things", {"a": 1})
    with counted(client) as without:
        client.post("/api/things", {"a": 1})
    with counted(client) as with_key:
        client.post("/api/things", {"a": 1}, headers=ADMIN | {"Idempotency-Key": str(uuid4())})
    claim = 1 if client.database == "postgresql" else 0
    assert len(with_key) - len(without) == 5 + claim


def test_nothing_is_built_twice(client: Client) -> None:
    client.define("things", key={"type": "integer"}, fields={"a": {"type": "integer"}})

    def work() -> None:
        path = client.post("/api/things", {"a": 1}).headers["Location"]
        client.put(path, {"a": 2})
        client.patch(path, {"a": 3})
        client.get("/api/things?a=3&sort=-a&limit=1&count=true")
        client.delete(path)

    work()
    before = misses()
    work()
    assert misses() == before


QUESTIONS = [
    ("", 1),
    ("author__name=a&filter=" + quote("title ~ 'x' or not pages in (1, 2)"), 1),
    ("sort=title&limit=1", 1),
    ("sort=-pages", 2),
    ("count=true&q=x", 2),
    ("q=" + quote('x "y z" w*'), 1),
    ("expand=author,editor.mentor", 3),
    ("fields=title&expand=author.mentor&sort=title", 2),
    ("group_by=author.name,pages&aggregate=count,avg:price&sort=-count&count=true", 2),
    ("aggregate=sum:pages", 1),
]


@pytest.mark.parametrize(("question", "statements"), QUESTIONS, ids=[q for q, _ in QUESTIONS])
def test_what_a_question_costs(client: Client, question: str, statements: int) -> None:
    """Beside the one that opens the transaction, and the one that looks, on PostgreSQL, whether
    what several have seen counts; and nothing is built anew, not even with other values."""
    people = {"name": {"type": "string"}, "mentor": {"type": "reference", "to": "people"}}
    client.define("people", key={"type": "integer"}, fields=people)
    fields = {
        "title": {"type": "string", "required": True, "search": True},
        "author": {"type": "reference", "to": "people"},
        "editor": {"type": "reference", "to": "people"},
        "pages": {"type": "integer"},
        "price": {"type": "decimal"},
    }
    client.define("books", key={"type": "integer"}, fields=fields)
    client.post("/api/people", {"name": "a"})
    client.post("/api/people", {"name": "b", "mentor": 1})
    for n in range(3):
        client.post("/api/books", {"title": f"x y z w{n}", "author": 1, "editor": 2, "pages": 7})
    path = f"/api/books?{question}"
    client.get(path)
    before = misses()
    with counted(client) as run:
        answer = client.get(path.replace("name=a", "name=b"))
    assert answer.status_code == 200, answer.text
    several = any(name in question for name in ("sort=", "expand=", "count="))
    looks = several and client.database == "postgresql"
    assert len(run) == 1 + statements + looks, run
    assert misses() == before


RULES = {
    "read": "status = 'published' or owner = @me or team.lead = @me",
    "create": "owner = @me",
    "update": "owner = @me and status = 'draft'",
    "delete": "owner = @me",
}
WITH_RULES = [
    ("GET", "/api/notes/1", None, 1),
    ("GET", "/api/notes?sort=text&count=true", None, 3),
    ("GET", "/api/notes?expand=team&filter=team.name is null", None, 2),
    # Found and locked with what the rules say of it; asked what it would become; revised, written.
    ("PATCH", "/api/notes/1", {"text": "n"}, 4),
    # Asked what it would be, counted, revised, written.
    ("POST", "/api/notes", {"text": "n"}, 4),
]


@pytest.mark.parametrize(("method", "path", "body", "most"), WITH_RULES)
def test_what_rules_cost(accounts: Client, method: str, path: str, body: Any, most: int) -> None:
    """To read by a rule is no statement more, to write one; and nothing is built twice."""
    teams = {"name": {"type": "string"}, "lead": {"type": "reference", "to": "users"}}
    accounts.define("teams", fields=teams, access={"read": "lead = @me"})
    fields = {
        "text": {"type": "string"},
        "status": {"type": "string", "default": "draft"},
        "owner": {"type": "reference", "to": "users", "default": "@me"},
        "team": {"type": "reference", "to": "teams"},
    }
    accounts.define("notes", key={"type": "integer"}, fields=fields, access=RULES)
    _, ann = person(accounts, "ann@example.com")
    _, ben = person(accounts, "ben@example.com")
    for headers in (ann, ben):
        assert accounts.post("/api/notes", {"text": "a"}, headers=headers).status_code == 201
    accounts.ask(method, path, body, headers=ann)
    before = misses()
    with counted(accounts) as run:
        answer = accounts.ask(method, path, {**body, "text": "2"} if body else None, headers=ann)
    assert answer.status_code in (200, 201), answer.text
    # The one that opens it; and on PostgreSQL the locks, and what several have seen.
    locks = 2 if body and accounts.database == "postgresql" else 0
    several = "count" in path or "expand" in path
    looks = several and accounts.database == "postgresql"
    assert len(run) <= 1 + most + locks + looks, run
    assert misses() == before
