"""Where an index could serve a question it does, and the last page costs what the first did."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

import pytest
from conftest import DATABASES, Client, dispose, make_app, url_of
from test_statements import listening

from models.database import db

FIELDS = {
    "title": {"type": "string", "index": True},
    "code": {"type": "string", "required": True, "index": True},
    "author": {"type": "reference", "to": "authors"},
    "pages": {"type": "integer", "index": True},
    "score": {"type": "number"},
    "day": {"type": "date"},
}
N = 6000


@pytest.fixture(scope="module", params=DATABASES)
def books(request: pytest.FixtureRequest, tmp_path_factory: Any) -> Iterator[Client]:
    """Loaded once, since none of these tests changes them."""
    app = make_app(url_of(request.param, request, tmp_path_factory.mktemp("books")))
    client = Client(app)
    client.define("authors", key={"type": "integer"}, fields={"name": {"type": "string"}})
    for i in range(1, 31):
        client.put(f"/api/authors/{i}", {"name": f"author {i}"})
    client.define("books", key={"type": "integer"}, fields=FIELDS, indexes=[["author", "-day"]])
    lines = [
        {"title": f"t{i * 7919 % N:05}", "code": f"c{i % 50:02}", "author": i % 30 + 1,
         "pages": None if i % 10 == 0 else i * 31 % 3000, "score": i / 7,
         "day": f"20{i % 90 + 10}-01-{i % 28 + 1:02}"}
        for i in range(N)
    ]  # fmt: skip
    body = "\n".join(map(json.dumps, lines))
    answer = client.post("/api/books", body, type="application/x-ndjson")
    assert answer.json["created"] == N
    with client.app.app_context(), db.engine.connect() as connection:
        connection = connection.execution_options(writes=True)
        connection.exec_driver_sql("ANALYZE")
        connection.commit()
    yield client
    dispose(app)


@contextmanager
def seen(client: Client) -> Iterator[list[tuple[str, Any]]]:
    """The statements that read books meanwhile, with what is bound."""
    found: list[tuple[str, Any]] = []

    def hear(statement: str, parameters: Any) -> None:
        if '"books"' in statement:
            found.append((statement, parameters))

    with listening(client, hear):
        yield found


def explained(client: Client, statement: str, parameters: Any, how: str = "") -> str:
    word = "EXPLAIN QUERY PLAN" if client.database == "sqlite" else f"EXPLAIN {how}"
    with client.app.app_context(), db.engine.connect() as connection:
        rows = connection.exec_driver_sql(f"{word} {statement}", parameters)
        return "\n".join(" ".join(map(str, row)) for row in rows)


def asked(client: Client, path: str) -> list[tuple[str, Any]]:
    with seen(client) as statements:
        answer = client.get(path)
        assert answer.status_code == 200, answer.text
    return statements


SERVED = [
    "",
    "sort=-id",
    "sort=pages",
    "sort=-pages",
    "sort=code",
    "sort=-code",
    "sort=-title",
    "pages=31",
    "pages__in=31,62,93",
    "pages__gte=2990",
    "pages__gte=2000&sort=pages",
    "title__starts_with=t0001",
    "filter=" + quote("title > 't05990' or pages = 31"),
    "author=7&sort=-day",
    "author=7",
    "sort=revision",
]


@pytest.mark.parametrize("query", SERVED)
def test_an_index_serves(books: Client, query: str) -> None:
    """The order, too: what is left to sort is at most what ties in the first key."""
    first = f"/api/books?{query}"
    following = books.get(first).json["next"]
    for path in filter(None, (first, following)):
        for statement, parameters in asked(books, path):
            plan = explained(books, statement, parameters)
            assert re.search(
                r"USING (INTEGER PRIMARY KEY|(COVERING )?INDEX)|SCAN books$", plan
            ) or (re.search(r"Index Scan|Bitmap Index Scan|Index Only Scan", plan)), plan
            assert "Seq Scan" not in plan, plan
            if "sort" in query:
                assert "USE TEMP B-TREE FOR ORDER BY" not in plan, plan
                assert not re.search(r"(?<!Incremental )Sort  ", plan), plan


WALKS = ["", "sort=-id", "sort=pages", "sort=-pages", "sort=code", "sort=-title", "sort=-revision",
         "author=7&sort=-day", "sort=title&filter=" + quote("title > 't00000'")]  # fmt: skip


@pytest.mark.parametrize("query", WALKS)
def test_h106_the_last_page_costs_what_the_first_did(books: Client, query: str) -> None:
    path: str | None = f"/api/books?limit=10&{query}"
    costs = []
    pages = 0
    while path:
        with seen(books) as statements:
            answer = books.get(path)
        pages += 1
        if pages in (1, 2, 3, 12, 18) or pages % 100 == 0:
            costs.append(max(cost(books, *one) for one in statements))
        path = answer.json["next"]
    assert pages >= 20
    assert max(costs) <= 2 * max(costs[:3]), costs


def cost(client: Client, statement: str, parameters: Any) -> int:
    """Not in time: in steps of SQLite's machine, in pages that PostgreSQL looked at."""
    if client.database == "postgresql":
        plan = explained(client, statement, parameters, "(ANALYZE, BUFFERS, TIMING OFF)")
        return 20 + sum(int(n) for n in re.findall(r"shared hit=(\d+)", plan.splitlines()[1]))
    steps = 0

    def step() -> int:
        nonlocal steps
        steps += 1
        return 0

    with client.app.app_context(), db.engine.connect() as connection:
        driver: Any = connection.connection.driver_connection
        driver.set_progress_handler(step, 1)
        try:
            driver.execute(statement, parameters).fetchall()
        finally:
            driver.set_progress_handler(None, 0)
    return steps
