"""What lists answer, in plain Python: contract section 5, and 10 on null and reading.

An expression is a small tree. ``render`` writes one as text, each time another way; ``evaluate``
says what it is of a record: True, False, or None for unknown. Records are as the API shows them.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from random import Random
from typing import Any

Record = dict[str, Any]
Path = tuple[str, ...]
Truth = bool | None


class Unsaid(Exception):
    """Neither contract nor decisions say what the answer is."""


@dataclass(frozen=True)
class Name:
    path: Path


@dataclass(frozen=True)
class Literal:
    """A number is a Decimal."""

    value: str | bool | Decimal


@dataclass(frozen=True)
class Word:
    """``@me``, ``@me.role``, ``@me.email``, ``@now``."""

    name: str


Operand = Name | Literal | Word


@dataclass(frozen=True)
class Compare:
    """``op``: one of OPERATORS, or ``starts_with``, which only flat conditions know."""

    left: Operand
    op: str
    right: Operand


@dataclass(frozen=True)
class In:
    left: Operand
    values: tuple[Operand, ...]


@dataclass(frozen=True)
class IsNull:
    operand: Operand


@dataclass(frozen=True)
class Has:
    name: Name
    item: Operand


@dataclass(frozen=True)
class Alone:
    """A boolean that is a condition by itself."""

    operand: Operand


@dataclass(frozen=True)
class Not:
    inner: "Tree"


@dataclass(frozen=True)
class And:
    parts: tuple["Tree", ...]


@dataclass(frozen=True)
class Or:
    parts: tuple["Tree", ...]


Tree = Compare | In | IsNull | Has | Alone | Not | And | Or

SYSTEM = {
    "revision": {"type": "integer"},
    "created_at": {"type": "datetime"},
    "updated_at": {"type": "datetime"},
}


@dataclass
class Collection:
    """``world``: all collections by name, this one too. ``records``: by id."""

    name: str
    definition: dict[str, Any]
    world: dict[str, "Collection"] = field(repr=False)
    records: dict[Any, Record] = field(default_factory=dict)

    @property
    def key(self) -> str:
        return str(self.definition.get("key", {}).get("type", "uuid"))

    def spec(self, name: str) -> dict[str, Any]:
        if name == "id":
            return {"type": self.key}
        return SYSTEM.get(name) or self.definition["fields"][name]

    def target(self, name: str) -> "Collection":
        return self.world[self.spec(name)["to"]]

    def is_open(self, admin: bool) -> bool:
        return admin or self.definition["access"]["read"] is True

    def readable(self, admin: bool) -> list[str]:
        """What a record shows."""
        own = self.definition["fields"].items()
        return ["id", *(n for n, f in own if admin or f.get("access", True) is True), *SYSTEM]

    def kind(self, path: Path) -> str:
        holder = self
        for name in path[:-1]:
            holder = holder.target(name)
        kind = holder.spec(path[-1])["type"]
        if kind == "reference":
            kind = holder.target(path[-1]).key
        return "text" if kind == "string" else kind

    def item_kind(self, path: Path) -> str:
        """Of an array."""
        holder = self
        for name in path[:-1]:
            holder = holder.target(name)
        kind = holder.spec(path[-1])["items"]["type"]
        return "text" if kind == "string" else kind

    def value(self, record: Record | None, path: Path) -> Any:
        """As JSON; None where there is no such record."""
        holder = self
        for name in path[:-1]:
            if record is None:
                return None
            holder, key = holder.target(name), record[name]
            record = None if key is None else holder.records[key]
        return None if record is None else record[path[-1]]


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text.upper()).astimezone(UTC)


TYPED: dict[str, Callable[[Any], Any]] = {
    "integer": int,
    "number": float,
    "decimal": Decimal,
    "date": date.fromisoformat,
    "datetime": instant,
    "uuid": str.lower,
}


def typed(kind: str, value: Any) -> Any:
    """Of JSON or of a literal, so that it compares as its kind does."""
    return value if value is None or kind not in TYPED else TYPED[kind](value)


# Truth


@dataclass(frozen=True)
class Caller:
    """``words``: what @-words mean."""

    admin: bool
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def word(self, name: str, kind: str) -> Any:
        if name == "@now":
            return self.now.date() if kind == "date" else self.now
        return "admin" if name == "@me.role" and self.admin else None


NOBODY = Caller(admin=False)
MEANINGS: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "~": lambda a, b: b.casefold() in a.casefold(),
    "!~": lambda a, b: b.casefold() not in a.casefold(),
    "starts_with": lambda a, b: a.startswith(b),
}
OPERATORS = ("=", "!=", "<", "<=", ">", ">=", "~", "!~")
MIRRORED = {"=": "=", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}


def evaluate(tree: Tree, record: Record, here: Collection, caller: Caller = NOBODY) -> Truth:
    def truth(inner: Tree) -> Truth:
        return evaluate(inner, record, here, caller)

    def value(operand: Operand, kind: str) -> Any:
        if isinstance(operand, Name):
            return typed(kind, here.value(record, operand.path))
        if isinstance(operand, Word):
            return caller.word(operand.name, kind)
        return typed(kind, operand.value)

    def compare(left: Operand, op: str, right: Operand) -> Truth:
        kind = common_kind(here, (left, right))
        pair = value(left, kind), value(right, kind)
        return None if None in pair else MEANINGS[op](*pair)

    if isinstance(tree, Compare):
        return compare(tree.left, tree.op, tree.right)
    if isinstance(tree, In):
        return any_of([compare(tree.left, "=", one) for one in tree.values])
    if isinstance(tree, IsNull):
        return value(tree.operand, "") is None
    if isinstance(tree, Has):
        items, kind = here.value(record, tree.name.path), here.item_kind(tree.name.path)
        sought = value(tree.item, kind)
        return None if None in (items, sought) else sought in [typed(kind, one) for one in items]
    if isinstance(tree, Alone):
        return value(tree.operand, "boolean")
    if isinstance(tree, Not):
        return negated(truth(tree.inner))
    if isinstance(tree, And):
        return negated(any_of([negated(truth(part)) for part in tree.parts]))
    return any_of([truth(part) for part in tree.parts])


def common_kind(here: Collection, operands: Iterable[Operand]) -> str:
    return next((here.kind(one.path) for one in operands if isinstance(one, Name)), "text")


def any_of(truths: list[Truth]) -> Truth:
    if True in truths:
        return True
    return None if None in truths else False


def negated(truth: Truth) -> Truth:
    return None if truth is None else not truth


# Text

OR, AND, NOT, COMPARISON = range(4)
LEVELS = {Or: OR, And: AND, Not: NOT}


def render(tree: Tree, rng: Random) -> str:
    """Text that means the tree, written as somebody might."""
    write = Writer(rng)
    return f"{write.gap()}{write.tree(tree, OR)}{write.gap()}"


class Writer:
    def __init__(self, rng: Random) -> None:
        self.rng = rng

    def seldom(self) -> bool:
        return self.rng.randrange(8) == 7

    def gap(self) -> str:
        """Where none is needed."""
        return self.rng.choice(["", "", "", " ", "  ", "\t", "\n"])

    def space(self) -> str:
        return self.rng.choice([" ", " ", " ", "  ", "\t", "\r\n"])

    def word(self, text: str) -> str:
        change = self.rng.choice([str, str, str, str.upper, str.title, str.swapcase])
        return " ".join(change(one) for one in text.split()).replace(" ", self.space())

    def tree(self, tree: Tree, least: int) -> str:
        """``least``: what binds less needs parentheses here."""
        if not isinstance(tree, Or | And | Not) and self.seldom():
            tree = self.otherwise(tree)
        level = LEVELS.get(type(tree), COMPARISON)
        if isinstance(tree, Not):
            text = self.negation(tree.inner)
        elif isinstance(tree, And | Or):
            word = "or" if level == OR else "and"
            text = self.joined([self.tree(part, level + 1) for part in tree.parts], word)
        else:
            text = self.comparison(tree)
        if level < least or self.seldom():
            return self.enclosed(text)
        return text

    def enclosed(self, text: str) -> str:
        return f"({self.gap()}{text}{self.gap()})"

    def otherwise(self, tree: Tree) -> Tree:
        """The same condition, said with others."""
        if isinstance(tree, Compare):
            opposite = {"!=": "=", "=": "!=", "<": ">=", ">=": "<", "~": "!~", "!~": "~"}
            if tree.op in opposite:
                return Not(Compare(tree.left, opposite[tree.op], tree.right))
        if isinstance(tree, In) and 0 < len(tree.values) < 4:
            return Or(tuple(Compare(tree.left, "=", one) for one in tree.values))
        return Not(Not(tree))

    def joined(self, texts: Sequence[str], word: str) -> str:
        text = texts[0]
        for one in texts[1:]:
            before = self.gap() if text.endswith(")") else self.space()
            after = self.gap() if one.startswith("(") else self.space()
            text += before + self.word(word) + after + one
        return text

    def negation(self, inner: Tree) -> str:
        own = {In: "not in", IsNull: "is not null"}.get(type(inner))
        if own and not self.seldom():
            return self.comparison(inner, own)
        text = self.tree(inner, NOT)
        return self.word("not") + (self.gap() if text.startswith("(") else self.space()) + text

    def comparison(self, tree: Tree, word: str | None = None) -> str:
        if isinstance(tree, Compare):
            left, op, right = tree.left, tree.op, tree.right
            if op in MIRRORED and self.rng.randrange(3) == 2:
                left, op, right = right, MIRRORED[op], left
            return self.operand(left) + self.gap() + op + self.gap() + self.operand(right)
        if isinstance(tree, In):
            values = f"{self.gap()},{self.gap()}".join(map(self.operand, tree.values))
            left = self.operand(tree.left) + self.space() + self.word(word or "in")
            return left + self.gap() + self.enclosed(values)
        if isinstance(tree, IsNull):
            return self.operand(tree.operand) + self.space() + self.word(word or "is null")
        if isinstance(tree, Has):
            words = (self.operand(tree.name), self.word("has"), self.operand(tree.item))
            return words[0] + self.space() + words[1] + self.space() + words[2]
        return self.operand(tree.operand)

    def operand(self, operand: Operand) -> str:
        if isinstance(operand, Name):
            return ".".join(operand.path)
        if isinstance(operand, Word):
            return operand.name
        value = operand.value
        if isinstance(value, bool):
            return self.word(str(value).lower())
        return self.string(value) if isinstance(value, str) else self.number(value)

    def string(self, value: str) -> str:
        quote = self.rng.choice("'\"")
        return quote + value.replace(quote, quote * 2) + quote

    def number(self, value: Decimal) -> str:
        sign, digits, exponent = value.as_tuple()
        whole = "-" * sign + "".join(map(str, digits))
        forms = [f"{whole}e{exponent}", f"{value:e}", f"{value:E}"]
        if abs(value.adjusted()) < 40 and len(digits) < 40:
            plain = f"{value:f}"
            forms += [plain] * 4 + [plain + ("0" if "." in plain else ".0")]
        return self.rng.choice(forms)


# Questions


@dataclass(frozen=True)
class Flat:
    """``path__op=text``; ``op`` None is ``eq``, unsaid."""

    path: Path
    op: str | None
    text: str

    @property
    def name(self) -> str:
        return "__".join([*self.path, self.op] if self.op else self.path)


FLAT = {"eq": "=", "ne": "!=", "lt": "<", "lte": "<=", "gt": ">", "gte": ">=", "contains": "~"}


def tree_of(flat: Flat, here: Collection) -> Tree:
    """The same condition as an expression."""
    name, kind, op = Name(flat.path), here.kind(flat.path), flat.op or "eq"
    if op == "is_null":
        return IsNull(name) if flat.text == "true" else Not(IsNull(name))
    if op == "in":
        texts = flat.text.split(",") if flat.text else []
        return In(name, tuple(literal(kind, text) for text in texts))
    return Compare(name, FLAT.get(op, op), literal(kind, flat.text))


def literal(kind: str, text: str) -> Literal:
    if kind == "boolean":
        return Literal(text == "true")
    return Literal(Decimal(text) if kind in ("integer", "number", "decimal") else text)


@dataclass(frozen=True)
class Sort:
    path: Path
    descending: bool = False

    def __str__(self) -> str:
        return "-" * self.descending + ".".join(self.path)


@dataclass(frozen=True)
class Aggregate:
    function: str
    field: str | None = None

    def __str__(self) -> str:
        return self.function if self.field is None else f"{self.function}:{self.field}"

    @property
    def member(self) -> str:
        return str(self).replace(":", "_")


@dataclass(frozen=True)
class Question:
    """``fields``, ``limit`` and ``offset`` are None where they are not asked for. The paths of
    ``sort`` are of one name each where groups are asked for: those of their members."""

    collection: str
    admin: bool = True
    filter: Tree | None = None
    flat: tuple[Flat, ...] = ()
    sort: tuple[Sort, ...] = ()
    fields: tuple[str, ...] | None = None
    expand: tuple[Path, ...] = ()
    limit: int | None = None
    offset: int | None = None
    count: bool = False
    aggregate: tuple[Aggregate, ...] = ()
    group_by: tuple[Path, ...] = ()

    @property
    def grouped(self) -> bool:
        return bool(self.aggregate or self.group_by)


def parameters(question: Question, rng: Random) -> list[tuple[str, str]]:
    """Of the URL, in any order."""
    pairs = [(flat.name, flat.text) for flat in question.flat]
    if question.filter is not None:
        pairs.append(("filter", render(question.filter, rng)))
    for name in ("sort", "fields", "aggregate"):
        if values := getattr(question, name):
            pairs.append((name, ",".join(map(str, values))))
    for name in ("expand", "group_by"):
        if values := getattr(question, name):
            pairs.append((name, ",".join(map(".".join, values))))
    for name in ("limit", "offset"):
        if getattr(question, name) is not None:
            pairs.append((name, str(getattr(question, name))))
    if question.count:
        pairs.append(("count", "true"))
    rng.shuffle(pairs)
    return pairs


def names_in(value: Any) -> set[Path]:
    """Every path that a question or a tree mentions."""
    if isinstance(value, Name | Flat | Sort):
        return {value.path}
    if isinstance(value, Question):
        own = {(name,) for name in value.fields or ()} | set(value.group_by)
        own |= {(one.field,) for one in value.aggregate if one.field}
        return own | names_in((value.filter, value.flat, value.sort))
    if isinstance(value, tuple):
        return {path for one in value for path in names_in(one)}
    if is_dataclass(value):
        return {path for one in fields(value) for path in names_in(getattr(value, one.name))}
    return set()


# Answers


def answer(question: Question, here: Collection, caller: Caller) -> list[Record]:
    """All items, from the first on: ``limit`` and ``offset`` are for whoever asks."""
    chosen = [one for one in here.records.values() if is_chosen(one, question, here, caller)]
    if question.grouped:
        return groups(question, here, chosen)
    orders: list[Order] = [
        (lambda record, path=path: typed(here.kind(path), here.value(record, path)), descending)
        for path, descending in [(s.path, s.descending) for s in (*question.sort, Sort(("id",)))]
    ]
    expand = list(question.expand)
    return [
        shown(record, here, caller.admin, expand, question.fields)
        for record in ordered(chosen, orders)
    ]


def is_chosen(record: Record, question: Question, here: Collection, caller: Caller) -> bool:
    trees = [tree_of(flat, here) for flat in question.flat]
    trees += [] if question.filter is None else [question.filter]
    return all(evaluate(tree, record, here, caller) is True for tree in trees)


Order = tuple[Callable[[Any], Any], bool]


def ordered(items: Iterable[Any], orders: Sequence[Order]) -> list[Any]:
    """Nulls last in both directions."""
    result = list(items)
    for value, descending in reversed(orders):
        full = [one for one in result if value(one) is not None]
        full.sort(key=value, reverse=descending)
        result = full + [one for one in result if value(one) is None]
    return result


def shown(
    record: Record,
    here: Collection,
    admin: bool,
    expand: Sequence[Path] = (),
    fields: Sequence[str] | None = None,
) -> Record:
    readable = here.readable(admin)
    item = {name: record[name] for name in readable if fields is None or name in fields}
    if expand:
        item["expand"] = {}
        for name in dict.fromkeys(path[0] for path in expand):
            target, key = here.target(name), record[name]
            inner = [path[1:] for path in expand if path[0] == name and path[1:]]
            hidden = key is None or not target.is_open(admin)
            other = None if hidden else shown(target.records[key], target, admin, inner)
            item["expand"][name] = other
    return item


def groups(question: Question, here: Collection, chosen: list[Record]) -> list[Record]:
    kinds = [here.kind(path) for path in question.group_by]
    found: dict[tuple[Any, ...], list[Record]] = {} if question.group_by else {(): []}
    for record in chosen:
        values = (here.value(record, path) for path in question.group_by)
        key = tuple(typed(kind, value) for kind, value in zip(kinds, values, strict=True))
        found.setdefault(key, []).append(record)
    items = [_group(question, here, records) for records in found.values()]
    members = {".".join(path): here.kind(path) for path in question.group_by}
    orders = [Sort((name,)) for name in members]
    members |= {one.member: _member_kind(one, here) for one in question.aggregate}

    def value_of(sort: Sort) -> Callable[[Record], Any]:
        name = ".".join(sort.path)
        return lambda item: typed(members[name], item[name])

    return ordered(items, [(value_of(s), s.descending) for s in (*question.sort, *orders)])


def _group(question: Question, here: Collection, records: list[Record]) -> Record:
    item = {".".join(path): here.value(records[0], path) for path in question.group_by}
    for one in question.aggregate:
        item[one.member] = aggregated(one, here, records)
    return item


def _member_kind(one: Aggregate, here: Collection) -> str:
    if one.field is None or one.function == "count_distinct":
        return "integer"
    kind = here.kind((one.field,))
    return "number" if one.function == "avg" and kind == "integer" else kind


def aggregated(one: Aggregate, here: Collection, records: list[Record]) -> Any:
    """As JSON."""
    if one.field is None:
        return len(records)
    spec, kind = here.spec(one.field), here.kind((one.field,))
    values = [record[one.field] for record in records if record[one.field] is not None]
    if one.function == "count_distinct":
        return len({typed(kind, value) for value in values})
    if not values:
        return None
    if one.function in ("min", "max"):
        best = min if one.function == "min" else max
        return best(values, key=lambda value: typed(kind, value))
    total = sum(exact(value) for value in values)
    if kind == "decimal":
        if one.function == "sum":
            return with_places(total, scale_of(spec))
        return with_places(total / len(values), scale_of(spec) + 6)
    if one.function == "avg":
        return double(total / len(values))
    return int(total) if kind == "integer" else double(total)


def exact(value: Any) -> Fraction:
    """Of a double, the decimal that it is shown as."""
    return Fraction(repr(value) if isinstance(value, float) else value)


def double(value: Fraction) -> float:
    try:
        return value.numerator / value.denominator
    except OverflowError:
        raise Unsaid("no double is that large") from None


def scale_of(spec: dict[str, Any]) -> int:
    return int(spec.get("scale", min(2, spec.get("precision", 18))))


def with_places(value: Fraction, places: int) -> str:
    """Rounded half even; there is no minus zero."""
    units = round(value * 10**places)
    digits = str(abs(units)).rjust(places + 1, "0")
    point = f".{digits[-places:]}" if places else ""
    return f"{'-' * (units < 0)}{digits[: len(digits) - places]}{point}"


def same(one: Any, other: Any) -> bool:
    """As JSON: true is not 1, but 5.0 is 5."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[n], other[n]) for n in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other) and not (isinstance(one, float) and math.isinf(one))
