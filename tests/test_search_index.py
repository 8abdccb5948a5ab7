"""Full-text search on both databases: what is found, in which order, and that the index is right
after whatever happens to records and definitions."""

import json
import random
import re
from collections.abc import Collection
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from conftest import OPEN, Client, dispose, make_app
from sqlalchemy import Select, select, text

from api.preparation import MIGRATIONS
from models.collection import definition_stored
from models.database import Moved, db
from models.definition import Definition
from models.plan import plan
from models.rank import MOST_COUNTED
from models.refusal import Refusal
from models.search import Search, found, search
from models.search_ddl import LONGEST_TEXT, drop_search, drop_words, searched
from models.table import table_of
from models.transaction import reading

BOTH = {"title": {"type": "string", "search": True}, "body": {"type": "string", "search": True}}
PLAIN = {"title": {"type": "string"}, "body": {"type": "string"}}


def statement_of(definition: Definition, asked: Search, dialect: str) -> Select[Any]:
    table = table_of(definition)
    it = found(definition, asked.shape, dialect)
    source: Any = table
    for other, on in it.joins:
        source = source.join(other, on)
    chosen = select(table.c["id"], it.rank.label("rank")).select_from(source).where(it.condition)
    return chosen.order_by(it.rank.desc(), table.c["id"])


def ranked(
    client: Client, q: str, name: str = "texts", readable: Collection[str] | None = None
) -> list[tuple[Any, int]]:
    """(id, rank), the best first."""
    with client.app.app_context(), reading(db.engine) as transaction:
        dialect, definition = db.engine.dialect.name, transaction.definitions[name]
        fields = [field.name for field in searched(definition)] if readable is None else readable
        asked = search(definition, fields, q)
        parameters, connection = asked.parameters(dialect), transaction.connection
        rows = connection.execute(statement_of(definition, asked, dialect), parameters)
        best = [(row[0], row[1]) for row in rows]
        table = table_of(definition)
        condition = found(definition, asked.shape, dialect).condition
        chosen = select(table.c["id"]).where(condition)
        ids = connection.execute(chosen, parameters).scalars().all()
    assert sorted(ids) == sorted(id for id, _ in best), "the order leaves nobody out"
    return best


def ids(client: Client, q: str, **rest: Any) -> set[Any]:
    return {id for id, _ in ranked(client, q, **rest)}


def define(client: Client, fields: Any = BOTH, **more: Any) -> None:
    client.define("texts", key={"type": "integer"}, fields=fields, **more)


def store(client: Client, *texts: Any) -> None:
    """With ids from 1: a title, or title and body."""
    pairs = [one if isinstance(one, tuple) else (one, None) for one in texts]
    lines = "\n".join(
        json.dumps({"id": i, "title": title, "body": body}, ensure_ascii=False)
        for i, (title, body) in enumerate(pairs, 1)
    )
    answer = client.post("/api/texts?on_conflict=replace", lines, type="application/x-ndjson")
    assert answer.status_code == 200, answer.text


def check(client: Client) -> None:
    """SQLite compares the index with what it is about."""
    if client.database != "sqlite":
        return
    with client.app.app_context(), db.engine.connect() as connection:
        for (name,) in connection.exec_driver_sql(
            "SELECT name FROM sqlite_master WHERE sql LIKE '%USING fts5(%'"
        ).all():
            connection.exec_driver_sql(
                f'INSERT INTO "{name}" ("{name}", rank) VALUES (\'integrity-check\', 1)'
            )


FOUND = [
    ("cat", {1, 2, 5}),
    ("CÁT", {1, 2, 5}),
    ("ca*", {1, 2, 4, 5}),
    ("ca", set()),
    ("cat dog", {2, 5}),
    ("dog mouse", {3}),
    ('"cat dog"', {2}),
    ('"dog cat"', set()),
    ('"cat d*"', {2}),
    ('"big cat" dog', set()),
    ("cat -dog", {2, 5}),
    ("***", set()),
    ("", set()),
    ("cat NOT dog", set()),
    ("ecole", {6}),
    ("E\u0301COLE", {6}),
    ("b.c", {6}),
    ('"école a b"', {6}),
    ("елка АЛЁНА", {7}),
]


