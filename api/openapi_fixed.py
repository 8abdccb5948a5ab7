"""The operations that every server has, whatever its collections."""

from typing import Any

from api.openapi_headers import OF_READS, Part, headers, parameters, ref
from api.openapi_parts import NOT_MODIFIED, problems
from resources.body import JSON

OPEN: list[Part] = [{}, {"bearer": []}]
KNOWN: list[Part] = [{"bearer": []}, {"session": []}]
ADMINS = KNOWN


def operation(id: str, tag: str, summary: str, security: list[Part], **rest: Any) -> Part:
    return {
        "operationId": id,
        "tags": [tag],
        "summary": summary,
        "description": rest.pop("description", f"{summary}."),
        "security": security,
        **rest,
    }


def ok(description: str, media: str, schema: Part, *names: str, **more: Any) -> Part:
    content = {media: {"schema": schema, **more}}
    return {"200": {"description": description, "headers": headers(*names), "content": content}}


def _document(id: str, summary: str, answer: Part, *statuses: int, **rest: Any) -> Part:
    """What can be revalidated."""
    return operation(
        id,
        "server",
        summary,
        OPEN,
        parameters=[*rest.pop("parameters", []), *parameters(*OF_READS)],
        responses=answer | NOT_MODIFIED | problems(412, *statuses),
        **rest,
    )


TEXT: Part = {"type": "string"}

HOMES: Part = {
    "200": {
        "description": "Links, or a page for a browser.",
        "headers": headers("ETag"),
        "content": {JSON: {"schema": ref("Home")}, "text/html": {"schema": TEXT}},
    }
}
KIND_PARAMETER: Part = {
    "name": "name",
    "in": "path",
    "required": True,
    "description": "As at the end of a problem's `type`.",
    "schema": {"type": "string", "minLength": 1},
    "example": "conflict",
}

FIXED: dict[str, Part] = {
    "/": {"get": _document("getHome", "Where things are", HOMES)},
    "/docs": {
        "get": _document(
            "getDocs", "Try the API in Swagger UI", ok("A page.", "text/html", TEXT, "ETag")
        )
    },
    "/openapi.json": {
        "get": _document(
            "getOpenapiJson",
            "This document",
            ok("The document.", JSON, ref("OpenApiDocument"), "ETag"),
            description="It shows what this caller could do.",
        )
    },
    "/openapi.yaml": {
        "get": _document(
            "getOpenapiYaml",
            "This document, as YAML",
            ok("The document.", "application/yaml", ref("OpenApiDocument"), "ETag"),
            description="It shows what this caller could do.",
        )
    },
    "/problems": {
        "get": _document(
            "listProblems",
            "What refusals mean",
            ok("All kinds.", JSON, ref("ProblemKindList"), "ETag"),
        )
    },
    "/problems/{name}": {
        "get": _document(
            "getProblem",
            "What one refusal means and how to mend it",
            ok("The kind.", JSON, ref("ProblemKind"), "ETag"),
            404,
            parameters=[KIND_PARAMETER],
        )
    },
    "/health/live": {
        "get": operation(
            "getLive",
            "server",
            "Whether the process answers",
            OPEN,
            description="It never waits for the database.",
            responses=ok("It does.", JSON, ref("Health")) | problems(),
        )
    },
    "/health/ready": {
        "get": operation(
            "getReady",
            "server",
            "Whether the database answers",
            OPEN,
            description="503 if it does not.",
            responses=ok("It does.", JSON, ref("Health")) | problems(),
        )
    },
    "/metrics": {
        "get": operation(
            "getMetrics",
            "server",
            "Counts and times for Prometheus",
            OPEN,
            responses=ok("Prometheus text.", "text/plain", TEXT) | problems(),
        )
    },
}
