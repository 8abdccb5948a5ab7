"""A definition as one kind of caller sees it: which fields it may read and write.

Whatever shows, takes or names a field asks this one object.
"""

from dataclasses import dataclass
from functools import cached_property

from models.collection import Definitions
from models.definition import ACCOUNTS, USERS, Definition, Field, Items
from models.memo import memo
from models.search_ddl import searched
from models.table import SYSTEM

SYSTEM_COLUMNS = {
    "revision": Items("integer", {}),
    "created_at": Items("datetime", {}),
    "updated_at": Items("datetime", {}),
}


# What has no order, and is not compared as a whole.
WHOLES = ("json", "array")


@dataclass(frozen=True, eq=False)
class View:
    definition: Definition
    admin: bool

    def may_read(self, field: Field) -> bool:
        return self.admin or field.read is True

    def may_write(self, field: Field) -> bool:
        return self.admin or field.write is True

    @cached_property
    def readable(self) -> dict[str, Field]:
        return {n: f for n, f in self.definition.fields.items() if self.may_read(f)}

    @cached_property
    def accepted(self) -> dict[str, Field]:
        """What a body may name; a member that is neither read nor written is unknown."""
        fields = self.definition.fields.items()
        return {n: f for n, f in fields if self.may_read(f) or self.may_write(f)}

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """What a record shows, in this order."""
        system = () if self.definition is ACCOUNTS else SYSTEM
        return ("id", *self.readable, *system)

    def spec(self, name: str) -> Field | Items:
        """What a column holds, the system's own included."""
        if name == "id":
            return Items(self.definition.key.type, {})
        return SYSTEM_COLUMNS.get(name) or self.definition.fields[name]

    @cached_property
    def comparable(self) -> tuple[str, ...]:
        """What may be compared, or sorted by."""
        return tuple(name for name in self.columns if self.spec(name).type not in WHOLES)

    @cached_property
    def searched(self) -> tuple[str, ...]:
        """Which fields a full-text search looks into."""
        return tuple(field.name for field in searched(self.definition) if self.may_read(field))

    @cached_property
    def tag(self) -> str:
        """What of this view an ETag must tell apart: those who see the same have the same tags."""
        sees_all = len(self.readable) == len(self.definition.fields)
        return f"{self.definition.revision}{'' if sees_all else 'p'}"


def view_of(definition: Definition, admin: bool) -> View:
    """The same object while the definition lives, so that it can key what is derived from it."""
    view: View | None = definition.derived.get(admin)
    return view or definition.derived.setdefault(admin, View(definition, admin))


@dataclass(frozen=True, eq=False)
class Views:
    """All collections as one kind of caller sees them."""

    definitions: Definitions
    admin: bool

    def of(self, name: str) -> View | None:
        definition = self.definitions.get(name)
        return None if definition is None else view_of(definition, self.admin)

    def may(self, definition: Definition, action: str) -> bool:
        return self.admin or getattr(definition.access, action) is True

    def readable(self, name: str | None) -> View | None:
        """None too where it is closed to them: what they ask must not tell the two apart."""
        if name == USERS:
            return view_of(ACCOUNTS, self.admin)
        view = self.of(name or "")
        return view if view is not None and self.may(view.definition, "read") else None


@memo(64)
def views_of(definitions: Definitions, admin: bool) -> Views:
    return Views(definitions, admin)
