"""What all operations of the OpenAPI document share: refusals, and answers without a body."""

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin

from api.openapi_bodies import BODIES
from api.openapi_headers import HEADERS, PARAMETERS, Part, headers, ref
from api.openapi_parameters import VALUES
from resources.body import JSON
from resources.refusal import MEDIA_TYPE
from schemas.json_schema import JSON_SCHEMAS
from schemas.problem import PROBLEMS, ProblemSchema

REPLAYED = "Idempotency-Replayed"
# A refusal is replayed, too, unless it is one of 401, 429 or 5xx, or has no body to compare.
OF_PROBLEMS = {
    **dict.fromkeys((400, 403, 404, 406, 410, 422, 428), (REPLAYED,)),
    401: ("WWW-Authenticate", "Set-Cookie"),
    405: ("Allow",),
    409: ("Retry-After", REPLAYED),
    412: ("ETag", REPLAYED),
    415: ("Accept", "Accept-Encoding", "Accept-Post", "Accept-Patch", "Accept-Query", REPLAYED),
    429: ("Retry-After",),
    503: ("Retry-After",),
}
NAMES = {
    400: "BadRequest",
    401: "Unauthenticated",
    403: "Forbidden",
    404: "NotFound",
    405: "MethodNotAllowed",
    406: "NotAcceptable",
    409: "Conflict",
    410: "Gone",
    412: "PreconditionFailed",
    413: "ContentTooLarge",
    414: "UriTooLong",
    415: "UnsupportedMediaType",
    422: "ValidationFailed",
    428: "PreconditionRequired",
    429: "TooManyRequests",
    431: "HeaderTooLarge",
    500: "InternalError",
    501: "NotImplemented",
    503: "Unavailable",
}
MORE = {
    409: "With `Retry-After`: a request with this Idempotency-Key is still running.",
}
ANYWHERE = (400, 401, 405, 406, 414, 429, 431, 500, 501, 503)
BAD_READ = (403, 404, 412)
BAD_WRITE = (403, 404, 409, 412, 413, 415, 422)


def problems(*statuses: int) -> Part:
    """The refusals of an operation: those that can come from anywhere, and its own."""
    return {str(one): ref(NAMES[one], "responses") for one in sorted({*ANYWHERE, *statuses})}


def _response(status: int) -> Part:
    kinds = [name for name, problem in PROBLEMS.items() if problem.status == status]
    meanings = [f"`{name}`: {PROBLEMS[name].meaning}" for name in kinds]
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
        "description": " ".join([*meanings, *filter(None, [MORE.get(status)])]),
        "headers": headers(*OF_PROBLEMS.get(status, ())),
        "content": {MEDIA_TYPE: {"schema": ref("Problem"), "example": example}},
    }


def stale(current: str, words: str) -> dict[str, dict[str, Part]]:
    """412 that shows what is there now, as components. ``current``: its schema."""
    name = name_of_stale(current)
    shown = {"current": ref(current) | {"description": f"{words} as it is now, if there is one."}}
    meaning = PROBLEMS["precondition-failed"].meaning
    response = {
        "description": f"`precondition-failed`: {meaning}",
        "headers": headers(*OF_PROBLEMS[412]),
        "content": {MEDIA_TYPE: {"schema": ref(name)}},
    }
    schema = {"allOf": [ref("Problem"), {"type": "object", "properties": shown}]}
    return {"responses": {name: response}, "schemas": {name: schema}}


def name_of_stale(current: str) -> str:
    return f"{current}{NAMES[412]}"


def _without_body(description: str, *names: str) -> Part:
    return {"description": description, "headers": headers(*names)}


MINIMAL = "It was done. There is no body, as with `Prefer: return=minimal`."
ANSWERS: dict[str, Part] = {
    "NotModified": _without_body(
        "It is what you have, by `If-None-Match` or `If-Modified-Since`. There is no body.",
        "ETag",
        "Link",
    ),
    "ReplacedWithoutBody": _without_body(MINIMAL, "Preference-Applied"),
    "ChangedWithoutBody": _without_body(
        MINIMAL, "ETag", "Last-Modified", "Preference-Applied", REPLAYED
    ),
    "Deleted": _without_body("It is not there any more."),
    "Imported": {
        "description": "An import was done.",
        "headers": headers(REPLAYED),
        "content": {JSON: {"schema": ref("ImportReport")}},
    },
}
NOT_MODIFIED: Part = {"304": ref("NotModified", "responses")}
REPLACED: Part = {"204": ref("ReplacedWithoutBody", "responses")}
CHANGED: Part = {"204": ref("ChangedWithoutBody", "responses")}
DELETED: Part = {"204": ref("Deleted", "responses")}
IMPORTED: Part = {"200": ref("Imported", "responses")}


SCHEMES: dict[str, Part] = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "An API key, as `make serve`, `pennyworth key create` or `POST /auth/keys` "
        "shows it; or the `token` of a session.",
    },
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "pw_session",
        "description": 'The cookie of a session that was begun with `"cookie": true`; it is called '
        "`__Host-pw_session` except on plain HTTP from the same machine. What changes anything "
        "needs its `csrf_token` in `X-CSRF-Token` besides. An `Authorization` beats it.",
    },
}


def components() -> dict[str, Part]:
    """What every document may use."""
    spec = APISpec("", "", "3.1.0", plugins=[MarshmallowPlugin()])
    spec.components.schema("Problem", schema=ProblemSchema)
    schemas = spec.to_dict()["components"]["schemas"]
    return {
        "parameters": PARAMETERS,
        "responses": {NAMES[status]: _response(status) for status in NAMES} | ANSWERS,
        "headers": HEADERS,
        "schemas": schemas | JSON_SCHEMAS | BODIES | VALUES,
        "securitySchemes": SCHEMES,
    }
