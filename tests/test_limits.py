"""The general limit (contract section 6): of each caller, or of each address, over all workers."""

import os
import re
import sqlite3
import stat
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import http_sf
import pytest
from conftest import ADMIN, DATABASES, OPEN, Client, dispose, make_app, url_of
from counting import Heard, elapse, engine_of
from test_access import key_of
from test_serve import serving
from test_workers import twice
from werkzeug.test import TestResponse

from models.limit import AT_ONCE, Quota, count, is_remembered, remember, take_back
from models.limit_store import Store, store_of

MINUTE = Quota(3, 60)
Make = Callable[..., Client]


@pytest.fixture
def make(empty_url: str) -> Iterator[Make]:
    """Another worker of one server: by default 3 requests a minute."""
    made: list[Client] = []

    def worker(limit: str = "3/minute", **settings: str) -> Client:
        made.append(Client(make_app(empty_url, PENNYWORTH_RATE_LIMIT=limit, **settings)))
        return made[-1]

    yield worker
    for client in made:
        dispose(client.app)


def statuses(ask: Callable[[], TestResponse], times: int) -> list[int]:
    return [ask().status_code for _ in range(times)]


def limit_of(answer: TestResponse) -> dict[str, int]:
    """``q`` and ``w``, ``r`` and ``t``, read as structured fields (RFC 9651)."""
    found = {}
    for name in ("RateLimit-Policy", "RateLimit"):
        ((policy, parameters),) = http_sf.parse(answer.headers[name].encode(), tltype="list")
        assert policy == "default"
        found |= parameters
    return found


def used(client: Client) -> int:
    """Requests that anyone has used up."""
    return int(client.on_counts("SELECT coalesce(sum(requests), 0) FROM pw__limits")[0][0])


def test_h117_over_the_limit_is_429(make: Make) -> None:
    client = make()
    assert statuses(lambda: client.get("/collections"), 3) == [200] * 3
    refused = client.get("/collections")
    assert refused.status_code == 429
    assert refused.json["type"] == "/problems/too-many-requests"
    assert refused.json["detail"].startswith("There were over 3 requests in 60 seconds.")
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert refused.headers["Cache-Control"] == "no-store"
    elapse(client, 60)
    assert client.get("/collections").status_code == 200


def test_h118_the_fields_say_what_is_left(make: Make) -> None:
    client = make()
    seen = [limit_of(client.get("/collections")) for _ in range(5)]
    assert [one["r"] for one in seen] == [2, 1, 0, 0, 0]
    assert {(one["q"], one["w"]) for one in seen} == {(3, 60)}
    assert all(1 <= one["t"] <= 60 for one in seen)
    elapse(client, 50)
    later = client.get("/collections")
    assert limit_of(later)["t"] <= 10
    assert int(later.headers["Retry-After"]) == limit_of(later)["t"]


@pytest.mark.parametrize(
    ("text", "seconds"), [("second", 1), ("minute", 60), ("hour", 3600), ("day", 86400)]
)
def test_h118_the_units(tmp_path: Path, text: str, seconds: int) -> None:
    app = make_app(f"sqlite:///{tmp_path}/x.db", PENNYWORTH_RATE_LIMIT=f"7/{text}")
    told = limit_of(Client(app).get("/"))
    assert (told["q"], told["w"], told["r"]) == (7, seconds, 6)
    assert 1 <= told["t"] <= seconds
    dispose(app)


def test_h118_every_answer_says_so(make: Make) -> None:
    client = make("1000/minute")
    client.define("things", fields={"a": {"type": "integer"}}, access={"read": True})
    tag = client.get("/api/things").headers["ETag"]
    for status, method, path, body, headers in (
        (304, "GET", "/api/things", None, {"If-None-Match": tag}),
        (201, "POST", "/api/things", {}, ADMIN),
        (204, "OPTIONS", "/api/things", None, ADMIN),
        (400, "GET", "/api/things?x=1", None, ADMIN),
        (401, "POST", "/api/things", {}, {}),
        (401, "GET", "/api/things", None, {"Authorization": "Basic YTpi"}),
        (401, "GET", "/api/things", None, {"Authorization": "Bearer nonsense"}),
        (404, "GET", "/nowhere", None, ADMIN),
        (405, "DELETE", "/api/things", None, ADMIN),
        (422, "POST", "/api/things", {"a": "x"}, ADMIN),
    ):
        answer = client.ask(method, path, body, headers=headers)
        assert (answer.status_code, limit_of(answer)["q"]) == (status, 1000)


