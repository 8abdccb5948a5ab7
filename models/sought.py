"""What is sought in a collection, as a value: which records, and which part of them."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, FromClause

from models.condition import Source, allowed, given_parameters
from models.definition import Definition
from models.expression import RANK, Condition, Member, Question, Rows
from models.search import Found, Search, Shape, found
from models.table import table_of

# As many questions of different shapes as are likely to be in use; each is some 20 kB.
MEMO = 512


@dataclass(frozen=True)
class Choice:
    """Which records, without the values that are bound: what statements are kept by."""

    rows: Rows
    condition: Condition | None
    looked_for: Shape | None

    @property
    def definition(self) -> Definition:
        return self.rows.definition

    def source(self, dialect: str) -> "Chosen":
        looked_for = self.looked_for
        return Chosen(
            self, None if looked_for is None else found(self.definition, looked_for, dialect)
        )


class Chosen(Source):
    """The chosen records, their rank among what was found, and what they refer to."""

    def __init__(self, choice: Choice, found: Found | None) -> None:
        self.table = table_of(choice.definition)
        super().__init__(self.table)
        self._choice = choice
        self._found = found
        self._ranked: tuple[tuple[FromClause, ColumnElement[bool]], ...] = ()

    def column(self, member: Member) -> ColumnElement[Any]:
        if member is RANK and self._found is not None:
            self._ranked = self._found.joins
            return self._found.rank
        return super().column(member)

    def where(self) -> list[ColumnElement[bool]]:
        condition, rows = self._choice.condition, self._choice.rows
        asked = [] if condition is None else [self.condition(condition)]
        looked_for = [] if self._found is None else [self._found.condition]
        return [*looked_for, *asked, *allowed(rows, self.row)]

    def joined(self) -> FromClause:
        """All that was asked for until now."""
        joined: FromClause = self.table
        for table, on in self._ranked:
            joined = joined.join(table, on)
        for table, on in self.reached:
            joined = joined.outerjoin(table, on)
        return joined


@dataclass(frozen=True)
class Sought:
    """``after``: the values of the keys of that which the page begins behind."""

    rows: Rows
    where: Question | None
    search: Search | None
    limit: int
    offset: int
    count: bool
    after: tuple[Any, ...] | None

    @property
    def definition(self) -> Definition:
        return self.rows.definition

    @property
    def choice(self) -> Choice:
        return Choice(
            self.rows,
            None if self.where is None else self.where.condition,
            None if self.search is None else self.search.shape,
        )

    @property
    def nulls(self) -> tuple[bool, ...] | None:
        return None if self.after is None else tuple(value is None for value in self.after)

    def parameters(self, dialect: str) -> dict[str, Any]:
        after = {f"AFTER_{i}": value for i, value in enumerate(self.after or ())}
        words = {} if self.search is None else self.search.parameters(dialect)
        return given_parameters(self.where) | after | words
