"""What a word is: the same to Python, SQLite and PostgreSQL, for every code point there is."""

import json
import random
import unicodedata
from collections.abc import Iterator
from typing import Any

import pytest
from conftest import Client

from models.letters import DROPPED, FOLD, LETTERS, ranges
from models.words import LONGEST_QUERY, LONGEST_WORD, MOST_WORDS, Term, fold, read_terms, words

TEXTS = [
    ("", ""),
    (" \t\n...!?*\"'()[]{}:^+-_", ""),
    ("Hello, World!", "hello world"),
    ("don't e-mail a.b@c.example", "don t e mail a b c example"),
    ("x² ½ Ⅷ 007 1,000.50", "x² ½ ⅷ 007 1 000 50"),
    ("École ÉCOLE e\u0301cole E\u0301COLE ecole", "ecole ecole ecole ecole ecole"),
    ("Ångström Łódź Đà Nẵng İzmir ǅ", "angstrom łodz đa nang izmir ǆ"),
    ("Straße STRASSE ﬁ", "straße strasse ﬁ"),
    ("ΑΘΉΝΑ Αθήνα αθηνα ΐ ς", "αθηνα αθηνα αθηνα ι σ"),
    ("Ёлка ЕЛКА Київ й", "елка елка киів и"),
    ("שָׁלוֹם שלום", "שלום שלום"),
    ("مُحَمَّد محمد أحمد احمد كـتاب", "محمد محمد احمد احمد كتاب"),
    ("हिन्दी में क़िला", "हिन्दी में क़िला"),
    ("ภาษาไทย ที่นี่", "ภาษาไทย ที่นี่"),
    ("東京 大阪、京都。カタカナ ひらがな", "東京 大阪 京都 カタカナ ひらがな"),
    ("한국어 서울", "한국어 서울"),
    ("love ❤️ 😀 1️⃣ it", "love 1 it"),
    ("a\u0301\u0301 \u0301 b", "a b"),
    ("soft\u00adhyphen zero\u200bwidth", "soft hyphen zero width"),
]


@pytest.mark.parametrize(("text", "expected"), TEXTS)
def test_words(text: str, expected: str) -> None:
    assert words(text) == tuple(expected.split())


def test_folding_twice_is_folding_once() -> None:
    for letter in map(chr, range(0x20000)):
        assert fold(fold(letter)) == fold(letter)
    letters = {n for first, last in ranges(LETTERS) for n in range(first, last + 1)}
    assert all(ord(now) in letters for now in FOLD.values() if now)
    dropped = {n for first, last in ranges(DROPPED) for n in range(first, last + 1)}
    assert not letters & dropped


def test_a_letter_is_the_same_composed_and_decomposed() -> None:
    blocks = [(0xC0, 0x250), (0x388, 0x3CF), (0x400, 0x530), (0x5D0, 0x700), (0x1E00, 0x1F00)]
    for letter in [chr(n) for first, end in blocks for n in range(first, end)]:
        assert words(letter) == words(unicodedata.normalize("NFD", letter)), letter


QUERIES: list[tuple[str, list[Term]]] = [
    ("", []),
    ("***", []),
    ('"" " ', []),
    ("cat", [Term(("cat",))]),
    ("Cat  dog", [Term(("cat",)), Term(("dog",))]),
    ("cat cat CAT", [Term(("cat",))]),
    ("cat*", [Term(("cat",), prefix=True)]),
    ("cat *", [Term(("cat",))]),
    ("*cat", [Term(("cat",))]),
    ("ca*t", [Term(("ca",), prefix=True), Term(("t",))]),
    ("cat**", [Term(("cat",), prefix=True)]),
    ("e-mail", [Term(("e",)), Term(("mail",))]),
    ('"big cat"', [Term(("big", "cat"))]),
    ('"Big-Cat!" dog', [Term(("big", "cat")), Term(("dog",))]),
    ('"big ca*"', [Term(("big", "ca"), prefix=True)]),
    ('"bi* cat"', [Term(("bi", "cat"))]),
    ('"cat"', [Term(("cat",))]),
    ('"big cat', [Term(("big", "cat"))]),
    ('a"b c"d', [Term(("a",)), Term(("b", "c")), Term(("d",))]),
    ("a AND NOT b OR (c NEAR/2 d) title:e ^f {g} -h", [Term((word,)) for word in
     ("a", "and", "not", "b", "or", "c", "near", "2", "d", "title", "e", "f", "g", "h")]),
    ("x' OR 1=1; --", [Term(("x",)), Term(("or",)), Term(("1",))]),
    ("É*", [Term(("e",), prefix=True)]),
    ("w" * 499, [Term(("w" * 499,))]),
    ("w" * 500, [Term(("w" * 500,), prefix=True)]),
    ("w" * 900, [Term(("w" * 500,), prefix=True)]),
    ('"a ' + "w" * 501 + ' b c"', [Term(("a", "w" * 500), prefix=True), Term(("b", "c"))]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "terms"), QUERIES)
