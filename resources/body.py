"""The body of a request, of a type that the address takes."""

import hashlib
from typing import Any, cast

from flask import current_app, g, request

from models.refusal import Refusal
from resources.answer import JSON
from resources.negotiation import demand_acceptable, preferences
from schemas.form import read_form
from schemas.json import read_json
from schemas.json_patch import Limits

MERGE_PATCH = "application/merge-patch+json"
JSON_PATCH = "application/json-patch+json"
NDJSON = "application/x-ndjson"
FORM = "application/x-www-form-urlencoded"
PATCHES = (MERGE_PATCH, JSON_PATCH, JSON)
UTF8 = ("utf-8", "utf8")


class Body:
    """Received and read at once, so that no transaction waits for a slow client or a long text;
    but what is wrong with it is only said when it is asked for, since 401 and 404 come first."""

    def __init__(self, *accepted: str, listed_in: str = "Accept") -> None:
        self._refusal: Refusal | None = None
        self._fault: Refusal | None = None
        self._value: Any = None
        self.type = request.mimetype
        try:
            data = _received()
            demand_type(*accepted, listed_in=listed_in)
            demand_whole()
        except Refusal as refusal:
            self._refusal = refusal
            return
        try:
            self._value = read_json(data, current_app.config["PENNYWORTH"].max_depth)
        except Refusal as fault:
            self._fault = fault

    def demand_served(self) -> None:
        """413 and 415 for it; then 406, and 400 for what must be honoured and cannot."""
        if self._refusal is not None:
            raise self._refusal
        demand_acceptable(JSON)
        preferences()

    def json(self) -> Any:
        """400, 413, 415."""
        for refusal in (self._refusal, self._fault):
            if refusal is not None:
                raise refusal
        return self._value


class Form:
    """As ``Body``, of a QUERY: parameters as in a URL."""

    def __init__(self) -> None:
        self._refusal: Refusal | None = None
        try:
            self._data = _received()
            demand_type(FORM, listed_in="Accept-Query")
        except Refusal as refusal:
            self._refusal = refusal

    def pairs(self) -> list[tuple[str, str]]:
        """400, 413, 415."""
        if self._refusal is not None:
            raise self._refusal
        return read_form(self._data)


def _received() -> bytes:
    """Kept, since a request may begin again, and the connection gives its body only once."""
    if "body" not in g:
        g.body = request.environ["pennyworth.body"].read()
        if "HTTP_IDEMPOTENCY_KEY" in request.environ:
            g.digest = hashlib.sha256(g.body)
    return cast(bytes, g.body)


def demand_whole() -> None:
    """A part that is sent by PUT must not be taken for the whole (RFC 9110 section 14.5)."""
    if request.method == "PUT" and "Content-Range" in request.headers:
        raise Refusal("malformed-request", "A Content-Range is not taken: send the whole.")


def demand_type(*accepted: str, listed_in: str) -> None:
    """415 for another type, with the header field ``listed_in`` listing these."""
    headers = {"Accept": ", ".join(accepted), listed_in: ", ".join(accepted)}
    coding = request.headers.get("Content-Encoding", "identity").strip().lower()
    if coding != "identity":
        raise Refusal(
            "unsupported-media-type",
            "A body with a Content-Encoding is not taken.",
            headers=headers | {"Accept-Encoding": "identity"},
        )
    if request.mimetype not in accepted:
        said = f"{request.mimetype[:80]} is" if request.mimetype else "A body without a type is"
        detail = f"{said} not taken here: send {' or '.join(accepted)}."
        raise Refusal("unsupported-media-type", detail, headers=headers)
    if request.mimetype_params.get("charset", UTF8[0]).lower() not in UTF8:
        raise Refusal("unsupported-media-type", "Text is in UTF-8.", headers=headers)


def patch_limits() -> Limits:
    settings = current_app.config["PENNYWORTH"]
    return Limits(settings.max_body, settings.max_depth)
