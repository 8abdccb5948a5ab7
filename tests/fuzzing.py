# ruff: noqa: RUF001
"""Filters that are good, nearly good, and none at all, to one collection of all types."""

import re
from collections.abc import Callable
from random import Random

from both import LONGEST_URL, VARIES, Both, encoded, said, wrong_place
from generating import MOST_FOLLOWED, OPEN, SCALARS, TEXTS, Asker, Draft, all_of, chance, followed
from reading import Question, render
from werkzeug.test import TestResponse

MOST_SECONDS = 1.0
# Each character takes up to three times as many bytes as a form.
MOST_SENT = (1 << 20) // 3
REFERENCES = {"root": "roots", "me": "things", "limit": "things"}
DRAFT = Draft(
    {
        "roots": {
            "key": {"type": "string"},
            "fields": {
                "name": {"type": "string", "index": True},
                "secret": {"type": "string", "access": False},
                "up": {"type": "reference", "to": "roots"},
            },
            "indexes": [],
            "access": OPEN,
        },
        "things": {
            "key": {"type": "integer"},
            "fields": {
                **{name: {"type": name} for name in SCALARS},
                **{name: {"type": "reference", "to": to} for name, to in REFERENCES.items()},
                "tags": {"type": "array", "items": {"type": "string"}},
                "sums": {"type": "array", "items": {"type": "decimal"}},
                "extra": {"type": "json"},
                "order": {"type": "integer"},
                "rowid": {"type": "boolean"},
                "long": {"type": "decimal", "precision": 18, "scale": 9},
            },
            "indexes": [["string", "-integer"]],
            "access": OPEN,
        },
    },
    {
        "roots": [
            {"id": "r", "name": "Straße", "secret": "x", "up": None},
            {"id": "'", "name": None, "secret": None, "up": "r"},
        ],
        "things": [
            {
                "id": id,
                "string": text,
                "integer": id,
                "number": id / 3,
                "decimal": f"{id}.50",
                "boolean": [True, False, None][id % 3],
                "date": "2024-02-29",
                "datetime": "2024-02-29T12:00:00.000001Z",
                "uuid": "01890a5d-ac96-774b-bcce-b302099a8057",
                "root": ["r", "'", None][id % 3],
                "me": id,
                "limit": None if id % 2 else 1,
                "tags": [text, "a"],
                "sums": ["1.50"],
                "extra": {"a": [text]},
                "order": None,
                "rowid": id > 2,
                "long": "0.000000001",
            }
            for id, text in enumerate(["", "ß", "a%_\\'\"", "\U00010400", "İx"], 1)
        ],
    },
)
WORDS = (
    *("and", "or", "not", "in", "is", "has", "null", "true", "false", "is null", "is not null"),
    *("=", "!=", "<", "<=", ">", ">=", "~", "!~", "(", ")", ",", ".", "(", ")", "==", "<>", "!"),
    *("@me", "@me.role", "@me.email", "@now", "@", "@me.", "@me.id", "@admin", "@NOW", "-", "+"),
    *("''", '""', "'", '"', "'a'", '"it""s"', "'it''s'", "'%'", "'\\'", "'2024-02-29'"),
    *("0", "1", "-1", "1.5", "-1.5e3", "1e999999999", "-1e-999999999", "1e", ".5", "5.", "1.2.3"),
    *("007", "0x10", "1_000", "NaN", "inf", "9223372036854775808", "-9223372036854775809"),
    *("9" * 400, "0." + "0" * 400 + "1", "1e308", "1e309", "5e-324", "1e-400", "١", "½", "1e+5"),
    *("'2024-02-29T12:00:00Z'", "'9999-12-31T23:59:59-23:59'", "'0001-01-01T00:00:00+23:59'"),
    *("string", "integer", "number", "decimal", "boolean", "date", "datetime", "uuid", "tags"),
    *("sums", "extra", "root", "me", "limit", "order", "rowid", "long", "id", "revision"),
    *("created_at", "root.name", "root.secret", "root.up.name", "me.me.me.me.me.id", "limit.id"),
    *("me.me.me.me.me.me.id", "a.b.c.d.e.f", "oid", "ctid", "xmin", "tableoid", "_rowid_", "nope"),
    *("f_string", "things.id", "things", "sqlite_master", "pg_catalog", "String", "INTEGER", "ID"),
    *("AND", "Or", "nOt", "IN", "NULL", "True", "İn", "ıs", "ﬁeld", "\u212anull", "expand", "q"),
    *(
        "--",
        "/*",
        "*/",
        ";",
        "||",
        "&&",
        "&",
        "|",
        "::text",
        ":x",
        "$1",
        "?",
        "%s",
        "{}",
        "\\",
        "#",
    ),
    *(
        "union select * from users",
        "drop table things",
        "1=1",
        "or 1=1 --",
        "' or ''='",
        "sleep(9)",
    ),
    *("pg_sleep(9)", "cast(id as text)", "like '%'", "between 1 and 2", "glob '*'", "select 1"),
    *("randomblob(1000000000)", "(select 1)", "exists", "case when", "coalesce(id, 1)", "[1]", "`"),
    *("\ufeff", "\u00a0", "\u2028", "\u200b", "\u0000", "\U0001f600", "“a”", "’", "＝", "（", "）"),
    *(
        "\ud800",
        "\x1b",
        "\x7f",
        "\r",
        "\n",
        "\t",
        "\v",
        "\f",
        "\x85",
        "\u3000",
        "e\u0301",
        "\u202e",
    ),
)
OWN = re.compile("revision|created_at|updated_at", re.IGNORECASE)
UNSENDABLE = re.compile("[\0\ud800-\udfff]")
TOKEN = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|[\w.@]+|\s+|[=!<>~]+|.""", re.DOTALL)


class Fuzzer:
    def __init__(self, both: Both, rng: Random) -> None:
        self.both = both
        self.rng = rng
        self.asker = Asker(rng, both.worlds[0]["things"], True)

    def good(self) -> str:
        return render(self.asker.tree(self.rng.choice([0, 0, 1, 2])), self.rng)

    def text(self) -> str:
        ways: list[Callable[[], str]] = [self.tokens] * 4 + [self.characters] * 3
        return self.rng.choice([*ways, self.words, self.words, self.extreme])()

    def tokens(self) -> str:
        """A good one with some tokens gone, there twice, in another order, or others."""
        rng, tokens = self.rng, TOKEN.findall(self.good())
        for _ in range(rng.choice([1, 1, 1, 2, 3])):
            i = rng.randrange(len(tokens) + 1)
            change = rng.choice(["drop", "twice", "swap", "put", "put", "change", "change"])
            if change == "put":
                tokens.insert(i, f" {rng.choice(WORDS)} ")
            elif tokens:
                i = min(i, len(tokens) - 1)
                j = rng.randrange(len(tokens))
                if change == "swap":
                    tokens[i], tokens[j] = tokens[j], tokens[i]
                else:
                    new = {"drop": "", "twice": tokens[i] * 2, "change": rng.choice(WORDS)}
                    tokens[i] = new[change]
        return "".join(tokens)

    def characters(self) -> str:
        rng, text = self.rng, self.good()
        for _ in range(rng.choice([1, 1, 1, 2, 4])):
            i = rng.randint(0, len(text))
            new = rng.choice(["", self.character(), self.character()])
            text = text[:i] + new + text[i + rng.choice([0, 1, 1, 3]) :]
        return text

    def character(self) -> str:
        rng = self.rng
        if chance(rng, 60):
            return rng.choice("'\"()=<>!~.,@ -+0123456789eE_abcnotrin\\%\t\n;:/*")
        return rng.choice([chr(rng.randrange(0x250)), chr(rng.randrange(0x110000)), "\ud83d"])

    def words(self) -> str:
        some = [
            self.rng.choice(WORDS) for _ in range(self.rng.choice([0, 1, 2, 3, 3, 4, 6, 9, 30]))
        ]
        return self.rng.choice([" ", " ", ""]).join(some)

    def extreme(self) -> str:
        """Deep, long or large."""
        rng = self.rng
        count = rng.choice([1, 8, 15, 16, 17, 31, 32, 33, 34, 63, 64, 65, 66, 500, 1000, 4000])
        one = self.good() if count < 40 else rng.choice(["id=1", "boolean", "@me is null"])
        word, value = rng.choice(WORDS), str(rng.choice(all_of(TEXTS))).replace("'", "''")
        return rng.choice(
            [
                "(" * count + one + ")" * count,
                "not " * count + one,
                "not(" * count + one + ")" * count,
                "(" * count + one,
                one + ")" * count,
                rng.choice([" and ", " or "]).join([one] * count),
                f"id in ({', '.join(['1'] * count)})",
                f"integer = {'9' * count}",
                f"decimal < 0.{'0' * count}1",
                f"number > {'1' * count}.{'1' * count}e-{count}",
                f"decimal != 1e{'9' * min(count, 400)}",
                f"long >= -1e-{'9' * min(count, 400)}",
                f"number < '{'1' * count}'",
                f"string ~ '{'a' * count}'",
                f"string = '{value * count}'",
                f"tags has '{'%' * count}'",
                f"{'me.' * count}id = 1",
                f"{'x' * count} = 1",
                f"{'a.' * count}b is null",
                f"string = '{'it' + 2 * count * chr(39)}'",
                f"{' ' * count}id = 1",
                word * count,
                f"'{'a' * count}",
                "1" * 10_000,
                f"integer < {'1' * 10_000}",
                "(" * 20_000,
            ]
        )

    def once(self) -> None:
        if chance(self.rng, 30):
            tree = self.asker.tree(self.rng.choice([0, 1, 2]))
            question = Question("things", filter=tree, limit=500)
            if len(followed(question)) <= MOST_FOLLOWED:
                self.both.compare(question, self.rng)
        else:
            self.ask(self.text())

    def ask(self, text: str) -> None:
        """Only 200 or 400, soon, the same from both; and a 400 says where."""
        question, pairs = Question("things"), [("filter", text), ("limit", "500")]
        quiet = len(encoded(pairs)) > LONGEST_URL or chance(self.rng, 20)
        found, wrong = {}, ""
        for client in self.both.clients:
            # Who is slow is asked again: it may have been somebody else.
            for _ in range(3):
                answer = self.both.ask(client, question, pairs, quiet)
                if self.both.seconds <= MOST_SECONDS:
                    break
            else:
                wrong = f"{self.both.seconds:.1f} s"
            found[client.database] = VARIES.sub("", answer.text)
            wrong = wrong or wrong_answer(answer, text)
        # What one has numbered and dated, the other has done otherwise.
        if not OWN.search(text) and len(set(found.values())) > 1:
            wrong = wrong or "not the same"
        if wrong:
            raise self.both.difference(f"{said(question, pairs, quiet)}: {wrong}", found)


def wrong_answer(answer: TestResponse, text: str) -> str:
    if answer.status_code == 200:
        return ""
    if answer.status_code == 413 and len(text) > MOST_SENT:
        return ""
    if answer.status_code != 400:
        return str(answer.status_code)
    if UNSENDABLE.search(text):
        return ""
    errors = {error["parameter"]: error for error in answer.json["errors"]}
    return wrong_place(errors["filter"], text) if set(errors) == {"filter"} else "not named"
