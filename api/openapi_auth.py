"""The addresses under ``/auth``, as far as a caller could do anything there."""

from functools import lru_cache

from api.openapi_account import ACCOUNTS
from api.openapi_credentials import (
    ID,
    MADE_EXAMPLE,
    SESSION_EXAMPLE,
    SESSION_ID,
    list_own,
    make_key,
    one_own,
    sign_in,
)
from api.openapi_headers import Part
from api.openapi_parts import stale
from api.openapi_reach import Limits
from api.openapi_users import (
    create_user,
    delete_user,
    get_me,
    get_user,
    list_users,
    update_me,
    update_user,
)
from api.openapi_why import WHY, get_why
from schemas.view import Standing


def auth_components() -> dict[str, dict[str, Part]]:
    refused = stale("User", "The account")
    return {**refused, "schemas": ACCOUNTS | WHY | refused["schemas"]}


@lru_cache(32)
def auth_paths(
    standing: Standing,
    limits: Limits = Limits(),  # noqa: B008 - a value
) -> dict[str, Part]:
    """As far as a caller of this kind could do anything there: a key that is limited makes no
    credentials, and signs nobody up."""
    paths: dict[str, Part] = {}
    if standing.unlimited:
        paths["/auth/sessions"] = {"post": sign_in()}
    if standing.administers or (standing.unlimited and limits.signup):
        paths["/auth/users"] = {"post": create_user(standing.administers, limits.signup)}
    if standing.known and standing.covers("*", "read"):
        paths["/auth/me"] = {"get": get_me()}
        paths["/auth/users/{id}"] = {"parameters": [ID], "get": get_user()}
    if standing.known and standing.covers("*", "write"):
        paths["/auth/me"]["patch"] = update_me()
    if standing.known and standing.unlimited:
        paths["/auth/sessions"]["get"] = list_own("Session", SESSION_EXAMPLE)
        paths |= {
            "/auth/sessions/{id}": {"parameters": [SESSION_ID]}
            | one_own("Session", SESSION_EXAMPLE),
            "/auth/keys": {"get": list_own("ApiKey", MADE_EXAMPLE), "post": make_key()},
            "/auth/keys/{id}": {"parameters": [ID]} | one_own("ApiKey", MADE_EXAMPLE),
        }
    if standing.administers:
        paths["/auth/why"] = {"get": get_why()}
        paths["/auth/users"]["get"] = list_users(limits)
        paths["/auth/users/{id}"] |= {"patch": update_user(), "delete": delete_user()}
    return dict(sorted(paths.items()))
