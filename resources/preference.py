"""What this client prefers (RFC 7240)."""

from flask import request

from schemas.preference import Preferences, read_preferences


def preferences() -> Preferences:
    return read_preferences(request.environ.get("HTTP_PREFER"))
