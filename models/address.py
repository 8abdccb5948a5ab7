"""E-mail addresses as they are compared: who signs up as the one gets nobody else's account."""

import re
from unicodedata import normalize

LONGEST = 254
LONGEST_LOCAL = 64
LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
DOMAIN = re.compile(rf"{LABEL}(?:\.{LABEL})*")
ATOM = r"(?:[a-z0-9!#$%&'*+/=?^_`{|}~-]|[^\x00-\x7f])+"
LOCAL = re.compile(rf"{ATOM}(?:\.{ATOM})*")


def normal_form(email: str) -> str | None:
    """In NFKC, without case, its domain in ASCII (IDNA); None where it can be no address."""
    if len(email) > LONGEST:
        return None
    folded = normalize("NFKC", normalize("NFKC", email).casefold())
    local, at, domain = folded.rpartition("@")
    if not at or not folded.isprintable() or len(local.encode()) > LONGEST_LOCAL:
        return None
    ascii = _ascii(domain)
    if not LOCAL.fullmatch(local) or not DOMAIN.fullmatch(ascii):
        return None
    normal = f"{local}@{ascii}"
    return normal if len(normal.encode()) <= LONGEST else None


def _ascii(domain: str) -> str:
    try:
        return domain.encode("idna").decode()
    except UnicodeError:
        return ""
