"""Whose pages may call from a browser: those of an exact list of origins, or anyone's.

The CORS protocol of the Fetch standard. Access-Control-Allow-Private-Network is never sent: no
public page gets into a private network through us.
"""

from dataclasses import dataclass
from wsgiref.types import WSGIEnvironment

ANY = "*"
ALLOWED_HEADERS = (
    "Authorization, Accept, Content-Type, If-Match, If-None-Match, If-Modified-Since, "
    "If-Unmodified-Since, Idempotency-Key, Prefer, X-CSRF-Token, X-Request-Id, Last-Event-ID"
)
EXPOSED_HEADERS = (
    "ETag, Location, Content-Location, Link, Last-Modified, Allow, Accept-Patch, Accept-Post, "
    "Preference-Applied, Idempotency-Replayed, Retry-After, RateLimit, RateLimit-Policy, "
    "X-Request-Id, WWW-Authenticate"
)
# As long as Chromium believes it; Firefox would for a day.
MAX_AGE = "7200"
Header = tuple[str, str]


@dataclass(frozen=True)
class Cors:
    """``origins``: what an Origin may be, byte for byte; ``*`` alone; or nothing, for no CORS."""

    origins: frozenset[str] = frozenset()

    def admit(self, origin: str | None) -> list[Header]:
        if ANY in self.origins:
            return [("Access-Control-Allow-Origin", ANY)]
        if origin is None or origin not in self.origins:
            return []
        credentials = ("Access-Control-Allow-Credentials", "true")
        return [("Access-Control-Allow-Origin", origin), credentials]

    def expose(self, origin: str | None) -> list[Header]:
        """What an answer says to its reader's browser."""
        admitted = self.admit(origin)
        return admitted and [*admitted, ("Access-Control-Expose-Headers", EXPOSED_HEADERS)]

    def allow(self, origin: str | None, methods: str) -> list[Header]:
        """What an answer to a preflight says: ``methods`` is its Allow."""
        admitted = self.admit(origin)
        if admitted:
            admitted += [
                ("Access-Control-Allow-Methods", methods),
                ("Access-Control-Allow-Headers", ALLOWED_HEADERS),
                ("Access-Control-Max-Age", MAX_AGE),
            ]
        return admitted

    def complete(self, headers: list[Header], environ: WSGIEnvironment) -> list[Header]:
        """The header fields of an answer, with what CORS adds."""
        if not self.origins:
            return headers
        origin = environ.get("HTTP_ORIGIN")
        # For an origin that is not listed, and for none, the answer would be another.
        kept = [header for header in headers if header[0].lower() != "vary"]
        kept.append(("Vary", ", ".join([*_values(headers, "vary"), "Origin"])))
        methods = _values(headers, "allow")
        if methods and is_preflight(environ):
            return kept + self.allow(origin, methods[0])
        return kept + self.expose(origin)


def _values(headers: list[Header], name: str) -> list[str]:
    return [value for one, value in headers if one.lower() == name]


def is_preflight(environ: WSGIEnvironment) -> bool:
    asked = "HTTP_ORIGIN" in environ and "HTTP_ACCESS_CONTROL_REQUEST_METHOD" in environ
    return asked and environ["REQUEST_METHOD"] == "OPTIONS"
