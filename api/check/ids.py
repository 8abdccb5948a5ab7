"""Ids that look like one that was seen."""

import random
import re
import secrets
import string
import uuid
from typing import Any

UUID = re.compile(r"[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
ALPHABETS = (string.digits, string.ascii_lowercase, string.ascii_uppercase)


def another_id(seen: Any) -> Any:
    """Of the same kind, and hardly that of any record."""
    text = str(seen)
    if text.isdecimal():
        return random.randrange(10**8, 2 * 10**9)  # noqa: S311
    return str(uuid.uuid4()) if UUID.fullmatch(text) else "".join(map(another_letter, text))


def another_letter(letter: str) -> str:
    for alphabet in ALPHABETS:
        if letter in alphabet:
            return secrets.choice(alphabet)
    return letter
