"""``aggregate=count,avg:price&group_by=author`` -> groups instead of records."""

from collections.abc import Callable
from decimal import Decimal
from math import isinf
from typing import Any

import orjson

from models.aggregate import Aggregate
from models.definition import Field, Items
from models.expression import Member
from models.grouping import Grouping, Shape
from models.keyset import Key
from schemas.cursor import Cursors, value_reader
from schemas.parameter import Invalid
from schemas.query import COUNTED, OF_RECORDS, Reading
from schemas.record import shown_by
from schemas.scalar import HIGHEST, LOWEST
from schemas.scope import Named, Scope, kind_of, meant, scale, shown
from schemas.view import WHOLES, View

MOST_KEYS = 8
MOST_AGGREGATES = 20
NUMERIC = ("integer", "number", "decimal")
ORDERED = (*NUMERIC, "string", "date", "datetime")
SCALAR = (*ORDERED, "boolean", "uuid")
# Of what kinds each can be made.
FUNCTIONS: dict[str, tuple[str, ...]] = {
    "count": (),
    "count_distinct": SCALAR,
    "sum": NUMERIC,
    "avg": NUMERIC,
    "min": ORDERED,
    "max": ORDERED,
}
COUNTS = ("count", "count_distinct")


def asks_for_groups(reading: Reading) -> bool:
    return "aggregate" in reading.sent or "group_by" in reading.sent


def read_groups(reading: Reading, cursors: Cursors) -> Grouping:
    """400 ``invalid-parameter``."""
    view = reading.scope.view
    for name in OF_RECORDS:
        if name in reading.sent:
            reading.fail(name, "exclusive", "Not together with aggregate or group_by.")
    where = reading.where()
    looked_for = reading.search()
    keys = reading.read("group_by", lambda text: _keys(reading, text), {})
    aggregates = reading.read("aggregate", lambda text: _aggregates(view, text), ())
    members: dict[str, Named | Aggregate] = {**keys, **{one.name: one for one in aggregates}}
    if len(members) < len(keys) + len(aggregates):
        twice = next(one.name for one in aggregates if one.name in keys)
        reading.fail("aggregate", "unique", f"Two members of the groups would be called `{twice}`.")
    sorts = reading.read("sort", lambda text: _sorts(members, text), {})
    window = reading.window()
    reading.finish()
    order = tuple({**sorts, **{n: _key(members, n) for n in keys if n not in sorts}}.values())
    after = None
    if "cursor" in reading.sent:
        after = cursors.read(reading.sent, [_reader(members[key.by.name]) for key in order])
    shape = Shape(tuple((name, named.member) for name, named in keys.items()), aggregates)
    return Grouping(
        rows=reading.scope.rows,
        where=where,
        search=looked_for,
        after=after,
        shape=shape,
        order=order,
        **vars(window),
    )


def _keys(reading: Reading, text: str) -> dict[str, Named]:
    names = text.split(",")
    if len(names) > MOST_KEYS:
        raise Invalid("max_items", f"Must name at most {MOST_KEYS} fields.")
    found = {}
    for name in names:
        named = reading.scope.named(name.split("."))
        if named.spec.type in WHOLES:
            raise Invalid(
                "type", f"`{shown(name)}` is {named.spec.type}: no groups are made by it."
            )
        reading.follow("group_by", named.member)
        found[name] = named
    return found


def _aggregates(view: View, text: str) -> tuple[Aggregate, ...]:
    names = text.split(",")
    if len(names) > MOST_AGGREGATES:
        raise Invalid("max_items", f"Must name at most {MOST_AGGREGATES} aggregates.")
    return tuple(dict.fromkeys(_aggregate(view, name) for name in names))


def _aggregate(view: View, text: str) -> Aggregate:
    function, colon, name = text.partition(":")
    if function not in FUNCTIONS:
        raise Invalid("aggregate", f"No aggregate `{shown(function)}`{meant(function, FUNCTIONS)}")
    if not FUNCTIONS[function]:
        if colon:
            raise Invalid("aggregate", f"`{function}` is of no field: it counts records.")
        return Aggregate(function)
    valid = [one for one in view.comparable if can_aggregate(function, view.spec(one))]
    if name not in valid:
        detail = f"No field `{shown(name)}` for {function}{meant(name, valid)}"
        raise Invalid("field", detail)
    spec = view.spec(name)
    return Aggregate(function, name, kind_of(spec), scale(spec))


def can_aggregate(function: str, spec: Field | Items) -> bool:
    """Of references there is nothing to reckon, whatever they refer by."""
    reckons = function in ("sum", "avg")
    return kind_of(spec) in FUNCTIONS[function] and not (reckons and spec.target is not None)


def _sorts(members: dict[str, Named | Aggregate], text: str) -> dict[str, Key]:
    found: dict[str, Key] = {}
    for sort in text.split(","):
        name = sort.removeprefix("-")
        if name not in members:
            raise Invalid("field", f"No member `{shown(name)}`{meant(name, members)}")
        found.setdefault(name, _key(members, name, sort.startswith("-")))
    return found


def _key(members: dict[str, Named | Aggregate], name: str, descending: bool = False) -> Key:
    member = members[name]
    nullable = member.nullable if isinstance(member, Named) else member.function not in COUNTS
    return Key(Member((), name), descending, nullable)


def _reader(member: Named | Aggregate) -> Callable[[Any], Any]:
    if isinstance(member, Named):
        return value_reader(member.spec)
    if member.function in COUNTS:
        return value_reader(COUNTED)
    if member.function in ("sum", "avg"):
        return float if _is_double(member) else Decimal
    return value_reader(_spec(member))


def _is_double(aggregate: Aggregate) -> bool:
    return aggregate.type == "number" or (aggregate.function, aggregate.type) == ("avg", "integer")


def _spec(aggregate: Aggregate) -> Items:
    options = {"precision": 18, "scale": aggregate.scale} if aggregate.type == "decimal" else {}
    return Items(aggregate.type, options)


def present_groups(
    scope: Scope, grouping: Grouping, rows: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """As JSON has them."""
    shows: dict[str, Callable[[Any], Any] | None] = {
        name: shown_by(scope.spec(member)) for name, member in grouping.shape.keys
    }
    shows |= {one.name: _shown_by(one) for one in grouping.shape.aggregates}
    return [
        {name: show(row[name]) if show and row[name] is not None else row[name]
         for name, show in shows.items()}
        for row in rows
    ]  # fmt: skip


def _shown_by(aggregate: Aggregate) -> Callable[[Any], Any] | None:
    if aggregate.function in COUNTS:
        return None
    if aggregate.function in ("min", "max"):
        return shown_by(_spec(aggregate))
    if aggregate.type == "decimal":
        return lambda value: f"{value:.{aggregate.places}f}"
    return _finite if _is_double(aggregate) else _whole


def _whole(value: Decimal) -> Any:
    """An integer beyond 64 bits is no less exact."""
    number = int(value)
    return number if LOWEST <= number <= HIGHEST else orjson.Fragment(str(number))


def _finite(value: float) -> Any:
    """A sum beyond all doubles is none that JSON's readers could take."""
    return None if isinf(value) else value
