"""What full-text search needs to find the words of a text (models/words.py, models/letters.py).

The functions of PostgreSQL depend on nobody's ``search_path`` (neither calls the other), so that
they work in a restore, too; nor on locale and version of Unicode: the index would be wrong after an
upgrade of either. In plpgsql, since before version 18 functions in SQL are planned for each row.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Connection

from models.collection import Collection, definition_stored
from models.column_type import TEXT
from models.letters import FOLD, LETTERS, UNKNOWN_TO_SQLITE, ranges
from models.rank import LAST_COUNTED
from models.search_ddl import LONGEST_TEXT, make_search
from models.words import LONGEST_WORD

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        for function in (_fold(), WORDS):
            connection.exec_driver_sql(function)
    else:
        _make_folds()
    _search_what_is_stored(connection)


def _make_folds() -> None:
    folds = op.create_table(
        "pw__folds",
        sa.Column("was", TEXT, primary_key=True),
        sa.Column("now", TEXT, nullable=False),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.bulk_insert(folds, [{"was": was, "now": now} for was, now in UNKNOWN_TO_SQLITE.items()])


def _search_what_is_stored(connection: Connection) -> None:
    """The option ``search`` was taken before there was any search."""
    for name in connection.execute(sa.select(Collection.name)).scalars().all():
        definition = definition_stored(connection, name)
        for statement in make_search(definition, connection.dialect.name):
            connection.exec_driver_sql(statement)


def _fold() -> str:
    """Text -> its words, folded, with a space before and behind each. ``translate`` looks through
    all of its alphabet for each character, so it gets only what occurs; ASCII has no need of it."""
    changed = {was: now for was, now in FOLD.items() if was > "\x7f"}
    # What is dropped comes last: there the second alphabet of translate() has nothing left.
    order = sorted(changed, key=lambda was: (changed[was] == "", was))
    known, folded = "".join(order), "".join(changed[letter] for letter in order)
    letters = "".join(_escaped(*ends) for ends in ranges(LETTERS))
    return f"""
CREATE FUNCTION pw__fold(whole text) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE STRICT AS $$
DECLARE
  cut text := lower(left(whole, {LONGEST_TEXT}) COLLATE "C");
  was text;
  now text;
BEGIN
  IF octet_length(cut) = char_length(cut) THEN
    RETURN ' ' || regexp_replace(cut, '[^0-9a-z]+', ' ', 'g') || ' ';
  END IF;
  SELECT string_agg(letter, '' ORDER BY place),
    string_agg(substr('{folded}', place, 1), '' ORDER BY place)
    INTO was, now
    FROM (SELECT letter, strpos('{known}', letter) AS place FROM (
      SELECT DISTINCT hit[1] AS letter FROM regexp_matches(cut, '[{known}]', 'g') AS hit
    ) AS letters) AS places;
  IF was IS NOT NULL THEN
    cut := translate(cut, was, now);
  END IF;
  RETURN ' ' || regexp_replace(cut, '[^{letters}]+', ' ', 'g') || ' ';
END $$"""


def _escaped(first: int, last: int) -> str:
    return f"\\U{first:08x}" if first == last else f"\\U{first:08x}-\\U{last:08x}"


# A tsvector has positions up to 16,383, and 255 of a word. All words that come later stand at the
# last one, which no word before is next to. Where so, or by the 256th of a word, something is lost,
# it has `+`, which is no word: there a phrase is looked for in the text (models/search.py).
WORDS = f"""
CREATE FUNCTION pw__words(folded text) RETURNS tsvector
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE STRICT AS $$
DECLARE
  words text[] := string_to_array(btrim(folded), ' ');
  entries text := (
    SELECT string_agg('''' || left(word, {LONGEST_WORD}) || ''':'
      || CASE WHEN n > {LAST_COUNTED} THEN 16383 ELSE n END, ' ')
    FROM unnest(words) WITH ORDINALITY AS one (word, n));
BEGIN
  IF cardinality(words) > {LAST_COUNTED} OR cardinality(words) > 255 AND EXISTS (
    SELECT FROM unnest(words) AS word GROUP BY left(word, {LONGEST_WORD}) HAVING count(*) > 255
  ) THEN
    entries := entries || ' ''+''';
  END IF;
  RETURN coalesce(entries, '')::tsvector;
END $$"""


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION pw__words(text)")
        op.execute("DROP FUNCTION pw__fold(text)")
    else:
        op.drop_table("pw__folds")
