"""Turns whatever went wrong into ``application/problem+json`` (RFC 9457).

The header fields of an HTTP error (``Allow`` of a 405) are kept, and nothing of the inside gets
out: what is not a ``Refusal`` or an HTTP error is a 500, and its story goes to the log.
"""

import logging
from collections.abc import Iterable

from flask import Flask, Response, current_app
from werkzeug.exceptions import HTTPException

from models.database import Moved, translated, unavailable
from models.refusal import Refusal
from resources.refusal import answer_problem
from schemas.problem import PROBLEMS

BY_STATUS = {problem.status: name for name, problem in reversed(PROBLEMS.items())}
# Header fields of an HTTP error that say something which its body does not.
KEPT = ("WWW-Authenticate", "Retry-After")
log = logging.getLogger("pennyworth")


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
