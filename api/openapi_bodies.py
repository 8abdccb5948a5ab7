"""Shapes of bodies that are no record and no definition."""

from api.openapi_headers import Part, ref
from api.openapi_reach import USER
from schemas.json_patch import MOST_OPERATIONS

# Of a bare object TypeScript takes it that it has no members.
OPEN_OBJECT: Part = {"type": "object", "additionalProperties": True}
ANY: Part = {"description": "Any JSON."}
POINTER: Part = {
    "type": "string",
    "pattern": "^(?:/(?:[^~/]|~[01])*)*$",
    "description": "A JSON Pointer (RFC 6901).",
}


def _operation(*kinds: str, **needed: Part) -> Part:
    own: Part = {"op": {"type": "string", "enum": [*kinds]}, "path": POINTER}
    return {"type": "object", "properties": own | needed, "required": [*own, *needed]}


JSON_PATCH: Part = {
    "type": "array",
    "description": "Operations (RFC 6902), done one after the other on what GET shows, all or "
    "none. What cannot be done, a `test` that fails too, is 409. `id` and what else is the "
    "system's can be tested and copied, but not changed.",
    "maxItems": MOST_OPERATIONS,
    "items": {
        "oneOf": [
            _operation("add", "replace", "test", value=ANY),
            _operation("remove"),
            _operation("move", "copy", **{"from": POINTER}),
        ]
    },
}
IMPORT_REPORT: Part = {
    "type": "object",
    "description": "What an import did.",
    "properties": {
        "created": {"type": "integer"},
        "replaced": {"type": "integer"},
        "failed": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "line": {"type": "integer"},
                    "errors": {"type": "array", "items": ref("ProblemError")},
                },
                "required": ["line", "errors"],
            },
        },
        "more": {"type": "integer", "description": "How many failures are not listed."},
    },
    "required": ["created", "replaced", "failed"],
}
TEXTS: Part = {"type": "object", "additionalProperties": {"type": "string"}}
HOME: Part = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "links": TEXTS},
    "required": ["name", "links"],
}
HEALTH: Part = {
    "type": "object",
    "properties": {"status": {"type": "string"}},
    "required": ["status"],
}
PROBLEM_KIND: Part = {
    "type": "object",
    "properties": {
        "type": {"type": "string"},
        "status": {"type": "integer"},
        "title": {"type": "string"},
        "meaning": {"type": "string"},
        "mend": {"type": "string"},
    },
    "required": ["type", "status", "title", "meaning", "mend"],
}
PROBLEM_KINDS: Part = {
    "type": "object",
    "properties": {"items": {"type": "array", "items": ref("ProblemKind")}},
    "required": ["items"],
}
DOCUMENT: Part = {
    "type": "object",
    "properties": {
        "openapi": {"type": "string"},
        "info": dict(OPEN_OBJECT),
        "paths": dict(OPEN_OBJECT),
    },
    "required": ["openapi", "info", "paths"],
}
USER_REFERENCE: Part = {
    "type": "object",
    "description": "An account, as a reference to it shows it: `id` and `name`; to admins, and to "
    "whose it is, the rest of it.",
    "properties": {
        "id": {"type": "string", "format": "uuid"},
        "email": {"type": "string"},
        "name": {"type": ["string", "null"]},
        "role": {"type": ["string", "null"]},
        "disabled": {"type": "boolean"},
        "created_at": {"type": "string", "format": "date-time"},
        "updated_at": {"type": "string", "format": "date-time"},
    },
    "required": ["id", "name"],
    "additionalProperties": False,
}
BODIES = {
    "Health": HEALTH,
    "Home": HOME,
    "ImportReport": IMPORT_REPORT,
    "JsonPatch": JSON_PATCH,
    "OpenApiDocument": DOCUMENT,
    "ProblemKind": PROBLEM_KIND,
    "ProblemKindList": PROBLEM_KINDS,
    USER: USER_REFERENCE,
}
