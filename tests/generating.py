# ruff: noqa: RUF001
"""Random collections, records and questions, with values that databases are known to differ about.

All is drawn from a ``random.Random``: a seeded one, or one of Hypothesis, which then shrinks.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Context, Decimal
from random import Random
from typing import Any

from reading import (
    OPERATORS,
    SYSTEM,
    Aggregate,
    Alone,
    And,
    Collection,
    Compare,
    Flat,
    Has,
    In,
    IsNull,
    Literal,
    Name,
    Not,
    Operand,
    Or,
    Path,
    Question,
    Record,
    Sort,
    Tree,
    Word,
    names_in,
    scale_of,
)

Pairs = list[tuple[str, str]]
OPEN = {"read": True, "create": True, "update": True, "delete": True}
SCALARS = ("string", "integer", "number", "decimal", "boolean", "date", "datetime", "uuid")
KINDS = ("text", *SCALARS[1:])
Family = tuple[Any, ...]
# The values of a family are alike, but not the same: what one database takes for equal, or puts
# into another order, is here side by side.
TEXTS: tuple[Family, ...] = (
    ("", " ", "a", "A", "b", "ab", "aB", "B", "z", "a ", " a", "aa", "a-b", "a.b"),
    ("é", "e\u0301", "É", "E\u0301", "e", "a\u0308", "ä", "caf\u00e9", "CAFE\u0301"),
    ("ß", "SS", "ss", "ẞ", "sS", "straße", "STRASSE", "s", "ſ"),
    ("i", "I", "İ", "ı", "i\u0307", "İi", "I\u0307"),
    ("ς", "σ", "Σ", "ΟΔΟΣ", "οδος", "οδοσ"),
    ("k", "K", "\u212a", "å", "Å", "\u212b", "a\u030a", "ω", "Ω", "\u2126"),
    ("ﬁ", "fi", "FI", "ŉ", "\u02bcn", "\u02bcN", "ǰ", "j\u030c", "J\u030c"),
    ("ᾳ", "αι", "ΑΙ", "\u0345", "ι", "Ι", "Ꭰ", "ꭰ", "ϴ", "θ", "Θ", "ⓐ", "Ⓐ", "Ǆ", "ǅ", "ǆ"),
    ("\U0001f600", "\ue000", "\ufffd", "\uff21", "\uff41", "\U00010400", "\U00010428", "\u200d"),
    ("\U0010fffd", "\u007f", "\u0080", "\u00ad", "\u07ff", "\u0800", "\ud7ff", "\U00010000"),
    ("%", "_", "a%", "a_b", "a%b", "axb", "ab", "%%", "\\", "\\%", "\\\\", "a\\_b", "a\\b"),
    ("'", "''", '"', '""', "it's", 'say "hi"', "a,b", ",", "\t", "\n", "a\nb", "\\'"),
    ("null", "true", "and", "@me", "1", "01", "1e3", "--", "; drop", "/*", "*", "?", "[a]", "{1}"),
    ("$1", ":x", "%(x)s", "%s", "a" * 500, "+", "&", "=", "#", "a=b&c", "%41", "😀a"),
)
INTEGERS: tuple[Family, ...] = (
    (0, 1, -1, 2, 3, 10, 9, 100),
    (2**53 - 1, 2**53, 2**53 + 1, 2**53 + 2, -(2**53) - 1, -(2**53)),
    (2**63 - 1, 2**63 - 2, 2**63 - 3, -(2**63), 1 - 2**63, 10**18),
    (2**31 - 1, 2**31, 2**31 + 1, -(2**31) - 1, -(2**31)),
)
NUMBERS: tuple[Family, ...] = (
    (0.0, -0.0, 1.0, -1.0, 1.5, 2.5, -2.5, 1e-7),
    (0.1, 0.2, 0.3, 0.1 + 0.2, 0.7, 1.1, -0.1, 123456789.123),
    (5e-324, -5e-324, 1e-320, 2.2250738585072014e-308, 2.225073858507201e-308, 0.0),
    (2.0**53 - 1, 2.0**53, 2.0**53 + 2, 2.0**63, -(2.0**63), 1e16, 1e22, 1e23, 0.1),
    (1e100, 1e308, 1.7976931348623157e308, -1.7976931348623157e308, 1.7976931348623155e308),
)
DATES: tuple[Family, ...] = (
    ("0001-01-01", "0001-01-02", "0999-12-31", "1582-10-10", "1900-03-01", "1969-12-31"),
    ("1970-01-01", "2000-02-29", "2024-02-29", "2024-03-01", "9999-12-30", "9999-12-31"),
)
DATETIMES: tuple[Family, ...] = (
    ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000001Z", "0001-01-01T23:59:00-00:01"),
    ("1969-12-31T23:59:59.999999Z", "1970-01-01T00:00:00Z", "1970-01-01T01:00:00+01:00",
     "1970-01-01T00:00:00.000000+00:00", "1970-01-01T00:00:00.000001Z", "1969-12-31T23:59:59Z"),
    ("2000-01-01t00:00:00z", "2000-01-01T00:00:00.1Z", "2000-01-01T00:00:00.100000Z",
     "2000-01-01T00:00:00.100001Z", "2000-01-01T05:45:00.1+05:45", "2000-01-01T00:00:00.01Z"),
    ("2024-02-29T23:59:59-12:00", "2024-03-01T11:59:59Z", "2024-03-01T14:00:00+14:00",
     "2024-03-01T00:00:00Z", "1582-10-10T12:00:00Z"),
    ("9999-12-31T23:59:59Z", "9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999998Z"),
)  # fmt: skip
UUIDS: tuple[Family, ...] = (
    ("00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff",
     "01890a5d-ac96-774b-bcce-b302099a8057", "01890A5D-AC96-774B-BCCE-B302099A8057",
     "FFFFFFFF-ffff-ffff-FFFF-ffffffffffff"),
    ("7fffffff-ffff-7fff-bfff-ffffffffffff", "80000000-0000-4000-8000-000000000000",
     "0a000000-0000-4000-8000-00000000000a", "A0000000-0000-4000-8000-00000000000A",
     "90000000-0000-4000-8000-000000000009", "09000000-0000-4000-8000-000000000000"),
)  # fmt: skip
DOCUMENTS: tuple[Any, ...] = ({}, [], "", "a", 0, 1.5, False, True, [None], {"a": None}, {"a": [1]})
# What parameters, operators, aggregates, SQL and the databases' own columns are called.
NAMES = (
    *("a", "b", "c", "d", "e", "n", "x1", "long_name", "limit", "sort", "filter", "fields", "q"),
    *("offset", "cursor", "count", "aggregate", "group_by", "eq", "lt", "contains", "is_null"),
    *("starts_with", "select", "order", "group", "user", "rowid", "oid", "ctid", "xmin", "name"),
    *("value", "key", "null_", "count_distinct", "between", "like", "me", "now", "asc", "desc"),
)
COLLECTIONS = ("things", "a", "order", "users_2", "select", "x" * 48, "sqlite_master", "pg_class")
DECIMALS = ((18, 2), (18, 0), (18, 18), (1, 0), (1, 1), (5, 3), (10, 2), (9, 4))
MOST_FOLLOWED = 16
EXACTLY = Context(prec=100)


@dataclass(frozen=True)
class Draft:
    """Collections in an order in which they can be made: what is referred to before is ``early``;
    references to oneself or to what comes after are ``late``."""

    definitions: dict[str, dict[str, Any]]
    records: dict[str, list[Record]]

    def early(self, name: str) -> dict[str, Any]:
        """The definition, with references to what comes before only."""
        definition = self.definitions[name]
        late = self.late(name)
        fields = {n: f for n, f in definition["fields"].items() if n not in late}
        indexes = [one for one in definition["indexes"]
                   if not late & {n.removeprefix("-") for n in one}]  # fmt: skip
        return definition | {"fields": fields, "indexes": indexes}

    def late(self, name: str) -> set[str]:
        known = list(self.definitions)
        known = known[: known.index(name)]
        fields = self.definitions[name]["fields"].items()
        return {n for n, f in fields if f["type"] == "reference" and f["to"] not in known}

    def __str__(self) -> str:
        lines = []
        for name, definition in self.definitions.items():
            lines.append(f"{name}: {json.dumps(definition)}")
            lines += [f"  {json.dumps(record)}" for record in self.records[name]]
        return "\n".join(lines)


def chance(rng: Random, percent: int) -> bool:
    """What Hypothesis shrinks to is no."""
    return rng.randrange(100) >= 100 - percent


# Collections and records


def draft(rng: Random) -> Draft:
    names = rng.sample(COLLECTIONS, rng.choice([2, 2, 3]))
    definitions = {name: _definition(rng, names, i) for i, name in enumerate(names)}
    keys: dict[str, list[Any]] = {}
    for name, definition in definitions.items():
        needed = [f["to"] for f in definition["fields"].values() if "to" in f and "required" in f]
        possible = all(keys[to] for to in needed)
        keys[name] = _keys(rng, definition["key"]["type"]) if possible else []
    records = {n: _records(rng, d, keys[n], keys) for n, d in definitions.items()}
    return Draft(definitions, records)


def _definition(rng: Random, names: Sequence[str], position: int) -> dict[str, Any]:
    own = rng.sample(NAMES, rng.randint(4, 9))
    fields = {name: _field(rng) for name in own}
    referring = rng.sample(own, min(len(own), rng.choice([1, 2, 2, 3])))
    for name in referring:
        to = rng.choice(names)
        fields[name] = {"type": "reference", "to": to}
        if names.index(to) < position and chance(rng, 30):
            fields[name]["required"] = True
    if chance(rng, 30):
        secret = {"type": "reference", "to": rng.choice(names)} if chance(rng, 30) else _field(rng)
        fields["secret_1"] = secret | {"access": False}
    indexed = [n for n, f in fields.items() if f["type"] not in ("json", "array")]
    indexes = []
    for _ in range(rng.choice([0, 0, 1, 2])):
        some = rng.sample(indexed, min(len(indexed), rng.choice([1, 2, 2])))
        index = [rng.choice(["", "-"]) + name for name in some]
        if index and index not in indexes:
            indexes.append(index)
    return {
        "key": {"type": rng.choice(["integer", "string", "uuid"])},
        "fields": fields,
        "indexes": indexes,
        "access": OPEN | {"read": position == 0 or not chance(rng, 20)},
    }


def _field(rng: Random) -> dict[str, Any]:
    type = rng.choice([*SCALARS, *SCALARS, *["string"] * 4, "array", "array", "json"])
    field: dict[str, Any] = {"type": type}
    if type == "decimal":
        field |= _decimal(rng)
    if type == "array":
        items = rng.choice(SCALARS)
        field["items"] = {"type": items} | (_decimal(rng) if items == "decimal" else {})
    elif type != "json" and chance(rng, 20):
        field["index"] = True
    if chance(rng, 20):
        field["required"] = True
    return field


def _decimal(rng: Random) -> dict[str, Any]:
    if chance(rng, 30):
        return {}
    precision, scale = rng.choice(DECIMALS)
    return {"precision": precision, "scale": scale}


def _keys(rng: Random, type: str) -> list[Any]:
    pool: Sequence[Any] = {
        "integer": [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 2**53 + 1, 2**63 - 1, -1, -(2**63)],
        "string": [text for text in all_of(some_families(rng, TEXTS)) if 0 < len(text) < 255],
        "uuid": sorted({one.lower() for one in all_of(UUIDS)}),
    }[type]
    return rng.sample(pool, min(len(pool), rng.choice([0, 1, 5, 6, 7, 8, 9, 10, 12])))


def some_families(rng: Random, families: Sequence[Family]) -> Sequence[Family]:
    return (
        families
        if chance(rng, 20)
        else rng.sample(families, min(rng.choice([1, 1, 2]), len(families)))
    )


def all_of(families: Sequence[Family]) -> list[Any]:
    """Each value once, though -0.0 equals 0.0."""
    return list({repr(value): value for family in families for value in family}.values())


def _records(
    rng: Random, definition: dict[str, Any], keys: list[Any], all_keys: dict[str, list[Any]]
) -> list[Record]:
    pools = {n: _palette(rng, f, all_keys) for n, f in definition["fields"].items()}
    records = []
    for key in keys:
        record = {"id": key}
        for name, field in definition["fields"].items():
            null = not pools[name] or (not field.get("required") and chance(rng, 15))
            record[name] = None if null else rng.choice(pools[name])
        records.append(record)
    return records


def _palette(rng: Random, field: dict[str, Any], keys: dict[str, list[Any]]) -> list[Any]:
    """A few values for all records, so that many are equal."""
    if field["type"] == "reference":
        return keys[field["to"]]
    if field["type"] == "array":
        items = _palette(rng, field["items"], keys)
        return [[], *([rng.choice(items) for _ in range(rng.randint(1, 3))] for _ in range(3))]
    pool = all_of(some_families(rng, families_of(field)))
    return rng.sample(pool, min(len(pool), rng.choice([2, 3, 5, 7])))


def families_of(field: dict[str, Any]) -> Sequence[Family]:
    """JSON that fits."""
    if field["type"] == "decimal":
        return _decimals(scale_of(field), field.get("precision", 18))
    return FAMILIES[field["type"]]


FAMILIES: dict[str, Sequence[Family]] = {
    "string": TEXTS,
    "integer": INTEGERS,
    "number": NUMBERS,
    "boolean": ((True, False),),
    "date": DATES,
    "datetime": DATETIMES,
    "uuid": UUIDS,
    "json": (DOCUMENTS,),
}


def _decimals(scale: int, precision: int) -> Sequence[Family]:
    highest, one = 10**precision - 1, 10**scale
    families = (
        (0, 1, -1, 2, 3, 5, 7),
        (highest, highest - 1, highest - 2, -highest, 1 - highest),
        (one, one + 1, one - 1, 15 * one // 10, 10 * one, 9 * one),
    )
    fitting = [[units for units in family if abs(units) <= highest] for family in families]
    return [(*(f"{Decimal(units).scaleb(-scale):f}" for units in family), "-0")
            for family in fitting]  # fmt: skip


ONE_OF_EACH = {type: {"type": type} for type in SCALARS}
ONE_OF_EACH["small"] = {"type": "decimal", "precision": 18, "scale": 18}


def every_value(name: str) -> Draft:
    """One collection: a record for each value of a type, and two for null."""
    fields = {name: ONE_OF_EACH[name], "odd": {"type": "boolean"}}
    values = [*all_of(families_of(fields[name])), None, None]
    records = [{"id": i, name: value, "odd": i % 2 == 1} for i, value in enumerate(values, 1)]
    definition = {"key": {"type": "integer"}, "fields": fields, "indexes": [], "access": OPEN}
    return Draft({"values": definition}, {"values": records})


# Questions


@dataclass
class Asker:
    """Draws questions about a collection that ``admin`` or anyone may ask."""

    rng: Random
    here: Collection
    admin: bool

    def question(self) -> Question:
        rng = self.rng
        grouped, filtered = chance(rng, 25), chance(rng, 60)
        question = Question(
            self.here.name,
            self.admin,
            self.tree(rng.choice([0, 0, 0, 0, 0, 1, 1, 2, 3])) if filtered else None,
            self.flats(rng.choice([0, 0, 0, 0, 1] if filtered else [0, 0, 1, 1, 2])),
            limit=rng.choice([None, 1, 2, 3, 3, 5, 7, 500]),
            offset=rng.choice([None, None, None, 0, 1, 4]),
            count=chance(rng, 30),
        )
        question = self.about_groups(question) if grouped else self.about_records(question)
        for part, nothing in (("filter", None), ("flat", ()), ("expand", ()), ("sort", ())):
            if len(followed(question)) > MOST_FOLLOWED:
                question = replace(question, **{part: nothing})
        return question

    def about_records(self, question: Question) -> Question:
        rng = self.rng
        names = self.here.readable(self.admin)
        fields = rng.sample(names, rng.randint(1, len(names))) if chance(rng, 30) else None
        sorts: dict[Path, Sort] = {}
        for _ in range(rng.choice([0, 1, 1, 2, 3, 4])):
            if path := self.path(KINDS):
                sorts[path] = Sort(path, chance(rng, 50))
        expand = [
            self.chain(rng.randint(1, 3)) for _ in range(rng.choice([0, 0, 0, 0, 0, 1, 2, 3]))
        ]
        return replace(
            question,
            sort=tuple(sorts.values()),
            fields=None if fields is None else tuple(fields),
            expand=tuple(dict.fromkeys(path for path in expand if path)),
        )

    def about_groups(self, question: Question) -> Question:
        rng = self.rng
        paths = [self.path(KINDS) for _ in range(rng.choice([0, 1, 1, 1, 2, 3]))]
        group_by = tuple(dict.fromkeys(path for path in paths if path))
        possible = [Aggregate("count"), *(one for name in self.own() for one in self.of(name))]
        most = min(len(possible), rng.choice([1, 2, 3, 5]))
        aggregate = tuple(rng.sample(possible, most))
        if group_by and chance(rng, 20):
            aggregate = ()
        members = [".".join(path) for path in group_by]
        # What two members of one name should be is nowhere said.
        aggregate = tuple(one for one in aggregate if one.member not in members)
        if not group_by and not aggregate:
            aggregate = (Aggregate("count"),)
        members += [one.member for one in aggregate]
        some = rng.sample(members, min(len(members), rng.choice([0, 0, 1, 2])))
        sort = tuple(Sort((name,), chance(rng, 50)) for name in some)
        return replace(question, sort=sort, aggregate=aggregate, group_by=group_by)

    def own(self) -> list[str]:
        """Fields that can be counted by."""
        fields = self.here.definition["fields"]
        return [
            name
            for name in self.here.readable(self.admin)
            if name in fields and fields[name]["type"] not in ("json", "array")
        ]

    def of(self, name: str) -> list[Aggregate]:
        spec, kind = self.here.spec(name), self.here.kind((name,))
        functions = ["count_distinct"]
        if spec["type"] != "reference":
            functions += ["min", "max"] * (kind not in ("boolean", "uuid"))
            functions += ["sum", "avg"] * (kind in ("integer", "number", "decimal"))
        return [Aggregate(function, name) for function in functions]

    def path(self, kinds: Sequence[str], references: int | None = None) -> Path | None:
        """Of a field of one of the kinds, through references or not."""
        depth = (
            self.rng.choice([0, 0, 0, 0, 0, 1, 1, 2, 3, 5]) if references is None else references
        )
        before = self.chain(depth)
        holder = self.here
        for name in before:
            holder = holder.target(name)
        names = [n for n in holder.readable(self.admin) if holder.kind((n,)) in kinds]
        if not names:
            return self.path(kinds, 0) if before else None
        own = [name for name in names if name not in SYSTEM]
        return (*before, self.rng.choice(own if own and chance(self.rng, 90) else names))

    def chain(self, depth: int) -> Path:
        """As far as it goes."""
        holder, path = self.here, ()
        for _ in range(depth):
            fields = holder.definition["fields"]
            names = [n for n in holder.readable(self.admin) if n in fields]
            names = [n for n in names if fields[n]["type"] == "reference"]
            names = [n for n in names if holder.target(n).is_open(self.admin)]
            if not names:
                break
            path = (*path, self.rng.choice(names))
            holder = holder.target(path[-1])
        return path

    def expansion(self) -> Path:
        """It may end in a collection that is closed."""
        path = self.chain(self.rng.randint(1, 3))
        holder = self.here
        for name in path[:-1]:
            holder = holder.target(name)
        fields = holder.definition["fields"].items()
        names = [n for n, f in fields if f["type"] == "reference" and n != "secret_1"]
        closed = [n for n in names if not holder.target(n).is_open(self.admin)]
        return (*path[:-1], self.rng.choice(closed)) if closed and chance(self.rng, 50) else path

    def tree(self, depth: int) -> Tree:
        rng = self.rng
        if depth == 0:
            return self.condition()
        kind = rng.choice(["condition", "not", "or", "or", "and"])
        if kind == "condition":
            return self.condition()
        if kind == "not":
            return Not(self.tree(depth - 1))
        parts = tuple(self.tree(depth - 1) for _ in range(rng.choice([2, 2, 3])))
        return And(parts) if kind == "and" else Or(parts)

    def condition(self) -> Tree:
        make = self.rng.choice(
            [self.compare] * 8 + [self.contains] * 4 + [self.one_of] * 3 + [self.two_names] * 2
            + [self.null] * 2 + [self.has] * 2 + [self.alone, self.word]
        )  # fmt: skip
        return make() or self.compare()

    def compare(self) -> Tree:
        path = self.path(KINDS) or ("id",)
        return Compare(Name(path), self.rng.choice(OPERATORS[:6]), self.literal(path))

    def contains(self) -> Tree | None:
        path, rng = self.path(["text"]), self.rng
        if path is None:
            return None
        sides: list[Operand] = [Name(path), Literal(self.needle(path))]
        if chance(rng, 10):
            sides.reverse()
        if chance(rng, 10) and (other := self.path(["text"])):
            sides[1] = Name(other)
        return Compare(sides[0], rng.choice(["~", "~", "!~"]), sides[1])

    def needle(self, path: Path) -> str:
        """A part of a stored value in another case, or anything."""
        stored = [value for value in self.stored(path) if value]
        if not stored or chance(self.rng, 30):
            return str(self.rng.choice(all_of(TEXTS)))
        text = str(self.beside(stored, TEXTS)) or "a"
        start = self.rng.randrange(len(text))
        text = text[start : start + self.rng.choice([1, 2, 3, 600])]
        change = self.rng.choice([str, str.upper, str.lower, str.swapcase, str.casefold])
        return str(change(text))

    def one_of(self) -> Tree:
        path = self.path(KINDS) or ("id",)
        values = tuple(self.literal(path) for _ in range(self.rng.choice([0, 1, 2, 3, 5])))
        tree = In(Name(path), values)
        return Not(tree) if chance(self.rng, 40) else tree

    def two_names(self) -> Tree | None:
        kind = self.rng.choice(KINDS)
        one, other = self.path([kind]), self.path([kind])
        if one is None or other is None:
            return None
        if kind == "decimal" and not self.fit_together(one, other):
            return None
        return Compare(Name(one), self.rng.choice(OPERATORS[:6]), Name(other))

    def fit_together(self, one: Path, other: Path) -> bool:
        """Two scales are compared only where 18 digits suffice for both."""
        specs = [self.spec(path) for path in (one, other)]
        scales = [scale_of(spec) for spec in specs]
        whole = max(s.get("precision", 18) - n for s, n in zip(specs, scales, strict=True))
        return scales[0] == scales[1] or whole + max(scales) <= 18

    def spec(self, path: Path) -> dict[str, Any]:
        holder = self.here
        for name in path[:-1]:
            holder = holder.target(name)
        return holder.spec(path[-1])

    def null(self) -> Tree:
        path = self.path([*KINDS, "json", "array"]) or ("id",)
        return Not(IsNull(Name(path))) if chance(self.rng, 50) else IsNull(Name(path))

    def has(self) -> Tree | None:
        path = self.path(["array"])
        if path is None:
            return None
        kind = self.here.item_kind(path)
        stored = [one for value in self.stored(path) for one in value or ()]
        value = self.beside(stored, families_of(self.spec(path)["items"]))
        return Has(Name(path), literal_of(value, kind))

    def alone(self) -> Tree:
        path = self.path(["boolean"])
        return Alone(Name(path) if path else Literal(chance(self.rng, 50)))

    def word(self) -> Tree | None:
        rng = self.rng
        kind = rng.choice(["datetime", "date", "text", "uuid", "null", "role"])
        if kind == "null":
            tree = IsNull(Word(rng.choice(["@me", "@me.role", "@me.email"])))
            return Not(tree) if chance(rng, 50) else tree
        if kind == "role":
            return Compare(Word("@me.role"), rng.choice(["=", "!=", "~"]), Literal("admin"))
        path = self.path([kind])
        words = {"datetime": ["@now"], "date": ["@now"], "uuid": ["@me"]}
        # What the system has just written is too near to now to be told apart from it.
        if path is None or path[-1] in ("created_at", "updated_at"):
            return None
        one = rng.choice(words.get(kind, ["@me", "@me.role", "@me.email"]))
        return Compare(Name(path), rng.choice(OPERATORS[:6]), Word(one))

    def literal(self, path: Path) -> Literal:
        return literal_of(self.value(path), self.here.kind(path), self.rng)

    def value(self, path: Path) -> Any:
        """JSON, as likely as not one that is stored, or nearly so."""
        stored = [value for value in self.stored(path) if value is not None]
        spec = self.spec(path)
        if spec["type"] == "reference" or path[-1] == "id":
            kind = self.here.kind(path)
            spec = {"type": "string" if kind == "text" else kind}
        return self.beside(stored, families_of(spec))

    def beside(self, stored: list[Any], families: Sequence[Family]) -> Any:
        """One that is stored, one of its family, or anything."""
        rng = self.rng
        if not stored or chance(rng, 10):
            return rng.choice(all_of(families))
        value = rng.choice(stored)
        family = next((family for family in families if value in family), None)
        return rng.choice(family) if family and chance(rng, 40) else value

    def stored(self, path: Path) -> list[Any]:
        return [self.here.value(record, path) for record in self.here.records.values()]

    def flats(self, count: int) -> tuple[Flat, ...]:
        found = {}
        for _ in range(count):
            flat = self.flat()
            found[flat.name] = flat
        return tuple(found.values())

    def flat(self) -> Flat:
        rng = self.rng
        if chance(rng, 15):
            path = self.path([*KINDS, "json", "array"]) or ("id",)
            return Flat(path, "is_null", rng.choice(["true", "false"]))
        path = self.path(KINDS) or ("id",)
        operators = [None, "eq", "ne", "lt", "lte", "gt", "gte", "in"]
        if self.here.kind(path) == "text":
            operators += ["contains", "starts_with"] * 2
        op = rng.choice(operators)
        if op == "in":
            texts = [flat_text(self.value(path)) for _ in range(rng.choice([0, 1, 2, 4]))]
            # One empty text is the empty list.
            return Flat(path, op, ",".join(text for text in texts if text and "," not in text))
        if op == "contains":
            return Flat(path, op, self.needle(path))
        text = flat_text(self.value(path))
        if op == "starts_with":
            text = text[: rng.choice([0, 1, 2, 600])]
        # A bare name may be that of a parameter, or end in what looks like an operator.
        return Flat(path, op or (None if is_bare(path) else "eq"), text)


PARAMETERS = (
    *("limit", "cursor", "offset", "sort", "count", "filter", "q", "fields", "expand"),
    *("aggregate", "group_by"),
)
FLAT_OPERATORS = (
    *("eq", "ne", "lt", "lte", "gt", "gte", "in", "contains", "starts_with", "is_null"),
)


def is_bare(path: Path) -> bool:
    if len(path) == 1:
        return path[0] not in PARAMETERS
    return path[-1] not in FLAT_OPERATORS


def literal_of(value: Any, kind: str, rng: Random | None = None) -> Literal:
    """JSON as a literal; with ``rng`` not always the same one."""
    if kind == "integer":
        return Literal(Decimal(value))
    if kind == "number":
        return Literal(Decimal(repr(float(value))))
    if kind == "decimal":
        if rng is None or not chance(rng, 40):
            return Literal(value)
        beside = rng.choice(["0", "0", "0.0001", "-0.0001", "1e-30"])
        return Literal(EXACTLY.add(Decimal(value), Decimal(beside)))
    return Literal(value)


def flat_text(value: Any) -> str:
    """JSON as plain text."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def followed(question: Question) -> set[Path]:
    """The references that must be followed, each with those before it."""
    paths = {path[:-1] for path in names_in(question)} | set(question.expand)
    return {path[:i] for path in paths for i in range(1, len(path) + 1)}
