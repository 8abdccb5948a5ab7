"""Shapes of accounts, sessions and keys."""

from typing import Any

from api.openapi_headers import Part, ref
from api.openapi_reach import Limits, Reach
from api.openapi_shapes import SYSTEM_EXAMPLES, Shapes
from models.password import LONGEST_BYTES, SHORTEST
from schemas.account import BY_ADMIN, BY_ANYONE, BY_ONESELF, SHOWN
from schemas.credential import LONGEST_NAME, MOST_SCOPES, SCOPE
from schemas.json_schema import NO_NUL, nullable, whole
from schemas.view import View

INSTANT: Part = {"type": "string", "format": "date-time"}
ID: Part = {"type": "string", "format": "uuid"}
TRUTH: Part = {"type": "boolean"}
TEXT: Part = {"type": "string", "pattern": NO_NUL}
EMAIL: Part = {
    "type": "string",
    "format": "email",
    "maxLength": 254,
    "description": "Kept and shown as it is sent. Two that differ in case, or in the form of their "
    "letters, are one account's.",
}
PASSWORD: Part = TEXT | {
    "format": "password",
    "minLength": SHORTEST,
    "maxLength": LONGEST_BYTES,
    "description": f"At most {LONGEST_BYTES} bytes in UTF-8. It is never shown.",
}
PRESENT: Part = TEXT | {
    "format": "password",
    "description": "The present password: needed to change the e-mail or the password.",
}
SPECIAL = {"email": EMAIL, "password": PASSWORD, "current_password": PRESENT}
USER_EXAMPLE = {
    "id": "01890a5d-ac96-774b-bcce-b302099a8057",
    "email": "ann@example.com",
    "name": "Ann",
    "role": None,
    "disabled": False,
    "created_at": SYSTEM_EXAMPLES["created_at"],
    "updated_at": SYSTEM_EXAMPLES["updated_at"],
}
SCOPE_SHAPE: Part = {
    "type": "string",
    "pattern": whole(SCOPE.pattern.replace("\\*", "[*]")),
    "description": "`admin`: all that its user may do. `books:read`, `books:write`: one "
    "collection; `*:read`, `*:write`: all of them, and `/auth/me`. To write includes to read.",
    "examples": ["books:read"],
}


def user_shapes(limits: Limits = Limits()) -> Shapes:  # noqa: B008 - a value
    """Of accounts as of records, as those see them who administer."""
    return Shapes(SHOWN, "User", frozenset(["read"]), Reach(limits=limits))


def _shown() -> Part:
    shapes = user_shapes()
    found = shapes.schemas()
    user = found["User"]
    del user["properties"]["revision"]
    user["description"] = "An account."
    found["Me"] = user | {
        "description": "One's own account; all null but the role for an admin with a key only.",
        "properties": {
            name: nullable(one) if name in ("id", "email", "created_at", "updated_at") else one
            for name, one in user["properties"].items()
        },
    }
    return found


def _sent(view: View, description: str, *left_out: str, new: bool = False) -> Part:
    shapes = Shapes(view, "User", frozenset(["create"]), Reach())
    shape = shapes.sent(create=True) if new else shapes.patch()
    properties = {n: one for n, one in shape["properties"].items() if n not in left_out}
    for name, special in SPECIAL.items():
        if name in properties:
            properties[name] = special
    return shape | {"description": description, "properties": properties}


def _object(description: str, properties: Part, *optional: str) -> Part:
    return {
        "type": "object",
        "description": description,
        "properties": properties,
        "required": [name for name in properties if name not in optional],
        "additionalProperties": False,
    }


def _page(of: str) -> Part:
    items = {"type": "array", "items": ref(of)}
    return _object(
        "All of one's own, the newest first.", {"items": items, "next": {"type": "null"}}
    )


SESSION: Part = {
    "id": ID,
    "created_at": INSTANT,
    "expires_at": INSTANT,
    "cookie": TRUTH | {"description": "Whether a cookie keeps it."},
    "user_agent": {"type": ["string", "null"], "description": "Of whoever signed in."},
    "current": TRUTH | {"description": "Whether it is the one that this is asked in."},
}
CSRF: Part = {
    "type": "string",
    "description": "With a cookie: to be sent as `X-CSRF-Token` with what changes anything.",
}
BEGUN: Part = {
    "token": {"type": "string", "description": "For `Authorization: Bearer`. Shown this once."},
    "csrf_token": CSRF
    | {"description": f"In place of `token`, with a cookie. {CSRF['description']}"},
    "expires_at": INSTANT,
    "user": ref("User"),
}
KEY: Part = {
    "id": ID,
    "name": {"type": "string"},
    "scopes": {"type": "array", "items": {"type": "string"}},
    "expires_at": INSTANT | {"type": ["string", "null"]},
    "created_at": INSTANT,
}
NEW_KEY: Part = {
    "name": TEXT | {"minLength": 1, "maxLength": LONGEST_NAME},
    "scopes": {
        "type": "array",
        "items": SCOPE_SHAPE,
        "minItems": 1,
        "maxItems": MOST_SCOPES,
        "uniqueItems": True,
    },
    "expires_at": INSTANT
    | {"type": ["string", "null"], "description": "In the future. Null: never."},
}
ACCOUNTS: dict[str, Any] = {
    **_shown(),
    "UserCreate": _sent(BY_ADMIN, "What is sent to make an account.", new=True),
    "SignUp": _sent(BY_ANYONE, "What is sent to sign up.", "id", "role", "disabled", new=True),
    "UserPatch": _sent(BY_ADMIN, "What is to change in an account."),
    "MePatch": _sent(BY_ONESELF, "What is to change in one's own account."),
    "SessionCreate": _object(
        "What is sent to sign in.",
        {
            "email": {"type": "string", "pattern": NO_NUL, "maxLength": 10_000},
            "password": TEXT | {"format": "password", "maxLength": 10_000},
            "cookie": TRUTH
            | {
                "description": "Whether a cookie is to keep the session: for pages.",
                "default": False,
            },
        },
        "cookie",
    ),
    "SessionBegun": _object("A new session.", BEGUN, "token", "csrf_token"),
    "Session": _object("A session.", SESSION | {"csrf_token": CSRF}, "csrf_token"),
    "SessionList": _page("Session"),
    "ApiKeyCreate": _object("What is sent to make a key.", NEW_KEY, "expires_at"),
    "ApiKeyMade": _object(
        "A new key.",
        KEY | {"secret": {"type": "string", "description": "Shown this once."}},
    ),
    "ApiKey": _object("An API key.", KEY),
    "ApiKeyList": _page("ApiKey"),
}
