"""Values -> responses."""

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from flask import Response, request
from werkzeug.http import http_date

from resources.negotiation import preferences
from schemas.json import json_bytes

JSON = "application/json"


# What is kept of a body keeps that alive: of the documents of many collections, for many kinds of
# callers, that would be gigabytes.
MOST_KEPT = 4 << 20


class Lasting(Response):
    """What is the same many times over, so that work on its bytes can be kept, if they are not too
    many."""


def answer(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    return Response(json_bytes(value), status, headers, content_type=JSON)


def empty(status: int = 204, headers: Mapping[str, str] | None = None) -> Response:
    response = Response(status=status, headers=headers)
    del response.headers["Content-Type"]
    return response


def answer_written(
    status: int, address: str, headers: dict[str, str], shown: Callable[[], Any] | None
) -> Response:
    """To a write, with what ``shown`` makes unless the client would rather not have it; None
    where it may not."""
    preferred = preferences()
    headers = headers | preferred.applied(whole=shown is not None)
    if shown is not None and not preferred.minimal:
        return answer(shown(), status, headers | {"Content-Location": address})
    if request.method == "PUT":
        # What is stored is not byte for byte what was sent (RFC 9110 section 9.3.4).
        headers = {n: v for n, v in headers.items() if n not in ("ETag", "Last-Modified")}
    return empty(201 if status == 201 else 204, headers)


def quoted(tag: str) -> str:
    """A strong entity tag (RFC 9110 section 8.8.3)."""
    return f'"{tag}"'


def lasting_tag(data: bytes) -> str:
    """The ``body_tag`` of what is the same many times over."""
    return _kept_tag(data) if len(data) <= MOST_KEPT else body_tag(data)


@lru_cache(16)
def _kept_tag(data: bytes) -> str:
    return body_tag(data)


def body_tag(body: bytes, *of: bytes) -> str:
    """Of what has no revision of its own; ``of``: what else it is to depend on."""
    return quoted(f"b-{digest(body, *of)}")


def digest(*parts: bytes) -> str:
    """``parts`` but for the first hold no NUL."""
    return hashlib.blake2b(b"\0".join(parts), digest_size=12).hexdigest()


def tag_of(response: Response) -> str:
    """Its entity tag, without quotes."""
    return response.headers["ETag"].strip('"')


def tagged(value: Any, *of: bytes, headers: Mapping[str, str] | None = None) -> Response:
    """What has no revision of its own, with its ``body_tag``."""
    data = json_bytes(value)
    return Response(data, 200, {**(headers or {}), "ETag": body_tag(data, *of)}, content_type=JSON)


def modified(at: datetime) -> str:
    return http_date(at)
