"""``/auth/sessions`` and ``/auth/sessions/{id}``: signing in and out."""

from typing import Any

from flask import Response, current_app, g, request
from flask.views import MethodView
from flask_smorest import Blueprint

from models.account import find_account_at, find_account_to_write, replace_hash
from models.address import normal_form
from models.database import Moved
from models.definition import USERS_KEY
from models.password import NOBODYS, hashed, is_outdated
from models.record import Record
from models.refusal import Refusal
from models.session import begin_session, end_session, session_of, sessions_of
from resources import cookie
from resources.access import closed
from resources.account import proves
from resources.answer import answer, empty, tag_of, tagged
from resources.asked import Asked, unauthenticated
from resources.body import JSON, Body
from resources.condition import demand_conditions, demand_list_conditions
from resources.negotiation import demand_acceptable
from resources.parameters import no_parameters
from resources.transaction import reading, written_anew
from schemas.account import present_account
from schemas.condition import Validators
from schemas.credential import present_session, to_sign_in
from schemas.record_key import key_in_path

blp = Blueprint("sessions", __name__, url_prefix="/auth/sessions", description="Sessions")

CURRENT = "current"


@blp.route("")
class Sessions(MethodView):
    accept_post = (JSON,)

    def get(self) -> Response:
        with reading() as asked:
            demand_unlimited(asked)
            no_parameters()
            return tagged({"items": own_sessions(asked), "next": None})

    def post(self) -> Response:
        cookie.ignore_cookie()
        sent = Body(*self.accept_post, listed_in="Accept-Post")
        with reading() as asked:
            if asked.caller.known:
                demand_unlimited(asked)
            sent.demand_served()
            no_parameters()
            demand_list_conditions(asked.now, None)
            wanted = to_sign_in(sent.json())
            address = normal_form(wanted["email"]) or ""
            account = find_account_at(asked, address)
        enabled = account is not None and not account["disabled"]
        hash = account["password"] if account and enabled else NOBODYS
        right = proves(address, wanted["password"], hash)
        if account is None or not right:
            raise unauthenticated("The e-mail or the password is not right.")
        newer = hashed(wanted["password"]) if is_outdated(hash) else None
        by_cookie = wanted.get("cookie", False)
        return written_anew(lambda asked: begun(asked, account, newer, by_cookie=by_cookie))


@blp.route("/<key:id>")
class OneSession(MethodView):
    def get(self, id: str) -> Response:
        with reading() as asked:
            demand_unlimited(asked)
            session = own_session(asked, id)
            no_parameters()
            return tagged(session)

    def delete(self, id: str) -> Response:
        def end(asked: Asked) -> Response:
            demand_unlimited(asked)
            session = own_session(asked, id)
            demand_acceptable(JSON)
            no_parameters()
            demand_conditions(Validators(tag_of(tagged(session))), asked.now)
            end_session(asked.connection, session["id"])
            response = empty()
            if session["current"] and g.cookie is not None:
                cookie.clear(response)
            return response

        return written_anew(end)


def begun(asked: Asked, known: Record, newer: str | None, *, by_cookie: bool) -> Response:
    """A new session of the account, if it still is as it was ``known``. ``newer``: another hash
    of its password."""
    account = find_account_to_write(asked, known["id"])
    if account is None or account["disabled"] or account["password"] != known["password"]:
        raise Moved
    if newer is not None:
        replace_hash(asked.connection, account["id"], newer)
    lifetime = current_app.config["PENNYWORTH"].session_lifetime
    token, session = begin_session(
        asked.connection,
        account["id"],
        asked.now,
        lifetime,
        cookie=by_cookie,
        user_agent=request.headers.get("User-Agent"),
    )
    secret = {"csrf_token": cookie.csrf_token(token)} if by_cookie else {"token": token}
    shown = {"expires_at": session["expires_at"], "user": present_account(account)}
    response = answer(secret | shown, 201, {"Location": f"/auth/sessions/{session['id']}"})
    if by_cookie:
        cookie.keep(response, token, lifetime)
    return response


def demand_unlimited(asked: Asked) -> None:
    """401; and 403 for a key with scopes, which makes and sees no credentials."""
    if not asked.caller.known or not asked.caller.unlimited:
        raise closed(asked)


def own_sessions(asked: Asked) -> list[dict[str, Any]]:
    if asked.caller.id is None:
        return []
    rows = sessions_of(asked.connection, asked.caller.id, asked.now)
    return [present_session(row, asked.session) for row in rows]


def own_session(asked: Asked, id: str) -> dict[str, Any]:
    """404. The one that a cookie holds shows what changes need with it."""
    key = asked.session if id == CURRENT else key_in_path(USERS_KEY, id)
    if asked.caller.id is None or key is None:
        raise no_session()
    row = session_of(asked.connection, asked.caller.id, key, asked.now)
    if row is None:
        raise no_session()
    shown = present_session(row, asked.session)
    if shown["current"] and g.cookie is not None:
        shown["csrf_token"] = cookie.csrf_token(g.cookie)
    return shown


def no_session() -> Refusal:
    return Refusal("not-found", "There is no such session of yours.")
