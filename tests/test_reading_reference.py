"""The reference itself: by hand, and beside SQL, to which its expressions are much alike."""

import sqlite3
from decimal import Decimal
from fractions import Fraction
from random import Random
from typing import Any

import pytest
from generating import Asker, chance, draft
from reading import (
    OPERATORS,
    OR,
    Aggregate,
    Alone,
    And,
    Caller,
    Collection,
    Compare,
    Flat,
    Has,
    In,
    IsNull,
    Literal,
    Name,
    Not,
    Or,
    Path,
    Question,
    Sort,
    Tree,
    Unsaid,
    Word,
    Writer,
    aggregated,
    answer,
    evaluate,
    parameters,
    same,
    tree_of,
    with_places,
)

ADMIN = Caller(admin=True)
FIELDS = {
    "name": {"type": "string"},
    "pages": {"type": "integer"},
    "rate": {"type": "number"},
    "price": {"type": "decimal"},
    "sold": {"type": "boolean"},
    "at": {"type": "datetime"},
    "tags": {"type": "array", "items": {"type": "string"}},
    "author": {"type": "reference", "to": "authors"},
    "notes": {"type": "string", "access": False},
}
AUTHORS = {"name": {"type": "string"}, "boss": {"type": "reference", "to": "authors"}}
NOTHING: dict[str, Any] = dict.fromkeys(FIELDS)
SYSTEM = {
    "revision": 1,
    "created_at": "2026-01-01T00:00:00Z",
    "updated_at": "2026-01-01T00:00:00Z",
}


@pytest.fixture
def books() -> Collection:
    world: dict[str, Collection] = {}
    access = {"read": True}
    definition = {"key": {"type": "integer"}, "fields": FIELDS, "access": access}
    world["books"] = Collection("books", definition, world)
    definition = {"key": {"type": "string"}, "fields": AUTHORS, "access": access}
    world["authors"] = Collection("authors", definition, world)
    authors = [{"id": "a", "name": "Ann", "boss": "b"}, {"id": "b", "name": "Böll", "boss": None}]
    world["authors"].records = {one["id"]: one | SYSTEM for one in authors}
    records = [
        {"id": 1, "name": "Straße", "pages": 5, "rate": 0.1, "price": "12.50", "author": "a"},
        {"id": 2, "name": "ΟΔΟΣ", "pages": None, "rate": 0.2, "price": "-0.01", "author": "b"},
        {"id": 3, "name": None, "pages": 5, "rate": 1e308, "price": None, "sold": True},
        {"id": 4, "name": "", "pages": 2**63 - 1, "rate": 1e308, "tags": ["x", "y"], "sold": False},
    ]
    times = ["2000-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z", None, "0001-01-01T00:00:00Z"]
    for record, at in zip(records, times, strict=True):
        world["books"].records[record["id"]] = NOTHING | record | {"at": at} | SYSTEM
    return world["books"]


def name(text: str) -> Name:
    return Name(tuple(text.split(".")))


def number(text: str) -> Literal:
    return Literal(Decimal(text))


T, F, U = Alone(Literal(True)), Alone(Literal(False)), Compare(name("sold"), "=", Literal(True))
TRUTHS: list[tuple[Tree, bool | None]] = [
    (And((T, U)), None),
    (And((F, U)), False),
    (Or((T, U)), True),
    (Or((F, U)), None),
    (Not(U), None),
    (IsNull(name("sold")), True),
    (In(name("sold"), ()), False),
    (Not(In(name("sold"), ())), True),
    (In(name("sold"), (Literal(True),)), None),
    (In(name("pages"), (number("5.0"), number("7"))), True),
    (Compare(name("pages"), "!=", number("5")), False),
    (Compare(number("5"), "<", name("pages")), False),
    (Compare(name("price"), "<", number("12.505")), True),
    (Compare(name("price"), "=", Literal("12.500")), True),
    (Compare(name("rate"), "=", number("0.1")), True),
    (Compare(name("name"), "~", Literal("STRASS")), True),
    (Compare(name("name"), "!~", Literal("ẞE")), False),
    (Compare(name("name"), "~", Literal("")), True),
    (Compare(name("author.boss.name"), "~", Literal("bÖ")), True),
    (Compare(name("author.boss.boss.name"), "~", Literal("")), None),
    (IsNull(name("author.boss.boss.boss.id")), True),
    (Compare(name("at"), "=", Literal("2000-01-01T05:45:00.000+05:45")), True),
    (Compare(name("at"), "<", Word("@now")), True),
    (Compare(name("author"), "=", Word("@me")), None),
    (IsNull(Word("@me")), True),
    (Compare(Word("@me.role"), "=", Literal("admin")), True),
    (Has(name("tags"), Literal("x")), None),
]


