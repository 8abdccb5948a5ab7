"""Who is asking."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Caller:
    """``id`` is the account's; the admin behind PENNYWORTH_ADMIN_KEY has none."""

    id: str | None = None
    role: str | None = None
    known: bool = False

    @property
    def admin(self) -> bool:
        return self.role == "admin"


ANONYMOUS = Caller()
ADMIN = Caller(role="admin", known=True)