def test_what_is_found(client: Client) -> None:
    define(client)
    store(
        client,
        "The big cat",
        "cat, dog!",
        ("Dogs and a dog", "Mouse."),
        "category",
        ("Cat", "dog"),
        "École a@b.c",
        "Ёлка Алена",
        (None, None),
        "",
        "...",
    )
    for q, expected in FOUND:
        assert ids(client, q) == expected, q
    check(client)


def test_more_in_less_is_better(client: Client) -> None:
    define(client)
    store(
        client,
        "cat " + "and something else " * 10,
        "cat",
        "cat cat",
        ("cat and something else", "cat"),
        "cat cat " + "x " * 5000,
        "cat " * MOST_COUNTED * 2,
    )
    order = [id for id, _ in ranked(client, "cat")]
    assert order == [6, 3, 4, 2, 1, 5]
    ranks = dict(ranked(client, "cat"))
    assert ranks[2] == 10**9 // (1000 + 300 + 9 * 3)
    assert ranks[3] == 2 * 10**9 // (2000 + 300 + 9 * 7)
    twice = dict(ranked(client, '"cat cat"'))
    assert twice == {id: 2 * rank for id, rank in ranks.items() if id in (3, 5, 6)}
    both = dict(ranked(client, "cat and"))
    assert both[4] > ranks[4]
    store(client, *["cat"] * 5)
    assert len({rank for _, rank in ranked(client, "cat") if rank == ranks[2]}) == 1


def test_what_one_may_not_read_is_not_searched(client: Client) -> None:
    define(client)
    store(client, ("cat dog", "cat mouse cat"), ("cat dog", None), ("dog", "cat"))
    assert ids(client, "cat") == {1, 2, 3}
    assert ids(client, "mouse", readable=["title"]) == set()
    assert ids(client, "cat mouse", readable=["title"]) == set()
    one, two = ranked(client, "cat", readable=["title"])
    assert one[1] == two[1], "nor is it in the rank"
    assert [one[0], two[0]] == [1, 2]
    assert ids(client, "mous*", readable=["body", "no", "id"]) == {1}
    assert ids(client, "cat", readable=[]) == set()


def test_a_phrase_is_in_one_field(client: Client) -> None:
    define(client)
    store(client, ("big", "cat"), ("a big", "cat b"), (None, "big cat"))
    assert ids(client, '"big cat"') == {3}
    assert ids(client, "big cat") == {1, 2, 3}


HOSTILE = [
    "'", '"', "''", '""', '"""', "*", "**", "a*b*", '"*"', "\\", "\\'", "%", "_", ":", "::", "a:b",
    "title:cat", "{title}:cat", "NEAR(a b)", "NEAR(a b, 5)", "a NEAR b", "AND", "OR", "NOT",
    "a AND", "a OR b", "NOT a", "^a", "a + b", "-a", "(a", "a)", "()", "[a]", "{a}", "<->",
    "a & b | !c", "a:*A", "a <2> b", "😀", "a😀b", "\u0301", "\u200d\ufe0f", "\U0010ffff", "\uffff",
    "ﷺ", "\u202e", "; DROP TABLE texts", "'; --", "w\U0010ffffx w*", "w" * 900, "w" * 1000,
    '"' + "w" * 900 + ' x"', "." * 1000, "é" * 1000, "\U00020000" * 600, " ".join(["w" * 30] * 32),
    " ".join(f"w{i}*" for i in range(32)), '"' + " ".join(f"w{i}" for i in range(32)) + '"', "$1",
    ":Q", "%(Q)s", "%s", "?", "\n\t\r", "rank", "rowid", "texts__search", "null", "true", "' || '",
    "a'b", "a''b", "'a':1", "+", '"a +"', "|", "!a",
]  # fmt: skip


