"""A condition as a value: what ``filter=``, the flat parameters and rules become.

It is the shape only: what is compared with are bound values, numbered in ``givens``, so that one
statement serves all questions of one shape. Logic is SQL's, of three values.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from models.definition import Definition


@dataclass(frozen=True)
class Step:
    """A reference that is followed, and where it leads."""

    field: str
    to: Definition


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


Operand = Member | Given
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
    item: Given


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


@dataclass(frozen=True)
class Question:
    """A condition with its values: ``givens[i]`` is bound where ``Given(i)`` stands."""

    condition: Condition
    givens: tuple[Any, ...]
