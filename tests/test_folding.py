"""Case is folded alike by Python, for SQLite, and by PostgreSQL of whatever version."""

import sys
from urllib.parse import quote

import pytest
from conftest import Client

from models.database import db
from models.folding import fold, postgresql_function

CODES = [n for n in range(1, sys.maxunicode + 1) if not 0xD800 <= n < 0xE000]
# Where letters are; the table is slow, and beyond these it changes nothing.
LETTERS = [n for n in CODES if n < 0x2FFFF]


@pytest.mark.parametrize("version", [18, 17])
def test_every_character_folds_alike(client: Client, version: int) -> None:
    if client.database == "sqlite":
        assert client.sql("SELECT pw__casefold('STRASSE'), pw__casefold('straße')") == [
            ("strasse",) * 2
        ]
        return
    client.get("/collections")
    codes = CODES if version >= 18 else LETTERS
    function = postgresql_function(version).replace("pw__casefold", "tried").replace("%", "%%")
    with client.app.app_context(), db.engine.connect() as connection:
        connection.exec_driver_sql(function)
        rows = connection.exec_driver_sql(
            "SELECT code, tried(chr(code)) FROM unnest(%s::int[]) AS code", (codes,)
        )
        wrong = [(hex(code), text) for code, text in rows if text != fold(chr(code))]
    assert wrong == []


WORDS = ["STRASSE", "straße", "ΟΔΟΣ", "οδος", "İstanbul", "\u212aelvin", "ﬁn", "Ǆ", "\U00010d50"]


def test_a_word_is_found_by_its_folded_form(client: Client) -> None:
    client.define("words", key={"type": "integer"}, fields={"w": {"type": "string"}})
    for word in WORDS:
        client.post("/api/words", {"w": word})
    parts = ("s", "ß", "\u03c3", "ς", "i", "k", "f", "dž", "\U00010d70", "\u0301", "%", "_")
    for part in (*WORDS, *parts):
        filter = quote(f"w ~ '{part}'")
        found = client.get(f"/api/words?filter={filter}").json["items"]
        flat = client.get(f"/api/words?w__contains={quote(part)}").json["items"]
        expected = [word for word in WORDS if fold(part) in fold(word)]
        assert [one["w"] for one in found] == [one["w"] for one in flat] == expected
