"""``/api/{collection}`` and ``/api/{collection}/{id}``: the records of every collection."""

from datetime import timedelta
from typing import Any

from flask import Response, current_app, request
from flask.views import MethodView
from flask_smorest import Blueprint

from models.lookup import find, find_state
from models.record import Record, add, add_at, erase
from models.refusal import Refusal
from models.tombstone import deleted_at
from resources.access import (
    as_seen,
    demand_possible,
    depends,
    find_for,
    may,
    missing,
    no_record,
    open_view,
)
from resources.answer import empty
from resources.asked import Asked
from resources.body import FORM, JSON, JSON_PATCH, NDJSON, PATCHES, Body, Form, patch_limits
from resources.condition import conditions, demand_conditions, unmodified
from resources.importing import import_records
from resources.negotiation import demand_acceptable
from resources.parameters import no_parameters, query_pairs
from resources.representation import (
    Pairs,
    created,
    demand_unchanged_list,
    list_answer,
    read,
    shown,
    state_of,
    takes_several,
    updated,
    validators,
)
from resources.transaction import reading, written
from resources.writing import add_permitted, change_permitted
from schemas.condition import Validators
from schemas.query import read_shown
from schemas.record import Values, present, to_create, to_create_at, to_replace
from schemas.record_key import key_in_path
from schemas.record_patch import to_merge, to_patch
from schemas.view import View

blp = Blueprint("records", __name__, url_prefix="/api", description="Records")


@blp.route("/<name:collection>")
class Records(MethodView):
    methods = ("GET", "POST", "QUERY")
    accept_post = (JSON, NDJSON)
    accept_query = (FORM,)

    def get(self, collection: str) -> Response:
        pairs = query_pairs()
        with reading(snapshot=takes_several(pairs)) as asked:
            view = open_view(asked, collection, "read")
            return list_answer(asked, view, pairs)

    def query(self, collection: str) -> Response:
        """A GET with parameters too long for a URL: the IETF's safe method with a body."""
        sent = Form()
        with reading(snapshot=True) as asked:
            view = open_view(asked, collection, "read")
            return list_answer(asked, view, together(query_pairs(), sent.pairs()))

    def post(self, collection: str) -> Response:
        if request.mimetype == NDJSON:
            return import_records(collection)
        sent = Body(*self.accept_post, listed_in="Accept-Post")

        def create(asked: Asked) -> Response:
            view = open_view(asked, collection, "create")
            demand_possible(asked, view, "create")
            sent.demand_served()
            no_parameters()
            demand_unchanged_list(asked, view)
            key, values = to_create(view, sent.json(), asked.moment)
            return created(view, *add_permitted(asked, view, key, values, add))

        return written(create, collection)


