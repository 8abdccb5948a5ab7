"""The text of an expression -> a condition with its values.

The condition of a text is made once; what ``@me`` and ``@now`` stand for is put in with each
request.
"""

from collections.abc import Sequence
from typing import NamedTuple

from models.expression import Member, Question
from models.memo import memo
from schemas import grammar
from schemas.parameter import Bounds
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


def expression(scope: Scope, text: str, bounds: Bounds) -> Bound:
    """Raises ``Faulty``."""
    most = bounds.max_filter
    if len(text) > most:
        raise Faulty([Malformed(most, "max_length", f"longer than {most} characters.")])
    return _expression(scope, text, bounds.max_conditions)


@memo(1024)
def _expression(scope: Scope, text: str, most_tests: int) -> Bound:
    try:
        tree = grammar.parse(text)
    except Malformed as fault:
        raise Faulty([fault]) from None
    reader = Reader(scope, most_tests)
    read = reader.node(tree)
    if reader.faults:
        raise Faulty(reader.faults)
    members = tuple(dict.fromkeys(reader.members))
    return Bound(Question(read, tuple(reader.givens)), reader.tests, members)
