"""``/auth/why``: may somebody do something, by which rule, and which part of that fails."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

from flask import Response, current_app
from flask.views import MethodView
from flask_smorest import Blueprint
from sqlalchemy import bindparam, select
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound

from models.caller import ANONYMOUS, Caller
from models.definition import USERS_KEY
from models.refusal import Failure
from models.user import User
from resources.access import demand_admin
from resources.answer import tagged
from resources.asked import Asked
from resources.judgement import READING, Judgement, Verdict
from resources.parameters import query_pairs
from resources.path import SLASH
from resources.transaction import reading
from schemas.parameter import invalid_parameters, once
from schemas.record_key import key_in_path

blp = Blueprint("why", __name__, url_prefix="/auth/why", description="Why not?")
PARAMETERS = ("method", "path", "as")
REQUIRED = ("method", "path")
METHODS = ("GET", "HEAD", "QUERY", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
FIND = select(User.id, User.role, User.email, User.disabled).where(User.id == bindparam("KEY"))
Arguments = dict[str, Any]


@blp.route("")
class Why(MethodView):
    def get(self) -> Response:
        with reading() as asked:
            demand_admin(asked)
            sent = read_parameters()
            place, arguments = read_place(sent["method"], sent["path"])
            who = asked_as(asked, sent.get("as"))
            verdict = judged(who, place, sent["method"], arguments)
            return tagged(
                {
                    "allowed": verdict.allowed,
                    "status": verdict.status,
                    "detail": verdict.detail,
                    "method": sent["method"],
                    "path": sent["path"],
                    "as": who.caller.id,
                    "collection": arguments.get("collection"),
                    "action": verdict.action,
                    "rule": verdict.rule,
                    "failed": list(verdict.failed),
                }
            )


def read_parameters() -> dict[str, str]:
    sent, failures = once(query_pairs())
    for name in sent:
        if name not in PARAMETERS:
            detail = f"No such parameter here. Valid are {', '.join(PARAMETERS)}."
            failures.append(Failure(name[:100], "unknown", detail))
    absent = (name for name in REQUIRED if name not in sent)
    failures += [Failure(name, "required", "Must be sent.") for name in absent]
    if failures:
        raise invalid_parameters(failures)
    return sent


def read_place(method: str, path: str) -> tuple[str, Arguments]:
    """The endpoint, and the arguments of its view."""
    plain = path.partition("?")[0]
    routed = unquote(plain.replace("%2F", SLASH).replace("%2f", SLASH))
    try:
        if not plain.startswith("/"):
            raise NotFound
        # The router takes them in lower case, too.
        if method not in METHODS:
            raise MethodNotAllowed(METHODS)
        return current_app.url_map.bind("").match(routed, method)  # type: ignore[return-value]
    except MethodNotAllowed as error:
        valid = ", ".join(sorted(error.valid_methods or ()))
        fault = Failure("method", "enum", f"Not valid for this path; valid are {valid}.")
    except HTTPException:
        fault = Failure("path", "path", "There is no such address, such as /api/books/42.")
    raise invalid_parameters([fault])


def asked_as(asked: Asked, user: str | None) -> Asked:
    """The same transaction, as somebody else."""
    return replace(asked, caller=ANONYMOUS if user is None else find_caller(asked, user))


def find_caller(asked: Asked, user: str) -> Caller:
    """An account that is disabled is known to nobody."""
    key = key_in_path(USERS_KEY, user)
    row = None if key is None else asked.connection.execute(FIND, {"KEY": key}).first()
    if row is None:
        raise invalid_parameters([Failure("as", "reference", "There is no such user.")])
    return Caller(row.id, row.role, row.email, not row.disabled)


def judged(who: Asked, place: str, method: str, arguments: Arguments) -> Verdict:
    if who.caller.id is not None and not who.caller.known:
        return Verdict(False, 401, "This account is disabled.")
    collection, key = arguments.get("collection"), arguments.get("key")
    if collection is None or method == "OPTIONS":
        return judged_by_place(who.caller, place, method, arguments)
    if collection not in who.definitions:
        return Verdict(False, 404, "There is no such collection.")
    judgement = Judgement(who, who.definitions[collection])
    return judgement.of_all(method) if key is None else judgement.of_one(method, key)


def judged_by_place(caller: Caller, place: str, method: str, arguments: Arguments) -> Verdict:
    guard = GUARDS.get(place.partition(".")[0])
    if method == "OPTIONS" or guard is None:
        return Verdict(True, None, "It is open to anyone.")
    if guard(caller, method, arguments):
        return Verdict(True, None, "It is allowed.")
    if not caller.known:
        return Verdict(False, 401, "It is not open to everyone.")
    hidden = place == "users.OneUser"
    return Verdict(False, 404 if hidden else 403, "It is for admins.")


def _of_admins(caller: Caller, method: str, arguments: Arguments) -> bool:
    return caller.administers


def _of_users(caller: Caller, method: str, arguments: Arguments) -> bool:
    """Of the list and of one: admins all, others themselves; and anyone may sign up, perhaps."""
    if method == "POST" and current_app.config["PENNYWORTH"].signup == "open":
        return True
    own = caller.known and arguments.get("id") == caller.id
    return caller.administers or (own and method in READING)


def _of_themselves(caller: Caller, method: str, arguments: Arguments) -> bool:
    return caller.known


def _of_sessions(caller: Caller, method: str, arguments: Arguments) -> bool:
    return caller.known or method == "POST"


GUARDS: dict[str, Callable[[Caller, str, Arguments], bool]] = {
    "collections": _of_admins,
    "why": _of_admins,
    "users": _of_users,
    "me": _of_themselves,
    "keys": _of_themselves,
    "sessions": _of_sessions,
}