def test_nothing_that_is_asked_is_an_error(client: Client) -> None:
    define(client)
    store(client, *HOSTILE)
    for i, q in enumerate(HOSTILE, 1):
        chosen = ids(client, q)
        assert not search_words(client, q) or i in chosen, q
    rng = random.Random(3)
    for _ in range(200):
        q = "".join(rng.choice("ab*\"'() :{}&|!<->^-+\\\u0301😀ÉNEARDOT") for _ in range(20))
        ids(client, q)


def search_words(client: Client, q: str) -> bool:
    """Whether a text that is ``q`` itself has to be found."""
    with client.app.app_context(), reading(db.engine) as transaction:
        return bool(search(transaction.definitions["texts"], BOTH, q).terms)


def test_both_databases_find_the_same_in_the_same_order(apps: Any) -> None:
    rng = random.Random(11)
    some = [
        "cat",
        "Cát",
        "category",
        "dog",
        "do",
        "mouse",
        "a",
        "b",
        "élan",
        "Ёж",
        "שָׁלוֹם",
        "x" * 520,
    ]
    texts = [
        tuple(" ".join(rng.choices(some, k=rng.randint(0, 12))) or None for _ in range(2))
        for _ in range(400)
    ]
    texts.append((" ".join(rng.choices(some[:6], k=40_000)), None))
    texts.append((" ".join(rng.choices(some[:6], k=2_000)), "cat"))
    clients = [Client(apps("sqlite")), Client(apps("postgresql"))]
    try:
        for client in clients:
            define(client)
            store(client, *texts)
        for _ in range(150):
            q = " ".join(asked(rng, some) for _ in range(rng.randint(1, 3)))[:1000]
            readable = rng.choice([["title", "body"], ["title"], ["body"]])
            one, other = (ranked(client, q, readable=readable) for client in clients)
            assert one == other, (q, readable)
    finally:
        for client in clients:
            client.clear()


def asked(rng: random.Random, some: list[str]) -> str:
    words = rng.choices(some[:-1] if rng.random() < 0.9 else some[-1:], k=rng.choice([1, 1, 2, 3]))
    if rng.random() < 0.3:
        words[-1] = words[-1][: rng.randint(1, 4)] + "*"
    return words[0] if len(words) == 1 else f'"{" ".join(words)}"'


