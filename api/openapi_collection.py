"""The part of the OpenAPI document that is one collection's, as one kind of caller sees it."""

from functools import lru_cache
from typing import Any

from api.openapi_parts import (
    BAD_READ,
    BAD_WRITE,
    LIST_HEADERS,
    RECORD_HEADERS,
    WRITTEN_HEADERS,
    problems,
    ref,
)
from models.definition import Field
from models.table import MEMO
from schemas.example import example_of, key_example, shown_example
from schemas.json_schema import (
    JsonSchema,
    described,
    key_schema,
    nullable,
    schema_in,
    schema_out,
    whole,
)
from schemas.query import DEFAULT_LIMIT, HIGHEST_LIMIT, HIGHEST_OFFSET, MOST_SORTS, OF_LISTS
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
JSON, MERGE, NDJSON = "application/json", "application/merge-patch+json", "application/x-ndjson"
# A parameter's text is parsed as the type says; the field's own limits do not limit questions.
PLAIN = {
    "string": {"type": "string", "pattern": "^[^\\u0000]*$"},
    "decimal": {"type": "string", "pattern": "^-?(?:0|[1-9][0-9]{0,14})(?:\\.[0-9])?$"},
}


def singular(name: str) -> str:
    for ending, new in (("ies", "y"), ("sses", "ss"), ("ches", "ch"), ("xes", "x"), ("s", "")):
        if name.endswith(ending) and not name.endswith("ss") and len(name) > len(ending) + 1:
            return name[: -len(ending)] + new
    return name


