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
from resources.answer import answer, body_tag, json_bytes, modified, no_content, revision_tag
from resources.body import JSON, Body
from resources.parameters import chosen, no_parameters
from resources.transaction import Asked, defining, reading
from schemas.definition import present_definition, read_definition
from schemas.record import Moment, default_of, invalid

blp = Blueprint("collections", __name__, description="Definitions of collections")


@blp.route("/collections")
class Collections(MethodView):
    def get(self) -> Response:
        with reading() as asked:
            demand_admin(asked)
            no_parameters()
            items = [present_definition(one) for one in asked.definitions.values()]
        data = json_bytes({"items": items, "next": None})
        return Response(data, 200, {"ETag": body_tag(data)}, content_type=JSON)

    def post(self) -> Response:
        sent = Body(JSON, listed_in="Accept-Post")
        name = name_in(sent)
        with defining(*filter(None, [name])) as asked:
            demand_admin(asked)
            body = sent.json()
            no_parameters()
            if name is None:
                raise invalid([Failure("/name", "required", "Must be sent, as a string.")])
            if name in asked.definitions:
                detail = f"There is a collection {name} already."
                raise Refusal("conflict", detail, [Failure("/name", "unique", detail)])
            stored = define(asked, name, body, allow_data_loss=False)
        return created(stored)


@blp.route("/collections/<key:name>")
class OneCollection(MethodView):
    def get(self, name: str) -> Response:
        with reading() as asked:
            demand_admin(asked)
            definition = find(asked, name)
            no_parameters()
        return answer(present_definition(definition), 200, validators(definition))

    def put(self, name: str) -> Response:
        sent = Body(JSON)
        with defining(name) as asked:
            demand_admin(asked)
            body = sent.json()
            loss = allows_data_loss()
            old = asked.definitions.get(name)
            stored = define(asked, name, body, allow_data_loss=loss)
        if old is None:
            return created(stored)
        headers = validators(stored) | {"Content-Location": address(stored)}
        return answer(present_definition(stored), 200, headers)

    def delete(self, name: str) -> Response:
        with defining(name) as asked:
            demand_admin(asked)
            old = find(asked, name)
            apply(asked, Change(old, None, {}, allows_data_loss()))
        return no_content()


def name_in(sent: Body) -> str | None:
    """To know what to lock; what is wrong with the body is said later, after 401 and 403."""
    try:
        body = sent.json()
    except Refusal:
        return None
    name = body.get("name") if isinstance(body, dict) else None
    return name if isinstance(name, str) else None


def allows_data_loss() -> bool:
    return chosen(allow_data_loss=("true", "false")).get("allow_data_loss") == "true"


def find(asked: Asked, name: str) -> Definition:
    definition = asked.definitions.get(name)
    if definition is None:
        raise no_such()
    return definition


def no_such() -> Refusal:
    return Refusal("not-found", "There is no such collection.")


def define(asked: Asked, name: str, body: Any, *, allow_data_loss: bool) -> Definition:
    """Create or replace. The same again changes nothing."""
    most = current_app.config["PENNYWORTH"].max_fields
    read, new = read_definition(name, body, asked.definitions, most)
    old = asked.definitions.get(name)
    if old is not None and same(old.body, read):
        return old
    now = Moment(asked.now, asked.caller)
    added = [f for n, f in new.fields.items() if old is not None and n not in old.fields]
    fills = {field.name: default_of(field, now) for field in added if field.has_default}
    apply(asked, Change(old, new, fills, allow_data_loss))
    return definition_stored(asked.connection, name)


def created(definition: Definition) -> Response:
    headers = {"Location": address(definition), "Content-Location": address(definition)}
    return answer(present_definition(definition), 201, validators(definition) | headers)


def address(definition: Definition) -> str:
    return f"/collections/{definition.name}"


def validators(definition: Definition) -> dict[str, str]:
    headers = {"ETag": revision_tag(definition.revision, "d")}
    if definition.updated_at is not None:
        headers["Last-Modified"] = modified(definition.updated_at)
    return headers
