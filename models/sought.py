"""What is sought in a collection, as a value: which records, and which part of them."""

from dataclasses import dataclass
from typing import Any

from models.condition import Source, given_parameters
from models.definition import Definition
from models.expression import Condition, Question
from models.search import Search, Shape, found

# As many questions of different shapes as are likely to be in use; each is some 20 kB.
MEMO = 512


@dataclass(frozen=True)
class Choice:
    """Which records, without the values that are bound: what statements are kept by."""

    definition: Definition
    condition: Condition | None
    looked_for: Shape | None

    def source(self, dialect: str) -> Source:
        looked_for = self.looked_for
        return Source(
            self.definition,
            None if looked_for is None else found(self.definition, looked_for, dialect),
        )


@dataclass(frozen=True)
class Sought:
    """``after``: the values of the keys of that which the page begins behind."""

    definition: Definition
    where: Question | None
    search: Search | None
    limit: int
    offset: int
    count: bool
    after: tuple[Any, ...] | None

    @property
    def choice(self) -> Choice:
        return Choice(
            self.definition,
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