def test_h004_head_and_every_method_are_429(make: Make) -> None:
    client = make()
    client.define("things", fields={}, access=OPEN)
    statuses(lambda: client.get("/"), 2)
    for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "QUERY", "FOO"):
        refused = client.ask(method, "/api/things", {} if method in ("POST", "PATCH") else None)
        assert refused.status_code == 429
        assert refused.headers["Retry-After"]
        assert limit_of(refused)["r"] == 0
        assert refused.headers["Content-Type"] == "application/problem+json"
        if method == "HEAD":
            assert (refused.data, int(refused.headers["Content-Length"]) > 0) == (b"", True)


def test_h128_a_page_reads_that_it_asks_too_often(make: Make) -> None:
    client = make(PENNYWORTH_CORS_ORIGINS="https://good.com")
    headers = ADMIN | {"Origin": "https://good.com"}
    assert statuses(lambda: client.get("/", headers=headers), 4)[-1] == 429
    refused = client.get("/", headers=headers)
    assert refused.headers["Access-Control-Allow-Origin"] == "https://good.com"
    assert "RateLimit" in refused.headers["Access-Control-Expose-Headers"]


def test_h119_workers_count_together_and_a_new_one_goes_on(make: Make) -> None:
    workers = [make("20/minute"), make("20/minute")]
    answers = twice(workers, lambda client, _: client.get("/openapi.json"), 30)
    assert Counter(answer.status_code for answer in answers) == {200: 20, 429: 10}
    left = sorted(limit_of(answer)["r"] for answer in answers if answer.status_code == 200)
    assert left == list(range(20)), "each has a number of its own"
    for worker in workers:
        dispose(worker.app)
    assert make("20/minute").get("/").status_code == 429


