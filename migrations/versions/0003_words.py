"""What full-text search needs to find the words of a text (models/words.py, models/letters.py).

The functions of PostgreSQL have bodies that are parsed here (BEGIN ATOMIC, PostgreSQL 14), so they
do not depend on anybody's ``search_path``, nor does what pg_dump writes. Nor do they on locale and
version of Unicode: the index would be wrong after an upgrade of either.
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

revision = "0003"
down_revision = "0002"
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
    was, now = "".join(order), "".join(changed[letter] for letter in order)
    letters = "".join(_escaped(*ends) for ends in ranges(LETTERS))
    return f"""
CREATE FUNCTION pw__fold(text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
BEGIN ATOMIC
  SELECT ' ' || CASE
    WHEN octet_length(cut) = char_length(cut)
    THEN regexp_replace(lower(cut), '[^0-9a-z]+', ' ', 'g')
    ELSE (
      SELECT regexp_replace(
        translate(lower(cut), coalesce(string_agg(letter, '' ORDER BY place), ''),
          coalesce(string_agg(substr('{now}', place, 1), '' ORDER BY place), '')),
        '[^{letters}]+', ' ', 'g')
      FROM (SELECT letter, strpos('{was}', letter) AS place FROM (
        SELECT DISTINCT found[1] AS letter FROM regexp_matches(cut, '[{was}]', 'g') AS found
      ) AS letters) AS places
    ) END || ' '
  FROM (SELECT left($1, {LONGEST_TEXT}) COLLATE "C" AS cut OFFSET 0) AS text;
END"""


def _escaped(first: int, last: int) -> str:
    return f"\\U{first:08x}" if first == last else f"\\U{first:08x}-\\U{last:08x}"


# A tsvector has positions up to 16,383, and 255 of a word. All words that come later stand at the
# last one, which no word before is next to. Where so, or by the 256th of a word, something is lost,
# it has `+`, which is no word: there a phrase is looked for in the text (models/search.py).
WORDS = f"""
CREATE FUNCTION pw__words(text) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
BEGIN ATOMIC
  SELECT (coalesce((
    SELECT string_agg('''' || left(word, {LONGEST_WORD}) || ''':'
      || CASE WHEN n > {LAST_COUNTED} THEN 16383 ELSE n END, ' ')
    FROM unnest(words) WITH ORDINALITY AS word (word, n)
  ), '') || CASE
    WHEN cardinality(words) > 255 AND (cardinality(words) > {LAST_COUNTED} OR EXISTS (
      SELECT FROM unnest(words) AS word GROUP BY left(word, {LONGEST_WORD}) HAVING count(*) > 255))
    THEN ' ''+''' ELSE '' END)::tsvector
  FROM (
    SELECT string_to_array(btrim(pw__fold($1) COLLATE "C"), ' ') AS words OFFSET 0
  ) AS text;
END"""


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION pw__words(text)")
        op.execute("DROP FUNCTION pw__fold(text)")
    else:
        op.drop_table("pw__folds")
