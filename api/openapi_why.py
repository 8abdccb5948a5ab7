"""``/auth/why`` in the document."""

from typing import Any

from api.openapi_auth_parts import answered, of_accounts
from api.openapi_fixed import ADMINS
from api.openapi_headers import OF_READS, Part, parameters
from api.openapi_parts import NOT_MODIFIED, problems
from resources.why import METHODS

TEXT: Part = {"type": ["string", "null"]}
WHY: dict[str, Any] = {
    "Why": {
        "type": "object",
        "description": "Whether somebody may do something, and why not.",
        "properties": {
            "allowed": {
                "type": ["boolean", "null"],
                "description": "Null where it depends on the record that is sent.",
            },
            "status": {
                "type": ["integer", "null"],
                "description": "What is answered for want of access.",
            },
            "detail": {"type": "string"},
            "method": {"type": "string"},
            "path": {"type": "string"},
            "as": TEXT | {"description": "The id of the account; null for the anonymous."},
            "collection": TEXT,
            "action": TEXT | {"description": "The decisive one: read, create, update or delete."},
            "rule": {
                "type": ["string", "boolean", "null"],
                "description": "As the definition has it.",
            },
            "failed": {
                "type": "array",
                "items": {"type": "string"},
                "description": "The parts of the rule that are not true.",
            },
        },
        "required": ["allowed", "status", "detail", "method", "path", "failed"],
        "additionalProperties": False,
    }
}
EXAMPLE = {
    "allowed": False,
    "status": 403,
    "detail": "The rule does not allow it.",
    "method": "PUT",
    "path": "/api/books/42",
    "as": "01890a5d-ac96-774b-bcce-b302099a8057",
    "collection": "books",
    "action": "update",
    "rule": "owner = @me and status = 'draft'",
    "failed": ["status = 'draft'"],
}


def _parameter(name: str, said: str, *, required: bool = True, **schema: Any) -> Part:
    return {
        "name": name,
        "in": "query",
        "required": required,
        "description": said,
        "schema": {"type": "string", **schema},
    }


def get_why() -> Part:
    return of_accounts(
        "getWhy",
        "Why somebody may do something, or may not",
        ADMINS,
        description="By which rule, and which part of it fails.",
        parameters=[
            _parameter("method", "What is asked.", enum=[*METHODS]),
            _parameter("path", "Of what, such as `/api/books/42`.", pattern="^/[!-~]*$"),
            _parameter("as", "The id of who asks; nobody's: the anonymous.", required=False),
            *parameters(*OF_READS),
        ],
        responses=answered("200", "Why.", "Why", EXAMPLE, "ETag")
        | NOT_MODIFIED
        | problems(403, 412),
    )
