"""What models/search_ddl.py made, for statements. The table of a definition has what that says,
and no more."""

from models.ddl import quoted
from models.definition import Definition
from models.search_ddl import fts_table, words_column
from models.table import table_name


def words_of(definition: Definition, field: str) -> str:
    """The column, on PostgreSQL."""
    return f"{quoted(table_name(definition.name))}.{quoted(words_column(field))}"


def matching(definition: Definition) -> str:
    """SQLite: SELECT the revisions of the records that FTS5 finds."""
    words = quoted(fts_table(definition))
    return f"SELECT rowid FROM {words} WHERE {words} MATCH :Q"
