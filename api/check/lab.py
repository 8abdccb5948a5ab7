"""Where promises are tried: asks with the profile's headers, makes records, and cleans up."""

import json
import secrets
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from typing import Any, NamedTuple, TypeVar
from urllib.parse import quote, urljoin, urlsplit

from api.check.answer import Answer, at
from api.check.ids import another_id
from api.check.profile import VARIABLE, Profile, Request, numbered
from api.check.promise import NotTried
from api.check.wire import NoAnswer, Server, send

JSON = "application/json"
TURNS = 6
"""So many times the time-out may all requests of one promise take together."""
PATIENCE = 20
"""Seconds that a server may tell us to wait (429) before we give a promise up."""
Made = TypeVar("Made")


class NoRecord(Exception):
    """Not even a valid record can be made: the profile, or the server, makes no sense."""


class Record(NamedTuple):
    id: Any
    path: str
    answer: Answer
    sent: dict[str, Any]
    born: float


class Lab:
    def __init__(self, server: Server, profile: Profile, seconds: float) -> None:
        self.server = server
        self.profile = profile
        self.saved: dict[str, str] = {}
        self.seconds = seconds
        self.made: dict[str, None] = {}
        self.count = 0
        self.until = float("inf")
        self.found: dict[Any, Any] = {}
        self.lock = threading.Lock()

    def begin(self) -> None:
        """The time for one promise."""
        self.until = time.monotonic() + TURNS * self.seconds

    # Asking

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        fields: Iterable[tuple[str, str]] = (),
        type: str | None = JSON,
        credentials: bool = True,
        hosts: Iterable[str] | None = None,
    ) -> Answer:
        """``body``: bytes as they are, or a value, which is put into the profile's wrapper.
        ``fields`` win over those of the profile. Raises NoAnswer."""
        data = body if isinstance(body, bytes) else b"" if body is None else self.dump(body)
        given = list(fields)
        typed = any(name.lower() == "content-type" for name, _ in given)
        if body is not None and type is not None and not typed:
            given.append(("Content-Type", type))
        if body is not None or method in ("POST", "PUT", "PATCH"):
            given.append(("Content-Length", str(len(data))))
        names = {name.lower() for name, _ in given}
        own = [pair for pair in self.headers(credentials) if pair[0].lower() not in names]
        host = [("Host", one) for one in ([self.server.authority] if hosts is None else hosts)]
        answer = self.patiently(method, path, [*host, ("Connection", "close"), *own, *given], data)
        self.remember(method, path, answer)
        return answer

    def dump(self, value: Any) -> bytes:
        wrapper = self.profile.wrapper
        return self.plain({wrapper: value} if wrapper else value)

    @staticmethod
    def plain(value: Any) -> bytes:
        """Without the profile's wrapper."""
        return json.dumps(value).encode()

    def headers(self, credentials: bool) -> list[tuple[str, str]]:
        secret = {name.lower() for name in self.profile.credentials}
        fields = {"Accept": JSON, "User-Agent": "pennyworth-check"} | self.profile.headers
        return [
            (name, VARIABLE.sub(lambda found: self.saved[found[1]], value))
            for name, value in fields.items()
            if (credentials or name.lower() not in secret) and self.is_known(value)
        ]

    def is_known(self, value: str) -> bool:
        """Not so is what only a later answer of the set-up will tell."""
        return all(name in self.saved for name, _ in VARIABLE.findall(value))

    def patiently(
        self, method: str, path: str, fields: list[tuple[str, str]], body: bytes
    ) -> Answer:
        for _ in range(3):
            if time.monotonic() > self.until:
                raise NoAnswer(f"no end of it within {TURNS * self.seconds:g} s")
            answer = send(
                self.server, method, self.server.prefix + path, fields, body, self.seconds
            )
            if answer.status != 429:
                return replace(answer, asked=f"{method} {path}")
            wait = answer["Retry-After"]
            time.sleep(min(PATIENCE, int(wait)) if wait.isdigit() else 1)
        raise NotTried("too many requests, says the server (429)")

    def get(self, path: str, fields: Iterable[tuple[str, str]] = (), **rest: Any) -> Answer:
        return self.ask("GET", path, None, fields, **rest)

    # Records

    def body(self) -> dict[str, Any]:
        return self.unique(self.profile.body)

    def changed(self) -> dict[str, Any]:
        return self.unique(self.profile.changed)

    def unique(self, value: dict[str, Any]) -> dict[str, Any]:
        with self.lock:
            self.count += 1
            number = f"{self.count}{secrets.token_hex(4)}"
        made: dict[str, Any] = numbered(value, number)
        return made

    def new(self, value: dict[str, Any] | None = None) -> Record:
        value = value or self.body()
        answer = self.ask("POST", self.profile.records, value)
        path, id = self.place_of(answer)
        if not answer.ok or not path:
            raise NoRecord(f"No record could be made of the profile's `body`: {answer}")
        return Record(id, path, answer, value, time.monotonic())

    def place_of(self, answer: Answer) -> tuple[str, Any]:
        """(path, id) of the record in an answer, by the id in the body, else by Location."""
        id = at(self.unwrap(answer), self.profile.id) if answer.ok else None
        if isinstance(id, str | int) and id != "":
            return self.path_of(id), id
        location = answer["Location"]
        if not answer.ok or not location:
            return "", None
        path = self.local(location, self.profile.records)
        return path, path.rpartition("/")[2]

    def local(self, reference: str, base: str) -> str:
        """The path (and query) on this server that a reference leads to, below its prefix."""
        whole = urlsplit(urljoin(f"http://host{self.server.prefix}{base}", reference))
        path = whole.path.removeprefix(self.server.prefix)
        return f"{path}?{whole.query}" if whole.query else path

    def path_of(self, id: Any) -> str:
        return self.profile.record.replace("{id}", quote(str(id), safe=""))

    def unwrap(self, answer: Answer) -> Any:
        value = answer.value
        wrapper = self.profile.wrapper
        return value.get(wrapper) if wrapper and isinstance(value, dict) else value

    def read(self, record: Record) -> dict[str, Any]:
        value = self.unwrap(self.get(record.path))
        return value if isinstance(value, dict) else {}

    def items(self, answer: Answer) -> list[Any]:
        listed = at(answer.value, self.profile.items)
        return listed if isinstance(listed, list) else []

    def standing(self) -> Record:
        """One that is only read."""
        return self.once("standing", self.new)

    def missing(self) -> str:
        """The path of a record that is not, though its id looks like that of one."""
        return self.path_of(another_id(self.standing().id))

    def aged(self) -> Record:
        """One so old that a change of now falls into another second of Last-Modified."""
        record = self.once("aged", self.new)
        time.sleep(max(0, record.born + 2.1 - time.monotonic()))
        return record

    def once(self, name: Any, make: Callable[[], Made]) -> Made:
        if name not in self.found:
            self.found[name] = make()
        kept: Made = self.found[name]
        return kept

    def forget(self, path: str) -> None:
        """What was made once is to be made again, if this is it: it changed, or is gone."""
        for name in ("standing", "aged"):
            if name in self.found and self.found[name].path == path:
                del self.found[name]

    # Before and after

    def remember(self, method: str, path: str, answer: Answer) -> None:
        if method not in ("POST", "PUT"):
            return
        if method == "POST":
            path = self.place_of(answer)[0]
        if answer.ok and path.startswith(self.profile.record.partition("{id}")[0]):
            self.made[path] = None

    def set_up(self) -> None:
        for step in self.profile.setup:
            answer = self.step(step)
            if not (answer.status in step.accept if step.accept else answer.ok):
                raise NoRecord(f"The set-up failed. {answer}")
            for name, pointer in step.save.items():
                self.saved[name] = str(at(answer.value, pointer))

    def step(self, step: Request) -> Answer:
        body = None if step.body is None else json.dumps(step.body).encode()
        return self.ask(step.method, step.path, body, step.headers.items())

    def clean_up(self) -> None:
        """As well as can be; a server that hangs by now is not waited for again and again."""
        self.begin()
        with suppress(NoAnswer, NotTried):
            for path in list(self.made):
                self.ask("DELETE", path)
        self.begin()
        with suppress(NoAnswer, NotTried):
            for step in self.profile.teardown:
                self.step(step)
