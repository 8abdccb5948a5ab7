"""A definition as one kind of caller sees it: which fields it may read and write.

Whatever shows, takes or names a field asks this one object.
"""

from dataclasses import dataclass
from functools import cached_property, lru_cache

from models.definition import Definition, Field, Items
from models.table import MEMO, SYSTEM

SYSTEM_COLUMNS = {
    "revision": Items("integer", {}),
    "created_at": Items("datetime", {}),
    "updated_at": Items("datetime", {}),
}


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
        return ("id", *self.readable, *SYSTEM)

    def spec(self, name: str) -> Field | Items:
        """What a column holds, the system's own included."""
        if name == "id":
            return Items(self.definition.key.type, {})
        return SYSTEM_COLUMNS.get(name) or self.definition.fields[name]

    @cached_property
    def comparable(self) -> tuple[str, ...]:
        """What may be a condition or a sort key."""
        fields = (n for n, f in self.readable.items() if f.type not in ("json", "array"))
        return ("id", *fields, *SYSTEM)

    @cached_property
    def tag(self) -> str:
        """What of this view an ETag must tell apart: those who see the same have the same tags."""
        sees_all = len(self.readable) == len(self.definition.fields)
        return f"{self.definition.revision}{'' if sees_all else 'p'}"


@lru_cache(MEMO)
def view_of(definition: Definition, admin: bool) -> View:
    return View(definition, admin)
