"""``expand=author,author.country`` -> the references to follow; ``fields=id,title``."""

from collections.abc import Iterable
from dataclasses import dataclass

from models.account import ACCOUNT
from models.expansion import Branch, Target
from models.memo import memo
from schemas.parameter import Invalid
from schemas.scope import Scope, meant, shown
from schemas.view import ACCOUNT_COLUMNS, View, Views

MOST_BRANCHES = 16
LONGEST_EXPAND = 4096
Tree = dict[str, "Tree"]
Path = tuple[str, ...]


@dataclass(frozen=True)
class Shown:
    """Of each record: its own members, and the references that are followed."""

    columns: tuple[str, ...]
    branches: tuple[Branch, ...] = ()

    @property
    def needed(self) -> tuple[str, ...]:
        """What must be read to show that."""
        more = (branch.field for branch in self.branches if branch.field not in self.columns)
        return (*self.columns, *more)


def read_expand(scope: Scope, text: str, most_depth: int) -> tuple[Branch, ...]:
    if len(text) > LONGEST_EXPAND:
        raise Invalid("max_length", f"Must have at most {LONGEST_EXPAND} characters.")
    return _expand(scope, text, most_depth)


@memo(1024)
def _expand(scope: Scope, text: str, most_depth: int) -> tuple[Branch, ...]:
    tree: Tree = {}
    for name in text.split(","):
        path = name.split(".")
        if len(path) > most_depth:
            raise Invalid("depth", f"`{shown(name)}` is more than {most_depth} references deep.")
        at = tree
        for step in path:
            at = at.setdefault(step, {})
    branches = _branches(scope.views, scope.view, (), tree)
    if _size(branches) > MOST_BRANCHES:
        raise Invalid("max_items", f"At most {MOST_BRANCHES} references are expanded at once.")
    return branches


def _branches(views: Views, view: View | None, path: Path, tree: Tree) -> tuple[Branch, ...]:
    return tuple(_branch(views, view, (*path, name), inner) for name, inner in tree.items())


def _branch(views: Views, view: View | None, path: Path, inner: Tree) -> Branch:
    if view is None:
        # Nothing is to be read there, so nothing is told of what there is.
        return Branch(path, None, _branches(views, None, path, inner))
    name = path[-1]
    valid = [one for one, field in view.readable.items() if field.to is not None]
    if name not in valid:
        what = f"No reference `{shown(name)}`"
        detail = f"{what}{meant(name, valid)}" if valid else f"{what}: there are none here."
        raise Invalid("field", detail)
    target = views.readable(view.readable[name].to)
    return Branch(path, _target(views, target), _branches(views, target, path, inner))


def _target(views: Views, view: View | None) -> Target | None:
    if view is None:
        return None
    # Of their own account, callers see all that an admin sees.
    columns = ACCOUNT_COLUMNS if view.definition is ACCOUNT else view.columns
    return Target(views.open_rows(view.definition, "read"), columns)


def _size(branches: Iterable[Branch]) -> int:
    return sum(1 + _size(branch.branches) for branch in branches)


def read_fields(view: View, text: str) -> tuple[str, ...]:
    """In the order in which a record shows them."""
    names = dict.fromkeys(text.split(","))
    for name in names:
        if name not in view.columns:
            raise Invalid("field", f"No field `{shown(name)}`{meant(name, view.columns)}")
    return tuple(name for name in view.columns if name in names)
