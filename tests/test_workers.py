"""Several workers on one database: each is another application with its own connections."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from conftest import OPEN, Client, dispose, make_app

UUID = "01890a5d-ac96-774b-bcce-b302099a8057"
THREADS = 8


@pytest.fixture
def workers(empty_url: str) -> Iterator[list[Client]]:
    apps = [make_app(empty_url), make_app(empty_url)]
    yield [Client(app) for app in apps]
    for app in apps:
        dispose(app)


def race(work: Any, n: int = THREADS) -> list[Any]:
    barrier = Barrier(n)

    def run(i: int) -> Any:
        barrier.wait()
        return work(i)

    with ThreadPoolExecutor(n) as pool:
        return list(pool.map(run, range(n)))


def test_workers_that_start_together_prepare_once(workers: list[Client]) -> None:
    answers = race(lambda i: Client(workers[i % 2].app).get("/collections").status_code)
    assert answers == [200] * THREADS


def test_a_definition_holds_for_the_next_request_of_every_worker(workers: list[Client]) -> None:
    one, other = workers
    for i in range(10):
        one, other = other, one
        fields = {f"f{j}": {"type": "integer"} for j in range(i + 1)}
        one.define("things", fields=fields)
        assert other.post("/api/things", {f"f{i}": i}).status_code == 201
        assert f"f{i}" in other.get("/openapi.json").text
        assert list(other.get("/collections/things").json["fields"]) == list(fields)
    one.delete("/collections/things?allow_data_loss=true")
    assert other.get("/api/things").status_code == 404
    one.define("things", key={"type": "integer"}, fields={})
    assert other.post("/api/things", {}).json["id"] == 1


def test_h061_of_racing_puts_one_creates(workers: list[Client]) -> None:
    workers[0].define("things", fields={"a": {"type": "integer"}})
    put = lambda i: Client(workers[i % 2].app).put(f"/api/things/{UUID}", {"a": 7})  # noqa: E731
    answers = race(put)
    assert sorted(answer.status_code for answer in answers) == [200] * (THREADS - 1) + [201]
    assert len({answer.headers["ETag"] for answer in answers}) == 1


def test_of_racing_posts_with_one_unique_value_one_wins(workers: list[Client]) -> None:
    workers[0].define("things", fields={"a": {"type": "integer", "unique": True}})
    answers = race(lambda i: Client(workers[i % 2].app).post("/api/things", {"a": 7}).status_code)
    assert sorted(answers) == [201] + [409] * (THREADS - 1)


def test_racing_counts_lose_nothing(workers: list[Client]) -> None:
    workers[0].define("things", key={"type": "integer"}, fields={})

    def work(i: int) -> list[int]:
        client = Client(workers[i % 2].app)
        return [client.post("/api/things", {}).json["id"] for _ in range(10)]

    ids = [id for found in race(work) for id in found]
    assert sorted(ids) == list(range(1, 10 * THREADS + 1))
    items = workers[0].get("/api/things?limit=500").json["items"]
    assert len({record["revision"] for record in items}) == 10 * THREADS


def test_writers_while_the_definition_changes(workers: list[Client]) -> None:
    """Each answer fits one definition or the other; what is stored fits the last."""
    workers[0].define("things", fields={"a": {"type": "integer"}})

    def work(i: int) -> list[int]:
        client = Client(workers[i % 2].app)
        if i:
            return [client.post("/api/things", {"a": 1}).status_code for _ in range(15)]
        statuses = []
        for turn in range(6):
            more = {"b": {"type": "integer", "required": True, "default": 3}}
            fields = {"a": {"type": "integer"}} | (more if turn % 2 == 0 else {})
            path = "/collections/things?allow_data_loss=true"
            statuses.append(client.put(path, {"fields": fields, "access": OPEN}).status_code)
            statuses.append(client.get("/api/things?sort=-a&limit=5").status_code)
        return statuses

    statuses = [status for found in race(work, 4) for status in found]
    assert set(statuses) <= {200, 201}
    workers[1].define("things", fields={"a": {"type": "integer"}})
    assert workers[0].get("/api/things?count=true&limit=1").json["total"] == 45
