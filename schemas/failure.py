"""marshmallow's nested messages -> a flat list of failures with JSON Pointers.

A pointer is short, whatever names were sent: what has too long a name is pointed at by what holds
it.
"""

from collections.abc import Iterator
from typing import Any

from marshmallow import ValidationError

from models.refusal import Failure

LONGEST_POINTER = 200
MOST_FAILURES = 1000
"""Collected of one array or document, and listed in one answer: enough to mend a body by."""
UNKNOWN = ("unknown", "There is no such member.")
# What marshmallow says itself, and not one of our fields, comes as text.
OWN_WORDS = {
    "Unknown field.": UNKNOWN,
    "Missing data for required field.": ("required", "Must be sent."),
    "Field may not be null.": ("required", "Must not be null."),
    "Invalid input type.": ("type", "Must be a JSON object."),
}


def failures_of(error: ValidationError, prefix: str = "") -> list[Failure]:
    return list(_flat(error.messages, prefix))


def pointer_token(name: Any) -> str:
    """RFC 6901 §3."""
    return str(name).replace("~", "~0").replace("/", "~1")


def _flat(messages: Any, pointer: str, cut: bool = False) -> Iterator[Failure]:
    """``cut``: what is in there has no pointer of its own."""
    if isinstance(messages, dict):
        for name, inner in messages.items():
            at = pointer if cut or name == "_schema" else f"{pointer}/{pointer_token(name)}"
            too_long = len(at) > LONGEST_POINTER
            yield from _flat(inner, pointer if too_long else at, cut or too_long)
    elif isinstance(messages, list):
        for message in messages:
            yield from _flat(message, pointer, cut)
    elif isinstance(messages, tuple):
        code, detail = messages
        yield Failure(pointer, code, detail)
    else:
        code, detail = OWN_WORDS.get(messages, ("invalid", str(messages)))
        yield Failure(pointer, code, detail)
