"""``/auth/users`` and ``/auth/users/{id}``: the accounts, for admins; and one's own."""

from collections.abc import Callable

from flask import Response, current_app
from flask.views import MethodView
from flask_smorest import Blueprint

from models.account import (
    add_account,
    change_account,
    erase_account,
    find_account,
    find_account_to_write,
)
from models.database import Moved
from models.definition import USERS, USERS_KEY
from models.password import hashed
from models.record import Record
from models.refusal import Refusal
from models.session import end_sessions
from models.tombstone import deleted_at
from models.transaction import Transaction
from resources.access import closed, demand_admin
from resources.account import (
    demand_account_conditions,
    shown,
    written_account,
    written_in_two_steps,
)
from resources.answer import empty
from resources.asked import Asked
from resources.body import JSON, JSON_PATCH, PATCHES, Body, patch_limits
from resources.condition import conditions, demand_list_conditions
from resources.negotiation import demand_acceptable
from resources.parameters import no_parameters, query_pairs
from resources.record import retention
from resources.representation import list_answer, takes_several
from resources.transaction import reading, written
from schemas.account import BY_ADMIN, SHOWN, UNCHANGED, to_change, to_sign_up
from schemas.record import Values
from schemas.record_key import key_in_path
from schemas.view import View

blp = Blueprint("users", __name__, url_prefix="/auth/users", description="Accounts")

# Who is signed in was let in as what the account was then.
ENDING = ("role", "disabled", "password")
Find = Callable[[Transaction, str], Record | None]
Hashes = dict[str, str]
"""Password -> its hash, made beforehand."""


@blp.route("")
class Users(MethodView):
    accept_post = (JSON,)

    def get(self) -> Response:
        pairs = query_pairs()
        with reading(snapshot=takes_several(pairs)) as asked:
            demand_admin(asked)
            return list_answer(asked, SHOWN, pairs)

    def post(self) -> Response:
        sent = Body(*self.accept_post, listed_in="Accept-Post")

        def look(asked: Asked) -> Callable[[], Hashes]:
            _, values = signing_up(asked, sent)
            return lambda: hashes(values)

        def create(asked: Asked, made: Hashes | None) -> Response:
            id, values = signing_up(asked, sent)
            account = add_account(asked, id, with_hash(values, made))
            return written_account(account, f"/auth/users/{account['id']}", new=True)

        return written_in_two_steps(look, create)


@blp.route("/<key:id>")
class OneUser(MethodView):
    accept_patch = PATCHES

    def get(self, id: str) -> Response:
        with reading() as asked:
            demand_sight(asked, id)
            account = existing(asked, id, find_account)
            no_parameters()
            return shown(account)

    def patch(self, id: str) -> Response:
        sent = Body(*self.accept_patch, listed_in="Accept-Patch")

        def look(asked: Asked) -> Callable[[], Hashes]:
            _, values = changing(asked, id, sent, find_account)
            return lambda: hashes(values)

        def change(asked: Asked, made: Hashes | None) -> Response:
            stored, values = changing(asked, id, sent, find_account_to_write)
            account = change_account(asked, stored, with_hash(values, made))
            if any(account[name] != stored[name] for name in ENDING):
                end_sessions(asked.connection, account["id"])
            return written_account(account, f"/auth/users/{account['id']}")

        return written_in_two_steps(look, change)

    def delete(self, id: str) -> Response:
        def delete(asked: Asked) -> Response:
            demand_power(asked, id)
            key = key_of(id)
            stored = find_account_to_write(asked, key)
            if stored is None and deleted_at(asked.connection, USERS, key) is None:
                raise never_was()
            demand_acceptable(JSON)
            no_parameters()
            if stored is None:
                conditions()
            else:
                demand_account_conditions(asked, stored)
                erase_account(asked, stored, retention())
            return empty()

        return written(delete, USERS)


def signing_up(asked: Asked, sent: Body) -> tuple[str | None, Values]:
    """401, 403; and what is wrong with the request."""
    by_admin = asked.caller.administers
    if not by_admin and not may_sign_up(asked):
        raise closed(asked)
    sent.demand_served()
    no_parameters()
    demand_list_conditions(asked.now, (lambda: list_answer(asked, SHOWN, ())) if by_admin else None)
    return to_sign_up(sent.json(), asked.moment, by_admin=by_admin)


def may_sign_up(asked: Asked) -> bool:
    """A key that is limited opens nothing beyond its scopes."""
    is_open: bool = current_app.config["PENNYWORTH"].signup == "open"
    return is_open and asked.caller.unlimited


def changing(asked: Asked, id: str, sent: Body, find: Find) -> tuple[Record, Values]:
    demand_power(asked, id)
    stored = existing(asked, id, find)
    sent.demand_served()
    no_parameters()
    demand_account_conditions(asked, stored)
    return stored, changed(BY_ADMIN, sent, stored)


def changed(view: View, sent: Body, stored: Record) -> Values:
    limits = patch_limits() if sent.type == JSON_PATCH else None
    return to_change(view, sent.json(), stored, limits)


def hashes(values: Values) -> Hashes:
    password = values["password"]
    return {} if password == UNCHANGED else {password: hashed(password)}


def with_hash(values: Values, made: Hashes | None) -> Values:
    """What is stored. A password that was not foreseen is to be hashed first."""
    password = values["password"]
    kept = {name: value for name, value in values.items() if name != "password"}
    if password == UNCHANGED:
        return kept
    if made is None or password not in made:
        raise Moved
    return kept | {"password": made[password]}


def demand_sight(asked: Asked, id: str) -> None:
    """401, 403, 404: admins see all, others themselves."""
    if not asked.caller.administers:
        demand_own_scope(asked, "read")
        if key_of(id) != asked.caller.id:
            raise never_was()


def demand_power(asked: Asked, id: str) -> None:
    """401, 403, 404: who sees an account may not change it for that."""
    if not asked.caller.administers:
        demand_own_scope(asked, "write")
        demand_sight(asked, id)
        raise closed(asked)


def demand_own_scope(asked: Asked, verb: str) -> None:
    """Of what is one's own: 401, and 403 for a key without ``*:read`` or ``*:write``."""
    if not asked.caller.known or not asked.caller.covers("*", verb):
        raise closed(asked)


def key_of(text: str) -> str:
    key: str | None = key_in_path(USERS_KEY, text)
    if key is None:
        raise Refusal("not-found", f"No account has this id: {USERS_KEY.form}")
    return key


def existing(asked: Asked, id: str, find: Find) -> Record:
    """404, 410."""
    account = find(asked, key_of(id))
    if account is None:
        if deleted_at(asked.connection, USERS, key_of(id)) is not None:
            raise Refusal("gone", "This account was deleted.")
        raise never_was()
    return account


def never_was() -> Refusal:
    return Refusal("not-found", "There is no such account.")
