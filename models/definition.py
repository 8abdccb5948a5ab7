"""A collection's definition as an immutable value; everything else is derived from it.

``freeze`` trusts its input: what comes from a client goes through ``schemas/definition.py`` first.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

Rule = bool | str
"""``True``: anyone; ``False``: admins only; or an expression, as it was sent."""


@dataclass(frozen=True)
class Key:
    type: str = "uuid"
    pattern: str | None = None
    max_length: int | None = None

    @property
    def form(self) -> str:
        """In a sentence, for whoever sent another one."""
        return KEY_FORMS[self.type]


KEY_FORMS = {
    "uuid": "it must be a UUID such as 01890a5d-ac96-774b-bcce-b302099a8057.",
    "integer": "it must be a whole number of 64 bits, without leading zeros.",
    "string": "it must be as the collection's key says.",
}
USERS = "users"
USERS_KEY = Key("uuid")


@dataclass(frozen=True)
class Items:
    """What an array holds: a scalar type with that type's own options."""

    type: str
    options: Mapping[str, Any]

    @property
    def required(self) -> bool:
        return True

    @property
    def target(self) -> None:
        return None

    def option(self, name: str) -> Any:
        return self.options.get(name)


@dataclass(frozen=True)
class Field:
    """One typed column. ``options`` are the options of its type, as they were sent."""

    name: str
    type: str
    options: Mapping[str, Any]
    required: bool = False
    default: Any = None
    has_default: bool = False
    unique: bool = False
    index: bool = False
    immutable: bool = False
    description: str | None = None
    example: Any = None
    deprecated: bool = False
    read: Rule = True
    write: Rule = True
    items: Items | None = None
    to: str | None = None
    on_delete: str = "restrict"
    target: Key | None = None
    longest: int | None = None

    def option(self, name: str) -> Any:
        """As it was sent; but an indexed string has a greatest length in any case."""
        value = self.options.get(name)
        if name == "max_length" and self.longest is not None:
            return self.longest if value is None else min(value, self.longest)
        return value


# PostgreSQL takes no entry of an index that is longer than 2,704 bytes.
LONGEST_INDEXED = 500


@dataclass(frozen=True)
class Access:
    read: Rule = False
    create: Rule = False
    update: Rule = False
    delete: Rule = False


@dataclass(frozen=True)
class Sort:
    """A field to order by, as in ``indexes`` and ``sort=``."""

    name: str
    descending: bool = False


@dataclass(frozen=True, eq=False)
class Definition:
    """One revision of a collection. Compared by identity: a changed definition is another value,
    and an unchanged one stays the same object, so it can key the memos of what is derived."""

    name: str
    body: Mapping[str, Any]
    key: Key
    fields: Mapping[str, Field]
    unique: tuple[tuple[str, ...], ...]
    indexes: tuple[tuple[Sort, ...], ...]
    access: Access
    require_if_match: bool
    description: str | None
    revision: int
    created_at: datetime | None
    updated_at: datetime | None

    @cached_property
    def derived(self) -> dict[Any, Any]:
        """For what is to live as long as the definition, and no longer."""
        return {}

    @cached_property
    def references(self) -> tuple[Field, ...]:
        return tuple(field for field in self.fields.values() if field.type == "reference")


OF_EVERY_FIELD = frozenset(
    [
        "type",
        "required",
        "default",
        "unique",
        "index",
        "description",
        "example",
        "deprecated",
        "immutable",
        "access",
        "items",
        "to",
        "on_delete",
    ]
)


def freeze(
    name: str,
    body: Mapping[str, Any],
    keys: Mapping[str, Key],
    *,
    revision: int = 0,
    created_at: datetime | None = None,
    updated_at: datetime | None = None,
) -> Definition:
    """The value of a valid definition. ``keys`` are the keys of the collections it may refer to,
    itself included."""
    fields = body.get("fields", {})
    longest = _longest_indexed(body, fields)
    return Definition(
        name=name,
        body=body,
        key=Key(**body.get("key", {})),
        fields={n: _field(n, f, keys, longest.get(n)) for n, f in fields.items()},
        unique=tuple(tuple(names) for names in body.get("unique", ())),
        indexes=tuple(tuple(sort_of(n) for n in names) for names in body.get("indexes", ())),
        access=Access(**body.get("access", {})),
        require_if_match=body.get("require_if_match", False),
        description=body.get("description"),
        revision=revision,
        created_at=created_at,
        updated_at=updated_at,
    )


def sort_of(text: str) -> Sort:
    return Sort(text.removeprefix("-"), text.startswith("-"))


def _longest_indexed(body: Mapping[str, Any], fields: Mapping[str, Any]) -> dict[str, int]:
    """String field -> how long it may be, since the strings of one index share its room."""
    alone = [[name] for name, field in fields.items() if field.get("unique") or field.get("index")]
    together = [[sort_of(one).name for one in names] for names in body.get("indexes", ())]
    longest: dict[str, int] = {}
    for names in (*alone, *together, *body.get("unique", ())):
        strings = [name for name in names if fields.get(name, {}).get("type") == "string"]
        for name in strings:
            room = LONGEST_INDEXED // len(strings)
            longest[name] = min(room, longest.get(name, room))
    return longest


def _field(
    name: str, body: Mapping[str, Any], keys: Mapping[str, Key], longest: int | None
) -> Field:
    access = body.get("access", {})
    if isinstance(access, bool | str):
        access = {"read": access, "write": access}
    return Field(
        name=name,
        type=body["type"],
        options=_options(body),
        required=body.get("required", False),
        default=body.get("default"),
        has_default="default" in body,
        unique=body.get("unique", False),
        index=body.get("index", False),
        immutable=body.get("immutable", False),
        description=body.get("description"),
        example=body.get("example"),
        deprecated=body.get("deprecated", False),
        read=access.get("read", True),
        write=access.get("write", True),
        items=_items(body["items"]) if "items" in body else None,
        to=body.get("to"),
        on_delete=body.get("on_delete", "restrict"),
        target=keys[body["to"]] if "to" in body else None,
        longest=longest,
    )


def _items(body: Mapping[str, Any]) -> Items:
    return Items(body["type"], _options(body))


def _options(body: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name not in OF_EVERY_FIELD}
