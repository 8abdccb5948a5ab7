"""Which part of a rule is not true: its leaves, in the words in which it is written."""

from collections.abc import Callable, Iterator
from decimal import Decimal

from models.collection import Definitions
from models.definition import Definition
from models.expression import NEVER, All, Any_, Condition, Question, Rule
from schemas import grammar
from schemas.rule import about_caller, is_about_record, rule_of
from schemas.syntax import Group, Literal, Name, Node, Not, Special, Term, Test

Leaf = tuple[str, Rule]
"""A part that is true or not by itself, as a rule of its own."""


class Unreadable(Exception):
    """A rule that was stored by another version."""


class Explanation:
    """Of the rule ``text`` of a definition. ``Unreadable``."""

    def __init__(self, definitions: Definitions, definition: Definition, text: str) -> None:
        whole = rule_of(definitions, definition, text)
        if whole is NEVER:
            raise Unreadable(text)
        self.tree = grammar.parse(text)
        question = whole.question if whole else about_caller(text)
        assert question is not None
        self.columns = whole.columns if whole else ()
        self.question: Question = question

    def leaves(self) -> list[Leaf]:
        """Those that are about the caller alone have no columns."""
        return [
            (written(node), self._rule(node, condition))
            for node, condition in _leaves(self.tree, self.question.condition)
        ]

    def _rule(self, node: Node, condition: Condition) -> Rule:
        columns = self.columns if is_about_record(node) else ()
        return Rule(Question(condition, self.question.givens), columns, False)

    def failed(self, is_true: Callable[[str], bool | None]) -> tuple[bool | None, list[str]]:
        """Whether the whole is true, and which leaves make it not so. ``is_true``: of a leaf; None
        where that is not known."""
        return _failed(self.tree, is_true)


def _leaves(node: Node, condition: Condition) -> Iterator[tuple[Node, Condition]]:
    node = _without_parentheses(node)
    if isinstance(node, Group) and isinstance(condition, All | Any_):
        for part, inner in zip(node.parts, condition.parts, strict=True):
            yield from _leaves(part, inner)
    else:
        yield node, condition


def _failed(node: Node, is_true: Callable[[str], bool | None]) -> tuple[bool | None, list[str]]:
    if not isinstance(node, Group):
        truth = is_true(written(node))
        return truth, [] if truth else [written(node)]
    parts = [_failed(part, is_true) for part in node.parts]
    truths = [one for one, _ in parts]
    decisive = node.word == "or"
    truth = decisive if decisive in truths else None if None in truths else not decisive
    # What is not known is not to blame while something else is.
    failed = [text for one, texts in parts if one is truth for text in texts]
    return truth, [] if truth else list(dict.fromkeys(failed))


def written(node: Node) -> str:
    node = _without_parentheses(node)
    if isinstance(node, Not):
        return _negated(node.inner)
    if isinstance(node, Group):
        return f" {node.word} ".join(map(_inside, node.parts))
    return _test(node)


def _negated(node: Node) -> str:
    if isinstance(node, Test) and node.operator in ("is", "in"):
        return _test(node, " not")
    return f"not {_inside(node)}"


def _without_parentheses(node: Node) -> Node:
    """They are groups of one."""
    while isinstance(node, Group) and len(node.parts) == 1:
        node = node.parts[0]
    return node


def _inside(node: Node) -> str:
    node = _without_parentheses(node)
    return f"({written(node)})" if isinstance(node, Group) else written(node)


def _test(test: Test, no: str = "") -> str:
    left = _term(test.left)
    if test.operator == "":
        return left
    if test.operator == "is":
        return f"{left} is{no} null"
    if test.operator == "in":
        return f"{left}{no} in ({', '.join(map(_term, test.right))})"
    return f"{left} {test.operator} {_term(test.right[0])}"


def _term(term: Term) -> str:
    if isinstance(term, Name):
        return ".".join(term.path)
    return term.word if isinstance(term, Special) else _literal(term)


def _literal(literal: Literal) -> str:
    value = literal.value
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return format(value, "f") if isinstance(value, Decimal) else str(value)
