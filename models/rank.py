"""How well a record answers a search: more occurrences of the words in less text rank higher.

An integer, by the arithmetic of integers, so that both databases have the same; and of nothing
but the record and the words, so that a page of a list still begins where the last one ended after
other records came and went. For each word it is n * 10^9 / (1000 * n + 300 + 9 * characters): that
is BM25 for an average length of 100 characters, without the weight of rare words.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Select,
    bindparam,
    case,
    cast,
    column,
    func,
    literal_column,
    select,
    text,
    true,
    union_all,
)

from models.column_type import INTEGER, TEXT
from models.definition import Definition
from models.search_ddl import words_column
from models.search_table import matched, places_of, words_of
from models.table import table_of

# More would hardly count, and PostgreSQL remembers but 255.
MOST_COUNTED = 20
# Nor does what stands behind the last position that PostgreSQL can tell (migration 0003).
LAST_COUNTED = 16_381


class Counts(NamedTuple):
    """How often each word occurs, and what is to be joined to know that."""

    joins: tuple[tuple[FromClause, ColumnElement[bool]], ...]
    each: tuple[ColumnElement[int], ...]


def rank(
    definition: Definition, fields: Sequence[str], counts: Sequence[ColumnElement[int]]
) -> ColumnElement[int]:
    columns = table_of(definition).c
    characters = cast(_sum([func.coalesce(func.length(columns[f]), 0) for f in fields]), INTEGER)
    return _sum([_score(count, characters) for count in counts])


def _score(count: ColumnElement[int], characters: ColumnElement[int]) -> ColumnElement[int]:
    billion, thousand = _number(1_000_000_000), _number(1000)
    return count * billion // (count * thousand + _number(300) + characters * _number(9))


def _number(value: int) -> ColumnElement[int]:
    return literal_column(str(value), INTEGER)


def _sum(parts: Sequence[ColumnElement[int]]) -> ColumnElement[int]:
    whole = parts[0]
    for part in parts[1:]:
        whole = whole + part
    return whole


def counts_on_sqlite(
    definition: Definition, fields: Sequence[str], beginnings: Sequence[bool]
) -> Counts:
    """One pass through the places of each word. They are put together before they are joined, for
    SQLite joins what has no index by trying each with each."""
    found = [_places(definition, fields, i, begins) for i, begins in enumerate(beginnings)]
    place = (union_all(*found) if len(found) > 1 else found[0]).subquery("place").c
    counts = [
        func.sum(case((place["word"] == _number(i), place["n"]), else_=0)).label(f"n_{i}")
        for i in range(len(found))
    ]
    words = select(place["doc"], *counts).where(place["doc"].in_(matched(definition)))
    joined = words.group_by(place["doc"]).subquery("words")
    on = joined.c["doc"] == table_of(definition).c["revision"]
    return Counts(((joined, on),), tuple(joined.c[f"n_{i}"] for i in range(len(found))))


def _places(
    definition: Definition, fields: Sequence[str], i: int, begins: bool
) -> Select[int, int, int]:
    places = places_of(definition).c
    word = places["term"] == bindparam(f"Q_WORD_{i}")
    if begins:
        word = places["term"].between(bindparam(f"Q_WORD_{i}"), bindparam(f"Q_END_{i}"))
    counted = func.sum(case((places["offset"] < _number(LAST_COUNTED), 1), else_=0))
    n = func.min(counted, _number(MOST_COUNTED)).label("n")
    found = select(_number(i).label("word"), places["doc"], n)
    found = found.where(word, places["col"].in_([words_column(field) for field in fields]))
    return found.group_by(places["doc"])


def counts_on_postgresql(
    definition: Definition, fields: Sequence[str], beginnings: Sequence[bool]
) -> Counts:
    """One pass through the words of each record."""
    found = [_entries(definition, field) for field in fields]
    entry = (union_all(*found) if len(found) > 1 else found[0]).subquery("entry").c
    counts = []
    for i, begins in enumerate(beginnings):
        value: Any = bindparam(f"Q_WORD_{i}")
        word = func.starts_with(entry["lexeme"], value) if begins else entry["lexeme"] == value
        count = func.coalesce(func.sum(entry["n"]).filter(word), 0)
        counts.append(func.least(count, _number(MOST_COUNTED)).label(f"n_{i}"))
    words = select(*counts).lateral("words")
    return Counts(((words, true()),), tuple(words.c[f"n_{i}"] for i in range(len(beginnings))))


def _entries(definition: Definition, field: str) -> Select[str, int]:
    uncounted = f"CASE WHEN positions[cardinality(positions)] > {LAST_COUNTED} THEN 1 ELSE 0 END"
    counted = literal_column(f"cardinality(positions) - {uncounted}", INTEGER)
    entries = text(f"unnest({words_of(definition, field)}) AS entry (lexeme, positions, weights)")
    return select(column("lexeme", TEXT), counted.label("n")).select_from(entries)
