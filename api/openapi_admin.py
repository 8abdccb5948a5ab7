"""The operations on definitions, for admins."""

from api.openapi_definition import NAME, definition_schemas
from api.openapi_fixed import ADMINS, Part, ok, operation
from api.openapi_headers import OF_DATED_READS, OF_READS, OF_WRITES, headers, parameters, ref
from api.openapi_parts import (
    BAD_READ,
    BAD_WRITE,
    CHANGED,
    DELETED,
    NOT_MODIFIED,
    REPLACED,
    REPLAYED,
    name_of_stale,
    problems,
    stale,
)
from resources.body import JSON, JSON_PATCH, MERGE_PATCH

EXAMPLE = {
    "fields": {
        "title": {"type": "string", "required": True, "max_length": 300},
        "price": {"type": "decimal", "precision": 10, "scale": 2},
    },
    "access": {"read": True},
}
STORED = {
    "name": "books",
    **EXAMPLE,
    "revision": 412,
    "created_at": "2026-02-28T12:00:00Z",
    "updated_at": "2026-02-28T12:00:00Z",
}
MERGE_EXAMPLE = {"fields": {"pages": {"type": "integer", "minimum": 1}, "price": None}}
PATCH_EXAMPLE = [
    {"op": "add", "path": "/fields/pages", "value": {"type": "integer", "minimum": 1}},
    {"op": "remove", "path": "/fields/price"},
]
LOSS: Part = {
    "name": "allow_data_loss",
    "in": "query",
    "description": "Whether data may be lost by it.",
    "schema": {"type": "boolean", "default": False},
}
NAME_PARAMETER: Part = {
    "name": "name",
    "in": "path",
    "required": True,
    "description": "The name of the collection.",
    "schema": NAME | {"not": {"const": "users"}},
    "example": "books",
}
STALE: Part = {"412": ref(name_of_stale("Definition"), "responses")}
VERBS = ("get", "replace", "update", "delete")


def definition_components() -> dict[str, Part]:
    refused = stale("Definition", "The definition")
    return {**refused, "schemas": definition_schemas() | refused["schemas"]}


def _link(verb: str, name: str) -> Part:
    parameters = {"name": name}
    if verb != "get":
        parameters["header.If-Match"] = "$response.header.ETag"
    return {f"{verb}Collection": {"operationId": f"{verb}Collection", "parameters": parameters}}


def _links() -> Part:
    return {name: link for v in VERBS for name, link in _link(v, "$response.body#/name").items()}


def _definition(status: str, description: str, *names: str) -> Part:
    return {
        status: {
            "description": description,
            "headers": headers("ETag", "Last-Modified", *names),
            "content": {JSON: {"schema": ref("Definition"), "example": STORED}},
            "links": _links(),
        }
    }


def _written(status: str, description: str, *names: str) -> Part:
    return _definition(status, description, "Content-Location", "Preference-Applied", *names)


def _body(component: str, example: Part) -> Part:
    content = {JSON: {"schema": ref(component), "example": example}}
    return {"required": True, "content": content}


LISTED = ok("The definitions.", JSON, ref("DefinitionList"), "ETag")
LISTED["200"]["links"] = _link("get", "$response.body#/items/0/name")
MERGED: Part = {"schema": ref("DefinitionPatch"), "example": MERGE_EXAMPLE}
LOSES = "What would lose data is refused, unless `?allow_data_loss=true`."
DEFINITIONS: dict[str, Part] = {
    "/collections": {
        "get": operation(
            "listCollections",
            "collections",
            "List all definitions",
            ADMINS,
            parameters=parameters(*OF_READS),
            responses=LISTED | NOT_MODIFIED | problems(403, 412),
        ),
        "post": operation(
            "createCollection",
            "collections",
            "Define a collection",
            ADMINS,
            parameters=parameters(*OF_READS, "Idempotency-Key", "Prefer"),
            requestBody=_body("NamedDefinitionToSend", {"name": "books"} | EXAMPLE),
            responses=_written("201", "It was made.", "Location", REPLAYED) | problems(*BAD_WRITE),
        ),
    },
    "/collections/{name}": {
        "parameters": [NAME_PARAMETER],
        "get": operation(
            "getCollection",
            "collections",
            "Read one definition",
            ADMINS,
            parameters=parameters(*OF_DATED_READS),
            responses=_definition("200", "The definition.") | NOT_MODIFIED | problems(*BAD_READ),
        ),
        "put": operation(
            "replaceCollection",
            "collections",
            "Define a collection, or change its definition",
            ADMINS,
            description=f"The same again changes nothing. {LOSES}",
            parameters=[LOSS, *parameters(*OF_WRITES, "Prefer")],
            requestBody=_body("DefinitionToSend", EXAMPLE),
            responses=_written("200", "It is so now.")
            | _written("201", "It was made.", "Location")
            | REPLACED
            | problems(*BAD_WRITE)
            | STALE,
        ),
        "patch": operation(
            "updateCollection",
            "collections",
            "Change some of a definition",
            ADMINS,
            description="A merge patch (RFC 7396), which reaches inside: null takes away a field, "
            "or an option of one. Or a JSON Patch (RFC 6902) of what GET shows. What it makes must "
            f"be a definition. {LOSES}",
            parameters=[LOSS, *parameters(*OF_WRITES, "Idempotency-Key", "Prefer")],
            requestBody={
                "required": True,
                "content": {
                    MERGE_PATCH: MERGED,
                    JSON: MERGED,
                    JSON_PATCH: {"schema": ref("JsonPatch"), "example": PATCH_EXAMPLE},
                },
            },
            responses=_written("200", "It is so now.", REPLAYED)
            | CHANGED
            | problems(*BAD_WRITE)
            | STALE,
        ),
        "delete": operation(
            "deleteCollection",
            "collections",
            "Drop a collection",
            ADMINS,
            parameters=[LOSS, *parameters(*OF_WRITES)],
            responses=DELETED | problems(403, 404, 409) | STALE,
        ),
    },
}