@blp.route("/<name:collection>/<key:key>")
class OneRecord(MethodView):
    accept_patch = PATCHES

    def get(self, collection: str, key: str) -> Response:
        pairs = query_pairs()
        with reading(snapshot=takes_several(pairs)) as asked:
            view = open_view(asked, collection, "read")
            id = key_of(view, key)
            if conditions().guard_a_read and (known := revalidated(asked, view, id)):
                return known
            record = find(asked, asked.views.open_rows(view.definition, "read"), id)
            if record is None:
                raise missing(asked, view, id, "read")
            return shown(asked, view, record, read_shown(read(asked, view, pairs)))

    def put(self, collection: str, key: str) -> Response:
        sent = Body(JSON)

        def replace(asked: Asked) -> Response:
            view = open_view(asked, collection, "create", "update")
            id = key_of(view, key)
            stored = find_for(asked, view, id, "update")
            if stored is None:
                demand_possible(asked, view, "create")
            sent.demand_served()
            no_parameters()
            demand_record_conditions(asked, view, id, stored)
            if stored is None:
                values = to_create_at(view, sent.json(), id, asked.moment)
                return created(view, *add_permitted(asked, view, id, values, add_at))
            values = to_replace(view, sent.json(), stored, asked.moment)
            return updated(view, *change_permitted(asked, view, stored, values))

        return written(replace, collection)

    def patch(self, collection: str, key: str) -> Response:
        sent = Body(*self.accept_patch, listed_in="Accept-Patch")

        def patch(asked: Asked) -> Response:
            view = open_view(asked, collection, "update")
            id = key_of(view, key)
            stored = find_for(asked, view, id, "update")
            if stored is None:
                raise missing(asked, view, id, "read", "update")
            sent.demand_served()
            no_parameters()
            demand_record_conditions(asked, view, id, stored)
            values = patched(asked, view, sent, stored)
            return updated(view, *change_permitted(asked, view, stored, values))

        return written(patch, collection)

    def delete(self, collection: str, key: str) -> Response:
        def delete(asked: Asked) -> Response:
            view = open_view(asked, collection, "delete")
            id = key_of(view, key)
            stored = find_for(asked, view, id, "delete")
            if stored is None:
                demand_deleted(asked, view, id)
            demand_acceptable(JSON)
            no_parameters()
            if stored is None:
                conditions()  # whatever they are, but they must be some
            else:
                demand_record_conditions(asked, view, id, stored)
                with as_seen(asked, view):
                    erase(asked, view.definition, stored, retention())
            return empty()

        return written(delete, collection)


def together(url: Pairs, body: Pairs) -> list[tuple[str, str]]:
    """A cursor in the URL goes on with the same body, wherever that began."""
    if any(name == "cursor" for name, _ in url):
        body = [pair for pair in body if pair[0] not in ("cursor", "offset")]
    return [*url, *body]


def retention() -> timedelta:
    kept: timedelta = current_app.config["PENNYWORTH"].retention
    return kept


def key_of(view: View, text: str) -> object:
    key = key_in_path(view.definition.key, text)
    if key is None:
        raise Refusal("not-found", f"No record has this id: {view.definition.key.form}")
    return key


def demand_deleted(asked: Asked, view: View, key: object) -> None:
    """404 for what never was there, or may have been hidden."""
    name = view.definition.name
    if depends(asked, view, "read", "delete") or deleted_at(asked.connection, name, key) is None:
        raise no_record()


def revalidated(asked: Asked, view: View, key: object) -> Response | None:
    """The answer to whoever has it already, without making it. 304, 412."""
    rows = asked.views.open_rows(view.definition, "read")
    state = find_state(asked, rows, key)
    if state is None:
        return None
    demand_acceptable(JSON)
    if read_shown(read(asked, view, query_pairs())).branches:
        # What it shows of others, only its making tells.
        return None

    def current() -> dict[str, Any]:
        record = find(asked, rows, key)
        return {"current": present(view, record)} if record else {}

    return unmodified(state_of(view, state), validators(view, state), current)


def demand_record_conditions(asked: Asked, view: View, key: object, stored: Record | None) -> None:
    """412, 428. What was deleted changed when it was deleted."""
    definition = view.definition
    if stored is None:
        asks_when = conditions().unmodified_since is not None
        when = deleted_at(asked.connection, definition.name, key) if asks_when else None
        demand_conditions(Validators(modified=when, exists=False), asked.now)
        return
    readable = may(asked, definition, "read")
    demand_conditions(
        state_of(view, stored),
        asked.now,
        required=definition.require_if_match,
        shown=(lambda: {"current": present(view, stored)}) if readable else None,
    )


def patched(asked: Asked, view: View, sent: Body, stored: Record) -> Values:
    """What a patch of either kind makes of ``stored``."""
    if sent.type != JSON_PATCH:
        return to_merge(view, sent.json(), stored)
    if not may(asked, view.definition, "read"):
        raise Refusal(
            "forbidden", "A JSON Patch works on what is read, and that is not open to you."
        )
    return to_patch(view, sent.json(), stored, patch_limits())
