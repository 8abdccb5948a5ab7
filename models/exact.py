"""Sums and quotients that are exact: SQLite is taught them, PostgreSQL has numeric."""

from decimal import Context, Decimal
from fractions import Fraction
from typing import Any

EXACT = Context(prec=2000, Emax=9999, Emin=-9999)
# What is nearest to a quotient of integers among doubles, and to one of any doubles, is nearest to
# it rounded to so many places, too.
PLACES_OF_QUOTIENTS = {"integer": 40, "number": 400}
# From here on there is no nearest double.
INFINITE = 2**1024 - 2**970
# Up to here, half of the least double, zero is nearest.
ZERO = f"{10**400 // 2**1075}e-400"

# The decimal that a double is shown as: the shortest that leads back to it. PostgreSQL's text is
# that, but where the shortest lies just between two doubles, as 1e23 does. Such a one has less than
# 40 digits, and is beyond all doubles that have a fraction.
POSTGRESQL_DECIMAL = """
CREATE OR REPLACE FUNCTION pw__decimal(x double precision) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN CASE
  WHEN abs(x) < 9007199254740992 OR abs(x) >= 1e40 THEN x::text::numeric
  WHEN x::numeric::double precision = x THEN x::numeric
  ELSE (SELECT CASE WHEN short::double precision = x THEN short ELSE long END
    FROM (SELECT x::text::numeric AS long) a,
      LATERAL (SELECT round(long, 16 - length(trunc(abs(long))::text)) AS short) b) END
"""
# Beyond all doubles, and below them, as Python has it; a cast would be an error.
POSTGRESQL_NEAREST = f"""
CREATE OR REPLACE FUNCTION pw__nearest(x numeric) RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN CASE
  WHEN abs(x) <= {ZERO} THEN 0
  WHEN x >= {INFINITE} THEN double precision 'Infinity'
  WHEN x <= -{INFINITE} THEN double precision '-Infinity'
  ELSE x::double precision END
"""
# Half even: `x` is whole, and so are quotient and remainder.
POSTGRESQL_AVERAGE = """
CREATE OR REPLACE FUNCTION pw__average(total numeric, n bigint, places integer) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN (
  SELECT sign(total) * ('1e-' || places)::numeric
    * (q + CASE WHEN 2 * r > n OR (2 * r = n AND q % 2 = 1) THEN 1 ELSE 0 END)
  FROM (SELECT q, x - q * n AS r FROM (SELECT x, div(x, n) AS q FROM (
    SELECT abs(total) * ('1e' || places)::numeric AS x) a) b) c)
"""


def quotient(total: int, n: int) -> int:
    """Rounded half even."""
    whole, rest = divmod(abs(total), n)
    whole += 2 * rest > n or (2 * rest == n and whole % 2 == 1)
    return whole if total >= 0 else -whole


def sortable(number: int) -> str:
    """As text that sorts as the numbers do."""
    digits = str(abs(number))
    if number >= 0:
        return f"1{len(digits):04d}{digits}"
    return f"0{9999 - len(digits):04d}{digits.translate(COMPLEMENT)}"


def number_of(text: str) -> int:
    if text[0] == "1":
        return int(text[5:])
    return -int(text[5:].translate(COMPLEMENT))


COMPLEMENT = str.maketrans("0123456789", "9876543210")


class Sum:
    """Of integers, or of decimals as SQLite has them: integers of the smallest unit."""

    def __init__(self) -> None:
        self.total: Any = 0
        self.n = 0

    def step(self, value: Any, *_: Any) -> None:
        if value is not None:
            self.add(value)
            self.n += 1

    def add(self, value: Any) -> None:
        self.total += value

    def finalize(self) -> str | float | None:
        return self.found() if self.n else None

    def found(self) -> str | float:
        return sortable(self.total)


class AverageOfIntegers(Sum):
    def found(self) -> float:
        return float(self.total / self.n)


class AverageOfDecimals(Sum):
    """``more``: how many places it has beyond those of what is summed."""

    more = 0

    def step(self, value: Any, *more: Any) -> None:
        (self.more,) = more
        super().step(value)

    def found(self) -> str:
        return sortable(quotient(self.total * 10**self.more, self.n))


class SumOfNumbers(Sum):
    def add(self, value: float) -> None:
        self.total = EXACT.add(self.total, Decimal(repr(value)))

    def found(self) -> float:
        return float(self.total)


class AverageOfNumbers(SumOfNumbers):
    def found(self) -> float:
        return float(Fraction(self.total) / self.n)


AGGREGATES: dict[str, tuple[int, Any]] = {
    "pw__sum": (1, Sum),
    "pw__average_of_integers": (1, AverageOfIntegers),
    "pw__average_of_decimals": (2, AverageOfDecimals),
    "pw__sum_of_numbers": (1, SumOfNumbers),
    "pw__average_of_numbers": (1, AverageOfNumbers),
}
