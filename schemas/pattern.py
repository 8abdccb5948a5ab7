"""Patterns come from users, so RE2 runs them, in linear time."""

from functools import lru_cache

import re2

LONGEST = 500
ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]{1,64}"
LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
# RFC 3986, appendix A: pchar.
CHARACTER = r"(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})"
# Each is what is documented (ECMA-262) and what is matched (RE2): the same text.
FORMATS = {
    "email": rf"{ATOM}(?:\.{ATOM})*@{LABEL}(?:\.{LABEL})+",
    "url": rf"https?://{LABEL}(?:\.{LABEL})*(?::[0-9]{{1,5}})?(?:/{CHARACTER}*)*"
    rf"(?:\?(?:{CHARACTER}|[/?])*)?(?:#(?:{CHARACTER}|[/?])*)?",
    "slug": r"[a-z0-9]+(?:-[a-z0-9]+)*",
}


def _options() -> re2.Options:
    options = re2.Options()
    options.log_errors = False
    options.max_mem = 1 << 20
    return options


@lru_cache(4096)
def _compiled(pattern: str) -> re2._Regexp:
    return re2.compile(pattern, _options())


def full_match(pattern: str, value: str) -> bool:
    return _compiled(pattern).fullmatch(value) is not None


def fault(pattern: str) -> str | None:
    """Why RE2 does not take it."""
    if len(pattern) > LONGEST:
        return f"Must have at most {LONGEST} characters."
    try:
        _compiled(pattern)
    except re2.error as error:
        reason = error.args[0] if error.args else "not a pattern"
        return (
            f"Must be an RE2 pattern: {reason.decode() if isinstance(reason, bytes) else reason}."
        )
    return None
