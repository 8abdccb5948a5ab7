"""Query parameters -> a query, with every fault of theirs in one answer."""

from collections.abc import Callable
from typing import Any

from models.definition import Field, Items
from models.expression import RANK, All, Condition, Member, Question
from models.keyset import Key, total
from models.query import Query
from models.refusal import Failure
from models.search import Search, search
from schemas import parameter
from schemas.comparison import Givens
from schemas.cursor import Cursors, value_reader
from schemas.expansion import Shown, read_expand, read_fields
from schemas.expression import Faulty, expression
from schemas.flat import flat_condition
from schemas.parameter import (
    MOST_FAULTS,
    MOST_SHOWN,
    Bounds,
    Invalid,
    Pairs,
    Window,
    invalid_parameters,
    once,
)
from schemas.scope import Scope, Unknown, meant

BEST_FIRST = Key(RANK, descending=True, nullable=False)
COUNTED = Items("integer", {})
MOST_SORTS = 8
MOST_VALUES = 10_000
MOST_JOINS = 16
OF_LISTS = (
    "filter",
    "q",
    "sort",
    "fields",
    "expand",
    "limit",
    "cursor",
    "offset",
    "count",
    "aggregate",
    "group_by",
)
OF_RECORDS = ("fields", "expand")
WINDOW: dict[str, Callable[[str], Any]] = {
    "limit": parameter.limit,
    "offset": parameter.offset,
    "count": parameter.count,
}


