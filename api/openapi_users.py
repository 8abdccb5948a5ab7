"""The operations on accounts."""

from api.openapi_account import USER_EXAMPLE, user_shapes
from api.openapi_answers import Answers
from api.openapi_auth_parts import SIGN_UP, answered, body, links, of_accounts
from api.openapi_fixed import KNOWN, OPEN
from api.openapi_headers import OF_DATED_READS, OF_READS, OF_WRITES, Part, parameters, ref
from api.openapi_parameters import conditions, list_parameters
from api.openapi_parts import (
    CHANGED,
    DELETED,
    NOT_MODIFIED,
    REPLAYED,
    name_of_stale,
    problems,
)
from api.openapi_reach import Limits, Reach
from resources.body import JSON, JSON_PATCH, MERGE_PATCH
from schemas.account import SHOWN

STALE: Part = {"412": ref(name_of_stale("User"), "responses")}
OF_WRITTEN = ("Content-Location", "Preference-Applied")
TEST: list[Part] = [{"op": "test", "path": "/disabled", "value": False}]


def _patch_body(component: str, example: Part, operations: list[Part]) -> Part:
    merged = {"schema": ref(component), "example": example}
    patch = {"schema": ref("JsonPatch"), "example": operations}
    return {"required": True, "content": {MERGE_PATCH: merged, JSON: merged, JSON_PATCH: patch}}


def _user(status: str, said: str, *names: str) -> Part:
    return answered(status, said, "User", USER_EXAMPLE, "ETag", "Last-Modified", *names)


def list_users(limits: Limits) -> Part:
    answers = Answers(user_shapes(limits), "User", frozenset(["read"]))
    answers.example = USER_EXAMPLE
    return of_accounts(
        "listUsers",
        "List the accounts",
        description="A page, for admins. As lists of records: filtered, sorted and counted.",
        parameters=[
            *list_parameters(SHOWN, Reach(limits=limits)),
            *parameters(*OF_READS),
            *conditions(SHOWN),
        ],
        responses={"200": answers.listed()} | NOT_MODIFIED | problems(403, 412),
    )


def create_user(administers: bool, signup: bool) -> Part:
    made = _user("201", "It was made.", *OF_WRITTEN, "Location", REPLAYED)
    if administers:
        made["201"]["links"] = links("User", "get", "update", "delete")
    more = {"role": "editor"} if administers else {}
    return of_accounts(
        "createUser",
        "Make an account" if administers else "Sign up",
        OPEN if signup else KNOWN,
        parameters=parameters(*OF_READS, "Idempotency-Key", "Prefer"),
        requestBody=body("UserCreate" if administers else "SignUp", SIGN_UP | more),
        responses=made | problems(403, 409, 412, 413, 415, 422),
    )


def get_user() -> Part:
    return of_accounts(
        "getUser",
        "Read an account",
        description="Admins see all, others themselves.",
        parameters=parameters(*OF_DATED_READS),
        responses=_user("200", "The account.") | NOT_MODIFIED | problems(403, 404, 410) | STALE,
    )


def update_user() -> Part:
    return of_accounts(
        "updateUser",
        "Change an account",
        description="A merge patch (RFC 7396) or a JSON Patch (RFC 6902). Another role or "
        "password, or disabling it, ends the account's sessions. The last admin stays one: 409.",
        parameters=parameters(*OF_WRITES, "Idempotency-Key", "Prefer"),
        requestBody=_patch_body("UserPatch", {"role": "editor"}, TEST),
        responses=_user("200", "It is so now.", *OF_WRITTEN, REPLAYED)
        | CHANGED
        | problems(403, 404, 409, 410, 413, 415, 422)
        | STALE,
    )


def delete_user() -> Part:
    return of_accounts(
        "deleteUser",
        "Delete an account",
        description="With its sessions and keys, and what refers to it as `on_delete` says: 409 "
        "where that restricts it, and for the last admin.",
        parameters=parameters(*OF_WRITES),
        responses=DELETED | problems(403, 404, 409) | STALE,
    )


def get_me() -> Part:
    answer = answered("200", "The account.", "Me", USER_EXAMPLE, "ETag", "Last-Modified")
    return of_accounts(
        "getMe",
        "Read one's own account",
        parameters=parameters(*OF_DATED_READS),
        responses=answer | NOT_MODIFIED | problems(403) | STALE,
    )


def update_me() -> Part:
    return of_accounts(
        "updateMe",
        "Change one's own account",
        description="Another e-mail or password needs `current_password`, and ends one's other "
        "sessions.",
        parameters=parameters(*OF_WRITES, "Idempotency-Key", "Prefer"),
        requestBody=_patch_body("MePatch", {"name": "Ann"}, TEST),
        responses=_user("200", "It is so now.", *OF_WRITTEN, REPLAYED)
        | CHANGED
        | problems(403, 409, 413, 415, 422)
        | STALE,
    )
