"""Who is asking: the credential of the request, a bearer token (RFC 6750) or else a cookie.

The admin key of the environment is known here. Any other is looked up by its hash in the
statement that opens the request's transaction (see models/credential.py).
"""

import hmac
from collections.abc import Callable

from flask import Flask, Response, g, request

from models.caller import ADMIN, ANONYMOUS
from models.credential import KEY, SESSION, Credential
from models.key import digest
from models.session import PREFIX
from resources import cookie
from resources.asked import unauthenticated


def install(app: Flask, admin_key: str | None) -> None:
    app.before_request(_identify(admin_key))
    app.after_request(_clear)


def _identify(admin_key: str | None) -> Callable[[], None]:
    expected = admin_key.encode() if admin_key else None

    def identify() -> None:
        g.credential, g.cookie, g.caller = None, None, ANONYMOUS
        said = request.headers.get("Authorization")
        if said is None:
            g.cookie = cookie.sent_token()
            if g.cookie is not None:
                g.credential, g.caller = Credential(SESSION, digest(g.cookie)), None
            return
        secret = _bearer(said)
        if expected is not None and hmac.compare_digest(secret.encode(), expected):
            g.caller = ADMIN
        else:
            kind = SESSION if secret.startswith(PREFIX) else KEY
            g.credential, g.caller = Credential(kind, digest(secret)), None

    return identify


def _bearer(said: str) -> str:
    scheme, _, secret = said.partition(" ")
    secret = secret.strip()
    if scheme.lower() != "bearer" or not secret:
        raise unauthenticated("Only `Authorization: Bearer` and a key or token is taken.")
    return secret


def _clear(response: Response) -> Response:
    """What does not open the door is of no use to a browser."""
    if response.status_code == 401 and g.get("cookie") is not None:
        cookie.clear(response)
    return response
