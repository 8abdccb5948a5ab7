"""``/collections`` and ``/collections/{name}``: the definitions, for admins."""

from typing import Any

from flask import Response, current_app
from flask.views import MethodView
from flask_smorest import Blueprint

from models.change import Change, apply
from models.collection import definition_stored
from models.definition import Definition
from models.record import same
from models.refusal import Failure, Refusal
from resources.access import demand_admin
from resources.answer import (
    answer,
    answer_written,
    empty,
    modified,
    quoted,
    tagged,
)
from resources.asked import Asked
from resources.body import JSON, JSON_PATCH, PATCHES, Body, patch_limits
from resources.condition import demand_conditions, demand_list_conditions
from resources.negotiation import demand_acceptable
from resources.parameters import chosen, no_parameters
from resources.transaction import defined, reading
from schemas.condition import NOTHING, Validators
from schemas.definition import SYSTEM_MEMBERS, present_definition, read_definition
from schemas.name import collection_name_fault
from schemas.patch import as_read, json_patch, merge_patch
from schemas.record import default_of, invalid

blp = Blueprint("collections", __name__, description="Definitions of collections")


@blp.route("/collections")
class Collections(MethodView):
    accept_post = (JSON,)

    def get(self) -> Response:
        with reading() as asked:
            demand_admin(asked)
            no_parameters()
            return list_answer(asked)

    def post(self) -> Response:
        sent = Body(*self.accept_post, listed_in="Accept-Post")
        name = name_in(sent)

        def define_new(asked: Asked) -> Response:
            demand_admin(asked)
            sent.demand_served()
            no_parameters()
            demand_list_conditions(asked.now, lambda: list_answer(asked))
            body = sent.json()
            if name is None:
                raise invalid([name_failure(body)])
            if name in asked.definitions:
                detail = f"There is a collection {name} already."
                raise Refusal("conflict", detail, [Failure("/name", "unique", detail)])
            return created(define(asked, name, body, allow_data_loss=False))

        return defined(define_new, *filter(None, [name]))


@blp.route("/collections/<key:name>")
class OneCollection(MethodView):
    accept_patch = PATCHES

    def get(self, name: str) -> Response:
        with reading() as asked:
            demand_admin(asked)
            definition = find(asked, name)
            no_parameters()
        return answer(present_definition(definition), 200, validators(definition))

    def put(self, name: str) -> Response:
        sent = Body(JSON)

        def replace(asked: Asked) -> Response:
            demand_admin(asked)
            sent.demand_served()
            loss = allows_data_loss()
            old = asked.definitions.get(name)
            demand_definition_conditions(asked, old)
            stored = define(asked, name, sent.json(), allow_data_loss=loss)
            return created(stored) if old is None else updated(stored)

        return defined(replace, name)

    def patch(self, name: str) -> Response:
        sent = Body(*self.accept_patch, listed_in="Accept-Patch")

        def patch(asked: Asked) -> Response:
            demand_admin(asked)
            old = find(asked, name)
            sent.demand_served()
            loss = allows_data_loss()
            demand_definition_conditions(asked, old)
            body = patched(old, sent)
            return updated(define(asked, name, body, allow_data_loss=loss))

        return defined(patch, name)

    def delete(self, name: str) -> Response:
        def drop(asked: Asked) -> Response:
            demand_admin(asked)
            old = find(asked, name)
            demand_acceptable(JSON)
            loss = allows_data_loss()
            demand_definition_conditions(asked, old)
            apply(asked, Change(old, None, {}, loss))
            return empty()

        return defined(drop, name)


def list_answer(asked: Asked) -> Response:
    items = [present_definition(one) for one in asked.definitions.values()]
    return tagged({"items": items, "next": None})


def name_in(sent: Body) -> str | None:
    """To know what to lock; what is wrong with the body is said later, after 401 and 403."""
    try:
        body = sent.json()
    except Refusal:
        return None
    name = body.get("name") if isinstance(body, dict) else None
    return name if isinstance(name, str) and collection_name_fault(name) is None else None


def name_failure(body: Any) -> Failure:
    if not isinstance(body, dict):
        return Failure("", "type", "Must be a JSON object.")
    if isinstance(name := body.get("name"), str):
        return Failure("/name", "name", collection_name_fault(name) or "")
    return Failure("/name", "required", "Must be sent, as a string.")


def allows_data_loss() -> bool:
    return chosen(allow_data_loss=("true", "false")).get("allow_data_loss") == "true"


def find(asked: Asked, name: str) -> Definition:
    definition = asked.definitions.get(name)
    if definition is None:
        raise Refusal("not-found", "There is no such collection.")
    return definition


def patched(old: Definition, sent: Body) -> Any:
    limits = patch_limits()
    shown = as_read(present_definition(old))
    if sent.type == JSON_PATCH:
        return json_patch(shown, sent.json(), SYSTEM_MEMBERS, limits)
    return merge_patch(shown, sent.json())


def define(asked: Asked, name: str, body: Any, *, allow_data_loss: bool) -> Definition:
    """Create or replace. The same again changes nothing."""
    limits = current_app.config["PENNYWORTH"]
    read, new = read_definition(name, body, asked.definitions, limits)
    old = asked.definitions.get(name)
    if old is not None and same(old.body, read):
        return old
    now = asked.moment
    added = [f for n, f in new.fields.items() if old is not None and n not in old.fields]
    fills = {field.name: default_of(field, now) for field in added if field.has_default}
    apply(asked, Change(old, new, fills, allow_data_loss))
    return definition_stored(asked.connection, name)


def demand_definition_conditions(asked: Asked, old: Definition | None) -> None:
    if old is None:
        demand_conditions(NOTHING, asked.now)
        return
    there = Validators(_tag(old), old.updated_at)
    demand_conditions(there, asked.now, shown=lambda: {"current": present_definition(old)})


def created(definition: Definition) -> Response:
    headers = validators(definition) | {"Location": address(definition)}
    return _written(definition, 201, headers)


def updated(definition: Definition) -> Response:
    return _written(definition, 200, validators(definition))


def _written(definition: Definition, status: int, headers: dict[str, str]) -> Response:
    return answer_written(
        status, address(definition), headers, lambda: present_definition(definition)
    )


def address(definition: Definition) -> str:
    return f"/collections/{definition.name}"


def validators(definition: Definition) -> dict[str, str]:
    headers = {"ETag": quoted(_tag(definition))}
    if definition.updated_at is not None:
        headers["Last-Modified"] = modified(definition.updated_at)
    return headers


def _tag(definition: Definition) -> str:
    return f"{definition.revision}-d"
