"""Turns whatever went wrong into ``application/problem+json`` (RFC 9457).

The header fields of an HTTP error (``Allow`` of a 405) are kept, and nothing of the inside gets
out: what is not a ``Refusal`` or an HTTP error is a 500, and its story goes to the log.
"""

import logging
from collections.abc import Iterable
from typing import Any

import orjson
from flask import Flask, Response, current_app, request
from werkzeug.exceptions import HTTPException

from models.database import Moved, translated, unavailable
from models.refusal import Failure, Refusal
from resources.path import asked_path
from schemas.problem import PROBLEMS

MEDIA_TYPE = "application/problem+json"
BY_STATUS = {problem.status: name for name, problem in reversed(PROBLEMS.items())}
# Header fields of an HTTP error that say something which its body does not.
KEPT = ("WWW-Authenticate", "Retry-After")
log = logging.getLogger("pennyworth")


def problem_body(refusal: Refusal, instance: str, request_id: str) -> tuple[int, bytes]:
    problem = PROBLEMS[refusal.name]
    body: dict[str, Any] = {
        "type": f"/problems/{refusal.name}",
        "title": problem.title,
        "status": problem.status,
        "detail": refusal.detail,
        "instance": instance,
        "request_id": request_id,
    }
    if refusal.errors:
        place = "parameter" if refusal.name == "invalid-parameter" else "pointer"
        body["errors"] = [_member(failure, place) for failure in refusal.errors]
    return problem.status, orjson.dumps(body | refusal.extra)


def _member(failure: Failure, place: str) -> dict[str, str]:
    return {place: failure.pointer, "code": failure.code, "detail": failure.detail}


def answer_problem(refusal: Refusal) -> Response:
    request_id = request.environ["pennyworth.request_id"]
    status, body = problem_body(refusal, asked_path(), request_id)
    return Response(body, status, refusal.headers, content_type=MEDIA_TYPE)


def of_http_error(error: HTTPException) -> Response:
    if error.code is None or error.code < 400:
        return error.get_response()  # type: ignore[return-value]
    name = BY_STATUS.get(error.code)
    if name is None:
        name = "malformed-request" if error.code < 500 else "internal-error"
    headers = {n: v for n, v in error.get_headers() if n in KEPT}
    if error.code == 405:
        headers["Allow"] = allowed(error.valid_methods or ())  # type: ignore[attr-defined]
    return answer_problem(Refusal(name, PROBLEMS[name].meaning, headers=headers))


def allowed(methods: Iterable[str]) -> str:
    """In one order, so that it can be compared."""
    return ", ".join(sorted(methods))


def of_fault(error: Exception) -> Response:
    meant = translated(error)
    if isinstance(meant, Refusal):
        return answer_problem(meant)
    if isinstance(meant, Moved):
        return answer_problem(unavailable("The definition was being changed."))
    if current_app.debug:
        raise error
    log.error("fault", exc_info=error)
    return answer_problem(Refusal("internal-error", "A fault of the server. The log has it."))


def install(app: Flask) -> None:
    app.register_error_handler(Refusal, answer_problem)
    app.register_error_handler(HTTPException, of_http_error)
    app.register_error_handler(Exception, of_fault)
