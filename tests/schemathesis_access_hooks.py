"""A stranger asks for all that somebody else gets, for test_schemathesis_access.py."""

import os
from typing import Any
from urllib.parse import urljoin

import requests
import schemathesis
import schemathesis_hooks  # noqa: F401

AGENT = "stranger"
STRANGER = requests.Session()
STRANGER.headers["User-Agent"] = AGENT
STRANGER.headers["Authorization"] = os.environ["STRANGER"]
OWNER = os.environ["OWNER"]
JSON = {"Content-Type": "application/json"}
SECONDS = 10


@schemathesis.check
def nobody_gets_what_is_anothers(context: Any, response: Any, case: Any) -> None:
    """The stranger owns nothing: so it finds nothing, and changes nothing."""
    sent = response.request
    if sent.headers.get("Authorization") != OWNER or not 200 <= response.status_code < 300:
        return
    if case.method == "GET":
        finds_nothing(sent.url)
    elif case.method == "DELETE":
        finds_nothing(sent.url)
        is_not_there("DELETE", sent.url)
    elif case.method != "POST" or "location" in response.headers:
        cannot_change(urljoin(sent.url, response.headers.get("location", [sent.path_url])[0]))


def finds_nothing(url: str) -> None:
    answer = STRANGER.get(url, timeout=SECONDS)
    # A cursor is its caller's own.
    refused = answer.status_code == 404 or (answer.status_code == 400 and "cursor=" in url)
    assert refused or is_empty(answer), f"A stranger got {answer.text[:500]}"


def is_empty(answer: requests.Response) -> bool:
    """No records, and no group but the one of all that has counted nothing."""
    page = answer.json() if answer.status_code == 200 else {}
    values = [value for item in page.get("items", [{"id": "?"}]) for value in item.values()]
    return all(value in (0, None) for value in (*values, page.get("next"), page.get("total")))


def cannot_change(url: str) -> None:
    is_not_there("GET", url)
    is_not_there("PATCH", url, data=b"{}", headers=JSON)
    is_not_there("PUT", url, data=b"{}", headers=JSON)
    is_not_there("DELETE", url)


def is_not_there(method: str, url: str, **rest: Any) -> None:
    answer = STRANGER.request(method, url, timeout=SECONDS, **rest)
    told = f"{method} by a stranger: {answer.status_code} {answer.text[:500]}"
    assert answer.status_code == 404, told
