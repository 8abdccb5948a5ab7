"""``Idempotency-Key`` (the IETF draft): a POST or PATCH that is sent again is not done again.

The same request under the same key of the same caller gets the stored answer. The answer is
stored in the transaction of its effect; so are refusals, for which the effect is rolled back.
"""

import hashlib
import re
from collections.abc import Callable
from contextlib import suppress

from flask import Response, g, request

from models.idempotency import Answer, find_answer, keep_answer
from models.password import slow_digest
from models.refusal import Refusal
from models.transaction import translating
from resources.asked import Asked
from resources.refusal import answer_problem
from schemas.problem import PROBLEMS

METHODS = ("POST", "PATCH")
LONGEST = 255
# Printable ASCII, without what would make two of one or a quoted one of a bare one.
BARE = re.compile(r"""[\x21\x23-\x2b\x2d-\x7e]+""")
QUOTED = re.compile(r'"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"')
NOT_KEPT = (401, 429)
Work = Callable[[Asked], Response]


def sent_key() -> str | None:
    """400 if it is none. GET, PUT and DELETE can be repeated without one."""
    text = request.environ.get("HTTP_IDEMPOTENCY_KEY")
    if text is None or request.method not in METHODS:
        return None
    text = text.strip(" \t")
    if quoted := QUOTED.fullmatch(text):
        key = re.sub(r"\\(.)", r"\1", quoted[1])
    else:
        key = text if BARE.fullmatch(text) else ""
    if not 1 <= len(key) <= LONGEST:
        detail = (
            f"must have 1 to {LONGEST} printable characters of ASCII, in quotes or bare; bare "
            "without space, comma and quotes."
        )
        raise Refusal("malformed-request", f"Idempotency-Key {detail}")
    return key


def claim() -> str | None:
    """What nobody else may be at work on: this key with this credential. What is wrong with a key
    is said after who is unknown was told so."""
    with suppress(Refusal):
        if key := sent_key():
            return f"{g.credential or g.caller}\0{key}"
    return None


def once(asked: Asked, work: Work) -> Response:
    """What ``work`` answers, in this transaction; or what it answered when it was done."""
    key, digest = sent_key(), g.get("digest")
    if key is None or digest is None:
        return work(asked)
    place = _place(asked, key)
    same = g.get("slow_digest") or _same(digest)
    stored = find_answer(asked.connection, place, asked.now)
    if stored is not None:
        return _replayed(stored, same)
    response = _done(asked, work)
    headers = [(name, value) for name, value in response.headers if name != "Content-Length"]
    answer = Answer(same, response.status_code, headers, response.get_data())
    keep_answer(asked.connection, place, answer, asked.now)
    return response


def kept_place(asked: Asked) -> str | None:
    """Where the answer to a request that holds a password is kept; None where it is not. What tells
    it from others is to be made slowly, then, which no transaction waits for."""
    key, digest = sent_key(), g.get("digest")
    return None if key is None or digest is None else _place(asked, key)


def is_kept(asked: Asked, place: str) -> bool:
    return find_answer(asked.connection, place, asked.now) is not None


def compare_slowly(place: str) -> None:
    """A hash of a body that is quickly made would tell, to whoever reads the database, which
    password was in it."""
    g.slow_digest = slow_digest(_same(g.digest), place)


def _place(asked: Asked, key: str) -> str:
    return _digest(asked.principal, key)


def _same(digest: "hashlib._Hash") -> str:
    """Of all that makes two requests the same."""
    return _digest(request.method, _target(), request.content_type or "", digest.hexdigest())


def _done(asked: Asked, work: Work) -> Response:
    try:
        with translating(), asked.connection.begin_nested():
            return work(asked)
    except Refusal as refusal:
        status = PROBLEMS[refusal.name].status
        if status in NOT_KEPT or status >= 500:
            raise
        return answer_problem(refusal)


def _replayed(stored: Answer, same: str) -> Response:
    if stored.request != same:
        detail = "This Idempotency-Key came with another request: make a new one for each."
        raise Refusal("idempotency-key-reused", detail)
    response = Response(stored.body, stored.status)
    del response.headers["Content-Type"]
    response.headers.extend(stored.headers)
    response.headers["Idempotency-Replayed"] = "true"
    return response


def _target() -> str:
    return f"{request.path}?{request.query_string.decode('latin-1')}"


def _digest(*parts: str) -> str:
    """Each part ends where it is said to, so that no two lists of parts look alike."""
    text = "".join(f"{len(part)}:{part}" for part in parts)
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()
