"""One line of JSON a request, to stderr: what, how long, for whom it failed; no values, no
secrets, and of the URL only the path."""

import logging
import sys
import time
from datetime import UTC, datetime
from typing import Any

import orjson
from flask import Flask, Response, g, request

from resources.path import asked_path

log = logging.getLogger("pennyworth")


class JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "message": record.getMessage(),
            **getattr(record, "members", {}),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return orjson.dumps(line, default=str).decode()


def configure() -> None:
    if log.handlers:
        return
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    log.propagate = False


def install(app: Flask) -> None:
    app.before_request(_begin)
    app.after_request(_end)


def _begin() -> None:
    g.began = time.perf_counter()


def _end(response: Response) -> Response:
    members = {
        "request_id": request.environ.get("pennyworth.request_id"),
        "method": request.method[:20],
        "path": asked_path()[:200],
        "status": response.status_code,
        "milliseconds": round((time.perf_counter() - g.began) * 1000, 2),
        "address": request.remote_addr,
    }
    log.info("request", extra={"members": members})
    return response
