"""The live OpenAPI 3.1 document: what this caller could do, with these definitions."""

from collections.abc import Iterable
from functools import partial
from typing import Any

import orjson
import yaml
from flask import Flask

from api.openapi_admin import DEFINITIONS, definition_components
from api.openapi_auth import auth_components, auth_paths
from api.openapi_collection import fragment, names_of
from api.openapi_fixed import FIXED as OF_SERVER
from api.openapi_names import pascal, singular
from api.openapi_parts import components
from api.openapi_reach import Limits, reach_of
from models.collection import Definitions
from models.memo import memo
from schemas.rule import ACTIONS, OF_ADMINS, views_of_admins
from schemas.view import Views

INFO = {
    "title": "Pennyworth",
    "version": "0.1.0",
    "summary": "A REST backend that keeps HTTP's promises.",
    "description": "Each collection is a validated JSON API over a real SQL table. Refusals are "
    "`application/problem+json` (RFC 9457), with all that is wrong in one answer.",
    "license": {"name": "MIT", "identifier": "MIT"},
    "contact": {"name": "Whoever runs this server"},
}
TAGS = [
    {"name": "collections", "description": "Definitions of collections, for admins."},
    {"name": "accounts", "description": "Accounts, sessions and API keys."},
    {"name": "server", "description": "The server itself."},
]
FIXED = OF_SERVER | DEFINITIONS
FOR_ADMINS = tuple(DEFINITIONS)
OF_DEFINITIONS = frozenset(definition_components()["schemas"])
FIXED_OPERATIONS = frozenset(
    operation["operationId"]
    for item in (FIXED | auth_paths(OF_ADMINS)).values()
    for method, operation in item.items()
    if method != "parameters"
)
DEFAULTS = Limits()


def document(views: Views, limits: Limits = DEFAULTS) -> dict[str, Any]:
    """``views``: of whoever is to read it."""
    shared = _with(components(), auth_components())
    definitions, standing = views.definitions, views.standing
    admin = standing.administers
    paths = {p: o for p, o in FIXED.items() if admin or p not in FOR_ADMINS}
    paths |= auth_paths(standing, limits)
    tags = []
    own: dict[str, dict[str, Any]] = {
        "responses": {},
        "examples": {},
        "schemas": {},
        **(definition_components() if admin else {}),
    }
    offered = {name: actions for name in definitions if (actions := _actions(views, name))}
    words = _words(offered, {*shared["schemas"], *OF_DEFINITIONS, *FIXED_OPERATIONS})
    one_of = {name: word for name, (word, _) in words.items()}
    for name, actions in offered.items():
        view = views.view(definitions[name])
        reach = reach_of(views, view, one_of, limits)
        part = fragment(view, *words[name], actions, reach)
        paths |= part["paths"]
        for kind, found in part["components"].items():
            own[kind] |= found
        tags.append(part["tag"])
    return {
        "openapi": "3.1.0",
        "info": INFO,
        "servers": [{"url": "/", "description": "This server."}],
        "tags": tags + [tag for tag in TAGS if admin or tag["name"] != "collections"],
        "paths": paths,
        "components": _used(shared, own, orjson.dumps([paths, own])),
    }


def _with(one: dict[str, dict[str, Any]], other: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {kind: found | other.get(kind, {}) for kind, found in one.items()}


def _used(
    shared: dict[str, Any], own: dict[str, dict[str, Any]], users: bytes
) -> dict[str, dict[str, Any]]:
    """What the shared components are used for depends on the collections."""
    used: dict[str, dict[str, Any]] = {}
    for kind in ("parameters", "responses", "headers", "schemas"):
        found = {n: one for n, one in shared[kind].items() if _is_used(kind, n, users)}
        while more := _followed(kind, shared[kind], found):
            found |= more
        used[kind] = found | own.get(kind, {})
        users += orjson.dumps(found)
    used["schemas"] = dict(sorted(used["schemas"].items()))
    return {
        "securitySchemes": shared["securitySchemes"],
        **{kind: found for kind, found in (used | {"examples": own["examples"]}).items() if found},
    }


def _followed(kind: str, all_of_them: dict[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    inside = orjson.dumps(found)
    rest = {name: one for name, one in all_of_them.items() if name not in found}
    return {name: one for name, one in rest.items() if _is_used(kind, name, inside)}


def _is_used(kind: str, name: str, users: bytes) -> bool:
    return f'"#/components/{kind}/{name}"'.encode() in users


def _actions(views: Views, name: str) -> frozenset[str]:
    return frozenset(one for one in ACTIONS if views.may_ever(views.definitions[name], one))


def _words(names: Iterable[str], taken: set[str]) -> dict[str, tuple[str, str]]:
    """What one and many records are called. Two collections never share the name of a component or
    of an operation."""
    found = {}
    for name in names:
        words, word = pascal(name), pascal(singular(name))
        while word == words or names_of(word, words) & taken:
            word, words = f"{word}Record", f"{words}Records"
        taken |= names_of(word, words)
        found[name] = word, words
    return found


@memo(4)
def document_json(views: Views, limits: Limits = DEFAULTS) -> bytes:
    return orjson.dumps(document(views, limits))


DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
STYLE: dict[str, Any] = {"sort_keys": False, "allow_unicode": True, "width": 100}


@memo(2)
def document_yaml(views: Views, limits: Limits = DEFAULTS) -> bytes:
    made = document(views, limits)
    return yaml.dump(orjson.loads(orjson.dumps(made)), Dumper=DUMPER, **STYLE).encode()


def fixed_document() -> bytes:
    """Of a server without collections: what is committed as openapi.yaml."""
    return document_yaml(views_of_admins(Definitions()))


def install(app: Flask) -> None:
    settings = app.config["PENNYWORTH"]
    limits = Limits(settings.max_filter, settings.max_expand, settings.signup == "open")
    app.extensions["pennyworth.openapi.json"] = partial(document_json, limits=limits)
    app.extensions["pennyworth.openapi.yaml"] = partial(document_yaml, limits=limits)
