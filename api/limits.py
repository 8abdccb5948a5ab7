"""The general limit: so many requests of a caller, or of an address where nobody knows whose.

It is asked before anything else, so that what is over it costs next to nothing. It lets pass what
cannot be counted: a fault of the counting is to hold nobody up.
"""

import hmac
import re
import time

from flask import Flask, Response, g, request
from sqlalchemy import Engine

from api.cors import is_preflight
from models.holder import holder_of
from models.key import digest
from models.limit import Quota, Usage, count
from models.refusal import Refusal
from resources.address import address
from resources.cookie import sent_token
from resources.limit import demand_within
from resources.transaction import prepared_engine

RATE = re.compile(r"([1-9][0-9]{0,8})/(second|minute|hour|day)")
UNITS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}
UNCOUNTED = re.compile(r"/health/.*|/metrics")
PAUSE = 2.0
"""Seconds for which counting is not tried again after it failed: it may have been waited for."""
MOST_HOLDERS = 10_000


def rate(text: str) -> Quota | None:
    if not text:
        return None
    match = RATE.fullmatch(text)
    if match is None:
        raise ValueError("must be a number of requests a second, minute, hour or day: 600/minute")
    return Quota(int(match[1]), UNITS[match[2]])


class Limit:
    def __init__(self, quota: Quota, admin_key: str | None) -> None:
        self.quota = quota
        self.admin_key = admin_key.encode() if admin_key else None
        self.detail = f"There were over {quota.requests} requests in {quota.seconds} seconds."
        self.policy = f'"default";q={quota.requests};w={quota.seconds}'
        # Whose a credential is never changes.
        self.holders: dict[str, str] = {}
        self.paused_until = 0.0

    def begin(self) -> None:
        g.usage = self._usage() if is_counted() else None
        if g.usage:
            demand_within(g.usage, self.detail)

    def end(self, response: Response) -> Response:
        if usage := g.get("usage"):
            response.headers["RateLimit-Policy"] = self.policy
            left = f'"default";r={usage.remaining};t={usage.seconds}'
            response.headers["RateLimit"] = left
        return response

    def _usage(self) -> Usage | None:
        if time.monotonic() < self.paused_until:
            return None
        try:
            engine = prepared_engine()
            return count(engine, f"request {self._bucket(engine)}", self.quota)
        except Refusal:
            self.paused_until = time.monotonic() + PAUSE
            return None

    def _bucket(self, engine: Engine) -> str:
        """Not by anything that could be made up, but the credential: an unknown one counts as its
        address does."""
        secret = presented()
        if secret is None:
            return address()
        if self.admin_key and hmac.compare_digest(secret.encode(), self.admin_key):
            return "admin"
        hash = digest(secret)
        holder = self.holders.get(hash) or holder_of(engine, hash)
        if holder is None:
            return address()
        if len(self.holders) >= MOST_HOLDERS:
            self.holders.clear()
        self.holders[hash] = holder
        return holder


def is_counted() -> bool:
    """By the route that was found, not by the path that was sent. Preflights browsers send of
    their own accord."""
    rule = request.url_rule
    if rule is not None and UNCOUNTED.fullmatch(rule.rule):
        return False
    return not is_preflight(request.environ)


def presented() -> str | None:
    if "Authorization" not in request.headers:
        return sent_token()
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    return secret.strip() or None if scheme.lower() == "bearer" else None


def install(app: Flask, quota: Quota | None, admin_key: str | None) -> None:
    if quota is None:
        return
    limit = Limit(quota, admin_key)
    app.before_request(limit.begin)
    app.after_request(limit.end)