class Reading:
    """The parameters of one question, as they are understood one by one."""

    def __init__(self, scope: Scope, pairs: Pairs, bounds: Bounds) -> None:
        self.scope = scope
        self.bounds = bounds
        self.sent, self.failures = once(pairs)
        self.givens = Givens()
        self.conditions: list[Condition] = []
        self.tests = 0
        self.followed: set[Any] = set()

    def fail(self, name: str, code: str, detail: str) -> None:
        self.failures.append(Failure(name[:MOST_SHOWN], code, detail))

    def too_much(self, name: str, detail: str) -> None:
        """Of everything, and this parameter was the last straw."""
        said = f"At character 1: {detail}" if name == "filter" else detail.capitalize()
        self.fail(name, "max_items", said)

    def read(self, name: str, how: Callable[[str], Any], default: Any) -> Any:
        """The value of a parameter, if it is there and valid."""
        if name not in self.sent:
            return default
        try:
            return how(self.sent[name])
        except Invalid as invalid:
            self.fail(name, invalid.code, invalid.detail)
        except Unknown as unknown:
            self.fail(name, "field", str(unknown))
        return default

    def filter(self) -> None:
        """It comes first, since the numbers of its values are fixed."""
        text = self.sent.get("filter")
        if text is None:
            return
        try:
            bound = expression(self.scope, text, self.bounds)
        except Faulty as faulty:
            for fault in faulty.faults:
                detail = f"At character {fault.at + 1}: {fault.detail}"
                self.fail("filter", fault.code, detail)
            return
        self.givens += bound.question.givens
        self.conditions.append(bound.question.condition)
        self.tests += bound.tests
        for member in bound.members:
            self.follow("filter", member)

    def flat(self) -> None:
        for name, text in self.sent.items():
            if name in OF_LISTS or len(self.failures) >= MOST_FAULTS:
                continue
            self.tests += 1
            if self.tests > self.bounds.max_conditions:
                most = self.bounds.max_conditions
                self.fail(name, "max_conditions", f"More than {most} conditions in all.")
                return
            before = self.values
            try:
                named, condition = flat_condition(self.scope, self.givens, name, text)
            except Unknown as unknown:
                plain = "__" not in name and name not in self.scope.view.columns
                self.fail(name, "unknown", self.unknown(name) if plain else str(unknown))
            except Invalid as invalid:
                self.fail(name, invalid.code, invalid.detail)
            else:
                self.conditions.append(condition)
                self.follow(name, named.member)
                if before <= MOST_VALUES < self.values:
                    self.too_much(name, f"more than {MOST_VALUES} values in lists.")

    @property
    def values(self) -> int:
        """In lists."""
        return sum(len(one) for one in self.givens if isinstance(one, list))

    def unknown(self, name: str) -> str:
        view = self.scope.view
        valid = [one for one in OF_LISTS if one != "q" or view.searched]
        return f"No such parameter{meant(name, [*valid, *view.columns])}"

    def follow(self, name: str, member: Member) -> None:
        """``name``: of the parameter that leads there."""
        before = len(self.followed)
        self.followed.update(member.steps[: n + 1] for n in range(len(member.steps)))
        if before <= MOST_JOINS < len(self.followed):
            self.too_much(name, f"more than {MOST_JOINS} references are followed.")

    def where(self) -> Question | None:
        self.filter()
        self.flat()
        if not self.conditions:
            return None
        one = self.conditions[0] if len(self.conditions) == 1 else All(tuple(self.conditions))
        return Question(one, tuple(self.givens))

    def search(self) -> Search | None:
        """None where it is blank, as where it is not there."""
        view = self.scope.view
        text = self.sent.get("q")
        if text is None or not text.strip():
            return None
        if not view.searched:
            self.fail("q", "unknown", "This collection has no field with `search`.")
            return None
        try:
            return search(view.definition, view.searched, text)
        except ValueError as error:
            self.fail("q", "max_items", str(error))
            return None

    def sort(self, text: str) -> tuple[Key, ...]:
        names = text.split(",")
        if len(names) > MOST_SORTS:
            raise Invalid("max_items", f"Must name at most {MOST_SORTS} fields.")
        found: dict[Member, Key] = {}
        for name in names:
            key = self.scope.key(name)
            self.follow("sort", key.by)
            # A field that is there again orders nothing more.
            found.setdefault(key.by, key)
        return tuple(found.values())

    def spec(self, key: Key) -> Field | Items:
        """What a key holds."""
        return COUNTED if key.by is RANK else self.scope.spec(key.by)

    def shown(self) -> Shown:
        view = self.scope.view
        columns = self.read("fields", lambda text: read_fields(view, text), view.columns)
        deepest = self.bounds.max_expand
        branches = self.read("expand", lambda text: read_expand(self.scope, text, deepest), ())
        return Shown(columns, branches)

    def window(self) -> Window:
        read = {name: self.read(name, how, None) for name, how in WINDOW.items()}
        if "cursor" in self.sent and "offset" in self.sent:
            self.fail("offset", "exclusive", "Not together with cursor.")
        return Window(**{name: value for name, value in read.items() if value is not None})

    def finish(self) -> None:
        """400 where anything was not understood."""
        if self.failures:
            order = {name[:MOST_SHOWN]: i for i, name in enumerate(self.sent)}
            self.failures.sort(key=lambda failure: order[failure.pointer])
            raise invalid_parameters(self.failures)


def read_query(reading: Reading, cursors: Cursors) -> tuple[Query, Shown]:
    """What a list is asked. 400 ``invalid-parameter``."""
    where = reading.where()
    looked_for = reading.search()
    best_first = () if looked_for is None else (BEST_FIRST,)
    keys = total(reading.read("sort", reading.sort, best_first))
    shown = reading.shown()
    window = reading.window()
    reading.finish()
    after = None
    if "cursor" in reading.sent:
        readers = [value_reader(reading.spec(key)) for key in keys]
        after = cursors.read(reading.sent, readers)
    query = Query(
        rows=reading.scope.rows,
        where=where,
        search=looked_for,
        after=after,
        columns=shown.needed,
        keys=keys,
        **vars(window),
    )
    return query, shown


def read_shown(reading: Reading) -> Shown:
    """What of one record is asked. 400 ``invalid-parameter``."""
    for name in reading.sent:
        if name not in OF_RECORDS:
            detail = f"No such parameter here{meant(name, OF_RECORDS)}"
            reading.fail(name, "unknown", detail)
    shown = reading.shown()
    reading.finish()
    return shown
