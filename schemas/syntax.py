"""The syntax tree of an expression. ``at``: the character of its text, counted from 0."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


class Malformed(Exception):
    """One thing that is wrong with a text."""

    def __init__(self, at: int, code: str, detail: str) -> None:
        super().__init__(detail)
        self.at = at
        self.code = code
        self.detail = detail


@dataclass(frozen=True)
class Name:
    at: int
    path: tuple[str, ...]


@dataclass(frozen=True)
class Special:
    """``@me``, ``@now`` and the like."""

    at: int
    word: str


@dataclass(frozen=True)
class Literal:
    at: int
    value: str | int | Decimal | bool | None


Term = Name | Special | Literal


@dataclass(frozen=True)
class Test:
    """``operator``: as it is written; ``has``, ``in`` and ``is`` among them. ``right``: what
    it is compared with; for ``in`` some, for ``is`` (null) and a term alone none."""

    at: int
    operator: str
    left: Term
    right: tuple[Term, ...] = ()


@dataclass(frozen=True)
class Not:
    inner: Node
    depth: int


@dataclass(frozen=True)
class Group:
    """``word``: ``and``, ``or``."""

    word: str
    parts: tuple[Node, ...]
    depth: int


Node = Test | Not | Group
