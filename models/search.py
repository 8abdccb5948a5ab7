"""Full-text search: what is searched for as a value, and its SQL. Pure: no request, no database.

All terms must occur, each in any of the fields. These are the ones that the caller may read:
nothing of another one can be learnt, not by the order either. The words of the query are bound
(``Search.parameters``); the SQL depends on its ``Shape`` alone, and is built once for each.
"""

from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Text,
    and_,
    bindparam,
    cast,
    false,
    func,
    or_,
)
from sqlalchemy.dialects.postgresql import TSQUERY

from models.column_type import INTEGER
from models.definition import Definition
from models.rank import counts_on_postgresql, counts_on_sqlite, rank
from models.search_ddl import searched, words_column
from models.search_table import matched, words_of
from models.table import MEMO, table_of
from models.words import Term, read_terms

# No word has it: what begins with a word is between that, and that with this behind it.
LAST = "\U0010ffff"


@dataclass(frozen=True)
class Shape:
    """``terms``: of each, how many words it has, and whether the last one is a beginning."""

    fields: tuple[str, ...]
    terms: tuple[tuple[int, bool], ...]


@dataclass(frozen=True)
class Search:
    """``fields``: those to be searched, each with the option ``search``."""

    fields: tuple[str, ...]
    terms: tuple[Term, ...]

    @property
    def shape(self) -> Shape:
        return Shape(self.fields, tuple((len(t.words), t.prefix) for t in self.terms))

    def parameters(self, dialect: str) -> dict[str, Any]:
        return PARAMETERS[dialect](self)


class Found(NamedTuple):
    """``condition`` for a SELECT from the collection's table. To order by ``rank``, the more the
    better, ``joins`` too: what to join to that table, on what."""

    condition: ColumnElement[bool]
    joins: tuple[tuple[FromClause, ColumnElement[bool]], ...]
    rank: ColumnElement[int]


def search(definition: Definition, readable: Collection[str], text: str) -> Search:
    """Of what is in ``q``, among the fields that the caller may read. ValueError: see
    ``read_terms``."""
    fields = tuple(field.name for field in searched(definition) if field.name in readable)
    return Search(fields, read_terms(text))


@lru_cache(MEMO)
def found(definition: Definition, shape: Shape, dialect: str) -> Found:
    """Without a word, or a field to look in, that is nothing."""
    if not shape.terms or not shape.fields:
        return Found(false(), (), cast(0, INTEGER))
    condition, count = BY_DIALECT[dialect]
    beginnings = [prefix and i == n - 1 for n, prefix in shape.terms for i in range(n)]
    counts = count(definition, shape.fields, beginnings)
    ranked = rank(definition, shape.fields, counts.each)
    return Found(condition(definition, shape), counts.joins, ranked)


def _on_sqlite(definition: Definition, _: Shape) -> ColumnElement[bool]:
    return table_of(definition).c["revision"].in_(matched(definition))


def _on_postgresql(definition: Definition, shape: Shape) -> ColumnElement[bool]:
    """For each term and field one question to the field's index."""
    return and_(
        *(
            or_(*(_occurs(definition, field, i, n) for field in shape.fields))
            for i, (n, _) in enumerate(shape.terms)
        )
    )


def _occurs(definition: Definition, field: str, i: int, n: int) -> ColumnElement[bool]:
    words = words_of(definition, field)
    occurs = words.bool_op("@@")(cast(bindparam(f"Q_TERM_{i}", type_=Text), TSQUERY))
    if n == 1:
        return occurs
    # Where not all positions are known: all its words, and then the text itself.
    long = words.bool_op("@@")(cast(bindparam(f"Q_ALL_{i}", type_=Text), TSQUERY))
    text = func.pw__fold(table_of(definition).c[field])
    return or_(occurs, and_(long, func.strpos(text, bindparam(f"Q_TEXT_{i}", type_=Text)) > 0))


def _parameters_on_sqlite(search: Search) -> dict[str, str]:
    """FTS5 has a language of its own; between quotes a word is only a word."""
    columns = " ".join(map(words_column, search.fields))
    terms = (f'"{" ".join(t.words)}"{" *" if t.prefix else ""}' for t in search.terms)
    parameters = {"Q": f"{{{columns}}} : ({' AND '.join(terms)})"}
    for i, word in enumerate(_words(search)):
        parameters |= {f"Q_WORD_{i}": word, f"Q_END_{i}": word + LAST}
    return parameters


def _parameters_on_postgresql(search: Search) -> dict[str, str]:
    parameters = {f"Q_WORD_{i}": word for i, word in enumerate(_words(search))}
    for i, term in enumerate(search.terms):
        words = [f"'{word}'" for word in term.words]
        if term.prefix:
            words[-1] += ":*"
        row = " ".join(term.words)
        parameters[f"Q_TERM_{i}"] = " <-> ".join(words)
        parameters[f"Q_ALL_{i}"] = " & ".join([*words, "'+'"])
        parameters[f"Q_TEXT_{i}"] = f" {row}" if term.prefix else f" {row} "
    return parameters


def _words(search: Search) -> list[str]:
    return [word for term in search.terms for word in term.words]


BY_DIALECT = {
    "sqlite": (_on_sqlite, counts_on_sqlite),
    "postgresql": (_on_postgresql, counts_on_postgresql),
}
PARAMETERS = {"sqlite": _parameters_on_sqlite, "postgresql": _parameters_on_postgresql}
