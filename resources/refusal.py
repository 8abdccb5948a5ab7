"""A refusal -> ``application/problem+json`` (RFC 9457)."""

from typing import Any

from flask import Response, request

from models.refusal import Failure, Refusal
from resources.path import asked_path
from schemas.failure import MOST_FAILURES
from schemas.json import json_bytes
from schemas.problem import PROBLEMS

MEDIA_TYPE = "application/problem+json"


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
        body["errors"] = [_member(failure, place) for failure in refusal.errors[:MOST_FAILURES]]
    return problem.status, json_bytes(body | refusal.extra)


def _member(failure: Failure, place: str) -> dict[str, str]:
    return {place: failure.pointer, "code": failure.code, "detail": failure.detail}


def answer_problem(refusal: Refusal) -> Response:
    request_id = request.environ["pennyworth.request_id"]
    status, body = problem_body(refusal, asked_path(), request_id)
    return Response(body, status, refusal.headers, content_type=MEDIA_TYPE)