def test_read_terms(text: str, terms: list[Term]) -> None:
    assert list(read_terms(text)) == terms


def test_a_search_has_bounds() -> None:
    assert len(read_terms(" ".join(f"w{i}" for i in range(MOST_WORDS)))) == MOST_WORDS
    with pytest.raises(ValueError, match=r"^It may have at most 32 words\.$"):
        read_terms(" ".join(f"w{i}" for i in range(MOST_WORDS + 1)))
    with pytest.raises(ValueError, match="32 words"):
        read_terms(f'"{"a " * (MOST_WORDS + 1)}"')
    assert read_terms("." * LONGEST_QUERY) == ()
    with pytest.raises(ValueError, match=r"^It may have at most 1,000 characters\.$"):
        read_terms("." * (LONGEST_QUERY + 1))


def database_words(client: Client, texts: list[str]) -> list[tuple[str, ...]]:
    """As the database has split and folded what was imported."""
    client.define(
        "texts", key={"type": "integer"}, fields={"t": {"type": "string", "search": True}}
    )
    lines = "\n".join(json.dumps({"id": i, "t": text}) for i, text in enumerate(texts))
    made = client.post("/api/texts", lines, type="application/x-ndjson")
    assert made.json["created"] == len(texts), made.text
    if client.database == "sqlite":
        sql = "SELECT id, term, offset FROM texts__vocabulary JOIN texts ON revision = doc"
    else:
        sql = "SELECT id, lexeme, unnest(positions) - 1 FROM texts, unnest(t__words) AS entry"
    places: dict[int, dict[int, str]] = {}
    for id, word, place in client.sql(sql):
        places.setdefault(id, {})[place] = word
    return [tuple(word for _, word in sorted(places.get(i, {}).items())) for i in range(len(texts))]


def code_points(first: int, end: int) -> Iterator[str]:
    return (chr(n) for n in range(max(first, 1), end) if not 0xD800 <= n < 0xE000)


PLANES = [(0, 0x4000), (0x4000, 0x8000), (0x8000, 0xE000), (0xE000, 0x14000), (0x14000, 0x20000)]
# What is left out is of one kind.
FURTHER = [(0x2A000, 0x31000), (0xE0000, 0xE1000), (0xFFF00, 0x100100), (0x10FF00, 0x110000)]


@pytest.mark.parametrize(("first", "end"), [*PLANES, *FURTHER])
def test_all_agree_on_every_code_point(client: Client, first: int, end: int) -> None:
    """In a word, alone, and before one."""
    texts = [
        " ".join(f"a{one}b {one} {one}b" for one in code_points(start, start + 64))
        for start in range(first, end, 64)
    ]
    for text, found in zip(texts, database_words(client, texts), strict=True):
        assert found == words(text)


def test_all_agree_on_any_text(client: Client) -> None:
    rng = random.Random(7)
    known = [*TEXTS, *FOLD.items()]
    some = [text for text, _ in known] + list(
        "aeioAEIO .,-'\"*" + "\u0301\u0308\u0345\u05b0\u064b\u0670"
    )
    texts = ["".join(rng.choice(some) for _ in range(rng.randint(1, 60))) for _ in range(2000)]
    texts += [unicodedata.normalize(form, text) for text in texts[:500] for form in ("NFC", "NFD")]
    for text, found in zip(texts, database_words(client, texts), strict=True):
        assert found == words(text), ascii(text)


def test_long_words_and_texts(client: Client) -> None:
    long = "w" * (LONGEST_WORD + 200)
    texts: list[Any] = [f"a {long} b", "x " * 20_000 + "end"]
    found = database_words(client, texts)
    assert [word[:LONGEST_WORD] for word in found[0]] == ["a", "w" * LONGEST_WORD, "b"]
    assert found[1][:255] == ("x",) * 255
