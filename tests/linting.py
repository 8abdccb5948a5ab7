"""Every answer that a test gets is read by httplint, and what it calls bad fails the test, as does
a field that breaks its grammar, which is but a warning there."""

import re
from collections.abc import Hashable, Iterable, Iterator
from email.utils import formatdate
from typing import Any

from flask.testing import FlaskClient
from httplint import HttpRequestLinter, HttpResponseLinter
from httplint.field import BAD_SYNTAX, BAD_SYNTAX_DETAILED, REQUEST_HDR_IN_RESPONSE
from httplint.note import Note, levels
from httplint.status import STATUS_URI_TOO_LONG
from werkzeug.test import TestResponse

from benchmarks.framing import Answer

RawHeaders = list[tuple[bytes, bytes]]
# The values of these differ from answer to answer, but are well-formed alike.
VARYING = {"etag", "location", "content-location", "link", "last-modified", "x-request-id"}
IGNORED = {
    # RFC 9110 section 12.5.1 says what it means in a response, and 15.5.16 has it in a 415.
    (REQUEST_HDR_IN_RESPONSE, "Accept"),
    # Sections 12.5.3 and 15.5.16, likewise.
    (REQUEST_HDR_IN_RESPONSE, "Accept-Encoding"),
    # Of the request. It tells what a 414 means; no other refusal is called bad for being one.
    (STATUS_URI_TOO_LONG, None),
}
judged: dict[Hashable, list[str]] = {}


class LintingClient(FlaskClient):
    def open(self, *args: Any, **rest: Any) -> TestResponse:
        answer = super().open(*args, **rest)
        shape = shape_of(answer)
        if shape not in judged:
            judged[shape] = faults(answer)
        asked = f"{answer.request.method} {answer.request.path[:200]} -> {answer.status}"
        assert not judged[shape], "\n".join([asked, *judged[shape]])
        return answer


def shape_of(answer: TestResponse) -> Hashable:
    """What the judgement depends on: the linter takes longer than most requests."""
    headers = tuple((name.lower(), value) for name, value in answer.headers)
    return (
        answer.request.method,
        frozenset(answer.request.headers.keys()),
        answer.status,
        tuple((n, re.sub(r"[\w-]+", "x", v) if n in VARYING else v) for n, v in headers
              if n != "content-length"),
        is_whole(answer) and (len(answer.data) == answer.content_length, bool(answer.data)),
        is_whole(answer) and "Content-Encoding" in answer.headers and answer.data,
    )  # fmt: skip


def is_whole(answer: TestResponse) -> bool:
    """What comes in a stream is for its test to read."""
    return "Content-Length" in answer.headers


def faults(answer: TestResponse) -> list[str]:
    linter = HttpResponseLinter(no_content=not is_whole(answer))
    linter.request = request_of(answer)
    linter.is_head_response = answer.request.method == "HEAD"
    body = answer.data if is_whole(answer) else b""
    return faults_in(linter, answer.status, as_sent(answer), body)


def faults_in(
    linter: HttpResponseLinter, status: str, headers: Iterable[tuple[str, str]], body: bytes
) -> list[str]:
    linter.process_response_topline(b"1.1", *status.encode().split(b" ", 1))
    linter.process_headers(raw(headers))
    linter.feed_content(body)
    linter.finish_content(complete=True)
    return [f"{note.summary}\n{note.detail}" for note in flat(linter.notes) if is_bad(note)]


def faults_on_the_wire(answer: Answer) -> list[str]:
    status, headers, body = answer
    return faults_in(HttpResponseLinter(), str(status), headers.items(), body)


def request_of(answer: TestResponse) -> HttpRequestLinter:
    asked = answer.request
    linter = HttpRequestLinter()
    linter.process_request_topline(asked.method.encode(), asked.path.encode(), b"1.1")
    linter.process_headers(raw(asked.headers))
    linter.finish_content(complete=True)
    return linter


def as_sent(answer: TestResponse) -> Iterator[tuple[str, str]]:
    """With the date that a server puts in."""
    yield from answer.headers
    if "Date" not in answer.headers:
        yield "Date", formatdate(usegmt=True)


def raw(headers: Iterable[tuple[str, str]]) -> RawHeaders:
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]


def flat(notes: Iterable[Note]) -> Iterator[Note]:
    for note in notes:
        yield note
        yield from flat(note.subnotes)


def is_bad(note: Note) -> bool:
    bad = note.level is levels.BAD or isinstance(note, BAD_SYNTAX | BAD_SYNTAX_DETAILED)
    return bad and (type(note), note.vars.get("field_name")) not in IGNORED
