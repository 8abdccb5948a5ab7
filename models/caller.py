"""Who is asking."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Caller:
    """``id`` is the account's; the admin behind PENNYWORTH_ADMIN_KEY has none."""

    id: str | None = None
    role: str | None = None
    email: str | None = None
    known: bool = False

    @property
    def admin(self) -> bool:
        return self.role == "admin"


ANONYMOUS = Caller()
ADMIN = Caller(role="admin", known=True)


@dataclass(frozen=True, slots=True)
class Moment:
    """When, and by whom: what ``@now`` and ``@me`` mean."""

    now: datetime
    caller: Caller
