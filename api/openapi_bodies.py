"""Shapes of bodies that are no record and no definition."""

from api.openapi_headers import Part, ref
from schemas.json_patch import MOST_OPERATIONS

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
                    "errors": {"type": "array", "items": ref("Error")},
                },
                "required": ["line", "errors"],
            },
        },
        "more": {"type": "integer", "description": "How many failures are not listed."},
    },
    "required": ["created", "replaced", "failed"],
}
BODIES = {"ImportReport": IMPORT_REPORT, "JsonPatch": JSON_PATCH}
