"""``/auth/me``: one's own account."""

from collections.abc import Callable
from dataclasses import dataclass

from flask import Response
from flask.views import MethodView
from flask_smorest import Blueprint

from models.account import change_account, find_account, find_account_to_write
from models.database import Moved
from models.record import Record
from models.refusal import Failure, Refusal
from models.session import end_sessions
from resources.account import (
    demand_account_conditions,
    proves,
    shown,
    written_account,
    written_in_two_steps,
)
from resources.answer import tagged
from resources.asked import Asked
from resources.body import PATCHES, Body
from resources.parameters import no_parameters
from resources.transaction import reading
from resources.user import Find, Hashes, changed, demand_own_scope, hashes, with_hash
from schemas.account import BY_ONESELF, WITHOUT_ACCOUNT, needs_proof
from schemas.record import Values, invalid

blp = Blueprint("me", __name__, url_prefix="/auth/me", description="One's own account")

ADDRESS = "/auth/me"


@dataclass
class Proof:
    """What came of comparing ``password`` with what is stored, ``hash``; and the new one's hash."""

    password: str
    hash: str
    right: bool
    made: Hashes


@blp.route("")
class Me(MethodView):
    accept_patch = PATCHES

    def get(self) -> Response:
        with reading() as asked:
            demand_own_scope(asked, "read")
            no_parameters()
            if asked.caller.id is None:
                return tagged(WITHOUT_ACCOUNT)
            return shown(own(asked, find_account))

    def patch(self) -> Response:
        sent = Body(*self.accept_patch, listed_in="Accept-Patch")

        def look(asked: Asked) -> Callable[[], Proof | None]:
            stored, values = changing(asked, sent, find_account)
            return lambda: prove(stored, values)

        def change(asked: Asked, proof: Proof | None) -> Response:
            stored, values = changing(asked, sent, find_account_to_write)
            proven = needs_proof(values, stored)
            if proven:
                demand_proof(stored, values, proof)
            kept = with_hash(values, proof.made if proof else None)
            del kept["current_password"]
            account = change_account(asked, stored, kept)
            if proven:
                end_sessions(asked.connection, account["id"], but=asked.session)
            return written_account(account, ADDRESS)

        return written_in_two_steps(look, change)


def changing(asked: Asked, sent: Body, find: Find) -> tuple[Record, Values]:
    """401, 403; and what is wrong with the request."""
    demand_own_scope(asked, "write")
    if asked.caller.id is None:
        raise Refusal("forbidden", "There is no account behind this key to change.")
    stored = own(asked, find)
    sent.demand_served()
    no_parameters()
    demand_account_conditions(asked, stored)
    return stored, changed(BY_ONESELF, sent, stored)


def own(asked: Asked, find: Find) -> Record:
    account = find(asked, str(asked.caller.id))
    if account is None:
        # It has been deleted since the transaction was opened.
        raise Moved
    return account


def prove(stored: Record, values: Values) -> Proof | None:
    if not needs_proof(values, stored):
        return None
    password, hash = values["current_password"], stored["password"]
    right = proves(stored["address"], password, hash)
    return Proof(password, hash, right, hashes(values) if right else {})


def demand_proof(stored: Record, values: Values, proof: Proof | None) -> None:
    """422. What is proven counts for what was proven, and for no other password."""
    asked = (values["current_password"], stored["password"])
    if proof is None or asked != (proof.password, proof.hash):
        raise Moved
    if not proof.right:
        raise invalid([Failure("/current_password", "wrong", "Is not the present password.")])
