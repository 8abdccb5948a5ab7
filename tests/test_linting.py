"""The linter that every other test looks through does see something."""

from typing import Any

import pytest
from flask import Flask, Response
from linting import LintingClient

JSON = {"Content-Type": "application/json"}
GOOD: list[Any] = [
    (200, JSON | {"ETag": '"5-a"'}, b"{}"),
    (201, JSON | {"Location": "/api/things/1"}, b"{}"),
    (304, {"ETag": 'W/"5-a"'}, b""),
    (415, JSON | {"Accept": "application/json"}, b"{}"),
    (415, JSON | {"Accept-Encoding": "identity"}, b"{}"),
]
BAD: list[Any] = [
    (200, JSON | {"ETag": "5-a"}, b"{}", "ETag"),
    (200, JSON | {"Vary": "Accept Cookie"}, b"{}", "Vary"),
    (201, JSON, b"{}", "location"),
    (200, JSON | {"Content-Length": "3"}, b"{}", "Content-Length"),
    (200, JSON | {"Content-Encoding": "gzip", "Content-Length": "10"}, b"is no gzip", "gzip"),
    (200, JSON | {"Last-Modified": "yesterday"}, b"{}", "date"),
    (200, JSON | {"If-Match": '"5-a"'}, b"{}", "isn't valid in a response"),
    (200, JSON | {"Access-Control-Max-Age": "60"}, b"{}", "preflight"),
    (200, JSON | {"Cache-Control": "private, public"}, b"{}", "public"),
    (600, JSON, b"{}", "standard"),
]


def ask(status: int, headers: dict[str, str], body: bytes) -> None:
    app = Flask("linted")
    app.test_client_class = LintingClient
    app.add_url_rule("/", view_func=lambda: Response([body], status, headers))
    app.test_client().get("/")


@pytest.mark.parametrize(("status", "headers", "body"), GOOD)
def test_what_is_good_passes(status: int, headers: dict[str, str], body: bytes) -> None:
    ask(status, headers, body)


@pytest.mark.parametrize(("status", "headers", "body", "said"), BAD)
def test_what_is_bad_fails(status: int, headers: dict[str, str], body: bytes, said: str) -> None:
    ask(200, JSON | {"ETag": '"5-a"'}, b"{}")  # which must not lend its judgement
    for _ in range(2):
        with pytest.raises(AssertionError, match=f"(?i){said}"):
            ask(status, headers, body)
