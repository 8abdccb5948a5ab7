"""What all operations of the OpenAPI document share: header fields and refusals."""

from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin

from schemas.json_schema import JSON_SCHEMAS
from schemas.problem import PROBLEMS, ProblemSchema

Part = dict[str, Any]
PROBLEM_JSON = "application/problem+json"


def ref(name: str, kind: str = "schemas") -> Part:
    return {"$ref": f"#/components/{kind}/{name}"}


def _header(description: str, **schema: Any) -> Part:
    return {"description": description, "schema": {"type": "string", **schema}}


HEADERS: dict[str, Part] = {
    "ETag": _header("What this representation is called."),
    "Last-Modified": _header("When it was last changed."),
    "Location": _header("Where it is."),
    "Content-Location": _header("Of what this is the representation."),
    "Link": _header('The next page, as `rel="next"` (RFC 8288).'),
    "Cache-Control": _header("For how long it may be kept: it must be asked for again."),
    "Vary": _header("What the answer depends on."),
    "X-Request-Id": _header("The request's name in the log."),
    "Allow": _header("The methods that work here."),
    "WWW-Authenticate": _header("How to say who you are."),
    "Retry-After": _header("After how many seconds to try again."),
    "Accept": _header("The types that are taken here."),
    "Accept-Post": _header("The types that POST takes here."),
    "Accept-Patch": _header("The types that PATCH takes here."),
}
OF_ANSWERS = ("Cache-Control", "Vary", "X-Request-Id")


def headers(*names: str) -> Part:
    return {name: ref(name, "headers") for name in (*names, *OF_ANSWERS)}


RECORD_HEADERS = headers("ETag", "Last-Modified")
LIST_HEADERS = headers("ETag", "Link")
WRITTEN_HEADERS = headers("ETag", "Last-Modified", "Content-Location")
OF_PROBLEMS = {
    401: ("WWW-Authenticate",),
    405: ("Allow",),
    415: ("Accept", "Accept-Post", "Accept-Patch"),
    503: ("Retry-After",),
}
NAMES = {
    400: "BadRequest",
    401: "Unauthenticated",
    403: "Forbidden",
    404: "NotFound",
    405: "MethodNotAllowed",
    409: "Conflict",
    410: "Gone",
    413: "ContentTooLarge",
    414: "UriTooLong",
    415: "UnsupportedMediaType",
    422: "ValidationFailed",
    431: "HeaderTooLarge",
    500: "InternalError",
    501: "NotImplemented",
    503: "Unavailable",
}
ANYWHERE = (400, 401, 405, 414, 431, 500, 501, 503)
BAD_READ = (403, 404)
BAD_WRITE = (403, 404, 409, 413, 415, 422)


def problems(*statuses: int) -> Part:
    """The refusals of an operation: those that can come from anywhere, and its own."""
    return {str(one): ref(NAMES[one], "responses") for one in sorted({*ANYWHERE, *statuses})}


def _response(status: int) -> Part:
    kinds = [name for name, problem in PROBLEMS.items() if problem.status == status]
    meanings = " ".join(f"`{name}`: {PROBLEMS[name].meaning}" for name in kinds)
    problem = PROBLEMS[kinds[0]]
    example = {
        "type": f"/problems/{kinds[0]}",
        "title": problem.title,
        "status": status,
        "detail": problem.meaning,
        "instance": "/api/books",
        "request_id": "5f0c1e4b8a7d4c0f9a3b2d1e6c7f8a90",
    }
    return {
        "description": meanings,
        "headers": headers(*OF_PROBLEMS.get(status, ())),
        "content": {PROBLEM_JSON: {"schema": ref("Problem"), "example": example}},
    }


def components() -> dict[str, Part]:
    """Schemas, headers, responses and security that every document has."""
    spec = APISpec("", "", "3.1.0", plugins=[MarshmallowPlugin()])
    spec.components.schema("Problem", schema=ProblemSchema)
    schemas = spec.to_dict()["components"]["schemas"]
    return {
        "schemas": schemas | JSON_SCHEMAS | {"ImportReport": IMPORT_REPORT},
        "headers": HEADERS,
        "responses": {NAMES[status]: _response(status) for status in NAMES},
        "securitySchemes": {
            "bearer": {
                "type": "http",
                "scheme": "bearer",
                "description": "An API key, as `make serve` or `pennyworth key create` prints it.",
            }
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
