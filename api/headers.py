"""Header fields that every answer has."""

from flask import Flask, Response, request

from resources.negotiation import SAFE
from resources.refusal import MEDIA_TYPE

VARY = "Authorization, Cookie, Accept, Accept-Encoding"


def of_refusal(length: int) -> list[tuple[str, str]]:
    """Of a problem of ``length`` bytes that is refused before there is an application."""
    return [
        ("Content-Type", MEDIA_TYPE),
        ("Content-Length", str(length)),
        ("Cache-Control", "no-store"),
        ("Vary", VARY),
        ("X-Content-Type-Options", "nosniff"),
    ]


def install(app: Flask) -> None:
    app.after_request(complete)


def complete(response: Response) -> Response:
    headers = response.headers
    headers.setdefault("Vary", VARY)
    headers.setdefault("Cache-Control", _cache_control(response))
    headers["X-Content-Type-Options"] = "nosniff"
    return response


def _cache_control(response: Response) -> str:
    if response.status_code >= 400 or request.method not in SAFE:
        return "no-store"
    if "ETag" not in response.headers:
        # It cannot be revalidated (health, metrics), so there is no use in keeping it.
        return "no-store"
    if "Authorization" in request.headers or "Cookie" in request.headers:
        return "private, no-cache"
    return "no-cache"
