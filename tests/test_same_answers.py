"""Both databases give the same answers to the same requests, in the same order, whatever they are:
random ones, with hostile values among them."""

import json
import random
import re
from typing import Any
from urllib.parse import quote

import pytest
from conftest import OPEN, Client

UUID = "01890a5d-ac96-774b-bcce-b302099a8057"
VALUES: list[Any] = [
    *(None, True, False, 0, 1, -1, 2**63 - 1, 2**63, -(2**63), 1.5, -0.0, 1e308, 1e-320),
    *("", "a", "A", "é", "\0", "\U0001f600", "x" * 501, "12.5", "12.345", "-0", "1e5", "9" * 19),
    *("2026-01-01", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00+23:59", UUID, ".", "%", "@now"),
    *([], ["a"], ["a", "a"], [1], [None], {}, {"a": None}, [["x"]], 123456789012345678),
]
FIELDS = {
    "s": {"type": "string"},
    "su": {"type": "string", "unique": True},
    "i": {"type": "integer", "index": True},
    "n": {"type": "number"},
    "d": {"type": "decimal"},
    "b": {"type": "boolean"},
    "da": {"type": "date"},
    "dt": {"type": "datetime"},
    "u": {"type": "uuid"},
    "j": {"type": "json"},
    "sa": {"type": "array", "items": {"type": "string"}},
    "r": {"type": "reference", "to": "roots"},
    "rn": {"type": "reference", "to": "roots", "on_delete": "set_null"},
    "rc": {"type": "reference", "to": "roots", "on_delete": "cascade"},
    "me": {"type": "reference", "to": "things", "on_delete": "cascade"},
    "im": {"type": "integer", "immutable": True},
}
LIKELY: dict[str, list[Any]] = {
    "s": ["a", "b", None],
    "su": ["a", "b", "c", "d", None],
    "i": [1, 2, None],
    "d": [1, 2.5, None],
    "r": ["r1", "r2", None],
    "rn": ["r1", "r2", None],
    "rc": ["r1", None],
    "me": [1, 2, 3, None],
    "im": [1, 1, 2],
    "j": [{"a": 1}, [1], 1, True, None],
}
ROOT = {"p": {"type": "reference", "to": "roots", "on_delete": "cascade"}}
VARIES = [
    (re.compile(r'"(created_at|updated_at|request_id)":"[^"]*"'), ""),
    (re.compile(r'"revision":\d+'), ""),
    (re.compile(r"cursor=[\w.-]+"), ""),
]
Asked = tuple[str, str, Any, str]


class Requests:
    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)

    def body(self) -> dict[str, Any]:
        if self.rng.random() < 0.3:
            return {n: self.rng.choice(VALUES) for n in self.rng.sample(list(FIELDS), 3)}
        return {n: self.rng.choice(v) for n, v in LIKELY.items() if self.rng.random() < 0.5}

    def lines(self) -> str:
        count = self.rng.randint(1, 5)
        bodies = [self.body() | {"id": self.rng.randint(1, 20)} for _ in range(count)]
        return "\n".join(map(json.dumps, bodies))

    def listing(self) -> str:
        names = self.rng.sample(["s", "su", "i", "n", "d", "b", "da", "dt", "u", "r", "id"], 3)
        sort = ",".join(self.rng.choice(["", "-"]) + name for name in names)
        path = f"/api/things?count=true&limit={self.rng.randint(1, 6)}&sort={sort}"
        if self.rng.random() < 0.4:
            field, value = self.rng.choice(list(FIELDS)), self.rng.choice(VALUES)
            path += f"&{field}={quote(str(value))}"
        return path

    def next(self) -> Asked:
        rng, one = self.rng, self.rng.choice([*map(str, range(1, 9)), "x", "r%2F1"])
        root = f"/api/roots/r{rng.randint(1, 3)}"
        how = rng.choice(["", "on_error=skip", "on_conflict=replace"])
        things, thing = "/api/things", f"/api/things/{one}"
        kinds: list[tuple[int, Asked]] = [
            (10, ("PUT", root, {"p": rng.choice([None, "r1", "r2"])}, "")),
            (6, ("DELETE", root, None, "")),
            (15, ("POST", things, self.body() | {"id": rng.randint(1, 20)}, "")),
            (20, ("PUT", thing, self.body(), "")),
            (15, ("PATCH", thing, self.body(), "")),
            (6, ("DELETE", thing, None, "")),
            (8, ("GET", thing, None, "")),
            (8, ("POST", f"{things}?{how}", self.lines(), "application/x-ndjson")),
            (12, ("GET", self.listing(), None, "")),
        ]
        return rng.choices([asked for _, asked in kinds], [weight for weight, _ in kinds])[0]


def answer(client: Client, asked: Asked) -> tuple[int, str]:
    method, path, body, type = asked
    given = client.ask(method, path, body, type=type or None)
    text = given.text
    for pattern, new in VARIES:
        text = pattern.sub(new, text)
    return given.status_code, text


@pytest.mark.parametrize("seed", range(4))
def test_the_same_answers(apps: Any, seed: int) -> None:
    clients = [Client(apps("sqlite")), Client(apps("postgresql"))]
    for client in clients:
        client.define("roots", key={"type": "string"}, fields=ROOT, access=OPEN)
        client.define("things", key={"type": "integer"}, fields=FIELDS, unique=[["s", "i"]])
    requests = Requests(seed)
    try:
        for _ in range(400):
            asked = requests.next()
            one, other = (answer(client, asked) for client in clients)
            assert one == other, asked
            assert one[0] < 500, asked
    finally:
        for client in clients:
            client.clear()
