"""Which answer: what the client accepts and prefers, against what there is."""

from flask import Response, request

from models.refusal import Refusal
from schemas.condition import CODINGS
from schemas.negotiation import admits, admits_identity, best_coding
from schemas.preference import Preferences, read_preferences

SAFE = ("GET", "HEAD", "QUERY")
SMALLEST = 1024
"""Bytes below which a content coding is not worth its while."""
COMPRESSIBLE = ("application/json", "application/problem+json", "application/yaml", "text/")


def demand_acceptable(*offered: str) -> None:
    """406 where ``Accept`` admits none of these types, or ``Accept-Encoding`` no coding."""
    accept = request.environ.get("HTTP_ACCEPT")
    if not any(admits(accept, one) for one in offered):
        detail = f"There is only {' or '.join(offered)} here."
        raise Refusal("not-acceptable", detail)
    accept_encoding = _accept_encoding()
    if not admits_identity(accept_encoding) and best_coding(accept_encoding, CODINGS) is None:
        detail = f"There are only the content codings {', '.join(CODINGS)} and identity."
        raise Refusal("not-acceptable", detail)


def preferences() -> Preferences:
    """400 where one must be honoured and cannot."""
    return read_preferences(request.environ.get("HTTP_PREFER"))


def accepted_coding() -> str | None:
    """What a body that is worth it is sent in."""
    accept_encoding = _accept_encoding()
    return best_coding(accept_encoding, CODINGS) if accept_encoding else None


def coding_of(response: Response) -> str | None:
    """The content coding that this answer is to be sent in."""
    accept_encoding = _accept_encoding()
    if accept_encoding is None or response.is_streamed or "Content-Encoding" in response.headers:
        return None
    length = response.content_length or 0
    if not length or (length < SMALLEST and admits_identity(accept_encoding)):
        return None
    if not response.headers.get("Content-Type", "").startswith(COMPRESSIBLE):
        return None
    return best_coding(accept_encoding, CODINGS)


def _accept_encoding() -> str | None:
    said: str | None = request.environ.get("HTTP_ACCEPT_ENCODING")
    return said
