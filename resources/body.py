"""The body of a request, of a type that the address takes."""

from typing import Any, cast

from flask import current_app, g, request

from models.refusal import Refusal
from schemas.json import read_json

JSON = "application/json"
MERGE_PATCH = "application/merge-patch+json"
NDJSON = "application/x-ndjson"
UTF8 = ("utf-8", "utf8")


class Body:
    """Received at once, so that no transaction waits for a slow client; but what is wrong with it
    is only said when it is asked for, since 401 and 404 come first."""

    def __init__(self, *accepted: str, listed_in: str = "Accept") -> None:
        self._refusal: Refusal | None = None
        self._bytes = b""
        try:
            demand_type(*accepted, listed_in=listed_in)
            self._bytes = _received()
        except Refusal as refusal:
            self._refusal = refusal

    def json(self) -> Any:
        """415, 413, 400."""
        if self._refusal is not None:
            raise self._refusal
        return read_json(self._bytes, current_app.config["PENNYWORTH"].max_depth)


def _received() -> bytes:
    """Kept, since a request may begin again, and the connection gives its body only once."""
    if "body" not in g:
        g.body = request.environ["pennyworth.body"].read()
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
