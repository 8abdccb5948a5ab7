"""Whether a condition about the moment alone is true, without asking a database.

Logic is SQL's, of three values: None is unknown.
"""

from collections.abc import Callable
from operator import eq, ge, gt, le, lt, ne
from typing import Any

from models.caller import Moment
from models.expression import (
    All,
    Among,
    Any_,
    Comparison,
    Condition,
    Contains,
    Given,
    IsNull,
    Not,
    Operand,
    Question,
)
from models.folding import fold
from models.momentary import Momentary

Truth = bool | None
OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": eq,
    "ne": ne,
    "lt": lt,
    "lte": le,
    "gt": gt,
    "gte": ge,
}


def is_true(question: Question, moment: Moment) -> bool:
    """Of a question without members."""
    return _Asked(question, moment).truth(question.condition) is True


class _Asked:
    def __init__(self, question: Question, moment: Moment) -> None:
        self.givens = question.givens
        self.moment = moment

    def value(self, operand: Operand) -> Any:
        if isinstance(operand, Momentary):
            return operand.value(self.moment)
        if isinstance(operand, Given):
            return self.givens[operand.index]
        raise TypeError("there is no record")

    def truth(self, condition: Condition) -> Truth:
        return TRUTHS[type(condition)](self, condition)


def _comparison(asked: _Asked, one: Comparison) -> Truth:
    left, right = asked.value(one.left), asked.value(one.right)
    return None if left is None or right is None else OPERATORS[one.operator](left, right)


def _contains(asked: _Asked, one: Contains) -> Truth:
    text, part = asked.value(one.text), asked.value(one.part)
    return None if text is None or part is None else part in fold(text)


def _among(asked: _Asked, one: Among) -> Truth:
    """Nothing is among nothing, not even null."""
    value, values = asked.value(one.one), asked.givens[one.all.index]
    if not values:
        return False
    return None if value is None else value in values


def _not(asked: _Asked, one: Not) -> Truth:
    inner = asked.truth(one.inner)
    return None if inner is None else not inner


def _all(asked: _Asked, one: All) -> Truth:
    truths = [asked.truth(part) for part in one.parts]
    if False in truths:
        return False
    return None if None in truths else True


def _any(asked: _Asked, one: Any_) -> Truth:
    truths = [asked.truth(part) for part in one.parts]
    if True in truths:
        return True
    return None if None in truths else False


TRUTHS: dict[type[Condition], Callable[[_Asked, Any], Truth]] = {
    Comparison: _comparison,
    Contains: _contains,
    Among: _among,
    IsNull: lambda asked, one: asked.value(one.one) is None,
    Not: _not,
    All: _all,
    Any_: _any,
}
