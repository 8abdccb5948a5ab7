"""Behind a cache that keeps to RFC 9111, and keeps all that it may: nobody reads what is past."""

import itertools
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from conftest import ADMIN, OPEN, Client
from werkzeug.datastructures import ResponseCacheControl
from werkzeug.http import parse_cache_control_header, parse_date, parse_list_header
from werkzeug.test import TestResponse

UUID = "01890a5d-ac96-774b-bcce-b302099a8057"
HEURISTIC = timedelta(hours=1)
"""What a cache may take for fresh where nothing is said (section 4.2.2)."""
BY_DEFAULT = (200, 203, 204, 206, 300, 301, 308, 404, 405, 410, 414, 501)
"""Heuristically cacheable (RFC 9110 section 15.1)."""
SAFE = ("GET", "HEAD", "OPTIONS")


@dataclass
class Kept:
    asked: dict[str, str]
    answer: TestResponse
    at: datetime


class Cache:
    """One address has as many answers as its Vary tells apart. ``shared``: between callers."""

    def __init__(self, origin: Client, shared: bool) -> None:
        self.origin = origin
        self.shared = shared
        self.kept: dict[str, list[Kept]] = {}
        self.fresh = self.revalidated = 0

    def ask(self, method: str, path: str, body: Any = None, **fields: str) -> TestResponse:
        headers = {name.replace("_", "-"): value for name, value in fields.items()}
        if method == "GET":
            return self.get(path, headers)
        answer = self.origin.ask(method, path, body, headers=headers)
        if method not in SAFE and answer.status_code < 400:  # section 4.4
            named = (answer.headers.get(one) for one in ("Location", "Content-Location"))
            for place in (path, *filter(None, named)):
                self.kept.pop(place, None)
        return answer

    def get(self, path: str, headers: dict[str, str]) -> TestResponse:
        kept = self.selected(path, headers)
        if kept is not None and self.may_use(kept.answer, kept.at):
            self.fresh += 1
            return kept.answer
        validator = {}
        if kept is not None and "ETag" in kept.answer.headers:
            validator = {"If-None-Match": kept.answer.headers["ETag"]}
        answer = self.origin.get(path, headers=headers | validator)
        if kept is not None and answer.status_code == 304:
            self.revalidated += 1
            kept.at = datetime.now(UTC)
            for name, value in answer.headers:
                kept.answer.headers[name] = value
            return kept.answer
        if self.may_keep(answer, headers):
            others = [one for one in self.kept.get(path, []) if one is not kept]
            self.kept[path] = [*others, Kept(headers, answer, datetime.now(UTC))]
        return answer

    def selected(self, path: str, headers: dict[str, str]) -> Kept | None:
        """Section 4.1."""
        for kept in self.kept.get(path, []):
            names = parse_list_header(kept.answer.headers.get("Vary", ""))
            if "*" not in names and all(kept.asked.get(n) == headers.get(n) for n in names):
                return kept
        return None

    def may_keep(self, answer: TestResponse, headers: dict[str, str]) -> bool:
        """Sections 3 and 3.5."""
        says = said_by(answer)
        if says.no_store or (self.shared and says.private):
            return False
        if self.shared and "Authorization" in headers:
            return bool(says.public or says.must_revalidate or says.s_maxage is not None)
        return answer.status_code in BY_DEFAULT or says.max_age is not None

    def may_use(self, answer: TestResponse, at: datetime) -> bool:
        """Section 4.2. Freshness that nothing limits is taken for granted."""
        says = said_by(answer)
        if says.no_cache:
            return False
        lifetime = HEURISTIC if says.max_age is None else timedelta(seconds=says.max_age)
        if (expires := parse_date(answer.headers.get("Expires"))) is not None:
            lifetime = expires - at
        return datetime.now(UTC) - at < lifetime


def said_by(answer: TestResponse) -> ResponseCacheControl:
    said = answer.headers.get("Cache-Control", "")
    return parse_cache_control_header(said, cls=ResponseCacheControl)


ONE, LIST, DEFINITION = f"/api/things/{UUID}", "/api/things?sort=a", "/collections/things"
READ = (ONE, LIST, DEFINITION, "/collections", "/openapi.json", "/problems")
# One after the other, each making what others may have kept untrue.
WRITES: list[tuple[str, str, Any]] = [
    ("PUT", ONE, {"a": 1}),
    ("PUT", ONE, {"a": 2}),
    ("PATCH", ONE, {"a": 1}),
    ("POST", "/api/things", {"a": 5}),
    ("PATCH", DEFINITION, {"description": "x"}),
    ("DELETE", ONE, None),
    ("PUT", ONE, {"a": 7}),
    ("PUT", DEFINITION, {"fields": {"a": {"type": "integer"}}, "access": {}}),
    ("PUT", DEFINITION, {"fields": {"a": {"type": "integer"}}, "access": OPEN}),
    ("DELETE", f"{DEFINITION}?allow_data_loss=true", None),
]


@pytest.mark.parametrize("shared", [True, False], ids=["shared", "private"])
@pytest.mark.parametrize("through", [True, False], ids=["through", "past"])
def test_h079_what_was_written_is_read(client: Client, shared: bool, through: bool) -> None:
    """Whether the write went through the cache or past it."""
    client.define("things", fields={"a": {"type": "integer"}})
    cache = Cache(client, shared)
    callers = [{}, ADMIN, {"Accept-Encoding": "gzip"}]

    def check() -> None:
        for path, caller in itertools.product(READ, callers):
            seen = cache.get(path, caller)
            there = client.get(path, headers=caller)
            assert seen.status_code == there.status_code, (path, caller)
            if there.status_code < 400:
                assert seen.data == there.data, (path, caller)

    check()
    for method, path, body in WRITES:
        if through:
            answer = cache.ask(method, path, body, **ADMIN)
        else:
            answer = client.ask(method, path, body)
        assert answer.status_code < 300, answer.text
        check()
    assert cache.revalidated > (30 if shared else 50), "so that it is a cache at all"


@pytest.fixture
def careless(client: Client) -> Client:
    """An origin that says nothing of what may be kept."""

    class Careless(Client):
        def ask(self, *asked: Any, **rest: Any) -> TestResponse:
            answer = super().ask(*asked, **rest)
            answer.headers.pop("Cache-Control", None)
            return answer

    return Careless(client.app)


def test_h079_the_cache_would_show_what_is_past_if_it_might(careless: Client) -> None:
    careless.define("things", fields={"a": {"type": "integer"}})
    cache = Cache(careless, shared=True)
    assert cache.get(ONE, {}).status_code == 404
    careless.put(ONE, {"a": 1})
    assert cache.get(ONE, {}).status_code == 404, "kept, though it is there by now"
    assert cache.ask("PUT", ONE, {"a": 2}).status_code == 200
    assert cache.get(ONE, {}).json["a"] == 2, "its own writes it knows of"
    careless.put(ONE, {"a": 3})
    assert cache.get(ONE, {}).json["a"] == 2
    assert cache.fresh == 2
