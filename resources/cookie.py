"""The cookie that keeps a session for pages in a browser, and what keeps other pages from using it.

A browser sends it with what any page asks for, so what changes anything needs a second token, which
only a page that may read our answers can know.
"""

import base64
import hashlib
import hmac
from datetime import timedelta
from ipaddress import ip_address

from flask import Response, g, request

from models.caller import ANONYMOUS
from models.refusal import Refusal

# Its prefix makes browsers keep it only if it is Secure, of this host alone and for all of it.
SECURE = "__Host-pw_session"
PLAIN = "pw_session"
CSRF = "X-CSRF-Token"
HARMLESS = ("GET", "HEAD", "OPTIONS", "QUERY")


def sent_token() -> str | None:
    return request.cookies.get(_name())


def keep(response: Response, token: str, lifetime: timedelta) -> None:
    seconds = int(lifetime.total_seconds())
    response.set_cookie(
        _name(), token, max_age=seconds, secure=_name() == SECURE, httponly=True, samesite="Lax"
    )


def clear(response: Response) -> None:
    response.set_cookie(
        _name(), "", max_age=0, secure=_name() == SECURE, httponly=True, samesite="Lax"
    )


def csrf_token(token: str) -> str:
    made = hmac.digest(token.encode(), b"csrf", hashlib.sha256)
    return base64.urlsafe_b64encode(made).rstrip(b"=").decode()


def demand_csrf_token() -> None:
    """403, where a cookie asks for more than to be shown something."""
    if g.cookie is None or request.method in HARMLESS:
        return
    sent = request.headers.get(CSRF, "")
    if not hmac.compare_digest(sent.encode(), csrf_token(g.cookie).encode()):
        detail = f"With a cookie this needs {CSRF}: the csrf_token that came with the session."
        raise Refusal("forbidden", detail)


def ignore_cookie() -> None:
    """For who signs in: a session that has ended is in nobody's way."""
    if g.cookie is not None:
        g.cookie, g.credential, g.caller = None, None, ANONYMOUS


def _name() -> str:
    return PLAIN if _is_at_home() else SECURE


def _is_at_home() -> bool:
    """Whether it is plain HTTP from this very machine, as while a page is being developed; what
    a proxy passes on comes from elsewhere."""
    if request.is_secure or request.environ.get("pennyworth.forwarded"):
        return False
    host = request.host.rpartition(":")[0] if _has_port(request.host) else request.host
    host = host.strip("[]").lower()
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _has_port(host: str) -> bool:
    return ":" in host.rpartition("]")[2]
