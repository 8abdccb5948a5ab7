"""Definition -> the SQL that keeps the words of its ``search`` fields, by the database itself.

Each such field has a column of words, ``title__words``. On PostgreSQL it is a generated
``tsvector`` with a GIN index. On SQLite it is text in a view, ``books__text``, from which triggers
feed an FTS5 table, ``books__search``; ``books__vocabulary`` lists each word's places in it. There a
record goes by its ``revision``: rowids may change in a VACUUM, and ids are not all integers.

Migration 0004 made what these use: ``pw__folds`` on SQLite, ``pw__fold()`` and ``pw__words()`` on
PostgreSQL.
"""

from models.ddl import constraint_name, quoted, quoted_column
from models.definition import Definition, Field
from models.letters import UNKNOWN_TO_SQLITE
from models.table import table_name

# What comes after is not found: a tsvector takes 1 MiB, and each character 4 bytes of that.
LONGEST_TEXT = 250_000
# A mark that is no accent belongs to its letter: so most scripts of India write their vowels. The
# rest is as in models/letters.py.
SEPARATORS = "\N{VARIATION SELECTOR-15}\N{VARIATION SELECTOR-16}\U0010ffff"
TOKENIZER = f"unicode61 remove_diacritics 2 categories 'L* N* Mn Mc' separators '{SEPARATORS}'"


def searched(definition: Definition) -> tuple[Field, ...]:
    return tuple(
        field
        for field in definition.fields.values()
        if field.type == "string" and field.option("search")
    )


def words_column(field: str) -> str:
    return f"{field}__words"


def text_view(definition: Definition) -> str:
    return f"{table_name(definition.name)}__text"


def fts_table(definition: Definition) -> str:
    return f"{table_name(definition.name)}__search"


def vocabulary_table(definition: Definition) -> str:
    return f"{table_name(definition.name)}__vocabulary"


def make_search(definition: Definition, dialect: str) -> tuple[str, ...]:
    """All of it, for a table that is there already, with what it holds."""
    fields = searched(definition)
    if dialect == "postgresql":
        return tuple(sql for field in fields for sql in add_words(definition, field))
    if not fields:
        return ()
    view, words = text_view(definition), fts_table(definition)
    columns = ", ".join(quoted(words_column(field.name)) for field in fields)
    return (
        f"CREATE VIRTUAL TABLE {quoted(words)} USING fts5({columns}, content='{view}',"
        f" content_rowid='revision', columnsize=0, tokenize=\"{TOKENIZER}\")",
        f"CREATE VIRTUAL TABLE {quoted(vocabulary_table(definition))}"
        f" USING fts5vocab('{words}', 'instance')",
        *connect_search(definition),
        f"INSERT INTO {quoted(words)} ({quoted(words)}) VALUES ('rebuild')",
    )


def drop_search(definition: Definition) -> tuple[str, ...]:
    """On SQLite; a table of PostgreSQL takes it all with it."""
    if not searched(definition):
        return ()
    return (
        *disconnect_search(definition),
        f"DROP TABLE {quoted(vocabulary_table(definition))}",
        f"DROP TABLE {quoted(fts_table(definition))}",
    )


def add_words(definition: Definition, field: Field) -> tuple[str, str]:
    """On PostgreSQL."""
    table, words = quoted(table_name(definition.name)), quoted(words_column(field.name))
    index = quoted(constraint_name("words", definition.name, field.name))
    return (
        f"ALTER TABLE {table} ADD COLUMN {words} tsvector"
        f" GENERATED ALWAYS AS (pw__words(pw__fold({quoted_column(field.name)}))) STORED",
        f"CREATE INDEX {index} ON {table} USING gin ({words})",
    )


def drop_words(definition: Definition, field: Field) -> tuple[str]:
    table = quoted(table_name(definition.name))
    return (f"ALTER TABLE {table} DROP COLUMN {quoted(words_column(field.name))}",)


def connect_search(definition: Definition) -> tuple[str, ...]:
    """The view and the triggers: what hangs on the table, on SQLite."""
    fields = searched(definition)
    if not fields:
        return ()
    table, view = quoted(table_name(definition.name)), quoted(text_view(definition))
    read = ", ".join(f"{_text(table, f)} AS {quoted(words_column(f.name))}" for f in fields)
    changes = ", ".join(["UPDATE OF revision", *(quoted_column(f.name) for f in fields)])
    return (
        f"CREATE VIEW {view} AS SELECT revision, {read} FROM {table}",
        *(
            f"CREATE TRIGGER {quoted(_trigger(definition, when, event))} {when} {changed}"
            f" ON {table} BEGIN {_fed(definition, when)}; END"
            for when, event, changed in _events(changes)
        ),
    )


def disconnect_search(definition: Definition) -> tuple[str, ...]:
    if not searched(definition):
        return ()
    return (
        *(
            f"DROP TRIGGER {quoted(_trigger(definition, when, event))}"
            for when, event, _ in _events("")
        ),
        f"DROP VIEW {quoted(text_view(definition))}",
    )


def _events(changes: str) -> tuple[tuple[str, str, str], ...]:
    """What was indexed is taken out again while it can still be read."""
    return (
        ("AFTER", "insert", "INSERT"),
        ("BEFORE", "update", changes),
        ("AFTER", "update", changes),
        ("BEFORE", "delete", "DELETE"),
    )


def _trigger(definition: Definition, when: str, event: str) -> str:
    return f"{fts_table(definition)}__{when.lower()}_{event}"


def _fed(definition: Definition, when: str) -> str:
    words, view = quoted(fts_table(definition)), quoted(text_view(definition))
    columns = ", ".join(quoted(words_column(field.name)) for field in searched(definition))
    if when == "AFTER":
        into, what, row = f"rowid, {columns}", f"revision, {columns}", "new"
    else:
        into, what, row = f"{words}, rowid, {columns}", f"'delete', revision, {columns}", "old"
    return f"INSERT INTO {words} ({into}) SELECT {what} FROM {view} WHERE revision = {row}.revision"


def _text(table: str, field: Field) -> str:
    """Without what ``unicode61`` does not know how to ignore; each that occurs in its turn. Named
    with its table: SQLite, when it drops a column of any, would take it for a text in there."""
    column = f"{table}.{quoted_column(field.name)}"
    cut = f"substr({column}, 1, {LONGEST_TEXT})"
    some = f"{min(UNKNOWN_TO_SQLITE)}-{max(UNKNOWN_TO_SQLITE)}"
    return (
        f"CASE WHEN {column} GLOB '*[{some}]*' THEN (WITH RECURSIVE"
        f" folded (was, text) AS (SELECT '', {cut} UNION ALL"
        " SELECT fold.was, replace(text, fold.was, fold.now) FROM folded JOIN pw__folds AS fold"
        " ON fold.was = (SELECT next.was FROM pw__folds AS next WHERE next.was > folded.was"
        " AND instr(text, next.was) ORDER BY next.was LIMIT 1))"
        f" SELECT text FROM folded ORDER BY was DESC LIMIT 1) ELSE {cut} END"
    )
