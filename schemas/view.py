"""What one kind of caller may see and do: of a definition which fields, of a collection which rows.

Whatever shows, takes or names a field asks a ``View``; whatever reads records asks ``Views`` for
the rows that may be read. Callers of whom all rules about callers say the same share both.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import blake2b
from typing import NamedTuple

from models.account import ACCOUNT
from models.caller import Caller
from models.collection import Definitions
from models.definition import USERS, Definition, Field, Items
from models.definition import Rule as Said
from models.expression import NEVER, Rows, Rule, rows_of
from models.search_ddl import searched
from models.table import SYSTEM

SYSTEM_COLUMNS = {
    "revision": Items("integer", {}),
    "created_at": Items("datetime", {}),
    "updated_at": Items("datetime", {}),
}
# What has no order, and is not compared as a whole.
WHOLES = ("json", "array")
ACCOUNT_COLUMNS = ("id", *ACCOUNT.fields, "created_at", "updated_at")
OF_OTHERS = frozenset(["name"])
"""What one sees of another one's account."""
VERBS = {"read": "read", "create": "write", "update": "write", "delete": "write"}


@dataclass(frozen=True, eq=False)
class View:
    """``seen`` and ``written``: the names of the fields that may be."""

    definition: Definition
    seen: frozenset[str]
    written: frozenset[str]

    def may_read(self, field: Field) -> bool:
        return field.name in self.seen

    def may_write(self, field: Field) -> bool:
        return field.name in self.written

    @cached_property
    def sees_all(self) -> bool:
        return len(self.seen) == len(self.definition.fields)

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
        if self.definition.name == USERS:
            # Their revisions are nobody's business.
            return ("id", *self.readable, *(SYSTEM[1:] if "email" in self.seen else ()))
        return ("id", *self.readable, *SYSTEM)

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
        if self.definition.name == USERS:
            return "u" if "email" in self.seen else "n"
        if self.sees_all:
            return str(self.definition.revision)
        seen = blake2b(",".join(self.readable).encode(), digest_size=4).hexdigest()
        return f"{self.definition.revision}p{seen}"


def view_of(definition: Definition, seen: frozenset[str], written: frozenset[str]) -> View:
    """The same object while the definition lives, so that it can key what is derived from it."""
    place = (View, seen, written)
    view: View | None = definition.derived.get(place)
    return view or definition.derived.setdefault(place, View(definition, seen, written))


class Standing(NamedTuple):
    """A kind of caller, as ``Caller`` has it; ``scopes`` is None where they limit nothing.
    ``true``: of the rules about callers alone, those that are true of them."""

    known: bool
    admin: bool
    scopes: frozenset[str] | None
    true: frozenset[str]

    @property
    def unlimited(self) -> bool:
        return self.scopes is None

    @property
    def administers(self) -> bool:
        return self.admin and self.unlimited

    def covers(self, collection: str, verb: str) -> bool:
        return Caller(scopes=self.scopes).covers(collection, verb)


@dataclass(frozen=True, eq=False)
class Views:
    """All collections as one kind of caller sees them. ``rule_of`` reads a rule about records, and
    says None of one about the caller alone."""

    definitions: Definitions
    standing: Standing
    rule_of: Callable[[Definitions, Definition, str], Rule | None]
    _views: dict[Definition, View] = field(default_factory=dict)
    _rows: dict[tuple[Definition, str], Rows | None] = field(default_factory=dict)

    def of(self, name: str) -> View | None:
        definition = self.definitions.get(name)
        return None if definition is None else self.view(definition)

    def view(self, definition: Definition) -> View:
        view = self._views.get(definition)
        if view is None:
            fields = definition.fields.values()
            seen = frozenset(one.name for one in fields if self._holds(one.read))
            written = frozenset(one.name for one in fields if self._holds(one.write))
            view = self._views.setdefault(definition, view_of(definition, seen, written))
        return view

    def _holds(self, said: Said) -> bool:
        """A rule about the caller alone."""
        return self.standing.admin or said is True or said in self.standing.true

    def rows(self, definition: Definition, action: str) -> Rows | None:
        """Those to which the action may be done. None: it is closed to these callers."""
        place = (definition, action)
        if place not in self._rows:
            self._rows[place] = self._found(definition, action)
        return self._rows[place]

    def open_rows(self, definition: Definition, action: str) -> Rows:
        """Of what is known not to be closed."""
        rows = self.rows(definition, action)
        if rows is None:
            raise LookupError("it is closed")
        return rows

    def _found(self, definition: Definition, action: str) -> Rows | None:
        if definition is ACCOUNT:
            return rows_of(definition, None)
        if not self.standing.covers(definition.name, VERBS[action]):
            return None
        said: Said = getattr(definition.access, action)
        if self._holds(said):
            return rows_of(definition, None)
        if said is False:
            return None
        rule = self.rule_of(self.definitions, definition, str(said))
        return rows_of(definition, NEVER if rule is None else rule)

    def may(self, definition: Definition, action: str) -> bool:
        """Whether it is not closed; which records, the rule says."""
        return self.rows(definition, action) is not None

    def may_ever(self, definition: Definition, action: str) -> bool:
        """Whether there could be a record to which these callers may do that."""
        rows = self.rows(definition, action)
        return rows is not None and rows.rule is not NEVER

    def readable(self, name: str | None) -> View | None:
        """None too where it is closed to them: what they ask must not tell the two apart."""
        if name == USERS:
            return self.account(whole=self.standing.administers)
        view = self.of(name or "")
        return view if view is not None and self.may(view.definition, "read") else None

    def account(self, *, whole: bool) -> View:
        """``whole``: for admins, and for whose account it is."""
        seen = frozenset(ACCOUNT.fields) if whole else OF_OTHERS
        return view_of(ACCOUNT, seen, frozenset())
