"""``/api/{collection}`` and ``/api/{collection}/{id}``: the records of every collection."""

from flask import Response, current_app, request
from flask.views import MethodView
from flask_smorest import Blueprint

from models.listing import list_records
from models.record import add, add_at, change, erase, find, find_to_write, was_deleted
from models.refusal import Refusal
from resources.access import demand, open_view
from resources.answer import no_content
from resources.body import JSON, MERGE_PATCH, NDJSON, Body
from resources.importing import import_records
from resources.parameters import no_parameters, query_pairs
from resources.representation import created, listed, shown, updated
from resources.transaction import Asked, reading, writing
from schemas.cursor import Cursors
from schemas.query import read_query
from schemas.record import Moment, to_create, to_create_at, to_patch, to_replace
from schemas.record_key import key_in_path
from schemas.view import View

blp = Blueprint("records", __name__, url_prefix="/api", description="Records")


@blp.route("/<name:collection>")
class Records(MethodView):
    def get(self, collection: str) -> Response:
        with reading() as asked:
            view = open_view(asked, collection, "read")
            cursors = Cursors(asked.secret, asked.caller.id or "")
            query = read_query(view, query_pairs(), cursors)
            page = list_records(asked, view.definition, query)
        return listed(view, query, page, cursors)

    def post(self, collection: str) -> Response:
        if request.mimetype == NDJSON:
            return import_records(collection)
        sent = Body(JSON, NDJSON, listed_in="Accept-Post")
        with writing(collection) as asked:
            view = open_view(asked, collection, "create")
            body = sent.json()
            no_parameters()
            key, values = to_create(view, body, moment(asked))
            record = add(asked, view.definition, key, values)
        return created(asked, view, record)


@blp.route("/<name:collection>/<key:key>")
class OneRecord(MethodView):
    def get(self, collection: str, key: str) -> Response:
        with reading() as asked:
            view = open_view(asked, collection, "read")
            id = key_of(view, key)
            record = find(asked, view.definition, id)
            if record is None:
                raise missing(asked, view, id)
            no_parameters()
        return shown(view, record)

    def put(self, collection: str, key: str) -> Response:
        sent = Body(JSON)
        with writing(collection) as asked:
            view = open_view(asked, collection, "create", "update")
            id = key_of(view, key)
            stored = find_to_write(asked, view.definition, id)
            demand(asked, view, "create" if stored is None else "update")
            body = sent.json()
            no_parameters()
            if stored is None:
                values = to_create_at(view, body, id, moment(asked))
                return created(asked, view, add_at(asked, view.definition, id, values))
            values = to_replace(view, body, stored, moment(asked))
            record = change(asked, view.definition, stored, values)
        return updated(asked, view, record)

    def patch(self, collection: str, key: str) -> Response:
        sent = Body(MERGE_PATCH, JSON, listed_in="Accept-Patch")
        with writing(collection) as asked:
            view = open_view(asked, collection, "update")
            id = key_of(view, key)
            stored = find_to_write(asked, view.definition, id)
            if stored is None:
                raise missing(asked, view, id)
            body = sent.json()
            no_parameters()
            record = change(asked, view.definition, stored, to_patch(view, body, stored))
        return updated(asked, view, record)

    def delete(self, collection: str, key: str) -> Response:
        with writing(collection) as asked:
            view = open_view(asked, collection, "delete")
            id = key_of(view, key)
            stored = find_to_write(asked, view.definition, id)
            if stored is None and not was_deleted(asked, view.definition, id):
                raise never_was()
            no_parameters()
            if stored is not None:
                erase(asked, view.definition, id, current_app.config["PENNYWORTH"].retention)
        return no_content()


def moment(asked: Asked) -> Moment:
    return Moment(asked.now, asked.caller)


def key_of(view: View, text: str) -> object:
    key = key_in_path(view.definition.key, text)
    if key is None:
        raise Refusal("not-found", f"No record has this id: {view.definition.key.form}")
    return key


def never_was() -> Refusal:
    return Refusal("not-found", "There is no such record, and there never was.")


def missing(asked: Asked, view: View, key: object) -> Refusal:
    if was_deleted(asked, view.definition, key):
        return Refusal("gone", "This record was deleted. PUT brings it back to life.")
    return never_was()
