"""Values -> responses."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson
from flask import Response
from werkzeug.http import http_date

JSON = "application/json"
OPTIONS = orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS


def json_bytes(value: Any) -> bytes:
    """datetimes in UTC end in Z; a fraction of a second has six digits or is not there."""
    return orjson.dumps(value, option=OPTIONS)


def answer(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    return Response(json_bytes(value), status, headers, content_type=JSON)


def no_content(headers: Mapping[str, str] | None = None) -> Response:
    response = Response(status=204, headers=headers)
    del response.headers["Content-Type"]
    return response


def revision_tag(revision: int, view: str) -> str:
    """Of something with a revision, as one kind of caller sees it. Holds more than digits, so
    that a bare number can only mean the revision."""
    return f'"{revision}-{view}"'


def body_tag(body: bytes) -> str:
    """Of what has no revision of its own."""
    return f'"b-{hashlib.blake2b(body, digest_size=12).hexdigest()}"'


def modified(at: datetime) -> str:
    return http_date(at)
