"""``q`` over HTTP. Which words there are, and how they are found, tests/test_search_words.py and
tests/test_search_index.py ask."""

import random
from typing import Any
from urllib.parse import quote

import pytest
from conftest import Client

FIELDS = {
    "title": {"type": "string", "search": True},
    "body": {"type": "string", "search": True},
    "secret": {"type": "string", "search": True, "access": {"read": False}},
    "n": {"type": "integer"},
}
WORDS = [
    "sea",
    "ice",
    "crème",
    "brûlée",
    "Straße",
    "моря",
    "θάλασσα",
    "one",
    "two",
    "o'neill",
    "c++",
]


@pytest.fixture
def texts(client: Client) -> Client:
    client.define("texts", key={"type": "integer"}, fields=FIELDS)
    rng = random.Random(5)
    for n in range(60):
        body = {name: " ".join(rng.choices(WORDS, k=rng.randrange(1, 9))) for name in FIELDS}
        answer = client.post("/api/texts", body | {"n": n})
        assert answer.status_code == 201, answer.text
    return client


def walked(client: Client, query: str, headers: Any = None) -> list[int]:
    found, path = [], f"/api/texts?{query}"
    while path:
        answer = client.get(path, headers=headers)
        assert answer.status_code == 200, answer.text
        found += [one["id"] for one in answer.json["items"]]
        path = answer.json["next"]
    return found


@pytest.mark.parametrize(
    "q", ["sea", "creme brulee", '"sea ice"', "stra*", "МОРЯ", "o'neill", "C++"]
)
def test_pages_by_rank_are_one_list(texts: Client, q: str) -> None:
    whole = walked(texts, f"limit=500&q={quote(q)}")
    assert len(whole) == len(set(whole)) > 1
    for limit in (1, 7):
        assert walked(texts, f"limit={limit}&q={quote(q)}") == whole
    counted = texts.get(f"/api/texts?count=true&limit=1&q={quote(q)}")
    assert counted.json["total"] == len(whole)
    assert sorted(walked(texts, f"limit=9&sort=id&q={quote(q)}")) == sorted(whole)
    groups = texts.get(f"/api/texts?aggregate=count&q={quote(q)}")
    assert groups.json["items"] == [{"count": len(whole)}]


def test_it_goes_with_all_the_rest(texts: Client) -> None:
    found = walked(texts, "q=sea&n__lt=30&filter=" + quote("not n = 3") + "&fields=id&limit=2")
    all_of_them = set(walked(texts, "q=sea"))
    expected = {id for id in all_of_them if id <= 30 and id != 4}
    assert set(found) == expected


def test_pages_stay_right_while_others_write(texts: Client) -> None:
    whole = walked(texts, "limit=500&q=sea")
    first = texts.get("/api/texts?limit=5&q=sea").json
    texts.post("/api/texts", {"title": "sea sea sea"})
    texts.post("/api/texts", {"title": "sea " + "and so on " * 50})
    texts.delete(f"/api/texts/{whole[2]}")
    rest = walked(texts, first["next"].partition("?")[2])
    assert [one["id"] for one in first["items"]] + [id for id in rest if id <= 60] == whole


def test_the_best_come_first(client: Client) -> None:
    client.define("texts", key={"type": "integer"}, fields=FIELDS)
    bodies = ["a long text about many things, and the sea", "sea", "the sea, the sea", "none"]
    for body in bodies:
        client.post("/api/texts", {"body": body})
    assert walked(client, "q=sea") in ([2, 3, 1], [3, 2, 1])


def test_v55_what_one_may_not_read_is_not_searched(texts: Client) -> None:
    texts.post("/api/texts", {"secret": "unheard of", "title": "sea"})
    assert walked(texts, "q=unheard") == [61]
    assert walked(texts, "q=unheard", headers={}) == []
    before = walked(texts, "q=sea", headers={})
    for id in before:
        texts.patch(f"/api/texts/{id}", {"secret": "sea " * (id % 5)})
    assert walked(texts, "q=sea", headers={}) == before
    closed = {name: FIELDS[name] | {"access": False} for name in ("title", "body")}
    texts.define("texts", key={"type": "integer"}, fields=FIELDS | closed)
    assert texts.get("/api/texts?q=sea", headers={}).status_code == 400


@pytest.mark.parametrize(
    "q",
    [
        *(
            "",
            " ",
            "***",
            '"',
            '""',
            '" "',
            "AND",
            "NEAR(a b)",
            "a:b",
            "-",
            "^",
            "(",
            "{title}:sea",
        ),
        *("sea OR", "\\", "'", "';--", "%", "_", "\u0301", "😀", "a" * 900, "sea\tice\n", "*sea"),
    ],
)
def test_no_text_is_an_error(texts: Client, q: str) -> None:
    answer = texts.get(f"/api/texts?q={quote(q)}&limit=500")
    assert answer.status_code == 200, answer.text
    if not q.strip():
        assert len(answer.json["items"]) == 60
    assert texts.get(f"/api/texts?q={quote(q)}&aggregate=count").status_code == 200


@pytest.mark.parametrize("q", ["a" * 1001, " ".join(map(str, range(33)))])
def test_too_much_is_400(texts: Client, q: str) -> None:
    answer = texts.get(f"/api/texts?q={quote(q)}")
    assert answer.status_code == 400
    assert answer.json["errors"][0]["parameter"] == "q"
