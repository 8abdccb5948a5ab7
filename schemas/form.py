"""``application/x-www-form-urlencoded`` as a query string has it, but strictly."""

import re
from urllib.parse import parse_qsl

from models.refusal import Refusal

BAD_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")


def read_form(data: bytes) -> list[tuple[str, str]]:
    """400 for what is not text."""
    if BAD_ESCAPE.search(data):
        raise Refusal("malformed-request", "A percent sign in the body begins no escape.")
    try:
        pairs = parse_qsl(data.decode(), keep_blank_values=True, errors="strict")
    except UnicodeDecodeError:
        raise Refusal("malformed-request", "The body must be in UTF-8.") from None
    if any("\0" in name or "\0" in value for name, value in pairs):
        raise Refusal("malformed-request", "There is a NUL in the body.")
    return pairs
