"""Questions that make no sense: each a good one with one fault, in a parameter that is known."""

from collections.abc import Callable
from random import Random

from generating import Asker, Pairs, chance
from reading import Compare, Flat, Name, render

WRONG: dict[str, list[str]] = {
    "integer": ["'1'", "1.5", "true", "9223372036854775808", "1e30", "''", "null"],
    "number": ["'1'", "true", "1e400", "-1e999", "null"],
    "decimal": ["'x'", "true", "''", "'1,5'", "'NaN'", "null"],
    "boolean": ["1", "'true'", "0", "null"],
    "date": ["'2024-02-30'", "'2024-1-1'", "20240101", "''", "'2024-02-29T00:00:00Z'", "true"],
    "datetime": ["'2024-02-29'", "'2024-02-29T00:00:00'", "0", "'0001-01-01T00:00:00+01:00'"],
    "uuid": ["'x'", "''", "1", "'{01890a5d-ac96-774b-bcce-b302099a8057}'", "null"],
    "text": ["1", "true", "null", "1.5e3"],
}
WRONG_FLAT: dict[str, list[str]] = {
    "integer": ["", "x", "1.5", "9223372036854775808", "'1'", "0x1", "1_0", "\u0663"],
    "number": ["", "x", "inf", "nan", "1e999", "0x1p1"],
    "decimal": ["", "x", "NaN", "1,5", "Infinity"],
    "boolean": ["", "1", "TRUE", "yes"],
    "date": ["", "2024-02-30", "2024-2-3", "@now", "2024-02-29T00:00:00Z"],
    "datetime": ["", "2024-02-29", "2024-02-29T00:00:00", "9999-12-31T23:59:59-00:01"],
    "uuid": ["", "x", "@me", "01890a5dac96774bbcceb302099a8057"],
}
BROKEN = (
    *("(", ")", "and", "not", "id =", "= 1", "id", "id is", "id is not", "id in", "id in (", "()"),
    *("id == 1", "id = 'a", 'id = "', "'a' = 'b", "id between 1 and 2", "id is nul", "id <> 1"),
    *("id has 1", "id is null is null", "id is null or", "or id is null", "id is null id is null"),
    *("id is null and and id is null", "(id is null", "id is null)", "id is null;", "id. = 1"),
    *(".id = 1", "id..id is null", "@you is null", "@ is null", "@me.password = 'x'", "id = null"),
    *("null is id", "id is null --", "id is null /* */", "$1 = 1", "id is ?", "lower(id) is null"),
    *("id like 'a'", "exists (select 1)", "id is null & id is null", "\U0001f600", "id in 1"),
    *("id in (1,)", "id in (,)", "id not null", "id not = 1", "nope is null", "ID is null"),
)


