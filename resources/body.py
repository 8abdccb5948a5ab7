"""The body of a request, of a type that the address takes."""

import hashlib
from typing import Any, cast

from flask import current_app, g, request

from models.refusal import Refusal
from resources.answer import JSON
from resources.negotiation import demand_acceptable, preferences
from schemas.json import read_json
from schemas.json_patch import Limits

MERGE_PATCH = "application/merge-patch+json"
JSON_PATCH = "application/json-patch+json"
NDJSON = "application/x-ndjson"
PATCHES = (MERGE_PATCH, JSON_PATCH, JSON)
UTF8 = ("utf-8", "utf8")


class Body:
    """Received at once, so that no transaction waits for a slow client; but what is wrong with it
    is only said when it is asked for, since 401 and 404 come first."""

    def __init__(self, *accepted: str, listed_in: str = "Accept") -> None:
        self._refusal: Refusal | None = None
        self._bytes = b""
        self.type = request.mimetype
        try:
            self._bytes = _received()
            demand_type(*accepted, listed_in=listed_in)
        except Refusal as refusal:
            self._refusal = refusal

    def demand_served(self) -> None:
        """413 and 415 for it; then 406, and 400 for a preference that must be honoured."""
        if self._refusal is not None:
            raise self._refusal
        demand_acceptable(JSON)
        preferences()

    def json(self) -> Any:
        """400, 413, 415."""
        if self._refusal is not None:
            raise self._refusal
        return read_json(self._bytes, current_app.config["PENNYWORTH"].max_depth)


def _received() -> bytes:
    """Kept, since a request may begin again, and the connection gives its body only once."""
    if "body" not in g:
        g.body = request.environ["pennyworth.body"].read()
        g.digest = hashlib.sha256(g.body)
    return cast(bytes, g.body)


def demand_type(*accepted: str, listed_in: str) -> None:
    """415 for another type, with the header field ``listed_in`` listing these."""
    coding = request.headers.get("Content-Encoding", "identity").strip().lower()
    if coding != "identity":
        raise Refusal(
            "unsupported-media-type",
            "A body with a Content-Encoding is not taken.",
            headers={"Accept-Encoding": "identity"},
        )
    headers = {"Accept": ", ".join(accepted), listed_in: ", ".join(accepted)}
    if request.mimetype not in accepted:
        said = f"{request.mimetype[:80]} is" if request.mimetype else "A body without a type is"
        detail = f"{said} not taken here: send {' or '.join(accepted)}."
        raise Refusal("unsupported-media-type", detail, headers=headers)
    if request.mimetype_params.get("charset", UTF8[0]).lower() not in UTF8:
        raise Refusal("unsupported-media-type", "JSON is in UTF-8.", headers=headers)


def patch_limits() -> Limits:
    settings = current_app.config["PENNYWORTH"]
    return Limits(settings.max_body, settings.max_depth)
