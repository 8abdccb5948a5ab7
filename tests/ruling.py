"""What rules for rows allow, in plain Python: contract section 6, and the decisions of issue 5.

Expressions, their text and their three-valued truth are those of tests/reading.py. Here is who
asks, what he sees of the world, and what becomes of what he writes.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from random import Random
from typing import Any

from reading import (
    Alone,
    And,
    Collection,
    Compare,
    Has,
    In,
    IsNull,
    Literal,
    Name,
    Not,
    Operand,
    Or,
    Path,
    Record,
    Tree,
    Word,
    evaluate,
)

World = dict[str, Collection]
Rule = bool | Tree
ACTIONS = ("read", "create", "update", "delete")
ME, ROLE, EMAIL, NOW = map(Word, ("@me", "@me.role", "@me.email", "@now"))


@dataclass(frozen=True)
class Who:
    """``id`` is None of the anonymous, and of an admin without an account."""

    id: str | None = None
    role: str | None = None
    email: str | None = None
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def admin(self) -> bool:
        return self.role == "admin"

    def word(self, name: str, kind: str) -> Any:
        if name == "@now":
            return self.now.date() if kind == "date" else self.now
        return {"@me": self.id, "@me.role": self.role, "@me.email": self.email}[name]


# Rules


def name(text: str) -> Name:
    return Name(tuple(text.split(".")))


def operand(value: Any) -> Operand:
    if isinstance(value, Name | Word | Literal):
        return value
    return Literal(Decimal(value) if type(value) is int else value)


def compare(left: str | Operand, op: str, right: Any) -> Compare:
    return Compare(name(left) if isinstance(left, str) else left, op, operand(right))


def among(left: str | Operand, *values: Any) -> In:
    return In(name(left) if isinstance(left, str) else left, tuple(map(operand, values)))


def null(left: str | Operand) -> IsNull:
    return IsNull(name(left) if isinstance(left, str) else left)


OF_CALLERS: tuple[Tree, ...] = (
    null(ME),
    Not(null(ME)),
    compare(ROLE, "=", "editor"),
    compare(ROLE, "!=", "editor"),
    among(ROLE, "editor", "member"),
    Not(among(ROLE, "member")),
    among(ROLE),
    compare(EMAIL, "~", "ANN-"),
    compare(EMAIL, "!~", "ann-"),
)
OF_TASKS: tuple[Tree, ...] = (
    compare("owner", "=", ME),
    compare(ME, "=", name("owner")),
    compare("owner", "!=", ME),
    null("owner"),
    Not(null("reviewer")),
    compare("owner", "=", name("reviewer")),
    compare("status", "=", "open"),
    compare("status", "!=", "open"),
    compare("status", "~", "OP"),
    compare("status", "!~", "op"),
    compare("status", "=", ROLE),
    among("status", "open", "done"),
    Not(among("status", "open")),
    among("n"),
    Not(among("n")),
    among("n", 1, 2),
    compare("n", ">", 1),
    compare("n", "<=", 1),
    null("n"),
    Alone(name("done")),
    Not(Alone(name("done"))),
    compare("day", "<", NOW),
    compare("day", ">=", "2090-01-01"),
    Has(name("tags"), Literal("open")),
    Not(Has(name("tags"), Literal("open"))),
    Has(name("tags"), ROLE),
    compare("email", "=", EMAIL),
    compare("email", "~", EMAIL),
)
"""``n in ()`` is false and its ``not`` true, also of null: docs/decisions.md."""
OF_PROJECTS: tuple[Tree, ...] = (
    compare("owner", "=", ME),
    null("owner"),
    compare("title", "~", "A"),
    Alone(name("team.open")),
    compare("team.lead", "=", ME),
    compare("owner.role", "=", ROLE),
)
OF_TEAMS: tuple[Tree, ...] = (
    Alone(name("open")),
    Not(Alone(name("open"))),
    compare("lead", "=", ME),
    compare("lead.email", "=", EMAIL),
    null("name"),
)
THROUGH_ONE: tuple[Tree, ...] = (
    compare("project.owner", "=", ME),
    compare("project.owner", "!=", ME),
    compare("project.title", "~", "a"),
    null("project.title"),
    compare("project.owner", "=", name("owner")),
    compare("project.n", ">", name("n")),
    compare("owner.role", "=", ROLE),
    compare("owner.role", "!=", "member"),
    compare("owner.email", "=", EMAIL),
    compare("owner.name", "~", "a"),
    Alone(name("reviewer.disabled")),
    null("reviewer.email"),
)
THROUGH_TWO: tuple[Tree, ...] = (
    compare("project.team.lead", "=", ME),
    compare("project.team.lead", "!=", ME),
    Alone(name("project.team.open")),
    Not(Alone(name("project.team.open"))),
    compare("project.owner.role", "=", ROLE),
    null("project.team.name"),
    among("project.team.name", "A", "B"),
    compare("project.team.lead.email", "=", EMAIL),
)
SETTLED = (among(ROLE), among("n"), Not(among("n")))
"""The same of everything."""
FOR_TASKS = OF_CALLERS + OF_TASKS + THROUGH_ONE + THROUGH_TWO


def tree_of(rng: Random, templates: tuple[Tree, ...], depth: int = 2) -> Tree:
    kind = rng.choice(["plain", "plain", "not", "and", "or", "or"]) if depth else "plain"
    if kind == "plain":
        return rng.choice(templates)
    if kind == "not":
        return Not(tree_of(rng, templates, depth - 1))
    parts = tuple(tree_of(rng, templates, depth - 1) for _ in range(rng.choice([2, 2, 3])))
    return And(parts) if kind == "and" else Or(parts)


def rule_of(rng: Random, templates: tuple[Tree, ...]) -> Rule:
    """Seldom true or false."""
    drawn = rng.randrange(10)
    return tree_of(rng, templates) if drawn > 1 else drawn == 1


def holds(rule: Rule, record: Record, here: Collection, who: Who) -> bool:
    """In the whole world, whatever the caller may see of it."""
    if who.admin or isinstance(rule, bool):
        return who.admin or bool(rule)
    return evaluate(rule, record, here, who) is True  # type: ignore[arg-type]


# What is seen


class Seen(Collection):
    """What a caller may read of a collection. A reference to what he may not leads to nothing."""

    def value(self, record: Record | None, path: Path) -> Any:
        holder: Collection = self
        for one in path[:-1]:
            if record is None:
                return None
            holder, key = holder.target(one), record[one]
            record = None if key is None else holder.records.get(key)
        return None if record is None else record[path[-1]]


def seen_by(world: World, who: Who) -> World:
    """Accounts are seen by all, through references."""
    seen: World = {}
    for title, here in world.items():
        read: Rule = here.definition["access"]["read"]
        visible = {id: one for id, one in here.records.items() if holds(read, one, here, who)}
        seen[title] = Seen(title, here.definition, seen, visible)
    return seen


def expanded(record: Record | None, here: Collection, path: Path, who: Who) -> Record | None:
    """As ``expand`` shows it, with what it refers to by ``path``."""
    if record is None:
        return None
    whole = here.name != "users" or who.admin or record["id"] == who.id
    shown = dict(record) if whole else {one: record[one] for one in ("id", "name")}
    if path:
        target = here.target(path[0])
        other = target.records.get(record[path[0]])
        shown["expand"] = {path[0]: expanded(other, target, path[1:], who)}
    return shown


# What becomes of writes


@dataclass(frozen=True)
class Decision:
    """``statuses``: one of these is answered. ``shown``: whether with the record."""

    statuses: frozenset[int]
    done: bool = False
    shown: bool = False


def refused(who: Who, *others: int) -> Decision:
    return Decision(frozenset([401 if who.id is None else 403, *others]))


HIDDEN = Decision(frozenset([404]))


def decide(
    here: Collection, who: Who, method: str, before: Record | None, after: Record | None
) -> Decision:
    """``before``: what is stored; ``after``: what it would become."""
    access: dict[str, Rule] = here.definition["access"]
    action = "delete" if after is None else "create" if before is None else "update"
    rule, read = access[action], access["read"]
    hidden = before is not None and read is not False and not holds(read, before, here, who)
    if rule is False and not who.admin:
        # A PUT is open where it could create, so there it may be the record that is not there.
        return refused(who, *([404] if hidden and method == "PUT" else []))
    if hidden:
        return HIDDEN
    if before is not None and not holds(rule, before, here, who):
        return HIDDEN if read is False else refused(who)
    if after is not None and not holds(rule, after, here, who):
        return refused(who, *([404] if read is False and before is not None else []))
    if after is None:
        return Decision(frozenset([204]), done=True)
    shown = holds(read, after, here, who)
    status = 201 if before is None else 200 if shown else 204
    return Decision(frozenset([status]), done=True, shown=shown)
