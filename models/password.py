"""Passwords are kept as argon2id hashes. To make or check one takes 19 MiB and some 30 ms, on
purpose: so a process does two at once, and never in a transaction, for which others would wait.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore
from unicodedata import normalize

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import hash_secret_raw

from models.database import unavailable

TIME, MEMORY, LANES = 2, 19_456, 1
SHORTEST, LONGEST_BYTES = 10, 1024
AT_ONCE = 2
PATIENCE_SECONDS = 5
NOBODYS = f"$argon2id$v=19$m={MEMORY},t={TIME},p={LANES}${'A' * 22}${'A' * 43}"
"""A hash of no known password: what is checked where there is no account takes as long."""
_hasher = PasswordHasher(TIME, MEMORY, LANES)
_turns = BoundedSemaphore(AT_ONCE)


@contextmanager
def _turn() -> Iterator[None]:
    """503 where too many are waiting."""
    if not _turns.acquire(timeout=PATIENCE_SECONDS):
        raise unavailable("Too many passwords are being checked just now.")
    try:
        yield
    finally:
        _turns.release()


def composed(password: str) -> str:
    """As it counts, on whatever keyboard it was typed: an accent is not a letter of its own."""
    return normalize("NFC", password)


def hashed(password: str) -> str:
    with _turn():
        return _hasher.hash(composed(password))


def is_right(password: str, hash: str) -> bool:
    with _turn():
        try:
            return _hasher.verify(hash, composed(password))
        except (VerificationError, InvalidHashError):
            return False


def is_outdated(hash: str) -> bool:
    """Whether it was made with other parameters than are used now."""
    return hash != NOBODYS and _hasher.check_needs_rehash(hash)


def slow_digest(text: str, place: str) -> str:
    """Of what holds a password, and is kept to be compared: as slow to guess as the password's own
    hash. ``place``: where it is kept, so that no two are the same."""
    salt = hashlib.sha256(f"salt of {place}".encode()).digest()[:16]
    with _turn():
        made = hash_secret_raw(text.encode(), salt, TIME, MEMORY, LANES, 32, Type.ID)
    return made.hex()
