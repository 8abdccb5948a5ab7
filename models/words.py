"""The words of a text, and of what is searched for. Pure.

``words`` says in Python what each database does by itself (models/search_ddl.py), so that what is
searched for is read once for both. models/letters.py says what a letter is.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from models.letters import FOLD, LETTERS, ranges

LONGEST_QUERY = 1000
MOST_WORDS = 32
# Of a longer word only its beginning counts: PostgreSQL takes no word of more than 2,046 bytes.
LONGEST_WORD = 500

_CLASS = "".join(f"{chr(first)}-{chr(last)}" for first, last in ranges(LETTERS))
_WORD = re.compile(f"[{_CLASS}]+")
_WORD_AND_STAR = re.compile(rf"([{_CLASS}]+)(\*?)")
_PIECE = re.compile('"([^"]*)"?|([^"]+)')
_FOLD = str.maketrans(FOLD)


@dataclass(frozen=True)
class Term:
    """One word, or several in a row in one field. ``prefix``: the last one is a beginning."""

    words: tuple[str, ...]
    prefix: bool = False


def fold(text: str) -> str:
    """Without case and accents."""
    return text.translate(_FOLD)


def words(text: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(fold(text)))


def read_terms(text: str) -> tuple[Term, ...]:
    """Of ``word "a phrase" begin*``, all of which must occur; whatever else there is separates.
    ValueError, with a sentence, if it is too much; none at all if there is no word in it."""
    if len(text) > LONGEST_QUERY:
        raise ValueError(f"It may have at most {LONGEST_QUERY:,} characters.")
    terms = tuple(dict.fromkeys(_terms(fold(text))))
    if sum(len(term.words) for term in terms) > MOST_WORDS:
        raise ValueError(f"It may have at most {MOST_WORDS} words.")
    return terms


def _terms(folded: str) -> Iterator[Term]:
    for phrase, rest in _PIECE.findall(folded):
        for word, star in _WORD_AND_STAR.findall(rest):
            yield from _bounded((word,), prefix=star != "")
        if row := _WORD_AND_STAR.findall(phrase):
            yield from _bounded(tuple(word for word, _ in row), prefix=row[-1][1] != "")


def _bounded(row: tuple[str, ...], *, prefix: bool) -> Iterator[Term]:
    """A word that is too long is a beginning, and SQLite knows beginnings only at the end."""
    before: tuple[str, ...] = ()
    for word in row:
        before = (*before, word[:LONGEST_WORD])
        if len(word) >= LONGEST_WORD:
            yield Term(before, prefix=True)
            before = ()
    if before:
        yield Term(before, prefix)
