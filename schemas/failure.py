"""marshmallow's nested messages -> a flat list of failures with JSON Pointers."""

from collections.abc import Iterator
from typing import Any

from marshmallow import ValidationError

from models.refusal import Failure

# What marshmallow says itself, and not one of our fields, comes as text.
OWN_WORDS = {
    "Unknown field.": ("unknown", "There is no such member."),
    "Missing data for required field.": ("required", "Must be sent."),
    "Field may not be null.": ("required", "Must not be null."),
    "Invalid input type.": ("type", "Must be a JSON object."),
}


def failures_of(error: ValidationError, prefix: str = "") -> list[Failure]:
    return list(_flat(error.messages, prefix))


def pointer_token(name: Any) -> str:
    """RFC 6901 §3."""
    return str(name).replace("~", "~0").replace("/", "~1")


def _flat(messages: Any, pointer: str) -> Iterator[Failure]:
    if isinstance(messages, dict):
        for name, inner in messages.items():
            at = pointer if name == "_schema" else f"{pointer}/{pointer_token(name)}"
            yield from _flat(inner, at)
    elif isinstance(messages, list):
        for message in messages:
            yield from _flat(message, pointer)
    elif isinstance(messages, tuple):
        code, detail = messages
        yield Failure(pointer, code, detail)
    else:
        code, detail = OWN_WORDS.get(messages, ("invalid", str(messages)))
        yield Failure(pointer, code, detail)
