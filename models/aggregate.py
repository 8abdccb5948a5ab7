"""Aggregates that are exact, and the same on both databases.

SQLite's own ``sum`` fails beyond 64 bits and its ``avg`` is a double; PostgreSQL divides to a
precision of its own, and sums doubles in the order in which it meets them. So a number is summed
as the decimal that it is shown as, all sums are exact, and a quotient is rounded once, half even.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Dialect, Numeric, Text, distinct, func, literal_column
from sqlalchemy.types import TypeEngine

from models.column_type import Portable
from models.dialect_function import (
    average_of_decimals,
    average_of_integers,
    average_of_numbers,
    total,
    total_of_numbers,
)
from models.exact import EXACT, number_of, sortable

MORE_PLACES = 6


class Wide(Portable):
    """A decimal of so many places and of however many digits."""

    impl = Numeric
    cache_ok = True
    sqlite_impl: TypeEngine[Any] = Text()

    def __init__(self, places: int) -> None:
        super().__init__()
        self.places = places

    def encode(self, value: Decimal) -> str:
        return sortable(int(value.scaleb(self.places, EXACT)))

    def decode(self, value: str) -> Decimal:
        return Decimal(number_of(value)).scaleb(-self.places, EXACT)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        value = super().process_result_value(value, dialect)
        return None if value is None else Decimal(value)


@dataclass(frozen=True)
class Aggregate:
    """``field`` is None for a plain ``count``; else it holds ``type``, of ``scale`` places."""

    function: str
    field: str | None = None
    type: str = ""
    scale: int = 0

    @property
    def name(self) -> str:
        """As groups show it."""
        return self.function if self.field is None else f"{self.function}_{self.field}"

    @property
    def places(self) -> int:
        """Of a sum of integers or decimals, or an average of decimals."""
        return self.scale if self.function == "sum" else self.scale + MORE_PLACES


def aggregated(aggregate: Aggregate, column: Any) -> ColumnElement[Any]:
    return FUNCTIONS[aggregate.function](aggregate, column)


def _count(aggregate: Aggregate, column: Any) -> ColumnElement[Any]:
    return func.count()


def _sum(aggregate: Aggregate, column: Any) -> ColumnElement[Any]:
    if aggregate.type == "number":
        return total_of_numbers(column)
    return total(column).typed(Wide(aggregate.places))


def _average(aggregate: Aggregate, column: Any) -> ColumnElement[Any]:
    if aggregate.type != "decimal":
        return AVERAGES[aggregate.type](column)
    numbers = str(MORE_PLACES), str(aggregate.places)
    places: Iterator[ColumnElement[int]] = map(literal_column, numbers)
    return average_of_decimals(column, *places).typed(Wide(aggregate.places))


def _alike(function: Any) -> Callable[[Aggregate, Any], ColumnElement[Any]]:
    return lambda aggregate, column: function(column, type_=column.type)


AVERAGES = {"integer": average_of_integers, "number": average_of_numbers}
FUNCTIONS: dict[str, Callable[[Aggregate, Any], ColumnElement[Any]]] = {
    "count": _count,
    "count_distinct": lambda aggregate, column: func.count(distinct(column)),
    "sum": _sum,
    "avg": _average,
    "min": _alike(func.min),
    "max": _alike(func.max),
}