def pascal(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_") if part)


@lru_cache(MEMO)
def fragment(view: View, word: str, words: str, actions: frozenset[str]) -> dict[str, Any]:
    """``word``: what a record is called, as a component and in operation ids; ``words``: many."""
    return Fragment(view, word, words, actions).document()


class Fragment:
    def __init__(self, view: View, word: str, words: str, actions: frozenset[str]) -> None:
        self.view = view
        self.definition = view.definition
        self.word = word
        self.words = words
        self.actions = actions
        self.tag = self.definition.name

    def document(self) -> dict[str, Any]:
        plural = {"get": self.listing(), "post": self.create()}
        one = {
            "get": self.read(),
            "put": self.replace(),
            "patch": self.update(),
            "delete": self.delete(),
        }
        paths = {
            f"/api/{self.definition.name}": _present(plural),
            f"/api/{self.definition.name}/{{id}}": _present(one),
        }
        if paths[f"/api/{self.definition.name}/{{id}}"]:
            paths[f"/api/{self.definition.name}/{{id}}"]["parameters"] = [self.id_parameter()]
        description = self.definition.description or f"Records of `{self.definition.name}`."
        return {
            "paths": {path: item for path, item in paths.items() if item},
            "schemas": self.schemas(),
            "tag": {"name": self.tag, "description": description},
        }

    def operation(self, name: str, summary: str, action: str, **rest: Any) -> dict[str, Any] | None:
        if action not in self.actions:
            return None
        open_to_all = getattr(self.definition.access, action) is True
        return {
            "operationId": name,
            "summary": summary,
            "description": rest.pop("description", summary),
            "tags": [self.tag],
            "security": [{}, {"bearer": []}] if open_to_all else [{"bearer": []}],
            **rest,
        }

    def listing(self) -> dict[str, Any] | None:
        return self.operation(
            f"list{self.words}",
            f"List records of {self.tag}",
            "read",
            description="A page. Follow `next` as it is for the one after: it stays right though "
            "records come and go meanwhile.",
            parameters=[*self.list_parameters(), *self.conditions()],
            responses={
                "200": {
                    "description": "A page of records.",
                    "headers": LIST_HEADERS,
                    "content": {JSON: self.page_media()},
                }
            }
            | problems(*BAD_READ),
        )

    def page_media(self) -> dict[str, Any]:
        media: dict[str, Any] = {"schema": ref(f"{self.word}List")}
        example = self.shown_examples()
        return media if example is None else media | {"example": {"items": [example], "next": None}}

    def create(self) -> dict[str, Any] | None:
        content = {
            JSON: self.body(f"{self.word}Create"),
            NDJSON: {"schema": {"type": "string", "contentMediaType": NDJSON}},
        }
        return self.operation(
            f"create{self.word}",
            f"Create a record of {self.tag}",
            "create",
            description="One record as JSON. Or many, one a line, as `application/x-ndjson`: all "
            "or nothing; with `?on_error=skip` what is valid; with `?on_conflict=replace` each "
            "line as a PUT would.",
            requestBody={"required": True, "content": content},
            responses={"201": self.written("It was created."), "200": IMPORTED}
            | problems(*BAD_WRITE),
        )

    def read(self) -> dict[str, Any] | None:
        return self.operation(
            f"get{self.word}",
            f"Read one record of {self.tag}",
            "read",
            responses={"200": self.record("The record.", RECORD_HEADERS)}
            | problems(*BAD_READ, 410),
        )

    def replace(self) -> dict[str, Any] | None:
        action = "update" if "update" in self.actions else "create"
        return self.operation(
            f"replace{self.word}",
            f"Create or replace one record of {self.tag}",
            action,
            description="The record becomes what is sent: absent fields return to their default "
            "or null. The same again changes nothing.",
            requestBody={"required": True, "content": {JSON: self.body(f"{self.word}Replace")}},
            responses={
                "200": self.record("It was replaced.", WRITTEN_HEADERS),
                "201": self.written("It was created."),
            }
            | self.no_content()
            | problems(*BAD_WRITE),
        )

    def update(self) -> dict[str, Any] | None:
        content = {type: self.body(f"{self.word}Patch") for type in (MERGE, JSON)}
        return self.operation(
            f"update{self.word}",
            f"Change some fields of one record of {self.tag}",
            "update",
            description="A merge patch (RFC 7396): what is absent stays, null makes null.",
            requestBody={"required": True, "content": content},
            responses={"200": self.record("It was changed.", WRITTEN_HEADERS)}
            | self.no_content()
            | problems(*BAD_WRITE, 410),
        )

    def delete(self) -> dict[str, Any] | None:
        return self.operation(
            f"delete{self.word}",
            f"Delete one record of {self.tag}",
            "delete",
            description="204, and 204 again.",
            responses={"204": {"description": "It is not there any more."}}
            | problems(*BAD_READ, 409),
        )

    def no_content(self) -> dict[str, Any]:
        """Who may not read is not shown what was written."""
        return {} if "read" in self.actions else {"204": {"description": "It was done."}}

    def record(self, description: str, headers: dict[str, Any]) -> dict[str, Any]:
        response: dict[str, Any] = {"description": description, "headers": headers}
        if "read" in self.actions:
            media: dict[str, Any] = {"schema": ref(self.word)}
            example = self.shown_examples()
            if example is not None:
                media["example"] = example
            response["content"] = {JSON: media}
        return response

    def written(self, description: str) -> dict[str, Any]:
        """201: what was made can be read, replaced, changed and deleted."""
        headers = WRITTEN_HEADERS | {"Location": ref("Location", "headers")}
        response = self.record(description, headers)
        if "read" in self.actions:
            response["links"] = self.links()
        return response

    def links(self) -> dict[str, Any]:
        followers = {
            "read": (f"get{self.word}",),
            "update": (f"replace{self.word}", f"update{self.word}"),
            "delete": (f"delete{self.word}",),
        }
        names = [n for action, n in followers.items() if action in self.actions]
        return {
            name: {"operationId": name, "parameters": {"id": "$response.body#/id"}}
            for group in names
            for name in group
        }

    def body(self, component: str) -> dict[str, Any]:
        media: dict[str, Any] = {"schema": ref(component)}
        example = self.sent_examples(component)
        if example and not component.endswith("Patch"):
            media["example"] = example
        return media

    def sent_examples(self, component: str) -> dict[str, Any] | None:
        fields = {n: f for n, f in self.view.accepted.items() if self.view.may_write(f)}
        values = {name: example_of(field) for name, field in fields.items()}
        if any(values[n] is None for n, f in fields.items() if f.required and not f.has_default):
            return None
        values = {name: value for name, value in values.items() if value is not None}
        if component.endswith("Create") and self.definition.key.type == "string":
            key = key_example(self.definition.key)
            return None if key is None else {"id": key, **values}
        return values

    def shown_examples(self) -> dict[str, Any] | None:
        values = {name: shown_example(field) for name, field in self.view.readable.items()}
        key = key_example(self.definition.key)
        fields = self.view.readable
        if key is None or any(values[n] is None and f.required for n, f in fields.items()):
            return None
        return {"id": key, **values, **SYSTEM_EXAMPLES}

    def id_schema(self) -> JsonSchema:
        example = key_example(self.definition.key)
        said: JsonSchema = {"description": "Its key."}
        return key_schema(self.definition.key) | said | ({"examples": [example]} if example else {})

    def id_parameter(self) -> dict[str, Any]:
        return {
            "name": "id",
            "in": "path",
            "required": True,
            "description": "The id of the record.",
            "schema": self.id_schema(),
        }

    def list_parameters(self) -> list[dict[str, Any]]:
        sorts = [sign + name for name in self.view.comparable for sign in ("", "-")]
        whole_number = {"type": "integer", "minimum": 0, "maximum": HIGHEST_OFFSET}
        return [
            _parameter(
                "limit",
                "How many records a page has.",
                {
                    "type": "integer",
                    "minimum": 1,
                    "maximum": HIGHEST_LIMIT,
                    "default": DEFAULT_LIMIT,
                },
            ),
            _parameter("offset", "How many records to leave out, for page numbers.", whole_number),
            _parameter(
                "sort",
                "Fields to sort by, `-` for descending. Ties are broken by id, nulls come last.",
                {
                    "type": "array",
                    "items": {"type": "string", "enum": sorts},
                    "minItems": 1,
                    "maxItems": MOST_SORTS,
                },
            )
            | {"style": "form", "explode": False},
            _parameter("count", "With `total`, the exact number.", {"type": "boolean"}),
        ]

    def conditions(self) -> list[dict[str, Any]]:
        found = []
        for name in self.view.comparable:
            parameter = f"{name}__eq" if name in OF_LISTS else name
            schema = self.condition_schema(name)
            found.append(_parameter(parameter, f"Only records whose `{name}` is this.", schema))
        return found

    def condition_schema(self, name: str) -> JsonSchema:
        if name == "id":
            return key_schema(self.definition.key)
        if name in SYSTEM_COLUMNS:
            return schema_in(SYSTEM_COLUMNS[name])
        field = self.definition.fields[name]
        if field.target is not None:
            return key_schema(field.target)
        if field.type in PLAIN:
            return dict(PLAIN[field.type])
        return schema_in(Field(name, field.type, {}))

    def schemas(self) -> dict[str, JsonSchema]:
        found: dict[str, JsonSchema] = {}
        if "read" in self.actions:
            found[self.word] = self.shown()
            found[f"{self.word}List"] = self.page()
        if "create" in self.actions:
            found[f"{self.word}Create"] = self.sent(create=True)
        if self.actions & {"create", "update"}:
            found[f"{self.word}Replace"] = self.sent(create=False)
        if "update" in self.actions:
            found[f"{self.word}Patch"] = self.patch()
        return found

    def shown(self) -> JsonSchema:
        properties = {"id": self.id_schema()}
        for name, field in self.view.readable.items():
            schema = schema_out(field)
            schema = schema if field.required else nullable(schema)
            properties[name] = described(field, schema, shown_example(field))
        return {
            "type": "object",
            "description": self.definition.description or f"A record of {self.tag}.",
            "properties": properties | SYSTEM_SHAPES,
            "required": list(self.view.columns),
            "additionalProperties": False,
        }

    def page(self) -> JsonSchema:
        return {
            "type": "object",
            "description": f"A page of {self.tag}.",
            "properties": {
                "items": {"type": "array", "items": ref(self.word)},
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
                properties[name] = {"description": "Kept: it is not yours to write."}
                continue
            schema = schema_in(field)
            schema = schema if field.required else nullable(schema)
            properties[name] = described(field, schema, example_of(field))
            if field.has_default and not _dynamic(field) and field.default is not None:
                properties[name]["default"] = field.default
        return properties | {name: dict(IGNORED) for name in SYSTEM_COLUMNS}


def _dynamic(field: Field) -> bool:
    return isinstance(field.default, str) and field.default.startswith("@")


def _present(operations: dict[str, Any]) -> dict[str, Any]:
    return {method: one for method, one in operations.items() if one is not None}


def _parameter(name: str, description: str, schema: JsonSchema) -> dict[str, Any]:
    return {"name": name, "in": "query", "description": description, "schema": schema}


def _closed(properties: dict[str, JsonSchema], required: list[str], description: str) -> JsonSchema:
    closed: JsonSchema = {
        "type": "object",
        "description": description,
        "properties": properties,
        "additionalProperties": False,
    }
    return closed | ({"required": required} if required else {})


IMPORTED: dict[str, Any] = {
    "description": "An import was done.",
    "headers": {"X-Request-Id": ref("X-Request-Id", "headers")},
    "content": {JSON: {"schema": ref("ImportReport")}},
}
__all__ = ["fragment", "pascal", "singular", "whole"]
