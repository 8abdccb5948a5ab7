"""The conditions of this request (RFC 9110 section 13), and what they make of it.

What they are weighed against is found in the transaction that writes, and locked: of many who
send one tag, one wins.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, cast

from flask import Response, g, request

from models.refusal import Refusal
from resources.answer import quoted, tag_of
from resources.negotiation import SAFE, accepted_coding, coding_of, demand_acceptable
from schemas.condition import (
    HEADERS,
    NONE,
    Conditions,
    Tags,
    Validators,
    coded,
    read_conditions,
)

OF_CONTENT = ("Content-Type", "Content-Length", "Content-Encoding")
FIELDS = frozenset(f"HTTP_{name.upper().replace('-', '_')}" for name in HEADERS)
Shown = Callable[[], dict[str, Any]]


def are_there() -> bool:
    return not request.environ.keys().isdisjoint(FIELDS)


def conditions() -> Conditions:
    """400 where there are such as are none."""
    if not are_there():
        return NONE
    if "conditions" not in g:
        g.conditions = read_conditions(request.headers)
    return cast(Conditions, g.conditions)


def demand_conditions(
    there: Validators, now: datetime, *, required: bool = False, shown: Shown | None = None
) -> None:
    """For a write: 412, or 428 where one is ``required`` and there is none. ``shown`` makes the
    members of the 412 that show the caller what is there."""
    asked = conditions()
    failed = asked.failed_to_write(there, now)
    if failed:
        raise _failed(failed, there, shown)
    if required and there.exists and not asked.guard_a_write:
        detail = "A write here needs a condition: send If-Match with the ETag that was read."
        raise Refusal("precondition-required", detail)


def demand_list_conditions(now: datetime, listed: Callable[[], Response] | None) -> None:
    """For a POST, which goes to a list: 412, against what GET of it answers. ``listed``: makes
    that answer; None where the caller may not read it."""
    if conditions().guard_a_write:
        there = Validators(tag_of(listed())) if listed else Validators()
        demand_conditions(there, now)


def unmodified(there: Validators, headers: dict[str, str], shown: Shown) -> Response | None:
    """For a read of what is not made yet: the 304 that makes it unnecessary. 412."""
    asked, coding = conditions(), accepted_coding()
    if failed := asked.failed(there):
        raise _failed(failed, there, shown)
    if coding and (asked.none_match is None or asked.none_match.anything):
        # In what coding it would come, and so what tag it has, only its making tells.
        return None
    tag = asked.unmodified(there, coding)
    return None if tag is None else _not_modified(headers | {"ETag": quoted(tag)})


def finished(response: Response) -> Response:
    """What is read is sent only to those who accept it and have not got it. 304, 406, 412."""
    environ = request.environ
    if environ["REQUEST_METHOD"] not in SAFE or response.status_code != 200:
        return response
    if "HTTP_ACCEPT" in environ or "HTTP_ACCEPT_ENCODING" in environ:
        demand_acceptable(response.mimetype)
    if not are_there() or "ETag" not in response.headers:
        return response
    if not conditions().guard_a_read:
        return response
    name, modified, asked = tag_of(response), response.last_modified, conditions()
    if failed := asked.failed(Validators(name, modified)):
        raise _failed(failed, Validators(name, modified), None)
    tag = asked.unmodified(Validators(coded(name, coding_of(response)), modified), None)
    if tag is None:
        return response
    kept = {n: v for n, v in response.headers.items() if n not in OF_CONTENT}
    return _not_modified(kept | {"ETag": quoted(tag)})


def _not_modified(headers: dict[str, str]) -> Response:
    response = Response(status=304, headers=headers)
    del response.headers["Content-Type"]
    return response


def _failed(field: str, there: Validators, shown: Shown | None) -> Refusal:
    if not there.exists:
        detail = f"{field}: there is nothing here."
    elif field == "If-None-Match":
        only_new = conditions().none_match == Tags(anything=True)
        detail = f"{field}: {'there is one already' if only_new else 'it has such a tag'}."
    else:
        detail = f"{field}: it has changed since it was read."
    tag = {"ETag": quoted(there.tag)} if shown and there.tag else {}
    extra = shown() if shown and there.exists else {}
    return Refusal("precondition-failed", detail, headers=tag, **extra)
