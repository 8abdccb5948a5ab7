"""Names in a question -> members: columns of the collection, or of those that it refers to.

What this caller may not read is answered like what is not there.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from heapq import nlargest
from itertools import pairwise
from typing import NamedTuple

from models.column_type import scale_of
from models.definition import Field, Items
from models.expression import Member, Rows, Step
from models.keyset import Key
from models.memo import memo
from schemas.view import WHOLES, View, Views

MOST_STEPS = 5
MOST_LISTED = 60
MOST_SHOWN = 60
# To compare a name letter by letter takes a tenth of a millisecond.
MOST_COMPARED = 20


class Unknown(Exception):
    """A name that means nothing here. As text it says, too, which of ``valid`` may have been meant
    by ``name``: only then, since that takes its time."""

    def __init__(self, detail: str, name: str = "", valid: Iterable[str] | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.name = name
        self.valid = valid

    def __str__(self) -> str:
        return self.detail if self.valid is None else self.detail + meant(self.name, self.valid)


class Named(NamedTuple):
    """What a name leads to. ``spec``: what it holds."""

    member: Member
    spec: Field | Items
    nullable: bool

    @property
    def kind(self) -> str:
        return kind_of(self.spec)


def kind_of(spec: Field | Items) -> str:
    """A reference is of the kind of what it refers by."""
    return spec.target.type if spec.target is not None else spec.type


@dataclass(frozen=True)
class Scope:
    """Where names are looked up: a collection, as one kind of caller sees it and the others."""

    views: Views
    view: View

    @property
    def rows(self) -> Rows:
        """Those of the collection that may be read."""
        return self.views.open_rows(self.view.definition, "read")

    def named(self, path: Sequence[str]) -> Named:
        """Any column, of a scalar type or not."""
        return _named(self.views, self.view, tuple(path))

    def spec(self, member: Member) -> Field | Items:
        """What is held by a member that was found here."""
        return self.named([*(step.field for step in member.steps), member.name]).spec

    def key(self, text: str) -> Key:
        """A sort key as it is written: ``-author.name``."""
        named = self.named(text.removeprefix("-").split("."))
        if named.spec.type in WHOLES:
            raise Unknown(f"`{text.removeprefix('-')}` has no order: it is {named.spec.type}.")
        return Key(named.member, text.startswith("-"), named.nullable)


@memo(4096)
def _named(views: Views, view: View, path: tuple[str, ...]) -> Named:
    if len(path) > MOST_STEPS + 1:
        raise Unknown(f"At most {MOST_STEPS} references can be followed.")
    steps: list[Step] = []
    nullable = False
    for name in path[:-1]:
        field = view.readable.get(name)
        target = views.readable(field.to) if field is not None else None
        if field is None or target is None:
            raise unknown(".".join(path), name, view.columns)
        rows = views.open_rows(target.definition, "read")
        steps.append(Step(name, rows))
        # What may not be seen is null, though it is there.
        nullable = nullable or not field.required or rows.rule is not None
        view = target
    last = path[-1]
    if last not in view.columns:
        raise unknown(".".join(path), last, view.columns)
    spec = view.spec(last)
    return Named(Member(tuple(steps), last), spec, nullable or not spec.required)


def unknown(whole: str, name: str, valid: Iterable[str]) -> Unknown:
    return Unknown(f"No field `{shown(whole)}`", name, valid)


def meant(name: str, valid: Iterable[str]) -> str:
    """What may have been meant by ``name``, and what there is."""
    names = list(valid)
    name = name[:MOST_SHOWN]
    close = get_close_matches(name, _alike(name, names), 1)
    hint = f"; did you mean `{close[0]}`?" if close else "."
    return f"{hint} Valid are {listed(names)}."


def _alike(name: str, names: list[str]) -> list[str]:
    """Those that have most pairs of letters in common with it."""
    pairs = set(pairwise(f" {name} "))
    return nlargest(MOST_COMPARED, names, lambda one: len(pairs.intersection(pairwise(f" {one} "))))


def listed(names: Sequence[str]) -> str:
    more = len(names) - MOST_LISTED
    return ", ".join(names[:MOST_LISTED]) + (f" and {more} more" if more > 0 else "")


def shown(text: str) -> str:
    return text if len(text) <= MOST_SHOWN else text[:MOST_SHOWN] + "…"


def scale(spec: Field | Items) -> int:
    return scale_of(spec) if spec.type == "decimal" else 0
