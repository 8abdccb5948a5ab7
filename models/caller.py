"""Who is asking."""

from dataclasses import dataclass
from datetime import datetime

ADMIN_ROLE = ADMIN_SCOPE = "admin"
ANY = "*"
# To write includes to read.
SUFFICIENT = {"read": ("read", "write"), "write": ("write",)}


@dataclass(frozen=True, slots=True)
class Caller:
    """``id`` is the account's; the admin behind PENNYWORTH_ADMIN_KEY has none. ``scopes``: those of
    the API key; None where nothing limits what its account may do."""

    id: str | None = None
    role: str | None = None
    email: str | None = None
    known: bool = False
    scopes: frozenset[str] | None = None

    @property
    def admin(self) -> bool:
        """Passes every rule, within the scopes."""
        return self.role == ADMIN_ROLE

    @property
    def unlimited(self) -> bool:
        return self.scopes is None or ADMIN_SCOPE in self.scopes

    @property
    def administers(self) -> bool:
        """Definitions and accounts."""
        return self.admin and self.unlimited

    def covers(self, collection: str, verb: str) -> bool:
        """Whether the scopes do. ``verb``: read or write; ``collection`` may be ``*``."""
        if self.scopes is None or ADMIN_SCOPE in self.scopes:
            return True
        return any(
            f"{of}:{enough}" in self.scopes
            for of in (ANY, collection)
            for enough in SUFFICIENT[verb]
        )


ANONYMOUS = Caller()
ADMIN = Caller(role=ADMIN_ROLE, known=True)


@dataclass(frozen=True, slots=True)
class Moment:
    """When, and by whom: what ``@now`` and ``@me`` mean."""

    now: datetime
    caller: Caller