@pytest.mark.parametrize(("tree", "truth"), TRUTHS)
def test_truth(books: Collection, tree: Tree, truth: bool | None) -> None:
    assert evaluate(tree, books.records[1], books, ADMIN) is truth


def test_arrays(books: Collection) -> None:
    has = [Has(name("tags"), Literal(text)) for text in ("x", "X")]
    assert [evaluate(tree, books.records[4], books) for tree in has] == [True, False]


@pytest.mark.parametrize(
    ("flat", "ids"),
    [
        (Flat(("pages",), None, "5"), [1, 3]),
        (Flat(("pages",), "ne", "5"), [4]),
        (Flat(("pages",), "in", ""), []),
        (Flat(("pages",), "in", "5,9223372036854775807"), [1, 3, 4]),
        (Flat(("name",), "starts_with", "s"), []),
        (Flat(("name",), "starts_with", "S"), [1]),
        (Flat(("name",), "contains", "οδος"), [2]),
        (Flat(("author", "boss", "name"), "contains", "BÖ"), [1]),
        (Flat(("tags",), "is_null", "false"), [4]),
        (Flat(("sold",), "lt", "true"), [4]),
    ],
)
def test_flat(books: Collection, flat: Flat, ids: list[int]) -> None:
    tree = tree_of(flat, books)
    found = [one["id"] for one in books.records.values() if evaluate(tree, one, books)]
    assert found == ids


@pytest.mark.parametrize(
    ("sorts", "ids"),
    [
        ((), [1, 2, 3, 4]),
        ((Sort(("pages",)),), [1, 3, 4, 2]),
        ((Sort(("pages",), True),), [4, 1, 3, 2]),
        ((Sort(("price",)),), [2, 1, 3, 4]),
        ((Sort(("author", "name"), True), Sort(("id",), True)), [2, 1, 4, 3]),
        ((Sort(("author", "boss", "name")),), [1, 2, 3, 4]),
        ((Sort(("at",)),), [4, 1, 2, 3]),
        ((Sort(("name",)),), [4, 1, 2, 3]),
    ],
)
def test_order(books: Collection, sorts: tuple[Sort, ...], ids: list[int]) -> None:
    found = answer(Question("books", sort=sorts), books, ADMIN)
    assert [one["id"] for one in found] == ids


def test_fields_and_expansion(books: Collection) -> None:
    expand: tuple[Path, ...] = (("author", "boss"),)
    question = Question("books", fields=("id",), expand=expand)
    ann, boll = books.world["authors"].records.values()
    first, second, third, _ = answer(question, books, ADMIN)
    inner = ann | {"expand": {"boss": boll}}
    assert first == {"id": 1, "expand": {"author": inner}}
    assert second == {"id": 2, "expand": {"author": boll | {"expand": {"boss": None}}}}
    assert third == {"id": 3, "expand": {"author": None}}
    books.world["authors"].definition["access"] = {"read": False}
    first = answer(Question("books", admin=False, expand=(("author",),)), books, Caller(False))[0]
    assert first["expand"] == {"author": None}
    assert first["author"] == "a"
    assert "notes" not in first


def test_aggregates(books: Collection) -> None:
    def of(function: str, field: str | None = None, ids: tuple[int, ...] = (1, 2, 3, 4)) -> Any:
        return aggregated(Aggregate(function, field), books, [books.records[id] for id in ids])

    assert of("count") == 4
    assert of("count_distinct", "pages") == 2
    assert of("sum", "pages") == 2**63 + 9
    assert of("avg", "pages", (1, 3)) == 5.0
    assert of("sum", "rate", (1, 2)) == 0.3
    assert of("avg", "rate", (3, 4)) == 1e308
    assert of("sum", "price") == "12.49"
    assert of("avg", "price") == "6.24500000"
    assert of("max", "at") == "9999-12-31T23:59:59.999999Z"
    assert (of("min", "name"), of("max", "name")) == ("", "ΟΔΟΣ")
    assert (of("sum", "pages", ()), of("count", None, ())) == (None, 0)
    with pytest.raises(Unsaid):
        of("sum", "rate", (3, 4))


