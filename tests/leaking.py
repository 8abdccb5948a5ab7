"""Requests by whom something is hidden from, and what of their answers must not depend on it."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl, quote

from conftest import Client
from test_lists import readable
from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse

from schemas.comparison import OPERATORS
from schemas.grouping import FUNCTIONS

NDJSON, FORM = "application/x-ndjson", "application/x-www-form-urlencoded"
JSON_PATCH, MERGE = "application/json-patch+json", "application/merge-patch+json"
# What no two answers have in common.
VARIES = re.compile(
    r'"revision": ?\d+|"(?:created_at|updated_at|request_id)": ?"[^"]*"|cursor=[^"&> ]+'
    r"|^(?:revision|created_at|updated_at): .*$",
    re.MULTILINE,
)
CURSOR = re.compile(r'cursor=([^"&> ]+)')
OF_THE_MOMENT = {
    *("date", "x-request-id", "etag", "last-modified", "content-length"),
    *("ratelimit", "ratelimit-policy"),
}


@dataclass(frozen=True)
class Ask:
    """``body``: JSON, or text. What is written as ``$f`` stands for a field."""

    method: str
    path: str
    body: Any = None
    type: str | None = None
    headers: tuple[tuple[str, str], ...] = ()

    def about(self, name: str) -> "Ask":
        body = self.body if self.body is None else json.loads(self.dumped().replace("$f", name))
        return replace(self, path=self.path.replace("$f", name), body=body)

    def of(self, ids: dict[str, str]) -> "Ask":
        """``$bob`` in the body stands for his id."""
        text = self.dumped()
        for name, id in ids.items():
            text = text.replace(f"${name}", id)
        return replace(self, body=json.loads(text))

    def dumped(self) -> str:
        return json.dumps(self.body)

    def __str__(self) -> str:
        return f"{self.method} {self.path} {self.body} {dict(self.headers) or ''}"


def ask(client: Client, one: Ask, headers: dict[str, str]) -> TestResponse:
    fields = headers | dict(one.headers)
    return client.ask(one.method, one.path, one.body, headers=fields, type=one.type)


def listed(query: str, path: str = "/api/things") -> Ask:
    """A list, of which parameters stand as somebody would type them."""
    return Ask("GET", f"{path}?{quoted(query)}")


def quoted(query: str) -> str:
    return "&".join(
        f"{name}={quote(value, safe='$,:-*')}"
        for name, value in parse_qsl(query, keep_blank_values=True)
    )


def normal(answer: TestResponse) -> str:
    """An answer without what tells but when it was given, and to which request."""
    headers = sorted(
        f"{name}: {value}" for name, value in answer.headers if name.lower() not in OF_THE_MOMENT
    )
    return VARIES.sub("…", "\n".join([answer.status, *headers, "", answer.text]))


def told(answer: TestResponse) -> str:
    """With all that can be got out of its cursor."""
    cursors = {*CURSOR.findall(answer.text)}
    return normal(answer) + "".join(readable(one).decode("latin-1") for one in cursors)


# What is asked of


@dataclass
class Surfaces:
    """Of what there is to ask by, what some requests do ask by."""

    routes: set[tuple[str, str]] = field(default_factory=set)
    parameters: set[str] = field(default_factory=set)
    operators: set[str] = field(default_factory=set)
    functions: set[str] = field(default_factory=set)

    def of(self, client: Client, asks: Iterable[Ask]) -> "Surfaces":
        adapter = client.app.url_map.bind("localhost")
        for one in asks:
            path, _, query = one.path.partition("?")
            try:
                rule, _ = adapter.match(path, one.method, return_rule=True)
            except HTTPException:
                continue
            self.routes.add((unnamed(rule.rule), one.method))
            if one.type == FORM:
                query += f"&{one.body}"
            self.add(parse_qsl(query, keep_blank_values=True))
        return self

    def add(self, pairs: Iterable[tuple[str, str]]) -> None:
        for name, value in pairs:
            self.parameters.add(name)
            self.operators.update(set(name.split("__")[1:]) & {*OPERATORS})
            if name == "aggregate":
                names = {one.partition(":")[0] for one in value.split(",")}
                self.functions |= names & {*FUNCTIONS}


def routes_of(client: Client) -> Iterator[tuple[str, str]]:
    for rule in client.app.url_map.iter_rules():
        for method in (rule.methods or set()) - {"OPTIONS"}:
            yield unnamed(rule.rule), method


def unnamed(rule: str) -> str:
    """``/api/<>/<>``: what its parts are called is nobody's concern."""
    return re.sub(r"<[^>]*>", "<>", rule)


OTHERS = {
    "/docs/<>": ["GET", "HEAD"],
    "/health/live": ["GET", "HEAD"],
    "/health/ready": ["GET", "HEAD"],
    "/metrics": ["GET", "HEAD"],
    "/auth/users": ["POST"],
    "/auth/users/<>": ["GET", "HEAD", "PATCH", "DELETE"],
    "/auth/me": ["PATCH"],
    "/auth/sessions": ["POST"],
    "/auth/sessions/<>": ["GET", "HEAD", "DELETE"],
    "/auth/sessions/current": ["GET", "HEAD", "DELETE"],
    "/auth/keys": ["POST"],
    "/auth/keys/<>": ["GET", "HEAD", "DELETE"],
}
"""Routes that hold nothing of any record, whatever is sent."""
OF_DEFINITIONS = (
    *("/", "/docs", "/openapi.json", "/openapi.yaml", "/problems", "/problems/<>"),
    *("/collections", "/collections/<>", "/auth/why", "/auth/me"),
    *("/auth/users", "/auth/keys", "/auth/sessions"),
)
"""These might tell of fields."""
UNRELATED = {(rule, method) for rule, methods in OTHERS.items() for method in methods}
UNRELATED |= {(rule, "HEAD") for rule in OF_DEFINITIONS}
