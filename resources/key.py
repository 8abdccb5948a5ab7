"""``/auth/keys`` and ``/auth/keys/{id}``: API keys."""

from typing import Any

from flask import Response
from flask.views import MethodView
from flask_smorest import Blueprint

from models.definition import USERS_KEY
from models.key import anyones_key, key_of, keys_of, make_key, revoke_key
from models.refusal import Refusal
from resources.answer import answer, empty, tag_of, tagged
from resources.asked import Asked
from resources.body import JSON, Body
from resources.condition import demand_conditions, demand_list_conditions
from resources.negotiation import demand_acceptable
from resources.parameters import no_parameters
from resources.session import demand_unlimited
from resources.transaction import reading, written_anew
from schemas.condition import Validators
from schemas.credential import present_key, to_make_key
from schemas.record_key import key_in_path

blp = Blueprint("keys", __name__, url_prefix="/auth/keys", description="API keys")


@blp.route("")
class Keys(MethodView):
    accept_post = (JSON,)

    def get(self) -> Response:
        with reading() as asked:
            demand_unlimited(asked)
            no_parameters()
            return list_answer(asked)

    def post(self) -> Response:
        sent = Body(*self.accept_post, listed_in="Accept-Post")

        def make(asked: Asked) -> Response:
            demand_unlimited(asked)
            sent.demand_served()
            no_parameters()
            demand_list_conditions(asked.now, lambda: list_answer(asked))
            wanted = to_make_key(sent.json(), asked.now)
            secret, row = make_key(asked.connection, asked.caller.id, asked.now, **wanted)
            shown = present_key(row) | {"secret": secret}
            return answer(shown, 201, {"Location": f"/auth/keys/{row['id']}"})

        return written_anew(make)


@blp.route("/<key:id>")
class OneKey(MethodView):
    def get(self, id: str) -> Response:
        with reading() as asked:
            demand_unlimited(asked)
            shown = own_key(asked, id)
            if shown is None:
                raise no_key()
            no_parameters()
            return tagged(shown)

    def delete(self, id: str) -> Response:
        def revoke(asked: Asked) -> Response:
            demand_unlimited(asked)
            shown = own_key(asked, id) or anyones(asked, id)
            if shown is None:
                raise no_key()
            demand_acceptable(JSON)
            no_parameters()
            demand_conditions(Validators(tag_of(tagged(shown))), asked.now)
            revoke_key(asked.connection, shown["id"])
            return empty()

        return written_anew(revoke)


def list_answer(asked: Asked) -> Response:
    rows = keys_of(asked.connection, asked.caller.id)
    return tagged({"items": [present_key(row) for row in rows], "next": None})


def own_key(asked: Asked, id: str) -> dict[str, Any] | None:
    key = key_in_path(USERS_KEY, id)
    row = None if key is None else key_of(asked.connection, asked.caller.id, key)
    return None if row is None else present_key(row)


def anyones(asked: Asked, id: str) -> dict[str, Any] | None:
    """Who administers may revoke what others have made."""
    key = key_in_path(USERS_KEY, id)
    if key is None or not asked.caller.administers:
        return None
    row = anyones_key(asked.connection, key)
    return None if row is None else present_key(row)


def no_key() -> Refusal:
    return Refusal("not-found", "There is no such key of yours.")