class Spoiler:
    """``pairs`` of a good question, which is spoilt in one place."""

    def __init__(self, asker: Asker) -> None:
        self.asker = asker
        self.rng: Random = asker.rng
        self.here = asker.here
        self.admin = asker.admin
        self.pairs: Pairs = []

    def spoil(self, pairs: Pairs) -> tuple[Pairs, str]:
        """With the name of the parameter that is wrong."""
        self.pairs = list(pairs)
        ways: list[Callable[[], str | None]] = [
            *(self.unknown, self.twice, self.limit, self.cursor, self.both, self.sort),
            *(self.fields, self.expand, self.flat, self.flat_value, self.count, self.groups),
            *[self.filter] * 6,
        ]
        while True:
            name = self.rng.choice(ways)()
            if name is not None:
                return self.pairs, name

    def set(self, name: str, value: str) -> str:
        self.pairs = [pair for pair in self.pairs if pair[0] != name]
        self.pairs.insert(self.rng.randint(0, len(self.pairs)), (name, value))
        return name

    def drop(self, *names: str) -> None:
        self.pairs = [pair for pair in self.pairs if pair[0] not in names]

    def no_field(self) -> str:
        """What this caller cannot name."""
        closed = set(self.here.definition["fields"]) - set(self.here.readable(self.admin))
        names = ["nope", "rowid_", "ID", "_", "id_", "é", "id desc", "'", *closed]
        return str(self.rng.choice(names))

    def unsorted(self) -> str:
        fields = self.here.definition["fields"]
        names = [n for n in self.here.readable(self.admin)
                 if n in fields and fields[n]["type"] in ("json", "array")]  # fmt: skip
        return self.rng.choice(names) if names and chance(self.rng, 50) else self.no_field()

    def unknown(self) -> str:
        return self.set(self.rng.choice(["nope", "Limit", "page", "order_by", "$filter", "é"]), "1")

    def twice(self) -> str | None:
        if not self.pairs:
            return None
        pair = self.rng.choice(self.pairs)
        self.pairs.append(pair)
        return pair[0]

    def limit(self) -> str:
        return self.set("limit", self.rng.choice(["0", "501", "-1", "", "x", "1.5", "1e1", "٣"]))

    def count(self) -> str:
        return self.set("count", self.rng.choice(["", "1", "yes", "TRUE"]))

    def cursor(self) -> str:
        self.drop("offset")
        return self.set("cursor", self.rng.choice(["", "x", "e30", "W10.W10", "a" * 300]))

    def both(self) -> str:
        self.set("offset", self.rng.choice(["-1", "", "x", "1e21", "99999999999999999999"]))
        return "offset"

    def sort(self) -> str:
        value = self.rng.choice(
            ["", ",", "--id", "id,", self.unsorted(), f"-{self.unsorted()}", "id.id", "id__id"]
        )
        if chance(self.rng, 10):
            value = ",".join(["id"] * 9)
        self.drop("group_by", "aggregate")
        return self.set("sort", value)

    def fields(self) -> str:
        self.drop("group_by", "aggregate", "sort", "cursor")
        return self.set("fields", self.rng.choice(["", ",", "-id", "id.id", self.no_field()]))

    def expand(self) -> str:
        self.drop("group_by", "aggregate", "sort", "cursor")
        chain = self.asker.chain(5)
        values = ["id", self.no_field(), f"id.{self.no_field()}"]
        if len(chain) > 3:
            values += [".".join(chain[:4])] * 4
        if chain:
            values.append(f"{chain[0]}.nope")
        return self.set("expand", self.rng.choice(values))

    def groups(self) -> str:
        for name in ("fields", "expand", "sort", "cursor"):
            self.drop(name)
        self.set("group_by", "id")
        if chance(self.rng, 30):
            return self.set(self.rng.choice(["fields", "expand"]), "id")
        if chance(self.rng, 40):
            value = self.rng.choice([self.unsorted(), "id,", "id.id", "-id"])
            return self.set("group_by", value)
        if chance(self.rng, 30):
            return self.set("sort", self.rng.choice(["nope", "revision", "-", "sum_id"]))
        values = ["count:id", "sum", "sum:", "median:id", "sum:id.id", f"max:{self.unsorted()}"]
        if path := self.asker.path(["text", "boolean", "date", "datetime", "uuid"], 0):
            values += [f"sum:{path[0]}", f"avg:{path[0]}"]
        return self.set("aggregate", self.rng.choice(values))

    def flat(self) -> str:
        path = self.asker.path(["integer", "number", "boolean", "uuid", "date"], 0) or ("revision",)
        op = self.rng.choice(["near", "similar", "EQ", "", "contains", "starts_with", "nope__eq"])
        if chance(self.rng, 20):
            return self.set(f"{path[0]}__is_null", self.rng.choice(["", "1", "TRUE", "null"]))
        if chance(self.rng, 20):
            return self.set(f"{self.no_field()}__eq", "1")
        return self.set(f"{path[0]}__{op}", "1")

    def flat_value(self) -> str | None:
        kinds = list(WRONG_FLAT)
        path = self.asker.path(kinds)
        if path is None:
            return None
        op = self.rng.choice(["eq", "ne", "lt", "lte", "gt", "gte"])
        value = self.rng.choice(WRONG_FLAT[self.here.kind(path)])
        return self.set(Flat(path, op, "").name, value)

    def filter(self) -> str | None:
        ways = (self.broken, self.wrong_literal, self.wrong_name, self.wrong_kind, self.too_much)
        text = self.rng.choice(ways)()
        if text is None:
            return None
        if not set("'\"") & set(text) and chance(self.rng, 40):
            good = render(self.asker.tree(1), self.rng)
            word = self.rng.choice([" and ", " or "])
            text = word.join(self.rng.choice([(good, text), (text, good)]))
        return self.set("filter", text)

    def broken(self) -> str:
        return self.rng.choice(BROKEN)

    def wrong_literal(self) -> str:
        path = self.asker.path(list(WRONG)) or ("revision",)
        value = self.rng.choice(WRONG[self.here.kind(path)])
        op = self.rng.choice(["=", "!=", "<", "<=", ">", ">="])
        if chance(self.rng, 20):
            return f"{'.'.join(path)} in ({value})"
        return f"{'.'.join(path)} {op} {value}"

    def wrong_name(self) -> str:
        path = (*self.asker.chain(self.rng.choice([0, 0, 1, 2])), "nope")
        if chance(self.rng, 50):
            return self.hidden() or f"{'.'.join(path)} is null"
        if len(chain := self.asker.chain(6)) == 6:
            return f"{'.'.join(chain)}.id is null"
        return f"{'.'.join(path)} is null"

    def hidden(self) -> str | None:
        """What an admin could ask for."""
        names = set(self.here.definition["fields"]) - set(self.here.readable(self.admin))
        if names:
            return f"{self.rng.choice(sorted(names))} is null"
        fields = self.here.definition["fields"].items()
        closed = [n for n, f in fields if f["type"] == "reference"
                  and not self.here.target(n).is_open(self.admin)]  # fmt: skip
        return f"{self.rng.choice(closed)}.id is not null" if closed else None

    def wrong_kind(self) -> str | None:
        """Each side makes sense, but not with the other, or not here."""
        rng = self.rng
        if chance(rng, 50):
            one, other = self.asker.path(list(WRONG)), self.asker.path(list(WRONG))
            if one is None or other is None or self.here.kind(one) == self.here.kind(other):
                return None
            return render(Compare(Name(one), rng.choice(["=", "<"]), Name(other)), rng)
        path = self.asker.path([*WRONG, "json", "array"])
        if path is None:
            return None
        kind, text = self.here.kind(path), ".".join(path)
        if kind == "array":
            return f"{text} {rng.choice(['=', '~', '<', 'in'])} ('a')"
        if kind == "json":
            return f"{text} {rng.choice(['=', '~', 'has'])} 'a'"
        if kind == "text":
            return rng.choice([f"{text} has 'a'", f"{text} and id is null", f"not {text}"])
        return rng.choice([f"{text} ~ 'a'", f"'a' ~ {text}", f"{text} has 1"])

    def too_much(self) -> str:
        return self.rng.choice(
            [
                " or ".join(["id is null"] * 65),
                "id is null" + " " * 4096,
                "(" * 33 + "id is null" + ")" * 33,
                "not " * 33 + "id is null",
                "(" * 2000 + "id is null",
                "not (" * 17 + "id is null" + ")" * 17,
            ]
        )
