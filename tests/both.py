"""The same collections in both databases, asked the same questions: SQLite, PostgreSQL and plain
Python must agree."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from random import Random
from time import perf_counter
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

from conftest import ADMIN, Client
from generating import Asker, Draft, Pairs
from reading import (
    SYSTEM,
    Caller,
    Collection,
    Question,
    Unsaid,
    answer,
    names_in,
    parameters,
    same,
    shown,
)
from spoiling import Spoiler
from werkzeug.test import TestResponse

FORM = "application/x-www-form-urlencoded"
NDJSON = "application/x-ndjson"
LONGEST_URL = 16_000
LONGEST_FILTER = 4096
DEFAULT_LIMIT = 20
# What no two databases can have in common.
VARIES = re.compile(
    r'"(?:revision": ?\d+|(?:created_at|updated_at|request_id)": ?"[^"]*")|cursor=[\w.-]+'
)
AT = re.compile(r"\bAt character (\d+)\b")
World = dict[str, Collection]


class Difference(AssertionError):
    """``question`` is what was asked, where it made sense."""

    question: Question | None = None


class Both:
    """``loads`` and ``drops``; ``compare`` raises a Difference that says how to see it again."""

    def __init__(self, clients: Sequence[Client]) -> None:
        self.clients = clients
        self.worlds: list[World] = []
        self.draft = Draft({}, {})
        self.seconds = 0.0
        self.slowest = (0.0, "")
        self.statuses = Counter[int]()
        self.counts = {"definitions": 0, "records": 0, "questions": 0, "refusals": 0, "unsaid": 0}

    def load(self, draft: Draft) -> None:
        self.draft = draft
        self.worlds = [self._load(client) for client in self.clients]
        self.counts["definitions"] += len(draft.definitions)
        self.counts["records"] += sum(map(len, draft.records.values()))
        texts = [
            VARIES.sub("", json.dumps([list(one.records.values()) for one in world.values()]))
            for world in self.worlds
        ]
        if len(set(texts)) > 1:
            raise self.difference("the records", dict(zip(self.databases, texts, strict=True)))

    def _load(self, client: Client) -> World:
        draft, world = self.draft, World()
        late = {name for name in draft.definitions if draft.late(name)}
        for name in draft.definitions:
            client.define(name, **draft.early(name))
        for name in late:
            client.define(name, **draft.definitions[name])
        for name, records in draft.records.items():
            nothing = dict.fromkeys(draft.late(name))
            self._import(client, name, [record | nothing for record in records])
        for name in late:
            self._import(client, name, draft.records[name], "?on_conflict=replace")
        for name, definition in draft.definitions.items():
            world[name] = Collection(name, definition, world)
            page = client.get(f"/api/{name}?limit=500").json
            world[name].records = {record["id"]: record for record in page["items"]}
            assert len(world[name].records) == len(draft.records[name])
        return world

    def _import(
        self, client: Client, name: str, records: Sequence[dict[str, Any]], query: str = ""
    ) -> None:
        body = "\n".join(map(json.dumps, records))
        made = client.post(f"/api/{name}{query}", body, type=NDJSON)
        assert made.status_code == 200, f"{made.text}\n{self.draft}"

    def drop(self) -> None:
        for client in self.clients:
            for name in self.draft.definitions:
                if self.draft.late(name):
                    path = f"/collections/{name}?allow_data_loss=true"
                    client.put(path, self.draft.early(name))
            for name in reversed(self.draft.definitions):
                client.delete(f"/collections/{name}?allow_data_loss=true")
            left = {one["name"] for one in client.get("/collections").json["items"]}
            assert not left & set(self.draft.definitions)

    @property
    def databases(self) -> list[str]:
        return [client.database for client in self.clients]

    def difference(self, what: str, found: Any) -> Difference:
        lines = [f"{name}: {one}" for name, one in found.items()]
        return Difference("\n".join(["", what, *lines, "", str(self.draft)]))

    # Asking

    def ask(self, client: Client, question: Question, pairs: Pairs, quiet: bool) -> TestResponse:
        """``quiet``: by QUERY, where no URL is too short for it."""
        path, text = f"/api/{question.collection}", encoded(pairs)
        headers = ADMIN if question.admin else {}
        begun = perf_counter()
        if quiet:
            answer = client.ask("QUERY", path, text, headers=headers, type=FORM)
        else:
            answer = client.get(f"{path}?{text}", headers=headers)
        self.seconds = perf_counter() - begun
        self.statuses[answer.status_code] += 1
        if self.seconds > self.slowest[0]:
            self.slowest = (self.seconds, f"{client.database}: {said(question, pairs, quiet)}")
        return answer

    def pages(
        self, client: Client, question: Question, pairs: Pairs, quiet: bool
    ) -> Iterator[dict[str, Any]]:
        """All of them, each after the one before it."""
        headers = ADMIN if question.admin else {}
        given = self.ask(client, question, pairs, quiet)
        for _ in range(200):
            if given.status_code != 200:
                raise self.difference(said(question, pairs, quiet), {client.database: given.text})
            yield given.json
            path = given.json["next"]
            if path is None:
                return
            # Where the address would be too long, it is but the cursor: the body is sent again.
            asked = parse_qs(urlsplit(path).query)
            if quiet and pairs and set(asked) == {"cursor"}:
                text = encoded([pair for pair in pairs if pair[0] != "offset"])
                given = client.ask("QUERY", path, text, headers=headers, type=FORM)
            else:
                given = client.get(path, headers=headers)
        raise self.difference(said(question, pairs, quiet), {client.database: "pages without end"})

    def compare(self, question: Question, rng: Random) -> None:
        pairs = parameters(question, rng)
        if len(dict(pairs).get("filter", "")) > LONGEST_FILTER:
            return
        quiet = len(encoded(pairs)) > LONGEST_URL or rng.randrange(10) == 9
        self.counts["questions"] += 1
        try:
            self._compare(question, pairs, quiet)
            if (question.fields or question.expand) and rng.randrange(5) == 4:
                self.compare_one(question, rng)
        except Difference as difference:
            difference.question = question
            raise

    def _compare(self, question: Question, pairs: Pairs, quiet: bool) -> None:
        found = {}
        for client, world in zip(self.clients, self.worlds, strict=True):
            pages = list(self.pages(client, question, pairs, quiet))
            items = [item for page in pages for item in page["items"]]
            found[client.database] = VARIES.sub("", json.dumps(items))
            try:
                expected = answer(question, world[question.collection], Caller(question.admin))
            except Unsaid:
                self.counts["unsaid"] += client is self.clients[0]
                continue
            wrong = wrong_pages(pages, question, len(expected))
            expected = expected[question.offset or 0 :]
            if wrong or not same(items, expected):
                texts = {client.database: json.dumps(items), "expected": json.dumps(expected)}
                raise self.difference(said(question, pairs, quiet) + wrong, texts)
        if len(set(found.values())) > 1 and not is_about_system(question):
            raise self.difference(said(question, pairs, quiet), found)

    def compare_one(self, question: Question, rng: Random) -> None:
        """What a list shows of a record is what the record shows."""
        asked = [pair for pair in parameters(question, rng) if pair[0] in ("fields", "expand")]
        headers = ADMIN if question.admin else {}
        for client, world in zip(self.clients, self.worlds, strict=True):
            here = world[question.collection]
            for record in list(here.records.values())[:1]:
                path = f"/api/{here.name}/{quote(str(record['id']), safe='')}?{encoded(asked)}"
                given = client.get(path, headers=headers)
                expected = shown(record, here, question.admin, question.expand, question.fields)
                if given.status_code != 200 or not same(given.json, expected):
                    texts = {client.database: given.text, "expected": json.dumps(expected)}
                    raise self.difference(f"GET {path}\n{question}", texts)

    def refuse(self, asker: Asker, question: Question) -> None:
        """A fault in it is named, the same by both."""
        pairs, name = Spoiler(asker).spoil(parameters(question, asker.rng))
        quiet = len(encoded(pairs)) > LONGEST_URL
        given = [self.ask(client, question, pairs, quiet) for client in self.clients]
        self.counts["refusals"] += 1
        texts = dict(zip(self.databases, (VARIES.sub("", one.text) for one in given), strict=True))
        wrong = [
            fault for one in given if (fault := wrong_refusal(one, name, pairs, question.admin))
        ]
        if len(set(texts.values())) > 1:
            wrong.append("not the same")
        if wrong:
            raise self.difference(f"{said(question, pairs, quiet)}: {name}: {wrong[0]}", texts)


def encoded(pairs: Pairs) -> str:
    return urlencode(pairs, errors="surrogatepass")


def said(question: Question, pairs: Pairs, quiet: bool) -> str:
    who = "an admin" if question.admin else "anyone"
    path = f"/api/{question.collection}?{encoded(pairs)}"
    return f"{'QUERY' if quiet else 'GET'} {path} as {who}\n{pairs!r}\n{question}\n"


def is_about_system(question: Question) -> bool:
    return any(path[-1] in SYSTEM for path in names_in(question))


def wrong_pages(pages: list[dict[str, Any]], question: Question, total: int) -> str:
    limit = DEFAULT_LIMIT if question.limit is None else question.limit
    *full, last = [len(page["items"]) for page in pages]
    if any(size != limit for size in full) or last > limit or (full and not last):
        return f"pages of {full} and {last}"
    totals = {page.get("total") for page in pages}
    return "" if totals == {total if question.count else None} else f"totals {totals}, not {total}"


def wrong_refusal(given: TestResponse, name: str, pairs: Pairs, admin: bool) -> str:
    if given.status_code != 400 or given.json["type"] != "/problems/invalid-parameter":
        return "not refused"
    errors = {error["parameter"]: error for error in given.json["errors"]}
    if name[:100] not in errors:
        return "not named"
    if not admin and "secret" in given.text and "secret" not in str(pairs):
        return "tells what is hidden"
    texts = [value for other, value in pairs if other == name]
    return wrong_place(errors[name], *texts) if name == "filter" and len(texts) == 1 else ""


def wrong_place(error: dict[str, Any], text: str) -> str:
    """A fault of a filter is at one of its characters, or at its end."""
    at = AT.search(error["detail"])
    if len(text) > LONGEST_FILTER:
        return ""
    return "" if at and 1 <= int(at[1]) <= len(text) + 1 else "at no character"
