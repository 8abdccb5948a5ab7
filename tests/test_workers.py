"""Several workers on one database: each is another application with its own connections."""

import gc
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event
from typing import Any
from uuid import uuid4

import pytest
from conftest import ADMIN, OPEN, Client, dispose, make_app

from models.definition import Definition
from schemas.record import to_create

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


def twice(workers: list[Client], ask: Any, n: int = 20) -> list[Any]:
    """``n`` at once, half of them to each worker."""
    return race(lambda i: ask(Client(workers[i % 2].app), i), n)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("by", ["tag", "revision", "date"])
def test_h070_of_20_writers_with_one_tag_one_wins(
    workers: list[Client], method: str, by: str
) -> None:
    workers[0].define("things", fields={"a": {"type": "integer"}})
    path = f"/api/things/{UUID}"
    made = workers[0].put(path, {"a": -1})
    if by == "date":
        time.sleep(1.1)
    headers = (
        ADMIN
        | {
            "tag": {"If-Match": made.headers["ETag"]},
            "revision": {"If-Match": f'"{made.json["revision"]}"'},
            "date": {"If-Unmodified-Since": workers[0].get(path).headers["Last-Modified"]},
        }[by]
    )

    def ask(client: Client, i: int) -> Any:
        return client.ask(method, path, {"a": i} if method != "DELETE" else None, headers=headers)

    answers = twice(workers, ask)
    statuses = sorted(answer.status_code for answer in answers)
    if method == "DELETE":
        assert set(statuses) == {204}, "what is deleted is deleted, whatever its If-Match"
        assert workers[1].get(path).status_code == 410
        return
    assert statuses == [200] + [412] * 19
    winner = next(answer for answer in answers if answer.status_code == 200)
    assert workers[1].get(path).json == winner.json
    for loser in answers:
        if loser is not winner:
            assert loser.json["current"] == winner.json


def test_h061_of_20_who_only_create_one_does(workers: list[Client]) -> None:
    workers[0].define("things", fields={"a": {"type": "integer"}})
    path, headers = f"/api/things/{UUID}", ADMIN | {"If-None-Match": "*"}
    answers = twice(workers, lambda client, i: client.put(path, {"a": i}, headers=headers))
    assert sorted(answer.status_code for answer in answers) == [201] + [412] * 19
    definitions = twice(
        workers, lambda client, i: client.put("/collections/more", {}, headers=headers), 6
    )
    assert sorted(answer.status_code for answer in definitions) == [201] + [412] * 5


def test_of_racing_posts_with_one_list_tag_one_wins(workers: list[Client]) -> None:
    workers[0].define("things", fields={"a": {"type": "integer"}})
    headers = ADMIN | {"If-Match": workers[0].get("/api/things").headers["ETag"]}
    answers = twice(
        workers, lambda client, i: client.post("/api/things", {"a": i}, headers=headers)
    )
    assert sorted(answer.status_code for answer in answers) == [201] + [412] * 19


@pytest.mark.parametrize("what", ["record", "import", "patch", "refusal"])
def test_h110_of_20_duplicates_one_is_done(workers: list[Client], what: str) -> None:
    workers[0].define("things", fields={"a": {"type": "integer"}})
    path = f"/api/things/{UUID}"
    workers[0].put(path, {"a": 0})
    headers = ADMIN | {"Idempotency-Key": str(uuid4())}

    def ask(client: Client, i: int) -> Any:
        if what == "import":
            type = "application/x-ndjson"
            return client.post("/api/things", '{"a": 1}', headers=headers, type=type)
        if what == "patch":
            return client.patch(path, {"a": 1}, headers=headers)
        return client.post("/api/things", {"a": 1 if what == "record" else "x"}, headers=headers)

    answers = twice(workers, ask)
    done = {"record": 201, "import": 200, "patch": 200, "refusal": 422}[what]
    assert {answer.status_code for answer in answers} <= {done, 409}
    first = [
        a for a in answers if a.status_code == done and "Idempotency-Replayed" not in a.headers
    ]
    assert len(first) == 1
    for answer in answers:
        if answer.status_code == 409:
            assert answer.headers["Retry-After"] == "1"
            assert answer.json["type"] == "/problems/conflict"
        else:
            assert answer.data == first[0].data
    more = 1 if what in ("record", "import") else 0
    assert workers[0].get("/api/things?count=true").json["total"] == 1 + more
    assert ask(workers[1], 0).data == first[0].data


def test_h111_a_duplicate_of_what_still_runs_is_told_so(
    workers: list[Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    workers[0].define("things", fields={"a": {"type": "integer"}})
    begun, go_on = Event(), Event()

    def slow(*arguments: Any) -> Any:
        begun.set()
        assert go_on.wait(10)
        return to_create(*arguments)

    monkeypatch.setattr("resources.record.to_create", slow)
    headers = ADMIN | {"Idempotency-Key": "slow"}
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(lambda: workers[0].post("/api/things", {"a": 1}, headers=headers))
        assert begun.wait(10)
        for worker in (workers[1], Client(workers[0].app)):
            for body in ({"a": 1}, {"a": 2}):
                told = worker.post("/api/things", body, headers=headers)
                assert (told.status_code, told.headers["Retry-After"]) == (409, "1")
        go_on.set()
        assert first.result().status_code == 201
    again = workers[1].post("/api/things", {"a": 1}, headers=headers)
    assert again.headers["Idempotency-Replayed"] == "true"


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


def test_what_was_replaced_does_not_live_on(client: Client) -> None:
    """Else a definition that is sent in ever new forms would fill the memory of its servers."""
    client.define("things", fields={"a": {"type": "integer"}})
    before = alive()
    for n in range(12):
        client.define("things", fields={"a": {"type": "integer"}}, description=f"the {n}th")
        for query in ("fields=a", "a__gte=1&sort=a", "filter=a%20%3E%201&count=true", "group_by=a"):
            assert client.get(f"/api/things?{query}").status_code == 200
        assert client.post("/api/things", {"a": 1}).status_code == 201
    assert alive() <= before + 2


def alive() -> int:
    gc.collect()
    return sum(isinstance(one, Definition) for one in gc.get_objects())