def test_a_long_text(client: Client) -> None:
    """Behind what a tsvector can say of places, and behind what is searched at all."""
    define(client)
    many = "the cat " * 300
    long = "word " * 16_380 + "one two three four "
    longest = "x " * (LONGEST_TEXT // 2 - 3) + "inside outside"
    distinct = " ".join(f"w{i}" for i in range(30_000))
    letters = " ".join(map(chr, range(0x20000, 0x2A000)))
    store(client, many + "big dog", long, longest, distinct, letters, "\U00020000" * 200_000)
    assert ids(client, '"the cat"') == {1}
    assert ids(client, '"cat big"') == {1}
    assert ids(client, '"cat the big"') == set()
    assert ids(client, '"word one two thr*"') == {2}
    assert ids(client, '"two three"') == ids(client, '"three four"') == {2}
    assert ids(client, '"two four"') == ids(client, '"four three"') == set()
    assert ids(client, "insid*") == {3}
    assert ids(client, "outside") == set()
    assert ids(client, '"w29998 w29999"') == {4}
    assert ids(client, "\U00029fff") == {5}
    assert ids(client, "\U00020000" * 600) == {6}
    assert ids(client, "\U00020000") == {5}
    check(client)
    client.delete("/api/texts/3")
    store(client, "short")
    assert ids(client, "insid*") == ids(client, '"the cat"') == set()
    check(client)


def test_as_it_was_written_last(client: Client) -> None:
    define(client, BOTH | {"n": {"type": "integer"}})
    store(client, ("cat", "first"), ("cat", "second"))
    client.patch("/api/texts/1", {"title": "dog"})
    assert (ids(client, "cat"), ids(client, "dog")) == ({2}, {1})
    client.put("/api/texts/1", {"title": "Ёлка", "n": 1})
    client.put("/api/texts/1", {"title": "Ёлка", "n": 2})
    assert (ids(client, "dog"), ids(client, "first"), ids(client, "елка")) == (set(), set(), {1})
    client.patch("/api/texts/1", {"title": None})
    assert ids(client, "елка") == set()
    client.delete("/api/texts/2")
    assert ids(client, "second") == set()
    client.put("/api/texts/2", {"title": "reborn"})
    assert ids(client, "reborn") == {2}
    store(client, "replaced", "too")
    assert (ids(client, "replaced"), ids(client, "reborn")) == ({1}, set())
    check(client)


def test_what_was_not_written_is_not_found(client: Client) -> None:
    define(client, BOTH | {"u": {"type": "integer", "unique": True}})
    client.post("/api/texts", {"title": "stays", "u": 1})
    assert client.post("/api/texts", {"title": "gone", "u": 1}).status_code == 409
    lines = "\n".join(json.dumps({"title": f"line{u}", "u": u}) for u in (2, 1, 3))
    answer = client.post("/api/texts?on_error=skip", lines, type="application/x-ndjson")
    assert answer.json["created"] == 2
    assert client.post("/api/texts", lines, type="application/x-ndjson").status_code == 422
    assert ids(client, "line*") == {id for q in ("line2", "line3") for id in ids(client, q)}
    assert (len(ids(client, "line*")), ids(client, "gone"), ids(client, "line1")) == (
        2,
        set(),
        set(),
    )
    with client.app.app_context(), db.engine.connect() as connection:
        connection = connection.execution_options(writes=True)
        with connection.begin() as transaction:
            connection.execute(text("UPDATE texts SET title = 'undone', revision = revision + 9"))
            transaction.rollback()
    assert (ids(client, "stays"), ids(client, "undone")) == ({1}, set())
    check(client)


def test_what_dies_with_another_is_not_found(client: Client) -> None:
    client.define("roots", key={"type": "integer"}, fields={})
    fields = BOTH | {
        "root": {"type": "reference", "to": "roots", "on_delete": "cascade"},
        "other": {"type": "reference", "to": "roots", "on_delete": "set_null"},
        "parent": {"type": "reference", "to": "texts", "on_delete": "cascade"},
    }
    define(client, fields)
    for root in (1, 2, 3):
        client.put(f"/api/roots/{root}", {})
    client.put("/api/texts/1", {"title": "trunk", "root": 1})
    client.put("/api/texts/2", {"title": "branch", "parent": 1})
    client.put("/api/texts/3", {"title": "twig", "parent": 2})
    client.put("/api/texts/4", {"title": "leaf", "parent": 3, "other": 3})
    client.put("/api/texts/5", {"title": "stone", "root": 2, "other": 3})
    assert client.delete("/api/roots/3").status_code == 204
    assert ids(client, "stone") == {5}
    assert client.delete("/api/roots/1").status_code == 204
    assert [ids(client, q) for q in ("trunk", "branch", "twig", "leaf")] == [set()] * 4
    assert ids(client, "stone") == {5}
    check(client)


def test_an_import_of_many(client: Client) -> None:
    define(client)
    store(client, *((f"number {i} of many", f"batch{i % 7}") for i in range(1, 5001)))
    assert ids(client, "4321") == {4321}
    assert len(ids(client, "batch3 many")) == 714
    store(client, *((f"again {i}", None) for i in range(1, 5001)))
    assert ids(client, "many") == set()
    assert ids(client, "again 77") == {77}
    check(client)


SECRET = {"type": "string", "search": True, "default": "secret Ёж word", "required": True}


def test_search_that_is_turned_on_finds_what_is_stored(client: Client) -> None:
    define(client, PLAIN)
    store(client, ("big cat", "dog"), ("mouse", "cat"), (None, None))
    define(client, BOTH)
    assert (ids(client, "cat"), ids(client, "dog")) == ({1, 2}, {1})
    define(client, PLAIN | {"body": BOTH["body"]})
    assert (ids(client, "cat"), ids(client, "big")) == ({2}, set())
    client.patch("/api/texts/1", {"title": "cat", "body": "cow"})
    assert (ids(client, "cat"), ids(client, "cow")) == ({2}, {1})
    define(client, PLAIN)
    client.patch("/api/texts/1", {"title": "after"})
    define(client, {"title": BOTH["title"], "body": PLAIN["body"]})
    assert (ids(client, "after"), ids(client, "cow")) == ({1}, set())
    check(client)


def test_fields_that_come_and_go(client: Client) -> None:
    define(client, PLAIN)
    store(client, ("big cat", "dog"), ("mouse", "cat"))
    define(client, BOTH | {"more": SECRET, "n": {"type": "integer", "default": 1}})
    assert ids(client, "secret") == ids(client, "еж") == {1, 2}
    assert ids(client, "cat dog") == {1}
    client.post("/api/texts", {"title": "third"})
    assert len(ids(client, "secret")) == 3
    more = {"more": SECRET, "x": {"type": "integer", "default": 1, "required": True}}
    body = {"key": {"type": "integer"}, "access": OPEN}
    client.put(
        "/collections/texts?allow_data_loss=true",
        body | {"fields": BOTH | more, "unique": [["title", "body"]]},
    )
    assert ids(client, "dog") == {1}
    client.patch("/api/texts/1", {"body": "cow"})
    assert (ids(client, "dog"), ids(client, "cow")) == (set(), {1})
    fewer = body | {"fields": {"body": BOTH["body"], "y": SECRET}}
    answer = client.put("/collections/texts?allow_data_loss=true", fewer)
    assert answer.status_code == 200, answer.text
    assert (ids(client, "cow"), ids(client, "big"), ids(client, "secret")) == (
        {1},
        set(),
        {1, 2, 3},
    )
    client.patch("/api/texts/1", {"y": "other"})
    assert (ids(client, "other"), ids(client, "secret")) == ({1}, {2, 3})
    check(client)


def test_one_step_with_the_table_made_anew(client: Client) -> None:
    """On SQLite a required field needs that; what hangs on the table must be there after it."""
    client.define("others", fields=BOTH)
    define(client, BOTH | {"to": {"type": "reference", "to": "texts", "on_delete": "cascade"}})
    store(client, ("cat", "dog"), ("mouse", None))
    x = {"type": "integer", "default": 1, "required": True}
    to = {"to": {"type": "reference", "to": "texts", "on_delete": "cascade"}}
    define(client, BOTH | to | {"x": x})
    assert (ids(client, "cat"), ids(client, "mouse")) == ({1}, {2})
    client.patch("/api/texts/1", {"title": "cow"})
    client.delete("/api/texts/2")
    assert (ids(client, "cat"), ids(client, "cow"), ids(client, "mouse")) == (set(), {1}, set())
    define(client, {"title": PLAIN["title"], "body": BOTH["body"]} | to | {"x": x, "z": x})
    assert (ids(client, "cow"), ids(client, "dog")) == (set(), {1})
    client.patch("/api/texts/1", {"body": "hen"})
    assert (ids(client, "dog"), ids(client, "hen")) == (set(), {1})
    check(client)


def test_a_change_that_fails_changes_nothing(client: Client) -> None:
    define(client, BOTH | {"n": {"type": "integer"}})
    store(client, ("cat", "dog"), ("cat", "mouse"))
    before = (client.get("/collections/texts").json, ranked(client, "cat"), schema(client))
    changes: list[Any] = [
        {"fields": PLAIN, "unique": [["title"]]},
        {"fields": {"title": PLAIN["title"]}, "unique": [["title"]]},
        {"fields": BOTH | {"r": {"type": "string", "search": True, "required": True}}},
        {"fields": {"body": BOTH["body"], "s": SECRET | {"unique": True}}},
    ]
    for change in changes:
        body = {"key": {"type": "integer"}, "access": OPEN} | change
        answer = client.put("/collections/texts?allow_data_loss=true", body)
        assert answer.status_code == 409, answer.text
        after = (client.get("/collections/texts").json, ranked(client, "cat"), schema(client))
        assert after == before
    client.patch("/api/texts/1", {"title": "cow"})
    assert (ids(client, "cat"), ids(client, "cow")) == ({2}, {1})
    check(client)


def schema(client: Client) -> list[Any]:
    if client.database == "sqlite":
        return client.sql("SELECT type, name, sql FROM sqlite_master WHERE name LIKE '%texts%'")
    columns = "SELECT attname, attnum FROM pg_attribute WHERE attrelid = 'texts'::regclass"
    indexes = "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'texts'"
    return client.sql(f"{columns} ORDER BY 2") + client.sql(f"{indexes} ORDER BY 1")


def test_nothing_is_left_of_what_was_dropped(client: Client) -> None:
    define(client)
    client.define("texts_data", fields=BOTH)
    client.delete("/collections/texts?allow_data_loss=true")
    client.delete("/collections/texts_data?allow_data_loss=true")
    if client.database == "sqlite":
        left = client.sql("SELECT name FROM sqlite_master WHERE name LIKE 'texts%'")
    else:
        left = client.sql("SELECT relname FROM pg_class WHERE relname ~ '^(\\w+__)?texts'")
    assert left == []
    define(client, PLAIN)
    assert client.delete("/collections/texts?allow_data_loss=true").status_code == 204


@pytest.mark.parametrize(
    "name", ["select", "sqlite_x", "pg_class", "key", "pw", "uq", "new", "rank", "word", "a" * 48]
)
def test_names_that_sql_finds_difficult(client: Client, name: str) -> None:
    names = ("rank", "rowid", "xmin", "select", "content", "words", "text", "n", "doc", "b" * 48)
    fields = {one: {"type": "string", "search": True} for one in names}
    client.define("words", fields=BOTH)
    client.define(name, key={"type": "integer"}, fields=fields)
    client.post(f"/api/{name}", {"rank": "cat", "rowid": "dog", "xmin": "hen", "b" * 48: "cow"})
    assert ids(client, "cat dog hen cow", name=name) == {1}
    assert ids(client, "cat", name=name, readable=["rowid"]) == set()
    more = fields | {"new": {"type": "string", "search": True, "default": "pig", "required": True}}
    del more["select"]
    body = {"key": {"type": "integer"}, "fields": more, "access": OPEN}
    answer = client.put(f"/collections/{name}?allow_data_loss=true", body)
    assert answer.status_code == 200, answer.text
    assert ids(client, "pig hen", name=name) == {1}


def explained(client: Client, q: str, *, order: bool = False) -> str:
    """How the database finds it."""
    with client.app.app_context(), reading(db.engine) as transaction:
        definition, dialect = transaction.definitions["texts"], db.engine.dialect.name
        asked = search(definition, ["title", "body"], q)
        statement = statement_of(definition, asked, dialect)
        if not order:
            table = table_of(definition)
            condition = found(definition, asked.shape, dialect).condition
            statement = select(table.c["id"]).where(condition)
        bound = statement.params(asked.parameters(dialect))
        state = bound.compile(db.engine).construct_expanded_state()
        connection, sql = transaction.connection, state.statement
        if dialect == "sqlite":
            rows = connection.exec_driver_sql(
                f"EXPLAIN QUERY PLAN {sql}", state.positional_parameters
            )
            return "\n".join(row[3] for row in rows)
        connection.execute(text("SET LOCAL enable_seqscan = off"))
        rows = connection.exec_driver_sql(f"EXPLAIN {sql}", state.parameters)
        return "\n".join(rows.scalars())


@pytest.mark.parametrize("q", ["cat", "cat dog", '"big cat"', 'ca* "big cat" dog'])
def test_the_index_is_used(client: Client, q: str) -> None:
    define(client)
    store(client, *((f"number {i} of many", f"batch{i % 7}") for i in range(1, 501)))
    plain = explained(client, q)
    if client.database == "sqlite":
        assert "texts__search VIRTUAL TABLE" in plain
        assert "SEARCH texts USING" in plain
        assert "SCAN texts" not in plain.replace("SCAN texts__", "")
        ordered = explained(client, q, order=True)
        assert re.search(r"SCAN word .*\nSCAN place VIRTUAL TABLE INDEX (?!0:)", ordered)
        assert "SCAN texts" not in ordered.replace("SCAN texts__", "")
    else:
        for plan in (plain, explained(client, q, order=True)):
            for field in BOTH:
                assert f"Bitmap Index Scan on words__texts__{field}" in plan
            assert "Seq Scan on texts" not in plan


@pytest.mark.parametrize("client", ["sqlite"], indirect=True)
def test_a_vacuum_breaks_nothing(client: Client) -> None:
    define(client)
    client.define("keyed", key={"type": "string"}, fields=BOTH)
    for i in range(50):
        client.put(f"/api/keyed/k{i}", {"title": f"word{i}"})
    for i in range(0, 50, 2):
        client.delete(f"/api/keyed/k{i}")
    with client.app.app_context(), db.engine.connect() as connection:
        connection.connection.driver_connection.execute("VACUUM")
        connection.connection.driver_connection.execute(
            "INSERT INTO keyed__search (keyed__search) VALUES ('rebuild')"
        )
    for i in range(1, 50, 2):
        assert ids(client, f"word{i}", name="keyed") == {f"k{i}"}
    client.patch("/api/keyed/k7", {"title": "changed"})
    assert (ids(client, "word7", name="keyed"), ids(client, "changed", name="keyed")) == (
        set(),
        {"k7"},
    )
    check(client)


def test_other_writers_are_followed_too(client: Client) -> None:
    """The database itself keeps the index, whoever writes."""
    define(client)
    store(client, "cat", "dog")
    with client.app.app_context(), db.engine.connect() as connection:
        connection = connection.execution_options(writes=True)
        with connection.begin():
            connection.execute(text("UPDATE texts SET title = 'Ёж' WHERE id = 1"))
            connection.execute(text("DELETE FROM texts WHERE id = 2"))
    assert (ids(client, "cat"), ids(client, "еж"), ids(client, "dog")) == (set(), {1}, set())
    check(client)


@pytest.mark.parametrize("client", ["postgresql"], indirect=True)
def test_no_search_path_is_needed(client: Client) -> None:
    """As in a restore, and when an index is made anew."""
    define(client)
    store(client, "Ёж cat")
    with client.app.app_context(), db.engine.connect() as connection:
        (schema,) = connection.exec_driver_sql("SELECT current_schema()").scalars()
        connection.exec_driver_sql("SET search_path = ''")
        connection.exec_driver_sql(f"UPDATE {schema}.texts SET title = 'Ёлка'")
        connection.exec_driver_sql(f"REINDEX TABLE {schema}.texts")
        connection.exec_driver_sql("RESET search_path")
        connection.commit()
    assert (ids(client, "елка"), ids(client, "cat")) == ({1}, set())


def test_a_database_from_before_there_was_search(empty_url: str) -> None:
    """It took the option, and did nothing about it."""
    client = Client(make_app(empty_url))
    define(client)
    store(client, "Ёж cat")
    with client.app.app_context():
        with reading(db.engine) as transaction:
            definition = transaction.definitions["texts"]
        with db.engine.connect() as connection:
            connection = connection.execution_options(writes=True)
            with connection.begin():
                undone: tuple[str, ...] = drop_search(definition)
                if client.database == "postgresql":
                    undone = sum((drop_words(definition, f) for f in searched(definition)), ())
                for statement in undone:
                    connection.exec_driver_sql(statement)
                config = Config()
                config.set_main_option("script_location", str(MIGRATIONS))
                config.attributes["connection"] = connection
                command.downgrade(config, "0002")
        dispose(client.app)
    client = Client(make_app(empty_url))
    assert client.get("/api/texts/1").json["title"] == "Ёж cat"
    assert ids(client, "еж") == {1}
    client.patch("/api/texts/1", {"title": "dog"})
    assert (ids(client, "dog"), ids(client, "cat")) == ({1}, set())
    check(client)
    dispose(client.app)


def test_another_collection_may_lose_a_field(client: Client) -> None:
    """When SQLite drops a column, it reads all views, and takes a name that it does not find in a
    recursive query for a text."""
    define(client)
    client.define("others", fields={"a": {"type": "string"}, "b": {"type": "string"}})
    client.post("/api/others", {"b": "x"})
    fewer = {"fields": {"a": {"type": "string"}}}
    assert client.put("/collections/others?allow_data_loss=true", fewer).status_code == 200
    store(client, "Ёж cat")
    assert (ids(client, "еж"), ids(client, "title")) == ({1}, set())
    check(client)


def test_a_database_whose_texts_were_spoilt(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/old.db"
    client = Client(make_app(url))
    define(client)
    store(client, "Ёж cat")
    (view,) = client.sql("SELECT sql FROM sqlite_master WHERE name = 'texts__text'")[0]
    client.execute("DROP VIEW texts__text")
    client.execute(view.replace('"texts"."title"', "'title'"))
    client.execute("INSERT INTO texts__search (texts__search) VALUES ('rebuild')")
    assert ids(client, "еж") == set()
    client.execute("UPDATE pw__migrations SET version_num = '0006'")
    dispose(client.app)
    client = Client(make_app(url))
    assert client.get("/api/texts/1").status_code == 200
    assert (ids(client, "еж"), ids(client, "title")) == ({1}, set())
    check(client)
    dispose(client.app)


def planned(client: Client, fields: Any) -> list[tuple[str, str | None, list[str]]]:
    """What ``?dry_run=true`` shows of a change to these fields."""
    with client.app.app_context(), reading(db.engine) as transaction:
        old = transaction.definitions["texts"]
        dialect = db.engine.dialect.name
    before = client.get("/collections/texts").json
    answer = client.put("/collections/texts?allow_data_loss=true", before | {"fields": fields})
    assert answer.status_code == 200, answer.text
    with client.app.app_context(), reading(db.engine) as transaction:
        new = definition_stored(transaction.connection, "texts")
    steps = plan(old, new, dialect, {n: f.default for n, f in new.fields.items() if f.has_default})
    return [(step.action, step.field, step.sql(dialect)) for step in steps]


def test_a_plan_shows_all_of_it(client: Client) -> None:
    define(client, PLAIN)
    store(client, "cat")
    ((action, field, sql),) = planned(client, PLAIN | {"title": BOTH["title"]})
    assert (action, field) == ("change_search", "title")
    what = r"fts5\(" if client.database == "sqlite" else r"pw__words\(.*\n.*USING gin"
    assert re.search(what, "\n".join(sql))
    added = planned(client, BOTH | {"more": SECRET})
    assert [(action, field) for action, field, _ in added] == [
        ("add_field", "more"),
        ("change_search", "body"),
    ]
    dropped = planned(client, {"title": BOTH["title"], "body": PLAIN["body"]})
    assert [(action, field) for action, field, _ in dropped] == [
        ("drop_field", "more"),
        ("change_search", "body"),
    ]
    assert all(re.search("__search|__words", "\n".join(sql)) for _, _, sql in dropped)
    access = {"title": BOTH["title"] | {"access": False}, "body": PLAIN["body"]}
    assert planned(client, access) == [("change_access", "title", [])]
    off = access | {"title": BOTH["title"] | {"search": False}}
    assert [one[:2] for one in planned(client, off)] == [
        ("change_access", "title"),
        ("change_search", "title"),
    ]
    without = {"title": PLAIN["title"], "body": PLAIN["body"]}
    assert [one[0] for one in planned(client, without)] == ["describe"]
    assert client.delete("/collections/texts?allow_data_loss=true").status_code == 204


def test_what_was_seen_while_a_table_was_made_anew_does_not_count(client: Client) -> None:
    """PostgreSQL shows it empty to a snapshot from before."""
    client.define("texts", fields=PLAIN)

    def read(meanwhile: dict[str, Any]) -> None:
        with client.app.app_context(), reading(db.engine, snapshot=True):
            client.define("texts", fields=meanwhile)
            raise Refusal("not-found", "There is no such record.")

    with pytest.raises(Refusal):
        read(PLAIN)
    with pytest.raises(Moved if client.database == "postgresql" else Refusal):
        read(BOTH)
