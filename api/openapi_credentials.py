"""The operations on sessions and API keys."""

from api.openapi_account import USER_EXAMPLE
from api.openapi_auth_parts import SIGN_UP, answered, body, links, of_accounts
from api.openapi_fixed import OPEN
from api.openapi_headers import OF_READS, Part, headers, parameters
from api.openapi_parts import DELETED, NOT_MODIFIED, problems

KEY_EXAMPLE: Part = {"name": "the shop's", "scopes": ["books:read", "orders:write"]}
MADE_EXAMPLE: Part = {
    "id": "01890a5d-ac96-774b-bcce-b302099a8058",
    **KEY_EXAMPLE,
    "expires_at": None,
    "created_at": "2026-02-28T12:00:00Z",
}
SESSION_EXAMPLE: Part = {
    "id": "01890a5d-ac96-774b-bcce-b302099a8059",
    "created_at": "2026-02-28T12:00:00Z",
    "expires_at": "2026-03-14T12:00:00Z",
    "cookie": False,
    "user_agent": "Mozilla/5.0",
    "current": True,
}
BEGUN_EXAMPLE: Part = {
    "token": "pws_rcLYvWJPnRYXe1m0ZqBmgA1yq9CkrC6bM5ijgmFz3lI",
    "expires_at": "2026-03-14T12:00:00Z",
    "user": USER_EXAMPLE,
}


def _parameter(description: str, schema: Part) -> Part:
    example = MADE_EXAMPLE["id"]
    return {
        "name": "id",
        "in": "path",
        "required": True,
        "description": description,
        "schema": schema,
        "example": example,
    }


UUID: Part = {"type": "string", "format": "uuid"}
ID = _parameter("The id.", UUID)
SESSION_ID = _parameter(
    "The id; or `current`, for the session that this is asked in.",
    {"anyOf": [UUID, {"const": "current"}]},
)


def sign_in() -> Part:
    made = answered("201", "Signed in.", "SessionBegun", BEGUN_EXAMPLE, "Location", "Set-Cookie")
    return of_accounts(
        "createSession",
        "Sign in",
        OPEN,
        description="By e-mail and password, for a token to send as `Authorization: Bearer`; or, "
        'with `"cookie": true`, for a cookie and a `csrf_token`. A wrong password and an unknown '
        "e-mail are the same 401. An Idempotency-Key has no effect.",
        parameters=parameters(*OF_READS),
        requestBody=body("SessionCreate", {name: SIGN_UP[name] for name in ("email", "password")}),
        responses=made | problems(403, 412, 413, 415, 422),
    )


def make_key() -> Part:
    example = MADE_EXAMPLE | {"secret": "pw_ux2dZ4WkM0gAQE6Jv8tqN5VhCz1yLpS9rB7fKbTnXaI"}
    made = answered("201", "It was made.", "ApiKeyMade", example, "Location")
    made["201"]["links"] = links("ApiKey", "get", "delete")
    return of_accounts(
        "createApiKey",
        "Make an API key",
        description="It acts as whoever makes it, within its scopes. The `secret` is shown this "
        "once. An Idempotency-Key has no effect.",
        parameters=parameters(*OF_READS),
        requestBody=body("ApiKeyCreate", KEY_EXAMPLE),
        responses=made | problems(403, 412, 413, 415, 422),
    )


WORDS = {"Session": "session", "ApiKey": "API key"}


def list_own(word: str, example: Part) -> Part:
    page = {"items": [example], "next": None}
    answer = answered("200", "All of them.", f"{word}List", page, "ETag")
    return of_accounts(
        f"list{word}s",
        f"List one's own {WORDS[word]}s",
        parameters=parameters(*OF_READS),
        responses=answer | NOT_MODIFIED | problems(403, 412),
    )


def one_own(word: str, example: Part) -> Part:
    answer = answered("200", "It.", word, example, "ETag")
    ended = {"description": "It is not there any more.", "headers": headers("Set-Cookie")}
    return {
        "get": of_accounts(
            f"get{word}",
            f"Read one of one's own {WORDS[word]}s",
            parameters=parameters(*OF_READS),
            responses=answer | NOT_MODIFIED | problems(403, 404, 412),
        ),
        "delete": of_accounts(
            f"delete{word}",
            "Sign out" if word == "Session" else "Revoke an API key",
            description="It ends at once.",
            parameters=parameters(*OF_READS),
            responses={"204": ended if word == "Session" else DELETED["204"]}
            | problems(403, 404, 412),
        ),
    }
