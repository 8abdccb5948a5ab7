"""What names of a collection's lists lead to in others, for one kind of caller."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from models.definition import Field, Items
from schemas.view import View, Views

MOST_KEYS = 200
MOST_EXPANSIONS = 50
USER = "UserReference"


class Limits(NamedTuple):
    """Those of the settings that the document tells."""

    filter: int = 4096
    expand: int = 3
    signup: bool = False


class Target(NamedTuple):
    """What a reference leads to: None, where this caller may not read it. ``word``: its component.

    That is written here by name, so that nothing is made anew because of what changed behind it."""

    field: str
    view: View | None
    word: str | None


class Reach(NamedTuple):
    """A value that stays equal while nothing that it leads to has changed."""

    targets: tuple[Target, ...] = ()
    expansions: tuple[str, ...] = ()
    limits: Limits = Limits()

    def reads(self, reference: str) -> bool:
        return any(one.field == reference and one.view is not None for one in self.targets)

    @property
    def keys(self) -> dict[str, tuple[Target, Field | Items]]:
        """Sort and group keys one reference further. What `author.id` is, `author` is, too."""
        found = {
            f"{target.field}.{name}": (target, target.view.spec(name))
            for target in self.targets
            if target.view is not None
            for name in target.view.comparable
            if name != "id"
        }
        return found if len(found) <= MOST_KEYS else {}


def reach_of(views: Views, view: View, words: Mapping[str, str], limits: Limits) -> Reach:
    """``words``: the component of each collection."""
    targets = []
    for name, to in _references(view):
        target = views.readable(to)
        word = None if target is None else words.get(to, USER)
        targets.append(Target(name, target, word))
    return Reach(tuple(targets), tuple(_expansions(views, view, limits.expand)), limits)


def _expansions(views: Views, view: View, depth: int) -> list[str]:
    """The nearest first. A reference into what is closed can be followed, but none from there."""
    found: list[str] = []
    level: list[tuple[str, View | None]] = [("", view)]
    for _ in range(depth):
        further = [
            (f"{start}{name}", views.readable(to))
            for start, at in level
            if at is not None
            for name, to in _references(at)
        ][: MOST_EXPANSIONS - len(found)]
        found += [path for path, _ in further]
        level = [(f"{path}.", target) for path, target in further]
    return found


def _references(view: View) -> Iterator[tuple[str, str]]:
    for name, field in view.readable.items():
        if field.to is not None:
            yield name, field.to
