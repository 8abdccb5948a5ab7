"""The syntax tree of an expression -> a condition, where it is known what its names mean."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from typing import Any

from marshmallow import ValidationError

from models.definition import Field, Items
from models.expression import (
    All,
    Among,
    Any_,
    Comparison,
    Condition,
    Contains,
    Given,
    Has,
    IsNull,
    Member,
    Operand,
)
from models.expression import Not as Inverse
from models.folding import fold
from models.momentary import KINDS, Momentary
from schemas.comparison import MIRRORED, SYMBOLS, Givens, condition, has, operators_of, read
from schemas.failure import failures_of
from schemas.parameter import MOST_FAULTS
from schemas.scope import Named, Scope, Unknown, meant, scale
from schemas.syntax import Group, Literal, Malformed, Name, Node, Not, Special, Term, Test
from schemas.view import WHOLES

LITERALS: dict[type, str] = {str: "string", bool: "boolean", int: "number", Decimal: "number"}
Side = Named | Special | Literal
NOTHING = IsNull(Member((), "id"))
"""Stands for what could not be understood, so that the rest is looked at, too."""


class Reader:
    """Reads a syntax tree, and goes on after a fault, so that all are found."""

    def __init__(self, scope: Scope, most_tests: int) -> None:
        self.scope = scope
        self.most_tests = most_tests
        self.givens = Givens()
        self.faults: list[Malformed] = []
        self.tests = 0
        self.members: list[Member] = []

    def node(self, node: Node) -> Condition:
        if isinstance(node, Not):
            return Inverse(self.node(node.inner))
        if isinstance(node, Group):
            parts = tuple(self.node(part) for part in node.parts)
            if len(parts) == 1:
                return parts[0]
            return All(parts) if node.word == "and" else Any_(parts)
        self.tests += 1
        if len(self.faults) >= MOST_FAULTS or self.tests > self.most_tests + 1:
            return NOTHING
        try:
            if self.tests > self.most_tests:
                detail = f"more than {self.most_tests} conditions."
                raise Malformed(node.left.at, "max_conditions", detail)
            return self.test(node)
        except Malformed as fault:
            self.faults.append(fault)
            return NOTHING

    def test(self, test: Test) -> Condition:
        left = self.term(test.left)
        rights = [self.term(one) for one in test.right]
        if test.operator == "is":
            return IsNull(left.member if isinstance(left, Named) else self.bare(left))
        if test.operator == "":
            return self.alone(test, left)
        if test.operator == "in":
            return self.among(test, left, rights)
        if test.operator == "has":
            return self.has(test, left, *rights)
        found = self.compared(test, left, *rights)
        return Inverse(found) if test.operator == "!~" else found

    def term(self, term: Term) -> Side:
        if isinstance(term, Name):
            try:
                named = self.scope.named(term.path)
            except Unknown as fault:
                raise Malformed(term.at, "field", str(fault)) from None
            self.members.append(named.member)
            return named
        if isinstance(term, Special) and term.word not in KINDS:
            detail = f"There is no `{term.word[:40]}`{meant(term.word, KINDS)}"
            raise Malformed(term.at, "special", detail)
        return term

    def bare(self, term: "Special | Literal", kind: str | None = None) -> Given | Momentary:
        """One that is compared with no member."""
        if isinstance(term, Special):
            return Momentary(term.word, kind or KINDS[term.word][0])
        kind = kind or self.kind(term)
        return self.givens.add(self.reading(term, Items(kind, {})), kind)

    def kind(self, term: Literal) -> str:
        if term.value is None:
            raise Malformed(term.at, "null", "To ask for null, write `is null` or `is not null`.")
        return LITERALS[type(term.value)]

    def reading(self, term: Literal, spec: Field | Items) -> Any:
        with self.blamed(term.at):
            return read(spec, self.value(term))

    def value(self, term: Literal) -> Any:
        self.kind(term)
        return term.value

    @contextmanager
    def blamed(self, at: int) -> Iterator[None]:
        try:
            yield
        except ValidationError as error:
            first = failures_of(error)[0]
            raise Malformed(at, first.code, first.detail) from None

    def alone(self, test: Test, left: Side) -> Condition:
        kind = self.kind_of(left)
        if kind != "boolean":
            raise Malformed(test.at, "type", f"Alone, only a boolean is a condition, not {kind}.")
        operand = left.member if isinstance(left, Named) else self.bare(left)
        return Comparison("eq", operand, self.givens.add(True, "boolean"))

    def kind_of(self, term: Side) -> str:
        if isinstance(term, Named):
            return term.kind
        return KINDS[term.word][0] if isinstance(term, Special) else self.kind(term)

    def among(self, test: Test, left: Side, rights: list[Any]) -> Condition:
        values = [self.value(one) for one in rights]
        if isinstance(left, Named):
            self.demand(test, left)
            for one in rights:
                self.reading(one, left.spec)
            return condition(self.givens, left, "in", values)
        kind = _as_text(self.kind_of(left))
        found = [self.reading(one, Items(kind, {})) for one in rights]
        return Among(self.bare(left, kind), self.givens.add(found, kind))

    def has(self, test: Test, left: Any, right: Any) -> Condition:
        if not isinstance(left, Named) or left.spec.type != "array":
            raise Malformed(test.at, "operator", "`has` asks an array for one of its items.")
        if isinstance(right, Literal):
            with self.blamed(right.at):
                return has(self.givens, left, self.value(right))
        items = left.spec.items if isinstance(left.spec, Field) else None
        if not isinstance(right, Special) or items is None or items.type not in KINDS[right.word]:
            raise Malformed(test.at, "type", "Only a value of its type can be an item of an array.")
        return Has(left.member, self.bare(right, items.type))

    def demand(self, test: Test, named: Named) -> None:
        """That its type has the operator."""
        valid = operators_of(named.spec)
        if SYMBOLS[test.operator] not in valid:
            symbols = [symbol for symbol, name in SYMBOLS.items() if symbol and name in valid]
            if named.spec.type == "array":
                symbols.append("has")
            detail = f"`{test.operator}` is not for {named.kind}; valid are {', '.join(symbols)}."
            raise Malformed(test.at, "operator", detail)

    def compared(self, test: Test, left: Any, right: Any) -> Condition:
        operator = SYMBOLS[test.operator]
        if operator == "contains":
            return Contains(self.text(test, left), self.folded(self.text(test, right)))
        if not isinstance(left, Named) and isinstance(right, Named):
            left, right, operator = right, left, MIRRORED.get(operator, operator)
        if isinstance(left, Named):
            self.demand(test, left)
            return self.with_member(test, operator, left, right)
        return self.without_member(test, operator, left, right)

    def with_member(self, test: Test, operator: str, left: Named, right: Any) -> Condition:
        if isinstance(right, Literal):
            with self.blamed(right.at):
                return condition(self.givens, left, operator, self.value(right))
        if isinstance(right, Special):
            kinds = KINDS[right.word]
            if left.kind not in kinds:
                raise _unlike(test, left.kind, kinds[0])
            return Comparison(operator, left.member, self.bare(right, left.kind))
        return self.two_members(test, operator, left, right)

    def two_members(self, test: Test, operator: str, left: Named, right: Named) -> Condition:
        if left.kind != right.kind or right.spec.type in WHOLES:
            raise _unlike(test, left.kind, right.kind)
        shift = scale(left.spec) - scale(right.spec)
        coarse = right.spec if shift > 0 else left.spec
        if shift and (coarse.option("precision") or 18) + abs(shift) > 18:
            raise Malformed(test.at, "scale", "Their scales differ too much to be compared.")
        return Comparison(operator, left.member, right.member, shift)

    def without_member(self, test: Test, operator: str, left: Any, right: Any) -> Condition:
        kind = self.common_kind(test, left, right)
        return Comparison(operator, self.bare(left, kind), self.bare(right, kind))

    def text(self, test: Test, term: Side) -> Operand:
        if isinstance(term, Named):
            self.demand(test, term)
            return term.member
        if isinstance(term, Special) and "string" in KINDS[term.word]:
            return self.bare(term, "string")
        if not isinstance(term, Literal) or self.kind(term) != "string":
            raise Malformed(term.at, "type", f"`{test.operator}` is for text: must be a string.")
        return self.bare(term)

    def folded(self, part: Operand) -> Operand:
        """What is given is folded here, and once; what is stored, where it is."""
        if isinstance(part, Momentary):
            return replace(part, folded=True)
        if isinstance(part, Given):
            self.givens[part.index] = fold(self.givens[part.index])
        return part

    def common_kind(self, test: Test, left: Any, right: Any) -> str:
        """As which ``@me`` is text: where no member says that it is a UUID."""
        kinds = [_as_text(self.kind_of(side)) for side in (left, right)]
        if "datetime" in kinds and "string" in kinds:
            other = right if isinstance(left, Special) and left.word == "@now" else left
            if isinstance(other, Literal):
                return "datetime"
        if kinds[0] != kinds[1]:
            raise _unlike(test, *kinds)
        return kinds[0]


def _as_text(kind: str) -> str:
    return "string" if kind == "uuid" else kind


def _unlike(test: Test, one: str, other: str) -> Malformed:
    return Malformed(test.at, "type", f"{one.capitalize()} and {other} are not compared.")