@pytest.mark.parametrize("database", DATABASES)
def test_h119_processes_count_together_and_a_restart_goes_on(
    database: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    settings = {
        "DATABASE_URL": url_of(database, request, tmp_path),
        "WORKERS": "3",
        "ADMIN_KEY": "k" * 20,
        "RATE_LIMIT": "25/hour",
    }
    for allowed in (25, 0):
        with serving(tmp_path, **settings) as (address, _, _log):
            seen = Counter(status_of(f"{address}/openapi.json") for _ in range(40))
        assert seen == Counter({200: allowed, 429: 40 - allowed})


def status_of(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


def test_each_caller_has_a_limit_of_its_own(make: Make) -> None:
    client = make("10/minute")
    client.get("/")
    keys = [key_of(client, None), key_of(client, None)]
    for headers, left in ((ADMIN, 8), ({}, 9), (keys[0], 9), (keys[1], 9), (keys[0], 8)):
        assert limit_of(client.get("/", headers=headers))["r"] == left


def test_a_user_is_one_caller_by_all_credentials(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = make("10/minute")
    monkeypatch.setattr("api.limits.holder_of", lambda *_: "user 1")
    left = [limit_of(client.get("/", headers=bearer(f"one{n}")))["r"] for n in range(3)]
    assert left == [9, 8, 7]


def test_v06_v07_nothing_made_up_is_another_caller(make: Make) -> None:
    client = make("1000/minute")
    guises: list[dict[str, str]] = [
        {},
        bearer("nonsense"),
        bearer("pw_other-nonsense"),
        bearer("pws_a-session-of-nobody"),
        {"Authorization": "Basic YTpi"},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer é"},
        {"Cookie": "__Host-pw_session=x; pw_session=y"},
        {"X-Forwarded-For": "6.6.6.6"},
        {"Forwarded": "for=6.6.6.6"},
        {"X-Real-IP": "6.6.6.6"},
        {"True-Client-IP": "6.6.6.6", "CF-Connecting-IP": "6.6.6.6"},
        {"X-Request-Id": "another"},
        {"Idempotency-Key": "another"},
        {"User-Agent": "another"},
        {"Origin": "https://another.com", "Access-Control-Request-Method": "GET"},
    ]
    for n, headers in enumerate(guises):
        assert limit_of(client.get("/problems", headers=headers))["r"] == 999 - n
    seen = len(guises)
    paths = ["/Problems", "/problems/", "/problems;x", "/%70roblems", "/problems?email=a@b.c"]
    for n, path in enumerate(paths):
        assert limit_of(client.get(path, headers={}))["r"] == 999 - seen - n
    seen += len(paths)
    for method in ("POST", "PUT"):
        answer = client.ask(method, "/problems", {"email": f"{method}@b.c"}, headers={})
        assert limit_of(answer)["r"] == 999 - seen
        seen += 1


ADDRESSES = [
    ("192.0.2.1", "192.0.2.1", True),
    ("192.0.2.1", "192.0.2.2", False),
    ("192.0.2.1", "::ffff:192.0.2.1", True),
    ("2001:db8::1", "2001:db8::ffff:ffff:ffff:ffff", True),
    ("2001:db8::1", "2001:DB8:0:0::2", True),
    ("2001:db8::1", "2001:db8:0:1::1", False),
    ("fe80::1%eth0", "fe80::2%eth0", True),
    ("", "", True),
]


@pytest.mark.parametrize(("one", "other", "same"), ADDRESSES)
def test_who_is_unknown_counts_as_an_address_does(
    tmp_path: Path, one: str, other: str, same: bool
) -> None:
    client = Client(make_app(f"sqlite:///{tmp_path}/x.db", PENNYWORTH_RATE_LIMIT="3/minute"))
    left = []
    for address in (one, other):
        client.http.environ_base = client.http.environ_base | {"REMOTE_ADDR": address}
        left.append(limit_of(client.get("/", headers={}))["r"])
    assert left == [2, 1 if same else 2]
    dispose(client.app)


def test_health_metrics_and_preflights_are_not_counted(make: Make) -> None:
    client = make()
    preflight = {"Origin": "https://good.com", "Access-Control-Request-Method": "PUT"}
    client.get("/")
    before = used(client)
    for path in ("/health/live", "/health/ready", "/metrics"):
        for method in ("GET", "HEAD"):
            answer = client.ask(method, path)
            assert answer.status_code == 200
            assert "RateLimit" not in answer.headers
            assert "RateLimit-Policy" not in answer.headers
    assert client.ask("OPTIONS", "/collections", headers=preflight).status_code == 204
    assert used(client) == before
    for method, path in (("OPTIONS", "/"), ("GET", "/health/nope"), ("DELETE", "/metrics")):
        assert "RateLimit" in client.ask(method, path).headers
    assert used(client) == before + 3
    assert client.get("/health/live").status_code == 200


def test_without_the_setting_nothing_is_counted(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = make(limit="")
    monkeypatch.setattr(Store, "run", None)
    answer = client.get("/")
    assert answer.status_code == 200
    assert "RateLimit" not in answer.headers
    if client.database == "sqlite":
        assert not Path(f"{engine_of(client).url.database}-limits").exists()


def test_a_request_costs_one_statement_more(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    client = make("1000/minute")
    client.get("/")
    key = key_of(client, None)
    run, statements = Store.run, []

    def listened(store: Store, engine: Any, statement: str, values: Any) -> Any:
        statements.append(statement)
        return run(store, engine, statement, values)

    for headers in (ADMIN, {}, key):
        client.get("/", headers=headers)
    monkeypatch.setattr(Store, "run", listened)
    for headers in (ADMIN, {}, key):
        client.get("/", headers=headers)
    assert len(statements) == 3
    assert all(one.startswith("INSERT INTO pw__limits") for one in statements)


def test_an_answer_of_429_is_not_kept_under_a_key(make: Make) -> None:
    client = make()
    client.define("things", fields={"a": {"type": "integer"}})
    statuses(lambda: client.get("/"), 2)
    headers = ADMIN | {"Idempotency-Key": "k"}
    assert client.post("/api/things", {"a": 1}, headers=headers).status_code == 429
    elapse(client, 60)
    made = client.post("/api/things", {"a": 1}, headers=headers)
    assert (made.status_code, "Idempotency-Replayed" in made.headers) == (201, False)
    elapse(client, 60)
    again = client.post("/api/things", {"a": 1}, headers=headers)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert limit_of(again)["r"] == 2, "of now, not of what was kept"


def test_a_window_begins_with_the_first_request_and_ends(make: Make) -> None:
    client = make()
    engine = engine_of(client)
    client.get("/")
    for n in range(5):
        usage = count(engine, "b", MINUTE)
        assert (usage.allowed, usage.remaining, usage.seconds) == (n < 3, max(2 - n, 0), 60)
    elapse(client, 59.5)
    assert (usage.allowed, count(engine, "b", MINUTE).seconds) == (False, 1)
    elapse(client, 1)
    assert count(engine, "b", MINUTE) == (True, 2, 60)
    take_back(engine, "b")
    assert count(engine, "b", MINUTE).remaining == 2
    for _ in range(5):
        take_back(engine, "b")
    assert count(engine, "b", MINUTE).remaining == 2
    take_back(engine, "never counted")


def test_a_clock_that_was_wrong_locks_nobody_out(make: Make) -> None:
    client = make()
    engine = engine_of(client)
    client.get("/")
    for _ in range(4):
        usage = count(engine, "b", MINUTE)
    assert not usage.allowed
    elapse(client, -5)
    assert not count(engine, "b", MINUTE).allowed
    elapse(client, -86400)
    assert count(engine, "b", MINUTE) == (True, 2, 60)


def test_what_is_over_is_cleared_in_passing(make: Make) -> None:
    client = make()
    engine = engine_of(client)
    client.get("/")
    for n in range(50):
        count(engine, f"b{n}", MINUTE)
    remember(engine, "lasting", 1000)
    remember(engine, "short", 30)
    elapse(client, 60)
    assert is_remembered(engine, "lasting")
    assert not is_remembered(engine, "short")
    rows = "SELECT count(*) FROM pw__limits"
    before = client.on_counts(rows)[0][0]
    count(engine, "b0", MINUTE)
    assert client.on_counts(rows)[0][0] == before - AT_ONCE, "as many as its bound"
    for n in range(5):
        count(engine, f"new{n}", MINUTE)
    assert client.on_counts(rows)[0][0] == 7
    assert is_remembered(engine, "lasting")
    elapse(client, 1000)
    assert not is_remembered(engine, "lasting")


def test_nothing_is_in_the_clear_and_nobody_else_reads_it(make: Make) -> None:
    client = make()
    engine = engine_of(client)
    client.get("/")
    count(engine, "attempt someone@example.com", MINUTE)
    for (bucket,) in client.on_counts("SELECT bucket FROM pw__limits"):
        assert len(bucket) == 16
    if client.database == "postgresql":
        kind = "SELECT relpersistence FROM pg_class WHERE relname = 'pw__limits'"
        assert client.on_counts(kind) == [("u",)], "UNLOGGED"
        return
    for path in Path(str(engine.url.database)).parent.glob("*-limits*"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert b"example.com" not in path.read_bytes()


def test_counting_waits_for_no_writer(make: Make) -> None:
    client = make("100/minute")
    client.get("/")
    engine = engine_of(client)
    if client.database == "sqlite":
        other = sqlite3.connect(str(engine.url.database), isolation_level=None)
        other.execute("BEGIN IMMEDIATE").close()
        began = time.monotonic()
        assert client.get("/collections").status_code == 200
        other.close()
    else:
        taken = [engine.connect() for _ in range(16)]
        began = time.monotonic()
        assert client.get("/").status_code == 200
        for connection in taken:
            connection.close()
    assert time.monotonic() - began < 1


def test_counting_itself_is_not_waited_for_long(make: Make) -> None:
    client = make("100/minute")
    client.get("/")
    engine = engine_of(client)
    if client.database == "sqlite":
        other: Any = sqlite3.connect(f"{engine.url.database}-limits", isolation_level=None)
        other.execute("BEGIN IMMEDIATE").close()
    else:
        other = engine.connect()
        other.exec_driver_sql("LOCK TABLE pw__limits IN ACCESS EXCLUSIVE MODE")
    began = time.monotonic()
    assert [client.get("/").status_code for _ in range(5)] == [200] * 5
    assert 0.5 < time.monotonic() - began < 3
    other.rollback()
    other.close()


def break_counting(client: Client) -> Callable[[], None]:
    """Returns what mends it."""
    engine = engine_of(client)
    store_of(engine).close()
    if client.database == "postgresql":
        client.on_counts("ALTER TABLE pw__limits RENAME TO elsewhere")
        return lambda: client.on_counts("ALTER TABLE elsewhere RENAME TO pw__limits") and None
    path = Path(f"{engine.url.database}-limits")
    for one in path.parent.glob("*-limits*"):
        one.unlink()
    path.write_bytes(b"no database" * 100)
    return path.unlink


def test_what_cannot_be_counted_passes_and_it_heals(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = make()
    client.get("/")
    mend = break_counting(client)
    with monkeypatch.context() as patch, Heard() as heard:
        patch.setattr("api.limits.PAUSE", 0)
        answers = [client.get("/collections") for _ in range(6)]
    assert {answer.status_code for answer in answers} == {200}
    assert not any("RateLimit" in answer.headers for answer in answers)
    said = [record.getMessage() for record in heard.records if record.levelname == "ERROR"]
    assert said == ["Limits cannot be counted."]
    mend()
    assert "RateLimit" in client.get("/").headers
    mend = break_counting(client)
    assert client.get("/").status_code == 200
    mend()
    assert "RateLimit" not in client.get("/").headers, "it is not tried again at once"


def test_a_connection_that_is_lost_is_made_anew(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.limits.PAUSE", 0)
    client = make("100/minute")
    if client.database == "sqlite":
        pytest.skip("there is none to lose")
    client.get("/")
    client.on_counts("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                      "WHERE pid <> pg_backend_pid() AND datname = current_database()")  # fmt: skip
    assert {client.get("/").status_code for _ in range(3)} == {200}
    assert "RateLimit" in client.get("/").headers


def test_a_process_keeps_one_connection(make: Make) -> None:
    client = make("1000/minute")
    if client.database == "postgresql":
        pytest.skip("of the file")
    twice([client, client], lambda one, _: one.get("/problems"), 40)
    path = re.escape(f"{engine_of(client).url.database}-limits")
    with closing(os.scandir("/proc/self/fd")) as files:
        names = [os.readlink(file.path) for file in files if os.path.islink(file.path)]
    assert len([name for name in names if re.fullmatch(path, name)]) == 1
