"""The text of an expression -> a condition with its values.

The condition of a text is made once; what ``@me`` and ``@now`` stand for is put in with each
request.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from models.expression import (
    Member,
    Question,
)
from schemas import grammar
from schemas.reader import Reader
from schemas.scope import Scope
from schemas.syntax import Malformed


class Faulty(Exception):
    """All that is wrong with an expression."""

    def __init__(self, faults: Sequence[Malformed]) -> None:
        super().__init__(str(faults[0]))
        self.faults = faults


class Bound(NamedTuple):
    """``tests``: how many conditions it is made of; ``members``: what they are about."""

    question: Question
    tests: int
    members: tuple[Member, ...]


def expression(scope: Scope, text: str, most_characters: int) -> Bound:
    """Raises ``Faulty``."""
    if len(text) > most_characters:
        detail = f"longer than {most_characters} characters."
        raise Faulty([Malformed(most_characters, "max_length", detail)])
    return _expression(scope, text)


@lru_cache(1024)
def _expression(scope: Scope, text: str) -> Bound:
    try:
        tree = grammar.parse(text)
    except Malformed as fault:
        raise Faulty([fault]) from None
    reader = Reader(scope)
    read = reader.node(tree)
    if reader.faults:
        raise Faulty(reader.faults)
    members = tuple(dict.fromkeys(reader.members))
    return Bound(Question(read, tuple(reader.givens)), reader.tests, members)
