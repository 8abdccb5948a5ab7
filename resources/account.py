"""An account as a response, and what is to be hashed before it can be written."""

from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from flask import Response

from models.definition import USERS
from models.password import is_right
from models.record import Record
from models.refusal import Refusal
from resources.answer import JSON, answer, answer_written
from resources.asked import Asked
from resources.condition import demand_conditions, unmodified
from resources.idempotency import compare_slowly, is_kept, kept_place
from resources.limit import attempt
from resources.negotiation import demand_acceptable
from resources.representation import state_of, validators
from resources.transaction import reading, written
from schemas.account import SHOWN, present_account

T = TypeVar("T")


def shown(account: Record) -> Response:
    """304, 406, 412."""
    demand_acceptable(JSON)
    headers = validators(SHOWN, account)
    known = unmodified(state_of(SHOWN, account), headers, lambda: _current(account))
    return known or answer(present_account(account), 200, headers)


def written_account(account: Record, address: str, *, new: bool = False) -> Response:
    headers = validators(SHOWN, account)
    if new:
        headers["Location"] = address
    return answer_written(201 if new else 200, address, headers, lambda: present_account(account))


def demand_account_conditions(asked: Asked, account: Record) -> None:
    """412."""
    there = state_of(SHOWN, account)
    demand_conditions(there, asked.now, shown=lambda: _current(account))


def _current(account: Record) -> dict[str, object]:
    return {"current": present_account(account)}


def written_in_two_steps(
    look: Callable[[Asked], Callable[[], T]], work: Callable[[Asked, T | None], Response]
) -> Response:
    """No transaction waits for a password to be hashed. So one finds out what there is to hash:
    ``look`` gives what does so, which is done after it; and ``work`` gets what came of it, in a
    transaction that looks again. What ``look`` refuses ``work`` refuses, too, so that the refusal
    can be kept under an Idempotency-Key."""
    step = None
    with reading() as asked:
        place = kept_place(asked)
        if place is None or not is_kept(asked, place):
            with suppress(Refusal):
                step = look(asked)
    if place is not None:
        compare_slowly(place)
    made = step() if step else None
    return written(lambda asked: work(asked, made), USERS)


def proves(address: str, password: str, hash: str) -> bool:
    """Whether it is the password of the account at ``address``, in normal form. Every attempt to
    get into an account comes by here, and none in a transaction. 429, 503."""
    attempted = attempt(address)
    right = is_right(password, hash)
    if right:
        attempted.succeeded()
    return right
