"""The first WSGI layer: no server lets in more, or answers less, than RFC 9110 and 9112 allow.

Nothing gets past it that two readers could understand differently. In the environ the app finds
``pennyworth.request_id``, ``pennyworth.body``, ``pennyworth.forwarded``, whether a proxy says that
it passed it on, and ``pennyworth.stopping``, an Event set when the process is asked to stop, if the
server is ours.
"""

import logging
import re
from collections.abc import Callable, Iterable, Iterator
from http import HTTPStatus
from itertools import chain
from threading import Event
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from uuid_utils import uuid4

from api.body import Body
from api.cors import Cors
from api.head import METHODS, body_length, check_head, check_target
from api.headers import of_refusal
from api.settings import Settings
from models.refusal import Refusal
from resources.path import SLASH
from resources.refusal import problem_body

DRAINED = 8 << 20
"""What is taken, at most, of a body that nobody wanted, so that the refusal is heard."""
JOINED = 1 << 20
SANE_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")
# Werkzeug's debugger is around us, and wants to show it.
DEBUGGER = "werkzeug.debug.preserve_context"
BODYLESS = ("204", "304")
NEVER = Event()
Header = tuple[str, str]
Answer = tuple[str, list[Header], Iterable[bytes]]
log = logging.getLogger("pennyworth")


class Door:
    def __init__(self, app: WSGIApplication, settings: Settings) -> None:
        self.app = app
        self.settings = settings
        self.cors = Cors(settings.cors_origins)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        said = environ.get("HTTP_X_REQUEST_ID", "")
        request_id = said if SANE_ID.fullmatch(said) else uuid4().hex
        environ["pennyworth.request_id"] = request_id
        try:
            status, headers, parts = self._answer(environ)
        except Refusal as refusal:
            status, headers, parts = _refused(refusal, environ)
        except Exception:
            if DEBUGGER in environ:
                raise
            log.exception("fault")
            fault = Refusal("internal-error", "A fault of the server. The log has it.")
            status, headers, parts = _refused(fault, environ)
        headers.append(("X-Request-Id", request_id))
        headers = self.cors.complete(headers, environ)
        if environ["REQUEST_METHOD"] == "HEAD" or status[:3] in BODYLESS:
            _close(parts)
            parts = []
        if status[:3] in BODYLESS:
            headers = [header for header in headers if header[0].lower() != "content-length"]
        start_response(status, headers)
        return parts

    def _answer(self, environ: WSGIEnvironment) -> Answer:
        check_head(environ, self.settings.max_header)
        self.settings.trusted_proxies.heed(environ)
        check_target(environ, self.settings.max_url)
        length = body_length(environ)
        if environ["PATH_INFO"] == "*":
            return "204 No Content", [("Allow", ", ".join(sorted(METHODS)))], []
        body = Body(environ["wsgi.input"], length, self.settings.max_body)
        environ["wsgi.input"] = environ["pennyworth.body"] = body
        environ["wsgi.input_terminated"] = True
        environ.setdefault("pennyworth.stopping", NEVER)
        if length != 0:
            body.receive()
        try:
            return _call(self.app, environ)
        finally:
            if body.unread and "pennyworth.lingers" not in environ:
                body.drain(DRAINED)


class _Rest:
    """What an app streams, its first part already taken."""

    def __init__(self, first: bytes, rest: Iterator[bytes], source: Iterable[bytes]) -> None:
        self._parts = chain((first,), rest)
        self._source = source

    def __iter__(self) -> Iterator[bytes]:
        return self._parts

    def close(self) -> None:
        _close(self._source)


def _call(app: WSGIApplication, environ: WSGIEnvironment) -> Answer:
    """Nothing is sent before the first part is there: until then a fault can be a 500."""
    begun: list[Any] = []

    def begin(status: str, headers: list[Header], exc_info: Any = None) -> Callable[..., Any]:
        begun[:] = status, headers
        return _no_write

    source = app(environ, begin)
    try:
        if begun and _is_short(begun[1]):
            parts = [b"".join(source)]
            _close(source)
        else:
            rest = iter(source)
            first = next(rest, b"")
            parts = _Rest(first, rest, source)
    except BaseException:
        _close(source)
        raise
    return begun[0], begun[1], parts


def _no_write(data: bytes) -> None:
    raise NotImplementedError("write() is not supported: return an iterable")


def _is_short(headers: list[Header]) -> bool:
    return any(name.lower() == "content-length" and int(value) <= JOINED for name, value in headers)


def _close(parts: Iterable[bytes]) -> None:
    if close := getattr(parts, "close", None):
        close()


def _refused(refusal: Refusal, environ: WSGIEnvironment) -> Answer:
    request_id = environ["pennyworth.request_id"]
    path = environ["PATH_INFO"].encode("latin-1").decode(errors="replace")[:200]
    path = path.replace(SLASH, "%2F")
    status, body = problem_body(refusal, path, request_id)
    members = {"request_id": request_id, "method": environ["REQUEST_METHOD"][:20], "path": path}
    log.info("refused", extra={"members": members | {"status": status}})
    headers = [*of_refusal(len(body)), *refusal.headers.items()]
    return f"{status} {HTTPStatus(status).phrase}", headers, [body]
