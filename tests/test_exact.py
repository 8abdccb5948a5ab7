"""The arithmetic of aggregates: SQLite is taught it, PostgreSQL has functions for it."""

from decimal import Decimal
from fractions import Fraction
from random import Random
from struct import unpack

from conftest import Client
from hypothesis import given
from hypothesis import strategies as st

from models.database import db
from models.exact import number_of, quotient, sortable

# The second lies halfway between two doubles, and so do others with few digits.
ODD = [0.1, 1e23, 9.5e22, 5e-324, 2.2250738585072014e-308, 1.7976931348623157e308, 2.0**53, 8.5e21]


def doubles(n: int) -> list[float]:
    rng = Random(23)
    random = [unpack("d", rng.randbytes(8))[0] for _ in range(n)]
    short = [float(f"{rng.randrange(10 ** rng.randrange(1, 17))}e{rng.randrange(45)}")
             for _ in range(n)]  # fmt: skip
    return [one for one in (*ODD, *random, *short) if one == one and abs(one) != float("inf")]


def test_a_double_is_the_decimal_that_it_is_shown_as(client: Client) -> None:
    if client.database == "sqlite":
        return
    client.get("/collections")
    values = doubles(20_000)
    with client.app.app_context(), db.engine.connect() as connection:
        found = connection.exec_driver_sql(
            "SELECT pw__decimal(x) FROM unnest(%s::float8[]) WITH ORDINALITY AS u (x, n)"
            " ORDER BY n", (values,)
        ).scalars()  # fmt: skip
        wrong = [v for v, d in zip(values, found, strict=True) if Decimal(repr(v)) != d]
    assert wrong == []


@given(st.integers(), st.integers())
def test_text_that_sorts_as_numbers(one: int, other: int) -> None:
    assert number_of(sortable(one)) == one
    assert (sortable(one) < sortable(other)) == (one < other)


@given(st.integers(), st.integers(1, 10**6))
def test_a_quotient_is_rounded_half_even(total: int, n: int) -> None:
    assert quotient(total, n) == round(Fraction(total, n))


def test_pages_go_on_behind_a_sum_beyond_all_doubles(client: Client) -> None:
    fields = {"group": {"type": "string"}, "n": {"type": "number"}}
    client.define("things", key={"type": "integer"}, fields=fields)
    for group, n in (("a", 1.7e308), ("a", 1.7e308), ("b", 1), ("c", -1.7e308), ("c", -1.7e308)):
        client.post("/api/things", {"group": group, "n": n})
    client.post("/api/things", {"group": "d"})
    for sort, expected in (("sum_n", "cbad"), ("-sum_n", "abcd")):
        path, found = f"/api/things?group_by=group&aggregate=sum:n&sort={sort}&limit=1", ""
        while path:
            page = client.get(path).json
            found += page["items"][0]["group"]
            path = page["next"]
        assert found == expected


def test_what_lies_beyond_all_doubles_or_below(client: Client) -> None:
    client.define("odd", key={"type": "integer"}, fields={"n": {"type": "number"}})
    for n in (5e-324, -5e-324, 5e-324, None):
        client.post("/api/odd", {"n": n})
    asked = "/api/odd?aggregate=avg:n,sum:n"
    assert client.get(asked).json["items"] == [{"avg_n": 0.0, "sum_n": 5e-324}]
    client.post("/api/odd", {"n": 5e-324})
    assert client.get(asked).json["items"] == [{"avg_n": 5e-324, "sum_n": 1e-323}]
    for _ in range(2):
        client.post("/api/odd", {"n": 1.7976931348623157e308})
    answer = client.get("/api/odd?aggregate=avg:n,sum:n&n__gt=1").json["items"]
    assert answer == [{"avg_n": 1.7976931348623157e308, "sum_n": None}]
