"""Who is asking: the credential of the request (RFC 6750).

The admin key of the environment is known here. Any other is looked up by its hash in the
statement that opens the request's transaction (see models/transaction.py).
"""

import hmac
from collections.abc import Callable

from flask import Flask, g, request

from models.caller import ADMIN, ANONYMOUS
from models.key import digest
from resources.asked import unauthenticated


def install(app: Flask, admin_key: str | None) -> None:
    app.before_request(_identify(admin_key))


def _identify(admin_key: str | None) -> Callable[[], None]:
    expected = admin_key.encode() if admin_key else None

    def identify() -> None:
        g.key_hash, g.caller = None, ANONYMOUS
        credential = request.headers.get("Authorization")
        if credential is None:
            return
        scheme, _, secret = credential.partition(" ")
        secret = secret.strip()
        if scheme.lower() != "bearer" or not secret:
            raise unauthenticated("Only `Authorization: Bearer` and a key is taken.")
        if expected is not None and hmac.compare_digest(secret.encode(), expected):
            g.caller = ADMIN
        else:
            g.key_hash, g.caller = digest(secret), None

    return identify
