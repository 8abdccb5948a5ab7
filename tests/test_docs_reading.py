"""Every example in docs/reading.md finds what it says, on both databases."""

import json
import re
from typing import Any
from urllib.parse import quote

import pytest
from conftest import Client
from test_serve import ROOT

from models.momentary import KINDS
from schemas.comparison import OPERATORS, SYMBOLS
from schemas.grouping import FUNCTIONS
from schemas.query import OF_LISTS

TEXT = (ROOT / "docs/reading.md").read_text()
SETUP, FAULT = (json.loads(one) for one in re.findall(r"```json\n(.*?)```", TEXT, re.DOTALL))
CALL = re.findall(r"```sh\ncurl (.*?)```", TEXT, re.DOTALL)
TABLE = re.compile(r"\| `(.*?)…` \| (.*) \|\n\|---\|---\|\n((?:\|.*\|\n)+)")
ROWS = [
    (how, what, *(cell.strip() for cell in row.strip("|").split("|")))
    for how, what, rows in TABLE.findall(TEXT)
    for row in rows.splitlines()
]
SYSTEM = ("revision", "created_at", "updated_at")


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def library(request: pytest.FixtureRequest, apps: Any) -> Any:
    client = Client(apps(request.param))
    for name, collection in SETUP.items():
        records = collection.pop("records")
        client.define(name, **collection)
        for record in records:
            assert client.post(f"/api/{name}", record).status_code == 201
        collection["records"] = records
    yield client
    client.clear()


def path_of(how: str, asked: str) -> str:
    if how == "filter=":
        return f"/api/books?filter={quote(asked)}"
    return how.removeprefix("GET ") + quote(asked, safe="=&,%*")


def without_system(value: Any) -> Any:
    if isinstance(value, list):
        return [without_system(one) for one in value]
    if isinstance(value, dict):
        return {n: without_system(one) for n, one in value.items() if n not in SYSTEM}
    return value


@pytest.mark.parametrize(("how", "what", "asked", "found"), ROWS, ids=[row[2] for row in ROWS])
def test_it_finds_what_it_says(
    library: Client, how: str, what: str, asked: str, found: str
) -> None:
    answer = library.get(path_of(how, asked.strip("`")))
    assert answer.status_code == 200, answer.text
    if what.startswith("finds"):
        assert [one["id"] for one in answer.json["items"]] == re.findall(r"\w+", found)
    elif what == "answers":
        assert without_system(answer.json) == json.loads(found.strip("`"))
    else:
        assert answer.json["items"] == json.loads(found.strip("`"))


def test_the_fault_is_told_so(library: Client) -> None:
    refused = library.get("/api/books?filter=pagse%20%3E%201")
    assert refused.json["errors"] == [FAULT]


def test_a_query_finds_the_same(library: Client) -> None:
    form = "filter=pages%20%3E%20100&sort=-pages&fields=id%2Cpages"
    (call,) = CALL
    assert '--data-urlencode "filter=pages > 100" -d sort=-pages -d fields=id,pages' in call
    type = "application/x-www-form-urlencoded"
    answer = library.ask("QUERY", "/api/books", form, type=type)
    assert answer.json["items"] == [{"id": "road", "pages": 540}, {"id": "sea", "pages": 320}]


def test_the_whole_language_has_its_examples() -> None:
    asked = [row[2].strip("`") for row in ROWS]
    flat = "&".join(one for row, one in zip(ROWS, asked, strict=True) if row[0] != "filter=")
    expressions = "\n".join(
        one for row, one in zip(ROWS, asked, strict=True) if row[0] == "filter="
    )
    for operator in OPERATORS:
        assert f"__{operator}=" in flat, operator
    for symbol in (*SYMBOLS, *KINDS, "and", "or", "not", "in (", "is null", "is not null"):
        assert symbol in expressions, symbol
    for parameter in OF_LISTS:
        assert re.search(rf"(^|[&`?]){parameter}=", flat + TEXT), parameter
    for function in FUNCTIONS:
        assert re.search(rf"\b{function}\b", flat), function
