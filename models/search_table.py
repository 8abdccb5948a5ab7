"""What models/search_ddl.py made, for statements."""

from sqlalchemy import (
    ColumnElement,
    Select,
    TableClause,
    bindparam,
    column,
    literal_column,
    quoted_name,
    select,
    table,
)
from sqlalchemy.dialects.postgresql import TSVECTOR

from models.ddl import quoted
from models.definition import Definition
from models.search_ddl import search_table, vocabulary_table, words_column
from models.table import table_name


def words_of(definition: Definition, field: str) -> ColumnElement[str]:
    """On PostgreSQL. The table of a definition has what it says, and no more."""
    qualified = f"{quoted(table_name(definition.name))}.{quoted(words_column(field))}"
    return literal_column(qualified, TSVECTOR)


def matched(definition: Definition) -> Select[int]:
    """The revisions of the records that FTS5 finds."""
    name = search_table(definition)
    words = table(quoted_name(name, True), column("rowid"), column(name)).c
    return select(words["rowid"]).where(words[name].match(bindparam("Q")))


def places_of(definition: Definition) -> TableClause:
    """Each occurrence of each word, on SQLite. ``doc`` is a revision, ``col`` a column of words."""
    names = ("term", "doc", "col", "offset")
    return table(quoted_name(vocabulary_table(definition), True), *map(column, names))
