"""Full-text search: what is searched for as a value, and its SQL. Pure: no request, no database.

All terms must occur, each in any of the fields. These are the ones that the caller may read:
nothing of another one can be learnt, not by the order either. The words are bound
(``Search.parameters``); the SQL depends on the ``Shape`` alone.
"""

import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import (
    Boolean,
    ColumnElement,
    FromClause,
    Text,
    and_,
    bindparam,
    cast,
    column,
    false,
    func,
    literal_column,
    or_,
    text,
)
from sqlalchemy.dialects.postgresql import TSQUERY, TSVECTOR

from models.column_type import INTEGER
from models.definition import Definition
from models.rank import rank_on_postgresql, rank_on_sqlite
from models.search_ddl import searched, words_column
from models.search_table import matching, words_of
from models.table import table_of
from models.words import Term, read_terms

# No word has it: what begins with a word is between that, and that with this behind it.
LAST = "\U0010ffff"


@dataclass(frozen=True)
class Shape:
    """``phrases`` and ``words`` count terms of several words, and of one."""

    fields: tuple[str, ...]
    phrases: int
    words: int


@dataclass(frozen=True)
class Search:
    """``fields``: those to be searched, each with the option ``search``."""

    fields: tuple[str, ...]
    terms: tuple[Term, ...]

    @property
    def phrases(self) -> list[Term]:
        return [term for term in self.terms if len(term.words) > 1]

    @property
    def words(self) -> list[Term]:
        return [term for term in self.terms if len(term.words) == 1]

    @property
    def shape(self) -> Shape:
        return Shape(self.fields, len(self.phrases), len(self.words))

    @property
    def spans(self) -> list[tuple[str, str]]:
        """Of each word, between which two are all that count as it."""
        return [
            (word, word + LAST if term.prefix and i == len(term.words) - 1 else word)
            for term in self.terms
            for i, word in enumerate(term.words)
        ]

    def parameters(self, dialect: str) -> dict[str, Any]:
        return PARAMETERS[dialect](self)


class Found(NamedTuple):
    """``condition`` for a SELECT from the collection's table. To order by ``rank``, the more the
    better, ``joins`` too: what to join to that table, on what."""

    condition: ColumnElement[bool]
    joins: tuple[tuple[FromClause, ColumnElement[bool]], ...]
    rank: ColumnElement[int]


def search(definition: Definition, readable: Collection[str], q: str) -> Search:
    """In those of the fields that the caller may read. ValueError: see ``read_terms``."""
    fields = tuple(field.name for field in searched(definition) if field.name in readable)
    return Search(fields, read_terms(q))


def found(definition: Definition, shape: Shape, dialect: str) -> Found:
    """Without a word, or a field to look in, that is nothing."""
    if not shape.fields or not shape.phrases + shape.words:
        return Found(false(), (), cast(0, INTEGER))
    condition, rank = STATEMENTS[dialect]
    ranked, on = rank(definition, shape.fields)
    return Found(condition(definition, shape), ((ranked, on),), ranked.c["rank"])


def _on_sqlite(definition: Definition, _: Shape) -> ColumnElement[bool]:
    revisions = text(matching(definition)).columns(column("rowid", INTEGER))
    return table_of(definition).c["revision"].in_(revisions)


def _on_postgresql(definition: Definition, shape: Shape) -> ColumnElement[bool]:
    """For each term and field one question to the field's index."""
    rows = (or_(*(_row(definition, f, i) for f in shape.fields)) for i in range(shape.phrases))
    words = (
        or_(*(_holds(definition, f, f"Q_WORD_{i}") for f in shape.fields))
        for i in range(shape.words)
    )
    return and_(*rows, *words)


def _holds(definition: Definition, field: str, query: str) -> ColumnElement[bool]:
    words = literal_column(words_of(definition, field), TSVECTOR)
    return words.op("@@", is_comparison=True, return_type=Boolean())(
        cast(bindparam(query, type_=Text), TSQUERY)
    )


def _row(definition: Definition, field: str, i: int) -> ColumnElement[bool]:
    """Where a tsvector does not know all positions: all the words, and then the text itself."""
    words = func.pw__fold(table_of(definition).c[field])
    in_text = func.strpos(words, bindparam(f"Q_TEXT_{i}", type_=Text)) > 0
    lost = _holds(definition, field, f"Q_LOST_{i}")
    return or_(_holds(definition, field, f"Q_ROW_{i}"), and_(lost, in_text))


def _parameters_on_sqlite(search: Search) -> dict[str, Any]:
    """FTS5 has a language of its own; between quotes a word is only a word."""
    columns = " ".join(map(words_column, search.fields))
    terms = (f'"{" ".join(t.words)}"{" *" if t.prefix else ""}' for t in search.terms)
    return {"Q": f"{{{columns}}} : ({' AND '.join(terms)})", "Q_WORDS": json.dumps(search.spans)}


def _parameters_on_postgresql(search: Search) -> dict[str, Any]:
    first, last = zip(*search.spans, strict=True) if search.terms else ((), ())
    parameters: dict[str, Any] = {"Q_FIRST": list(first), "Q_LAST": list(last)}
    for i, term in enumerate(search.words):
        parameters[f"Q_WORD_{i}"] = "".join(_lexemes(term))
    for i, term in enumerate(search.phrases):
        parameters[f"Q_ROW_{i}"] = " <-> ".join(_lexemes(term))
        parameters[f"Q_LOST_{i}"] = " & ".join([*_lexemes(term), "'+'"])
        parameters[f"Q_TEXT_{i}"] = f" {' '.join(term.words)}{'' if term.prefix else ' '}"
    return parameters


def _lexemes(term: Term) -> list[str]:
    quoted = [f"'{word}'" for word in term.words]
    return [*quoted[:-1], quoted[-1] + ":*"] if term.prefix else quoted


STATEMENTS = {
    "sqlite": (_on_sqlite, rank_on_sqlite),
    "postgresql": (_on_postgresql, rank_on_postgresql),
}
PARAMETERS = {"sqlite": _parameters_on_sqlite, "postgresql": _parameters_on_postgresql}
