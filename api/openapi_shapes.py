"""The component schemas of one collection, and their examples."""

from collections.abc import Callable
from decimal import Decimal
from functools import cached_property
from typing import Any

from api.openapi_headers import ref
from api.openapi_reach import Reach
from api.openapi_rows import Rows, of_choice
from models.definition import Field
from schemas.example import example_of, key_example, shown_example
from schemas.json_schema import JsonSchema, described, key_schema, nullable, schema_in, schema_out
from schemas.view import SYSTEM_COLUMNS, View

INSTANT = {"type": "string", "format": "date-time"}
SYSTEM_SHAPES: dict[str, JsonSchema] = {
    "revision": {"type": "integer", "format": "int64"},
    "created_at": INSTANT,
    "updated_at": INSTANT,
}
SYSTEM_EXAMPLES = {
    "revision": 412,
    "created_at": "2026-02-28T12:00:00Z",
    "updated_at": "2026-02-28T12:00:00Z",
}
IGNORED = {"description": "Accepted and ignored, so that what was read can be sent back."}


def id_schema(view: View) -> JsonSchema:
    example = key_example(view.definition.key)
    said: JsonSchema = {"description": "Its key."}
    return key_schema(view.definition.key) | said | ({"examples": [example]} if example else {})


class Shapes:
    """``word``: what a record is called."""

    def __init__(self, view: View, word: str, actions: frozenset[str], reach: Reach) -> None:
        self.view = view
        self.reach = reach
        self.rows = Rows(view, word, reach)
        self.definition = view.definition
        self.word = word
        self.actions = actions
        self.tag = self.definition.name

    def schemas(self) -> dict[str, JsonSchema]:
        found: dict[str, JsonSchema] = {}
        if "read" in self.actions:
            found[self.word] = self.shown()
            found[f"{self.word}List"] = self.page(f"A page of {self.tag}.", self.word)
            found[f"{self.word}Row"] = self.rows.row()
            said = f"A page of chosen members of {self.tag}, or of groups."
            found[f"{self.word}RowList"] = self.page(said, f"{self.word}Row")
            if self.reach.targets:
                found[f"{self.word}Expand"] = self.rows.expanded()
        if "create" in self.actions:
            found[f"{self.word}Create"] = self.sent(create=True)
        if self.actions & {"create", "update"}:
            found[f"{self.word}Replace"] = self.sent(create=False)
        if "update" in self.actions:
            found[f"{self.word}Patch"] = self.patch()
        return found | self.choices()

    def choices(self) -> dict[str, JsonSchema]:
        """Words to choose from have a name, so that a client has one type for them everywhere. The
        dot keeps it apart from all other names."""
        fields = self.view.readable | self.view.accepted
        return {
            f"{self.word}.{name}": {
                "type": "string",
                "description": f"What `{name}` can be.",
                "enum": list(field.option("enum")),
            }
            for name, field in fields.items()
            if of_choice(field)
        }

    def schema(self, name: str, field: Field, plain: Callable[[Field], JsonSchema]) -> JsonSchema:
        if field.to is not None and not self.reach.reads(name):
            # What it refers to is closed to whoever asks, and has no name for him.
            return plain(field) | {"description": "The id of another record."}
        return ref(f"{self.word}.{name}") if of_choice(field) else plain(field)

    def shown(self) -> JsonSchema:
        properties = {"id": id_schema(self.view)}
        for name, field in self.view.readable.items():
            schema = self.schema(name, field, schema_out)
            schema = schema if field.required else nullable(schema)
            properties[name] = described(field, schema, self.shown_by_field[name])
        return {
            "type": "object",
            "description": self.definition.description or f"A record of {self.tag}.",
            "properties": properties | SYSTEM_SHAPES | self.expand(),
            "required": list(self.view.columns),
            "additionalProperties": False,
        }

    def expand(self) -> JsonSchema:
        return {"expand": ref(f"{self.word}Expand")} if self.reach.targets else {}

    def page(self, said: str, item: str) -> JsonSchema:
        return {
            "type": "object",
            "description": said,
            "properties": {
                "items": {"type": "array", "items": ref(item)},
                "next": {
                    "type": ["string", "null"],
                    "description": "Where the next page is; null if this is the last.",
                },
                "total": {"type": "integer", "description": "With `count=true`."},
            },
            "required": ["items", "next"],
            "additionalProperties": False,
        }

    def sent(self, *, create: bool) -> JsonSchema:
        properties = self.members()
        required = [
            name
            for name, field in self.view.accepted.items()
            if field.required and not field.has_default and self.view.may_write(field)
        ]
        for name, field in self.view.accepted.items():
            # Told only where absent means it: generated clients send it. What is immutable is kept
            # when a record is replaced.
            if self.view.may_write(field) and (create or not field.immutable):
                properties[name] |= _default(field)
        if create:
            properties = {"id": key_schema(self.definition.key)} | properties
            if self.definition.key.type == "string":
                required = ["id", *required]
        return _closed(properties, required, f"What is sent to make a record of {self.tag}.")

    def patch(self) -> JsonSchema:
        return _closed(self.members(), [], f"What is to change in a record of {self.tag}.")

    def members(self) -> dict[str, JsonSchema]:
        properties: dict[str, JsonSchema] = {}
        for name, field in self.view.accepted.items():
            if not self.view.may_write(field):
                kept = {"description": "Kept: it is not yours to write."}
                properties[name] = nullable(self.schema(name, field, schema_in)) | kept
                continue
            schema = self.schema(name, field, schema_in)
            schema = schema if field.required else nullable(schema)
            properties[name] = described(field, schema, self.sent_by_field[name])
        return properties | {name: dict(IGNORED) for name in SYSTEM_COLUMNS}

    @cached_property
    def sent_by_field(self) -> dict[str, Any]:
        return {n: _exact(f, example_of(f)) for n, f in self.view.accepted.items()}

    @cached_property
    def shown_by_field(self) -> dict[str, Any]:
        return {name: shown_example(field) for name, field in self.view.readable.items()}

    def sent_examples(self, component: str) -> dict[str, Any] | None:
        fields = {n: f for n, f in self.view.accepted.items() if self.view.may_write(f)}
        values = {name: self.sent_by_field[name] for name in fields}
        if any(values[n] is None for n, f in fields.items() if f.required and not f.has_default):
            return None
        values = {name: value for name, value in values.items() if value is not None}
        if component.endswith("Create") and self.definition.key.type == "string":
            key = key_example(self.definition.key)
            return None if key is None else {"id": key, **values}
        return values

    def shown_examples(self) -> dict[str, Any] | None:
        values = self.shown_by_field
        key = key_example(self.definition.key)
        fields = self.view.readable
        if key is None or any(values[n] is None and f.required for n, f in fields.items()):
            return None
        return {"id": key, **values, **SYSTEM_EXAMPLES}


def _exact(field: Field, value: Any) -> Any:
    """To readers that count in floats, 0.29 is no multiple of 0.01."""
    if field.type == "decimal" and isinstance(value, float) and not field.option("enum"):
        return format(Decimal(repr(value)), "f")
    return value


def _default(field: Field) -> JsonSchema:
    if not field.has_default or field.default is None or _dynamic(field):
        return {}
    return {"default": _exact(field, field.default)}


def _dynamic(field: Field) -> bool:
    return isinstance(field.default, str) and field.default.startswith("@")


def _closed(properties: dict[str, JsonSchema], required: list[str], description: str) -> JsonSchema:
    closed: JsonSchema = {
        "type": "object",
        "description": description,
        "properties": properties,
        "additionalProperties": False,
    }
    return closed | ({"required": required} if required else {})
