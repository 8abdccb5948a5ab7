"""Questions to random collections, and to one that holds every value: SQLite, PostgreSQL and plain
Python agree, in values and order, page by page; and they refuse alike. ``make questions`` asks for
longer."""

from collections.abc import Iterator
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from both import Both, Difference
from conftest import Client
from generating import (
    ONE_OF_EACH,
    OPEN,
    Asker,
    Draft,
    chance,
    draft,
    every_value,
    flat_text,
    literal_of,
)
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from reading import Aggregate, Compare, Flat, Name, Question, Sort
from shrinking import smallest

QUESTIONS, SHRINK_SECONDS = 30, 10
CHECKED = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]


@settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=CHECKED,
)
@given(rng=st.randoms(use_true_random=False))
def test_all_three_agree(apps: Any, rng: Random) -> None:
    both = Both([Client(apps("sqlite")), Client(apps("postgresql"))])
    try:
        both.load(draft(rng))
        ask(both, rng, QUESTIONS)
    except Difference as difference:
        raise smallest(both, difference, SHRINK_SECONDS) from None
    finally:
        both.drop()


def ask(both: Both, rng: Random, questions: int) -> None:
    """Each collection in turn, mostly as an admin."""
    for _ in range(questions):
        for here in both.worlds[0].values():
            admin = not here.is_open(False) or not chance(rng, 30)
            asker = Asker(rng, here, admin)
            question = asker.question()
            if chance(rng, 20):
                both.refuse(asker, question)
            else:
                both.compare(question, rng)


@pytest.fixture
def both(apps: Any) -> Iterator[Both]:
    both = Both([Client(apps("sqlite")), Client(apps("postgresql"))])
    yield both
    both.drop()


ALL = Question("values", fields=("id",), limit=500)


@pytest.mark.parametrize("name", ONE_OF_EACH)
def test_every_value_beside_every_other(both: Both, name: str) -> None:
    both.load(every_value(name))
    rng, kind = Random(name), both.worlds[0]["values"].kind((name,))
    operators = ["=", "<", "<="]
    flat = [None, "ne", "gt", "gte"]
    if name == "string":
        operators, flat = ["=", "<", "~"], ["gte", "contains", "starts_with", "starts_with"]
    values = [record[name] for record in both.draft.records["values"] if record[name] is not None]
    for value in values:
        for op in operators:
            tree = Compare(Name((name,)), op, literal_of(value, kind))
            both.compare(replace(ALL, filter=tree), rng)
        both.compare(replace(ALL, flat=(Flat((name,), rng.choice(flat), flat_text(value)),)), rng)


@pytest.mark.parametrize("name", ONE_OF_EACH)
def test_every_value_in_order(both: Both, name: str) -> None:
    """The end of each page is what the next one begins behind."""
    both.load(every_value(name))
    rng, functions = Random(name), ["min", "max", "count_distinct"]
    functions = ["count_distinct"] if name in ("boolean", "uuid") else functions
    summed = (Flat(("number",), "lt", "1e300"), Flat(("number",), "gt", "-1e300"))
    summed *= name == "number"
    for descending in (False, True):
        for limit in (1, 4):
            sort = (Sort((name,), descending),)
            both.compare(replace(ALL, sort=sort, limit=limit), rng)
        groups = Question("values", sort=sort, group_by=((name,),), limit=5)
        both.compare(replace(groups, aggregate=(Aggregate("count"),)), rng)
    if name in ("integer", "number", "decimal", "small"):
        functions += ["sum", "avg"]
    aggregate = tuple(Aggregate(function, name) for function in functions)
    both.compare(Question("values", aggregate=aggregate, flat=summed), rng)
    both.compare(Question("values", aggregate=aggregate, flat=(Flat(("id",), None, "0"),)), rng)
    both.compare(Question("values", aggregate=aggregate, group_by=(("odd",),), flat=summed), rng)


def test_averages_are_rounded_half_even(both: Both) -> None:
    """Of 128 decimals, all nothing but one or three of the smallest unit: seven places end in 5."""
    fields = {"group": {"type": "integer"}, "price": {"type": "decimal"}}
    units = {1: ["0.01"], 2: ["0.01"] * 3, 3: ["-0.01"]}
    records = [
        {"id": 128 * group + i, "group": group, "price": some[i] if i < len(some) else "0.00"}
        for group, some in units.items()
        for i in range(128)
    ]
    definition = {"key": {"type": "integer"}, "fields": fields, "indexes": [], "access": OPEN}
    both.load(Draft({"prices": definition}, {"prices": records}))
    aggregate = (Aggregate("avg", "price"),)
    both.compare(Question("prices", aggregate=aggregate, group_by=(("group",),)), Random(1))
    items = both.clients[0].get("/api/prices?aggregate=avg:price&group_by=group").json["items"]
    assert [one["avg_price"] for one in items] == ["0.00007812", "0.00023438", "-0.00007812"]
