"""The conditions of this request (RFC 9110 section 13), and what they make of it.

What they are weighed against is found in the transaction that writes, and locked: of many who
send one tag, one wins.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from flask import Response, request

from models.refusal import Refusal
from resources.negotiation import accepted_coding, coding_of
from schemas.condition import HEADERS, NONE, Conditions, Validators, coded, read_conditions

OF_CONTENT = ("Content-Type", "Content-Length", "Content-Encoding")
SAFE = ("GET", "HEAD")
FIELDS = frozenset(f"HTTP_{name.upper().replace('-', '_')}" for name in HEADERS)
Shown = Callable[[], dict[str, Any]]


def conditions() -> Conditions:
    """400 where there are such as are none."""
    if request.environ.keys().isdisjoint(FIELDS):
        return NONE
    return read_conditions(request.headers)


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


def unmodified(there: Validators, headers: dict[str, str], shown: Shown) -> Response | None:
    """For a read of what is not made yet: the 304 that makes it unnecessary. 412."""
    asked = conditions()
    now = datetime.now(UTC)
    if failed := asked.failed(there, now):
        raise _failed(failed, there, shown)
    tag = asked.unmodified(there, accepted_coding())
    return None if tag is None else _not_modified(headers | {"ETag": f'"{tag}"'})


def conditional(response: Response) -> Response:
    """For a read of what is made already. 412."""
    asked = conditions() if request.method in SAFE and response.status_code == 200 else None
    if asked is None or not asked.guard_a_read or "ETag" not in response.headers:
        return response
    coding = coding_of(response)
    there = Validators(coded(response.headers["ETag"].strip('"'), coding), response.last_modified)
    if failed := asked.failed(there, datetime.now(UTC)):
        raise _failed(failed, there, None)
    tag = asked.unmodified(there, None)
    if tag is None:
        return response
    kept = {n: v for n, v in response.headers.items() if n not in OF_CONTENT}
    return _not_modified(kept | {"ETag": f'"{tag}"'})


def _not_modified(headers: dict[str, str]) -> Response:
    response = Response(status=304, headers=headers)
    del response.headers["Content-Type"]
    return response


def _failed(field: str, there: Validators, shown: Shown | None) -> Refusal:
    if not there.exists:
        detail = f"{field}: there is nothing here."
    elif field == "If-None-Match":
        detail = "If-None-Match: there is such a one already."
    else:
        detail = f"{field}: it has changed since it was read."
    tag = {"ETag": f'"{there.tag}"'} if shown and there.tag else {}
    extra = shown() if shown and there.exists else {}
    return Refusal("precondition-failed", detail, headers=tag, **extra)
