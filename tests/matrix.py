"""Every route, method and kind of caller, and what status each gets.

A line of a table: method, path, what is sent (of BODIES), and a status for each caller: anyone, the
owner, another of the same role, one of another role, an admin's session, the environment's admin
key; keys of the owner by their scope, and an admin's; and all credentials that are good no more.
A letter: one of LEFT_OPEN. ``-``: not asked. HEAD is asked wherever GET is.
"""

from dataclasses import dataclass
from typing import Any

CALLERS = (
    *("any", "ann", "bob", "eve", "root", "env"),
    *("t:r", "t:w", "*:r", "*:w", "o:r", "adm", "rt:r"),
    "bad",
)
LEFT_OPEN = {
    "A": {401, 422},
    "B": {403, 422},
    "C": {403, 404},
    "D": {401, 404},
    "E": {200, 403},
    "F": {200, 404},
    "G": {201, 403},
    "H": {204, 404},
    "I": {200, 401},
}
"""Contract and decisions do not say which."""
NDJSON, FORM = "application/x-ndjson", "application/x-www-form-urlencoded"
JSON_PATCH = "application/json-patch+json"
BODIES: dict[str, tuple[Any, str | None]] = {
    ".": (None, None),
    "form": ("limit=5", FORM),
    "new": ({"id": "new", "owner": "$ann", "status": "draft"}, None),
    "line": ('{"id": "new", "owner": "$ann", "status": "draft"}', NDJSON),
    "whole": ({"owner": "$ann", "status": "draft", "note": "x"}, None),
    "note": ({"note": "x"}, None),
    "give": ({"owner": "$bob"}, None),
    "patch": ([{"op": "replace", "path": "/note", "value": "x"}], JSON_PATCH),
    "empty": ({"fields": {}}, None),
    "named": ({"name": "fresh", "fields": {}}, None),
    "text": ({"description": "x"}, None),
    "user": ({"email": "$mail", "password": "a new long password"}, None),
    "name": ({"name": "$word"}, None),
    "login": ({"email": "$annmail", "password": "$password"}, None),
    "key": ({"name": "x", "scopes": ["things:read"]}, None),
}
NOBODY: dict[str, Any] = dict.fromkeys(("read", "create", "update", "delete"), False)
OWN = dict.fromkeys(NOBODY, "owner = @me")
EDITORS = dict.fromkeys(NOBODY, "@me.role = 'editor'")
ACCESS: dict[str, dict[str, Any]] = {
    "open": dict.fromkeys(NOBODY, True),
    "closed": NOBODY,
    "readonly": NOBODY | {"read": True},
    "own": OWN,
    "published": OWN | {"read": "status = 'published' or owner = @me"},
    "editors": EDITORS,
    "newsroom": EDITORS | {"read": True},
    "blind": OWN | {"read": False, "create": True},
}
# `mine` and `shown` are ann's: a draft, and published. `gone` was hers, and has been deleted.
RECORDS = {
    "open": """
    GET    /api/things         .     200 200 200 200 200 200 | 200 200 200 200 403 200 200 | 401
    QUERY  /api/things         form  200 200 200 200 200 200 | 200 200 200 200 403 200 200 | 401
    GET    /api/things/mine    .     200 200 200 200 200 200 | 200 200 200 200 403 200 200 | 401
    GET    /api/things/gone    .     410 410 410 410 410 410 | 410 410 410 410 403 410 410 | 401
    GET    /api/things/nothing .     404 404 404 404 404 404 | 404 404 404 404 403 404 404 | 401
    POST   /api/things         new   201 201 201 201 201 201 | 403 201 403 201 403 201 403 | 401
    POST   /api/things         line  200 200 200 200 200 200 | 403 200 403 200 403 200 403 | 401
    PUT    /api/things/mine    whole 200 200 200 200 200 200 | 403 200 403 200 403 200 403 | 401
    PUT    /api/things/new     whole 201 201 201 201 201 201 | 403 201 403 201 403 201 403 | 401
    PUT    /api/things/gone    whole 201 201 201 201 201 201 | 403 201 403 201 403 201 403 | 401
    PATCH  /api/things/mine    note  200 200 200 200 200 200 | 403 200 403 200 403 200 403 | 401
    PATCH  /api/things/mine    patch 200 200 200 200 200 200 | 403 200 403 200 403 200 403 | 401
    PATCH  /api/things/gone    note  410 410 410 410 410 410 | 403 410 403 410 403 410 403 | 401
    PATCH  /api/things/nothing note  404 404 404 404 404 404 | 403 404 403 404 403 404 403 | 401
    DELETE /api/things/mine    .     204 204 204 204 204 204 | 403 204 403 204 403 204 403 | 401
    DELETE /api/things/gone    .     204 204 204 204 204 204 | 403 204 403 204 403 204 403 | 401
    DELETE /api/things/nothing .     404 404 404 404 404 404 | 403 404 403 404 403 404 403 | 401
    """,
    "closed": """
    GET    /api/things         .     401 403 403 403 200 200 | 403 403 403 403 403 403 200 | 401
    QUERY  /api/things         form  401 403 403 403 200 200 | 403 403 403 403 403 403 200 | 401
    GET    /api/things/mine    .     401 403 403 403 200 200 | 403 403 403 403 403 403 200 | 401
    GET    /api/things/gone    .     401 403 403 403 410 410 | 403 403 403 403 403 403 410 | 401
    GET    /api/things/nothing .     401 403 403 403 404 404 | 403 403 403 403 403 403 404 | 401
    POST   /api/things         new   401 403 403 403 201 201 | 403 403 403 403 403 403 403 | 401
    POST   /api/things         line  401 403 403 403 200 200 | 403 403 403 403 403 403 403 | 401
    PUT    /api/things/mine    whole 401 403 403 403 200 200 | 403 403 403 403 403 403 403 | 401
    PUT    /api/things/new     whole 401 403 403 403 201 201 | 403 403 403 403 403 403 403 | 401
    PATCH  /api/things/mine    note  401 403 403 403 200 200 | 403 403 403 403 403 403 403 | 401
    PATCH  /api/things/mine    patch 401 403 403 403 200 200 | 403 403 403 403 403 403 403 | 401
    PATCH  /api/things/nothing note  401 403 403 403 404 404 | 403 403 403 403 403 403 403 | 401
    DELETE /api/things/mine    .     401 403 403 403 204 204 | 403 403 403 403 403 403 403 | 401
    DELETE /api/things/gone    .     401 403 403 403 204 204 | 403 403 403 403 403 403 403 | 401
    DELETE /api/things/nothing .     401 403 403 403 404 404 | 403 403 403 403 403 403 403 | 401
    """,
    "readonly": """
    GET    /api/things         .     200 200 200 200 200 200 | 200 200 200 200 403 200 200 | 401
    GET    /api/things/mine    .     200 200 200 200 200 200 | 200 200 200 200 403 200 200 | 401
    GET    /api/things/gone    .     410 410 410 410 410 410 | 410 410 410 410 403 410 410 | 401
    POST   /api/things         new   401 403 403 403 201 201 | 403 403 403 403 403 403 403 | 401
    POST   /api/things         line  401 403 403 403 200 200 | 403 403 403 403 403 403 403 | 401
    PUT    /api/things/mine    whole 401 403 403 403 200 200 | 403 403 403 403 403 403 403 | 401
    PUT    /api/things/new     whole 401 403 403 403 201 201 | 403 403 403 403 403 403 403 | 401
    PATCH  /api/things/mine    note  401 403 403 403 200 200 | 403 403 403 403 403 403 403 | 401
    PATCH  /api/things/nothing note  401 403 403 403 404 404 | 403 403 403 403 403 403 403 | 401
    DELETE /api/things/mine    .     401 403 403 403 204 204 | 403 403 403 403 403 403 403 | 401
    DELETE /api/things/nothing .     401 403 403 403 404 404 | 403 403 403 403 403 403 403 | 401
    """,
    "own": """
    GET    /api/things         .     200 200 200 200 200 200 | 200 200 200 200 403 200 200 | 401
    QUERY  /api/things         form  200 200 200 200 200 200 | 200 200 200 200 403 200 200 | 401
    GET    /api/things/mine    .     404 200 404 404 200 200 | 200 200 200 200 403 200 200 | 401
    GET    /api/things/gone    .     404 404 404 404 410 410 | 404 404 404 404 403 404 410 | 401
    GET    /api/things/nothing .     404 404 404 404 404 404 | 404 404 404 404 403 404 404 | 401
    POST   /api/things         new   401 201 403 403 201 201 | 403 201 403 201 403 201 403 | 401
    POST   /api/things         line  A   200 B   B   200 200 | 403 200 403 200 403 200 403 | 401
    PUT    /api/things/mine    whole 404 200 404 404 200 200 | 403 200 403 200 403 200 403 | 401
    PUT    /api/things/new     whole 401 201 403 403 201 201 | 403 201 403 201 403 201 403 | 401
    PUT    /api/things/gone    whole 401 201 403 403 201 201 | 403 201 403 201 403 201 403 | 401
    PATCH  /api/things/mine    note  404 200 404 404 200 200 | 403 200 403 200 403 200 403 | 401
    PATCH  /api/things/mine    patch 404 200 404 404 200 200 | 403 200 403 200 403 200 403 | 401
    PATCH  /api/things/mine    give  404 403 404 404 200 200 | 403 403 403 403 403 403 403 | 401
    PATCH  /api/things/gone    note  404 404 404 404 410 410 | 403 404 403 404 403 404 403 | 401
    PATCH  /api/things/nothing note  404 404 404 404 404 404 | 403 404 403 404 403 404 403 | 401
    DELETE /api/things/mine    .     404 204 404 404 204 204 | 403 204 403 204 403 204 403 | 401
    DELETE /api/things/gone    .     404 404 404 404 204 204 | 403 404 403 404 403 404 403 | 401
    DELETE /api/things/nothing .     404 404 404 404 404 404 | 403 404 403 404 403 404 403 | 401
    """,
    "published": """
    GET    /api/things         .     200 200 200 200 200 200 | 200 200 200 200 403 200 200 | 401
    GET    /api/things/shown   .     200 200 200 200 200 200 | 200 200 200 200 403 200 200 | 401
    GET    /api/things/mine    .     404 200 404 404 200 200 | 200 200 200 200 403 200 200 | 401
    GET    /api/things/gone    .     404 404 404 404 410 410 | 404 404 404 404 403 404 410 | 401
    POST   /api/things         new   401 201 403 403 201 201 | 403 201 403 201 403 201 403 | 401
    PUT    /api/things/shown   whole 401 200 403 403 200 200 | 403 200 403 200 403 200 403 | 401
    PUT    /api/things/mine    whole 404 200 404 404 200 200 | 403 200 403 200 403 200 403 | 401
    PUT    /api/things/new     whole 401 201 403 403 201 201 | 403 201 403 201 403 201 403 | 401
    PATCH  /api/things/shown   note  401 200 403 403 200 200 | 403 200 403 200 403 200 403 | 401
    PATCH  /api/things/shown   patch 401 200 403 403 200 200 | 403 200 403 200 403 200 403 | 401
    PATCH  /api/things/shown   give  401 403 403 403 200 200 | 403 403 403 403 403 403 403 | 401
    PATCH  /api/things/mine    note  404 200 404 404 200 200 | 403 200 403 200 403 200 403 | 401
    DELETE /api/things/shown   .     401 204 403 403 204 204 | 403 204 403 204 403 204 403 | 401
    DELETE /api/things/mine    .     404 204 404 404 204 204 | 403 204 403 204 403 204 403 | 401
    DELETE /api/things/gone    .     404 404 404 404 204 204 | 403 404 403 404 403 404 403 | 401
    """,
    "editors": """
    GET    /api/things         .     200 200 200 200 200 200 | 200 200 200 200 403 200 200 | 401
    QUERY  /api/things         form  200 200 200 200 200 200 | 200 200 200 200 403 200 200 | 401
    GET    /api/things/mine    .     404 404 404 200 200 200 | 404 404 404 404 403 404 200 | 401
    GET    /api/things/gone    .     404 404 404 410 410 410 | 404 404 404 404 403 404 410 | 401
    GET    /api/things/nothing .     404 404 404 404 404 404 | 404 404 404 404 403 404 404 | 401
    POST   /api/things         new   401 403 403 201 201 201 | 403 403 403 403 403 403 403 | 401
    POST   /api/things         line  A   B   B   200 200 200 | 403 B   403 B   403 B   403 | 401
    PUT    /api/things/mine    whole 404 404 404 200 200 200 | 403 404 403 404 403 404 403 | 401
    PUT    /api/things/new     whole 401 403 403 201 201 201 | 403 403 403 403 403 403 403 | 401
    PUT    /api/things/gone    whole 401 403 403 201 201 201 | 403 403 403 403 403 403 403 | 401
    PATCH  /api/things/mine    note  404 404 404 200 200 200 | 403 404 403 404 403 404 403 | 401
    PATCH  /api/things/gone    note  404 404 404 410 410 410 | 403 404 403 404 403 404 403 | 401
    PATCH  /api/things/nothing note  404 404 404 404 404 404 | 403 404 403 404 403 404 403 | 401
    DELETE /api/things/mine    .     404 404 404 204 204 204 | 403 404 403 404 403 404 403 | 401
    DELETE /api/things/gone    .     404 404 404 204 204 204 | 403 404 403 404 403 404 403 | 401
    DELETE /api/things/nothing .     404 404 404 404 404 404 | 403 404 403 404 403 404 403 | 401
    """,
    "newsroom": """
    GET    /api/things         .     200 200 200 200 200 200 | 200 200 200 200 403 200 200 | 401
    GET    /api/things/mine    .     200 200 200 200 200 200 | 200 200 200 200 403 200 200 | 401
    GET    /api/things/gone    .     410 410 410 410 410 410 | 410 410 410 410 403 410 410 | 401
    POST   /api/things         new   401 403 403 201 201 201 | 403 403 403 403 403 403 403 | 401
    PUT    /api/things/mine    whole 401 403 403 200 200 200 | 403 403 403 403 403 403 403 | 401
    PUT    /api/things/new     whole 401 403 403 201 201 201 | 403 403 403 403 403 403 403 | 401
    PATCH  /api/things/mine    note  401 403 403 200 200 200 | 403 403 403 403 403 403 403 | 401
    PATCH  /api/things/mine    patch 401 403 403 200 200 200 | 403 403 403 403 403 403 403 | 401
    DELETE /api/things/mine    .     401 403 403 204 204 204 | 403 403 403 403 403 403 403 | 401
    DELETE /api/things/gone    .     D   C   C   204 204 204 | 403 C   403 C   403 C   403 | 401
    """,
    "blind": """
    GET    /api/things         .     401 403 403 403 200 200 | 403 403 403 403 403 403 200 | 401
    QUERY  /api/things         form  401 403 403 403 200 200 | 403 403 403 403 403 403 200 | 401
    GET    /api/things/mine    .     401 403 403 403 200 200 | 403 403 403 403 403 403 200 | 401
    POST   /api/things         new   201 201 201 201 201 201 | 403 201 403 201 403 201 403 | 401
    POST   /api/things         line  200 200 200 200 200 200 | 403 200 403 200 403 200 403 | 401
    PUT    /api/things/mine    whole 404 204 404 404 200 200 | 403 204 403 204 403 204 403 | 401
    PUT    /api/things/new     whole 201 201 201 201 201 201 | 403 201 403 201 403 201 403 | 401
    PATCH  /api/things/mine    note  404 204 404 404 200 200 | 403 204 403 204 403 204 403 | 401
    PATCH  /api/things/mine    patch C   403 C   C   200 200 | 403 403 403 403 403 403 403 | 401
    PATCH  /api/things/mine    give  404 C   404 404 200 200 | 403 C   403 C   403 C   403 | 401
    PATCH  /api/things/nothing note  404 404 404 404 404 404 | 403 404 403 404 403 404 403 | 401
    DELETE /api/things/mine    .     404 204 404 404 204 204 | 403 204 403 204 403 204 403 | 401
    DELETE /api/things/gone    .     404 404 404 404 204 204 | 403 404 403 404 403 404 403 | 401
    DELETE /api/things/nothing .     404 404 404 404 404 404 | 403 404 403 404 403 404 403 | 401
    """,
}  # fmt: skip
DEFINITIONS = """
    GET    /collections            .     401 403 403 403 200 200 | 403 403 403 403 403 403 403 | 401
    POST   /collections            named 401 403 403 403 201 201 | 403 403 403 403 403 403 403 | 401
    GET    /collections/things     .     401 403 403 403 200 200 | 403 403 403 403 403 403 403 | 401
    GET    /collections/nothing    .     401 403 403 403 404 404 | 403 403 403 403 403 403 403 | 401
    PUT    /collections/spare      empty 401 403 403 403 200 200 | 403 403 403 403 403 403 403 | 401
    PUT    /collections/fresh      empty 401 403 403 403 201 201 | 403 403 403 403 403 403 403 | 401
    PATCH  /collections/spare      text  401 403 403 403 200 200 | 403 403 403 403 403 403 403 | 401
    PATCH  /collections/nothing    text  401 403 403 403 404 404 | 403 403 403 403 403 403 403 | 401
    DELETE /collections/spare      .     401 403 403 403 204 204 | 403 403 403 403 403 403 403 | 401
    DELETE /collections/nothing    .     401 403 403 403 404 404 | 403 403 403 403 403 403 403 | 401
    GET    /api/nothing        .     404 404 404 404 404 404 | C   C   404 404 C   404 C   | 401
    POST   /api/nothing        text  404 404 404 404 404 404 | C   C   C   404 C   404 C   | 401
"""
# `$why` asks why ann may read things; `$other` is a new account, `$key` and `$session` are ann's.
ACCOUNTS = """
    GET    /auth/users             .     401 403 403 403 200 200 | 403 403 403 403 403 403 403 | 401
    POST   /auth/users             user  401 403 403 403 201 201 | 403 403 403 403 403 403 403 | 401
    GET    /auth/users/$ann        .     401 200 404 404 200 200 | 403 403 E   E   403 200 403 | 401
    GET    /auth/users/$bob        .     401 404 200 404 200 200 | 403 403 C   C   403 404 403 | 401
    GET    /auth/users/$nobody     .     401 404 404 404 404 404 | 403 403 C   C   403 404 403 | 401
    PATCH  /auth/users/$ann        name  401 403 404 404 200 200 | 403 403 403 403 403 403 403 | 401
    PATCH  /auth/users/$other      name  401 404 404 404 200 200 | 403 403 403 C   403 404 403 | 401
    PATCH  /auth/users/$nobody     name  401 404 404 404 404 404 | 403 403 403 C   403 404 403 | 401
    DELETE /auth/users/$ann        .     401 403 404 404 -   -   | 403 403 403 403 403 403 403 | 401
    DELETE /auth/users/$other      .     401 404 404 404 204 204 | 403 403 403 C   403 404 403 | 401
    DELETE /auth/users/$nobody     .     401 404 404 404 404 404 | 403 403 403 C   403 404 403 | 401
    GET    /auth/me                .     401 200 200 200 200 200 | 403 403 200 200 403 200 403 | 401
    PATCH  /auth/me                name  401 200 200 200 200 403 | 403 403 403 200 403 200 403 | 401
    POST   /auth/sessions          login 201 201 201 201 201 201 | G   G   G   G   G   201 G   | 401
    GET    /auth/sessions          .     401 200 200 200 200 200 | 403 403 403 403 403 200 403 | 401
    GET    /auth/sessions/current  .     401 200 200 200 200 404 | 403 403 403 403 403 404 403 | 401
    GET    /auth/sessions/$session .     401 200 404 404 404 404 | 403 403 403 403 403 200 403 | 401
    DELETE /auth/sessions/current  .     401 204 204 204 204 404 | 403 403 403 403 403 404 403 | 401
    DELETE /auth/sessions/$session .     401 204 404 404 H   H   | 403 403 403 403 403 204 403 | 401
    DELETE /auth/sessions/$nobody  .     401 404 404 404 404 404 | 403 403 403 403 403 404 403 | 401
    GET    /auth/keys              .     401 200 200 200 200 200 | 403 403 403 403 403 200 403 | 401
    POST   /auth/keys              key   401 201 201 201 201 201 | 403 403 403 403 403 201 403 | 401
    GET    /auth/keys/$key         .     401 200 404 404 F   F   | 403 403 403 403 403 200 403 | 401
    GET    /auth/keys/$nobody      .     401 404 404 404 404 404 | 403 403 403 403 403 404 403 | 401
    DELETE /auth/keys/$key         .     401 204 404 404 204 204 | 403 403 403 403 403 204 403 | 401
    DELETE /auth/keys/$nobody      .     401 404 404 404 404 404 | 403 403 403 403 403 404 403 | 401
    GET    /auth/why?$why          .     401 403 403 403 200 200 | 403 403 403 403 403 403 403 | 401
"""
FIXED = """
    GET    /                       .     200 200 200 200 200 200 | 200 200 200 200 200 200 200 | I
    GET    /docs                   .     200 200 200 200 200 200 | 200 200 200 200 200 200 200 | I
    GET    /docs/nothing           .     404 404 404 404 404 404 | 404 404 404 404 404 404 404 | D
    GET    /openapi.json           .     200 200 200 200 200 200 | 200 200 200 200 200 200 200 | 401
    GET    /openapi.yaml           .     200 200 200 200 200 200 | 200 200 200 200 200 200 200 | 401
    GET    /problems               .     200 200 200 200 200 200 | 200 200 200 200 200 200 200 | I
    GET    /problems/gone          .     200 200 200 200 200 200 | 200 200 200 200 200 200 200 | I
    GET    /health/live            .     200 200 200 200 200 200 | 200 200 200 200 200 200 200 | I
    GET    /health/ready           .     200 200 200 200 200 200 | 200 200 200 200 200 200 200 | I
    GET    /metrics                .     200 200 200 200 200 200 | 200 200 200 200 200 200 200 | I
"""


@dataclass(frozen=True)
class Row:
    method: str
    path: str
    body: str
    expected: dict[str, set[int]]

    def __str__(self) -> str:
        return f"{self.method} {self.path} {self.body}"


def rows(table: str) -> list[Row]:
    return [row for line in table.strip().splitlines() for row in asked(line)]


def asked(line: str) -> list[Row]:
    method, path, body, *cells = line.replace("|", " ").split()
    expected = {
        who: LEFT_OPEN.get(cell) or {int(cell)}
        for who, cell in zip(CALLERS, cells, strict=True)
        if cell != "-"
    }
    row = Row(method, path, body, expected)
    return [row, Row("HEAD", path, body, expected)] if method == "GET" else [row]
