"""Text without its case, the same on both databases: full case folding (Unicode 3.13, as
``str.casefold`` has it), so that STRASSE is straße.

SQLite's own ``LIKE`` and ``lower`` know ASCII only, and PostgreSQL's depend on the locale: here
SQLite calls back, and PostgreSQL has the function ``pw__casefold``.
"""

import sys
import unicodedata
from functools import cache, lru_cache

# New in Unicode 16, which PostgreSQL 18 has and Python 3.11 to 3.13 have not.
_NEW = {0x1C89: 0x1C8A, 0xA7CB: 0x264, 0xA7CC: 0xA7CD, 0xA7DA: 0xA7DB, 0xA7DC: 0x19B}
_NEW |= {code: code + 0x20 for code in range(0x10D50, 0x10D66)}
NEWER = {} if int(unicodedata.unidata_version.split(".")[0]) >= 16 else _NEW
_LETTERS = tuple(map(chr, NEWER))
BUILT_IN_SINCE = 18


def fold(text: str) -> str:
    # To translate takes ten times as long as all else, and such letters are rare.
    if NEWER and not text.isascii() and any(letter in text for letter in _LETTERS):
        text = text.translate(NEWER)
    return text.casefold()


@lru_cache(2)
def fold_long(text: str) -> str:
    """For who asks of one text several times."""
    return fold(text)


def postgresql_function(version: int) -> str:
    """For a server of this major version. The one that is built in is quicker."""
    body = 'casefold($1 COLLATE "pg_unicode_fast")' if version >= BUILT_IN_SINCE else _by_table()
    return (
        "CREATE OR REPLACE FUNCTION pw__casefold(text) RETURNS text"
        f" LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN {body}"
    )


@cache
def _by_table() -> str:
    """Each character that folds to one by ``translate``, the hundred that fold to more before. That
    takes a hundred times as long as what suffices for ASCII."""
    codes = (code for code in range(sys.maxunicode + 1) if not 0xD800 <= code < 0xE000)
    folded = {chr(code): fold(chr(code)) for code in codes}
    changed = {one: to for one, to in folded.items() if one != to}
    body = "$1"
    for one, to in changed.items():
        if len(to) > 1:
            body = f"replace({body}, '{one}', '{to}')"
    single = {one: to for one, to in changed.items() if len(to) == 1}
    body = f"translate({body}, '{''.join(single)}', '{''.join(single.values())}')"
    is_ascii = "octet_length($1) = char_length($1)"
    return f'CASE WHEN {is_ascii} THEN lower($1 COLLATE "C") ELSE {body} END'
