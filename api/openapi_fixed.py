"""The operations that every server has, whatever its collections."""

from typing import Any

from api.openapi_definition import NAME
from api.openapi_parts import BAD_READ, BAD_WRITE, Part, headers, problems, ref

JSON = "application/json"
OPEN: list[Part] = [{}, {"bearer": []}]
ADMINS: list[Part] = [{"bearer": []}]
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


def _operation(id: str, tag: str, summary: str, security: list[Part], **rest: Any) -> Part:
    return {
        "operationId": id,
        "tags": [tag],
        "summary": summary,
        "description": rest.pop("description", f"{summary}."),
        "security": security,
        **rest,
    }


def _ok(description: str, media: str, schema: Part, *names: str, **more: Any) -> Part:
    content = {media: {"schema": schema, **more}}
    return {"200": {"description": description, "headers": headers(*names), "content": content}}


def _definition(status: str, description: str, *names: str) -> Part:
    return {
        status: {
            "description": description,
            "headers": headers("ETag", "Last-Modified", *names),
            "content": {JSON: {"schema": ref("Definition"), "example": STORED}},
        }
    }


def _body(component: str, example: Part) -> Part:
    content = {JSON: {"schema": ref(component), "example": example}}
    return {"required": True, "content": content}


LINKS: Part = {"type": "object", "additionalProperties": {"type": "string"}}
HOME: Part = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "links": LINKS},
    "required": ["name", "links"],
}
STATUS: Part = {
    "type": "object",
    "properties": {"status": {"type": "string"}},
    "required": ["status"],
}
KIND: Part = {
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
KINDS: Part = {
    "type": "object",
    "properties": {"items": {"type": "array", "items": KIND}},
    "required": ["items"],
}
DOCUMENT: Part = {
    "type": "object",
    "properties": {
        "openapi": {"type": "string"},
        "info": {"type": "object"},
        "paths": {"type": "object"},
    },
    "required": ["openapi", "info", "paths"],
}
TEXT: Part = {"type": "string"}

FIXED: dict[str, Part] = {
    "/": {
        "get": _operation(
            "getHome",
            "server",
            "Where things are",
            OPEN,
            responses={
                "200": {
                    "description": "Links, or a page for a browser.",
                    "headers": headers("ETag"),
                    "content": {JSON: {"schema": HOME}, "text/html": {"schema": TEXT}},
                }
            }
            | problems(),
        )
    },
    "/docs": {
        "get": _operation(
            "getDocs",
            "server",
            "Try the API in Swagger UI",
            OPEN,
            responses=_ok("A page.", "text/html", TEXT, "ETag") | problems(),
        )
    },
    "/openapi.json": {
        "get": _operation(
            "getOpenapiJson",
            "server",
            "This document",
            OPEN,
            description="It shows what this caller could do.",
            responses=_ok("The document.", JSON, DOCUMENT, "ETag") | problems(),
        )
    },
    "/openapi.yaml": {
        "get": _operation(
            "getOpenapiYaml",
            "server",
            "This document, as YAML",
            OPEN,
            responses=_ok("The document.", "application/yaml", DOCUMENT, "ETag") | problems(),
        )
    },
    "/problems": {
        "get": _operation(
            "listProblems",
            "server",
            "What refusals mean",
            OPEN,
            responses=_ok("All kinds.", JSON, KINDS, "ETag") | problems(),
        )
    },
    "/problems/{name}": {
        "get": _operation(
            "getProblem",
            "server",
            "What one refusal means and how to mend it",
            OPEN,
            parameters=[
                {
                    "name": "name",
                    "in": "path",
                    "required": True,
                    "description": "As at the end of a problem's `type`.",
                    "schema": {"type": "string", "minLength": 1},
                    "example": "conflict",
                }
            ],
            responses=_ok("The kind.", JSON, KIND, "ETag") | problems(404),
        )
    },
    "/health/live": {
        "get": _operation(
            "getLive",
            "server",
            "Whether the process answers",
            OPEN,
            description="It never waits for the database.",
            responses=_ok("It does.", JSON, STATUS) | problems(),
        )
    },
    "/health/ready": {
        "get": _operation(
            "getReady",
            "server",
            "Whether the database answers",
            OPEN,
            description="503 if it does not.",
            responses=_ok("It does.", JSON, STATUS) | problems(),
        )
    },
    "/metrics": {
        "get": _operation(
            "getMetrics",
            "server",
            "Counts and times for Prometheus",
            OPEN,
            responses=_ok("Prometheus text.", "text/plain", TEXT) | problems(),
        )
    },
    "/collections": {
        "get": _operation(
            "listCollections",
            "collections",
            "List all definitions",
            ADMINS,
            responses=_ok("The definitions.", JSON, ref("DefinitionList"), "ETag") | problems(403),
        ),
        "post": _operation(
            "createCollection",
            "collections",
            "Define a collection",
            ADMINS,
            requestBody=_body("NamedDefinitionToSend", {"name": "books"} | EXAMPLE),
            responses=_definition("201", "It was made.", "Location", "Content-Location")
            | problems(*BAD_WRITE),
        ),
    },
    "/collections/{name}": {
        "parameters": [NAME_PARAMETER],
        "get": _operation(
            "getCollection",
            "collections",
            "Read one definition",
            ADMINS,
            responses=_definition("200", "The definition.") | problems(*BAD_READ),
        ),
        "put": _operation(
            "replaceCollection",
            "collections",
            "Define a collection, or change its definition",
            ADMINS,
            description="The same again changes nothing. What would lose data is refused, unless "
            "`?allow_data_loss=true`.",
            parameters=[LOSS],
            requestBody=_body("DefinitionToSend", EXAMPLE),
            responses=_definition("200", "It is so now.", "Content-Location")
            | _definition("201", "It was made.", "Location", "Content-Location")
            | problems(*BAD_WRITE),
        ),
        "delete": _operation(
            "deleteCollection",
            "collections",
            "Drop a collection",
            ADMINS,
            parameters=[LOSS],
            responses={"204": {"description": "It is gone."}} | problems(403, 404, 409),
        ),
    },
}