def test_groups(books: Collection) -> None:
    asked = Question("books", aggregate=(Aggregate("count"),), group_by=(("pages",),))
    items = [
        {"pages": 5, "count": 2},
        {"pages": 2**63 - 1, "count": 1},
        {"pages": None, "count": 1},
    ]
    assert answer(asked, books, ADMIN) == items
    asked = Question("books", sort=(Sort(("pages",), True),), group_by=(("pages",),))
    assert [item["pages"] for item in answer(asked, books, ADMIN)] == [2**63 - 1, 5, None]
    asked = Question("books", group_by=(("author", "boss"),))
    assert answer(asked, books, ADMIN) == [{"author.boss": "b"}, {"author.boss": None}]
    books.records.clear()
    assert answer(asked, books, ADMIN) == []
    assert answer(Question("books", aggregate=(Aggregate("max", "pages"),)), books, ADMIN) == [
        {"max_pages": None}
    ]


def test_halves_are_rounded_to_even() -> None:
    halves = ["0.125", "0.135", "-0.125", "-0.001"]
    rounded = [with_places(Fraction(one), 2) for one in halves]
    assert rounded == ["0.12", "0.14", "-0.12", "0.00"]
    assert with_places(Fraction(-7), 0) == "-7"


def test_sameness() -> None:
    assert same([{"a": 5.0}], [{"a": 5}])
    assert not same(True, 1)
    assert not same([1], [1, 2])
    assert not same({"a": None}, {})


class Sqlish(Writer):
    """What SQL can read as well."""

    def string(self, value: str) -> str:
        return "'" + value.replace("'", "''") + "'"

    def number(self, value: Decimal) -> str:
        return str(value)


def some_tree(rng: Random, depth: int) -> Tree:
    names = {"i": [number(n) for n in ("-1", "0", "1", "2.0", "9223372036854775807")],
             "s": [Literal(s) for s in ("", "a", "B", "it's", "é", "\ue000", "\U0001f600")],
             "b": [Literal(True), Literal(False)]}  # fmt: skip
    if depth and chance(rng, 70):
        parts = [some_tree(rng, depth - 1) for _ in range(rng.choice([1, 2, 3]))]
        return Not(parts[0]) if len(parts) == 1 else rng.choice([And, Or])(tuple(parts))
    one = rng.choice(list(names))
    values = [rng.choice([*names[one], name(one)]) for _ in range(rng.choice([0, 1, 3]))]
    literals = [value for value in values if isinstance(value, Literal)]
    compared = Compare(name(one), rng.choice(OPERATORS[:6]), rng.choice(names[one]))
    trees = [IsNull(name(one)), Alone(name("b")), In(name(one), tuple(literals)), compared]
    return rng.choice([*trees, Compare(name(one), "<=", name(one)), compared])


def test_what_is_written_means_in_sql_what_it_means_here() -> None:
    rng = Random(1)
    fields = {"i": {"type": "integer"}, "s": {"type": "string"}, "b": {"type": "boolean"}}
    here = Collection("t", {"fields": fields}, {})
    values = [(i, s, b) for i in (None, -1, 1, 2**63 - 1) for s in (None, "", "a", "it's", "😀")
              for b in (None, True, False)]  # fmt: skip
    database = sqlite3.connect(":memory:")
    database.execute("CREATE TABLE t (i INTEGER, s TEXT, b INTEGER)")
    database.executemany("INSERT INTO t VALUES (?, ?, ?)", values)
    for _ in range(500):
        tree = some_tree(rng, 3)
        text = Sqlish(rng).tree(tree, OR)
        found = [one for (one,) in database.execute(f"SELECT {text} FROM t ORDER BY rowid")]
        expected = [evaluate(tree, dict(zip("isb", row, strict=True)), here) for row in values]
        assert found == expected, text
    database.close()


def test_random_questions_make_sense() -> None:
    """To the reference at least, and they choose something, often not all."""
    chosen = {"some": 0, "none": 0, "all": 0}
    for seed in range(20):
        rng = Random(seed)
        plan, world = draft(rng), dict[str, Collection]()
        for one, definition in plan.definitions.items():
            records = {record["id"]: record | SYSTEM for record in plan.records[one]}
            world[one] = Collection(one, definition, world, records)
        here = next(iter(world.values()))
        for _ in range(20):
            question = Asker(rng, here, True).question()
            pairs = parameters(question, rng)
            assert len(dict(pairs)) == len(pairs)
            try:
                found = answer(question, here, ADMIN)
            except Unsaid:
                continue
            if here.records and not question.grouped:
                whole = len(found) == len(here.records)
                chosen["all" if whole else "some" if found else "none"] += 1
    assert min(chosen.values()) > 20, chosen
