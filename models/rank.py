"""How well a record answers a search: more occurrences of the words in less text rank higher.

An integer, by the arithmetic of integers, so that both databases have the same; and of nothing
but the record and the words, so that a page of a list still begins where the last one ended after
other records came and went. For each word it is n * 10^9 / (1000 * n + 300 + 9 * characters): that
is BM25 for an average length of 100 characters, without the weight of rare words.

The SQL is the same for any number of words, since each statement that there can be is kept.
"""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, FromClause, column, text, true

from models.column_type import INTEGER
from models.ddl import quoted, quoted_column
from models.definition import Definition
from models.search_ddl import vocabulary_table, words_column
from models.search_table import matching, words_of
from models.table import table_name, table_of

# More would hardly count, and PostgreSQL remembers but 255.
MOST_COUNTED = 20
# Nor does what stands behind the last position that PostgreSQL can tell (migration 0004).
LAST_COUNTED = 16_381


Ranked = tuple[FromClause, ColumnElement[bool]]
"""What to join, on what. Names with ``__``, since those of collections and fields have none."""


def rank_on_sqlite(definition: Definition, fields: Sequence[str]) -> Ranked:
    """One pass through the places of each word."""
    table = quoted(table_name(definition.name))
    columns = ", ".join(f"'{words_column(field)}'" for field in fields)
    ranked = text(f"""
SELECT pw__n.doc AS doc, sum({_score(definition, fields)}) AS rank
FROM (
  SELECT place.doc, min(sum(place.offset < {LAST_COUNTED}), {MOST_COUNTED}) AS n
  FROM json_each(:Q_WORDS) AS word
  CROSS JOIN {quoted(vocabulary_table(definition))} AS place
  ON place.term BETWEEN json_extract(word.value, '$[0]') AND json_extract(word.value, '$[1]')
  WHERE place.col IN ({columns}) AND place.doc IN ({matching(definition)})
  GROUP BY word.key, place.doc
) AS pw__n
JOIN {table} ON {table}.revision = pw__n.doc
GROUP BY pw__n.doc""")
    joined = ranked.columns(column("doc", INTEGER), column("rank", INTEGER)).subquery("pw__rank")
    return joined, joined.c["doc"] == table_of(definition).c["revision"]


def rank_on_postgresql(definition: Definition, fields: Sequence[str]) -> Ranked:
    """One pass through the words of each record that is found."""
    last = "positions[cardinality(positions)]"
    entries = " UNION ALL ".join(
        "SELECT lexeme,"
        f" cardinality(positions) - CASE WHEN {last} > {LAST_COUNTED} THEN 1 ELSE 0 END AS n"
        f" FROM unnest({words_of(definition, field)}) AS pw__entry (lexeme, positions, weights)"
        for field in fields
    )
    ranked = text(f"""
SELECT CAST(sum({_score(definition, fields)}) AS bigint) AS rank
FROM (
  SELECT least(sum(pw__entry.n), {MOST_COUNTED}) AS n
  FROM unnest(CAST(:Q_FIRST AS text[]), CAST(:Q_LAST AS text[]))
    WITH ORDINALITY AS pw__word (first, last, i)
  JOIN ({entries}) AS pw__entry
  ON pw__entry.lexeme COLLATE "C" BETWEEN pw__word.first AND pw__word.last
  GROUP BY pw__word.i
) AS pw__n""")
    return ranked.columns(column("rank", INTEGER)).lateral("pw__rank"), true()


def _score(definition: Definition, fields: Sequence[str]) -> str:
    table, n = quoted(table_name(definition.name)), "pw__n.n"
    lengths = (f"coalesce(length({table}.{quoted_column(field)}), 0)" for field in fields)
    return f"{n} * 1000000000 / (1000 * {n} + 300 + 9 * ({' + '.join(lengths)}))"
