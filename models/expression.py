"""A condition as a value: what ``filter=``, the flat parameters and rules become.

It is the shape only: what is compared with are bound values, numbered in ``givens``, so that one
statement serves all questions of one shape; and what each request has its own of, bound by name.
Logic is SQL's, of three values.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from models.definition import Definition
from models.memo import memo
from models.momentary import Momentary


@dataclass(frozen=True)
class Step:
    """A reference that is followed, and where it leads."""

    field: str
    to: Rows


@dataclass(frozen=True)
class Member:
    """A column of the record, or of one that it refers to."""

    steps: tuple[Step, ...]
    name: str


@dataclass(frozen=True)
class Given:
    """A bound value of a kind: a scalar type's name."""

    index: int
    kind: str


Operand = Member | Given | Momentary
RANK = Member((), "@rank")
"""How well a record fits what was searched for; no field has such a name."""


@dataclass(frozen=True)
class Comparison:
    """``operator``: eq, ne, lt, lte, gt or gte. ``shift``: by how many decimal places the scale of
    the left exceeds that of the right, where both are decimals."""

    operator: str
    left: Operand
    right: Operand
    shift: int = 0


@dataclass(frozen=True)
class Contains:
    """Ignoring case; a part that is given is folded already."""

    text: Operand
    part: Operand


@dataclass(frozen=True)
class Among:
    one: Operand
    all: Given


@dataclass(frozen=True)
class Has:
    array: Member
    item: Given | Momentary


@dataclass(frozen=True)
class IsNull:
    one: Operand


@dataclass(frozen=True)
class Settled:
    """True, or false, for every value; unknown for null."""

    one: Operand
    truth: bool


@dataclass(frozen=True)
class Not:
    inner: Condition


@dataclass(frozen=True)
class All:
    parts: tuple[Condition, ...]


@dataclass(frozen=True)
class Any_:
    parts: tuple[Condition, ...]


Condition = Comparison | Contains | Among | Has | IsNull | Settled | Not | All | Any_


def follows(condition: Condition) -> int:
    """How many of its comparisons and the like lead through references."""
    if isinstance(condition, Not):
        return follows(condition.inner)
    if isinstance(condition, All | Any_):
        return sum(map(follows, condition.parts))
    return any(isinstance(one, Member) and one.steps for one in vars(condition).values())


@dataclass(frozen=True)
class Question:
    """A condition with its values: ``givens[i]`` is bound where ``Given(i)`` stands."""

    condition: Condition
    givens: tuple[Any, ...]


@dataclass(frozen=True, eq=False)
class Rule:
    """Which records: those for which the condition is true. ``columns``: of the record, those that
    it is about. ``late``: what it says of a record is only known when that is stored, since it is
    about what the database makes, or leads back to the same collection. Compared by identity, so
    that it can key statements."""

    question: Question
    columns: tuple[str, ...]
    late: bool


NEVER = Rule(Question(Any_(()), ()), (), False)
"""For no record."""


@dataclass(frozen=True, eq=False)
class Rows:
    """Those records of a collection that somebody may see, or do something to. ``rule`` None: all.
    Whatever reads a table, or joins it, is given one of these."""

    definition: Definition
    rule: Rule | None = None


@memo(4096)
def rows_of(definition: Definition, rule: Rule | None) -> Rows:
    """The same object for the same rule."""
    return Rows(definition, rule)
