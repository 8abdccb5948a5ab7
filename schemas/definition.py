"""The language of definitions: what a body may say, each failure with a pointer to its place.

First the shape (which members there are, and their types), then the sense: a default that its
own field would take, a reference to a collection that exists.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from marshmallow import ValidationError, fields

from models.collection import Definitions
from models.definition import USERS_KEY, Definition, Key, Sort, freeze
from models.refusal import Failure, Refusal
from models.search_ddl import searched
from schemas.failure import failures_of
from schemas.name import collection_name_fault
from schemas.option import (
    ByName,
    FieldAccess,
    ListOf,
    Rule,
    Typed,
    anything,
    flag,
    one_of,
    shape,
    text,
    whole,
)
from schemas.parameter import Bounds
from schemas.record import invalid
from schemas.rule import ACTIONS, rule_failures, unfit_rules
from schemas.sense import field_failures, key_failures

Options = dict[str, fields.Field[Any]]
SYSTEM_MEMBERS = ("name", "revision", "created_at", "updated_at")
LIMITS: Options = {"minimum": anything(), "maximum": anything()}
ENUM: Options = {"enum": ListOf(anything())}
SCALARS: dict[str, Options] = {
    "string": {
        "min_length": whole(0),
        "max_length": whole(0),
        "pattern": text(),
        "format": one_of("email", "url", "slug"),
        **ENUM,
    },
    "integer": LIMITS | ENUM,
    "number": LIMITS | ENUM,
    "decimal": {"precision": whole(1, 18), "scale": whole(0, 18), **LIMITS, **ENUM},
    "boolean": {},
    "date": LIMITS | ENUM,
    "datetime": LIMITS | ENUM,
    "uuid": ENUM,
}
ITEM_SCHEMAS = {type: shape({"type": text(), **own}) for type, own in SCALARS.items()}
OPTIONS: dict[str, Options] = {
    **SCALARS,
    "string": {**SCALARS["string"], "search": flag()},
    "json": {},
    "array": {"items": Typed(ITEM_SCHEMAS), "min_items": whole(0), "max_items": whole(0)},
    "reference": {"to": text(), "on_delete": one_of("restrict", "cascade", "set_null")},
}
OF_EVERY_FIELD: dict[str, fields.Field[Any]] = {
    "type": text(),
    "required": flag(),
    "default": anything(),
    "unique": flag(),
    "index": flag(),
    "description": text(),
    "example": anything(),
    "deprecated": flag(),
    "immutable": flag(),
    "access": FieldAccess(),
}
FIELD_SCHEMAS = {type: shape({**OF_EVERY_FIELD, **own}) for type, own in OPTIONS.items()}
KEY_SCHEMAS = {
    "uuid": shape({"type": text()}),
    "integer": shape({"type": text()}),
    "string": shape({"type": text(), "pattern": text(), "max_length": whole(1, 255)}),
}


class _Access(fields.Field[Any]):
    _actions = shape({action: Rule() for action in ACTIONS})

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Any:
        return self._actions.load(value)


DEFINITION = shape(
    {
        "description": text(),
        "key": Typed(KEY_SCHEMAS, "uuid"),
        "fields": ByName(Typed(FIELD_SCHEMAS)),
        "unique": ListOf(ListOf(text(), 16)),
        "indexes": ListOf(ListOf(text(), 16)),
        "access": _Access(),
        "require_if_match": flag(),
    }
)


class Limits(Bounds, Protocol):
    @property
    def max_fields(self) -> int: ...


def read_definition(
    name: str, body: Any, definitions: Definitions, limits: Limits
) -> tuple[dict[str, Any], Definition]:
    """The body to store, and its value. 409 where rules of other collections would not fit it."""
    failures = list(_name_failures(name, body))
    read, wrong = _shaped(body)
    failures += wrong
    if not failures:
        failures = list(_sense(name, read, definitions, limits))
    if failures:
        raise invalid(failures)
    definition = freeze(name, read, _keys(name, read, definitions))
    _demand_fitting_rules(Definitions(definitions | {name: definition}), definition, limits)
    return read, definition


def _demand_fitting_rules(definitions: Definitions, definition: Definition, limits: Limits) -> None:
    if failures := list(rule_failures(definitions, definition, limits)):
        raise invalid(failures)
    if unfit := list(unfit_rules(definitions, definition.name)):
        failures = [
            Failure("", "rule", f"{name}{failure.pointer}: {failure.detail}")
            for name, failure in unfit
        ]
        where = ", ".join(dict.fromkeys(f"{name}{failure.pointer}" for name, failure in unfit))
        detail = f"Rules of other collections would not fit it: {where}."
        raise Refusal("conflict", detail, failures, collection=unfit[0][0])


def _shaped(body: Any) -> tuple[dict[str, Any], list[Failure]]:
    if not isinstance(body, dict):
        return {}, [Failure("", "type", "Must be a JSON object.")]
    own = {name: value for name, value in body.items() if name not in SYSTEM_MEMBERS}
    try:
        return _in_order_sent(body, DEFINITION.load(own)), []
    except ValidationError as error:
        return {}, failures_of(error)


def _in_order_sent(sent: Mapping[str, Any], read: dict[str, Any]) -> dict[str, Any]:
    """marshmallow gives members in the order of the schema; people expect their own."""
    ordered = {name: read[name] for name in sent if name in read}
    for name, value in ordered.items():
        if isinstance(value, dict) and isinstance(sent[name], dict):
            ordered[name] = _in_order_sent(sent[name], value)
    return ordered


def _name_failures(name: str, body: Any) -> Iterator[Failure]:
    fault = collection_name_fault(name)
    if fault:
        yield Failure("/name", "name", fault)
    elif isinstance(body, dict) and body.get("name", name) != name:
        yield Failure("/name", "name", "Must be the name of the path, or be left out.")


def _keys(name: str, body: Mapping[str, Any], definitions: Definitions) -> dict[str, Key]:
    keys = {other: definition.key for other, definition in definitions.items()}
    return keys | {name: Key(**body.get("key", {})), "users": USERS_KEY}


def _sense(
    name: str, body: Mapping[str, Any], definitions: Definitions, limits: Limits
) -> Iterator[Failure]:
    fields = body.get("fields", {})
    if len(fields) > limits.max_fields:
        detail = f"Must have at most {limits.max_fields} fields."
        yield Failure("/fields", "max_fields", detail)
        return
    keys = _keys(name, body, definitions)
    lost = [(n, f["to"]) for n, f in fields.items() if "to" in f and f["to"] not in keys]
    for field, to in lost:
        yield Failure(f"/fields/{field}/to", "reference", f"There is no collection {to}.")
    unaimed = [n for n, f in fields.items() if f["type"] == "reference" and "to" not in f]
    for field in unaimed:
        yield Failure(f"/fields/{field}/to", "required", "Must be sent.")
    unfilled = [n for n, f in fields.items() if f["type"] == "array" and "items" not in f]
    for field in unfilled:
        yield Failure(f"/fields/{field}/items", "required", "Must be sent.")
    if lost or unaimed or unfilled:
        return
    definition = freeze(name, body, keys)
    yield from key_failures(definition.key)
    for field in definition.fields.values():
        yield from field_failures(field)
    yield from _search_failures(definition)
    yield from _set_failures(definition)


def _search_failures(definition: Definition) -> Iterator[Failure]:
    """PostgreSQL keeps the words of each in a column and an index of their own."""
    for field in searched(definition)[MOST_SEARCHED:]:
        detail = f"At most {MOST_SEARCHED} fields of a collection can be searched."
        yield Failure(f"/fields/{field.name}/search", "max_items", detail)


def _set_failures(definition: Definition) -> Iterator[Failure]:
    sets = [("unique", i, tuple(map(Sort, names))) for i, names in enumerate(definition.unique)]
    sets += [("indexes", i, sorts) for i, sorts in enumerate(definition.indexes)]
    seen = set()
    for member, i, sorts in sets:
        if not sorts:
            yield Failure(f"/{member}/{i}", "min_items", "Must name at least one field.")
        if (member, sorts) in seen:
            yield Failure(f"/{member}/{i}", "unique", "Is there twice.")
        seen.add((member, sorts))
        named = [sort.name for sort in sorts]
        for j, name in enumerate(named):
            yield from _named_failures(definition, member, f"/{member}/{i}/{j}", name, named[:j])


MOST_SEARCHED = 32
INDEXABLE_SYSTEM = ("id", "revision", "created_at", "updated_at")


def _named_failures(
    definition: Definition, member: str, pointer: str, name: str, before: list[str]
) -> Iterator[Failure]:
    field = definition.fields.get(name)
    if field is None and not (member == "indexes" and name in INDEXABLE_SYSTEM):
        yield Failure(pointer, "field", f"There is no field {name[:48]}.")
    elif field is not None and field.type in ("json", "array"):
        yield Failure(pointer, "type", f"A field of type {field.type} cannot be indexed.")
    if name in before:
        yield Failure(pointer, "unique", "Is there twice.")


def present_definition(definition: Definition) -> dict[str, Any]:
    """As it was sent, and what the system adds."""
    return {
        "name": definition.name,
        **definition.body,
        "revision": definition.revision,
        "created_at": definition.created_at,
        "updated_at": definition.updated_at,
    }
