"""Attempts to sign in (contract section 6): so many an account, and so many an address."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from conftest import KEY, Client, dispose, make_app
from counting import elapse, engine_of
from test_limits import break_counting, used
from test_workers import race

from models.refusal import Refusal
from resources.limit import KNOWN_SECONDS, OF_ACCOUNT, OF_ADDRESS, Attempt, attempt

ROOT = Path(__file__).parent.parent
ANN, BOB = "ann@example.com", "bob@example.com"
HOME, CAFE, THIEF = "192.0.2.1", "198.51.100.7", "203.0.113.9"


@pytest.fixture
def client(empty_url: str) -> Iterator[Client]:
    """Counts are nobody else's, so the database is new for each test."""
    client = Client(make_app(empty_url))
    yield client
    dispose(client.app)


def tries(client: Client, account: str, address: str, times: int = 1) -> list[Attempt]:
    with client.app.test_request_context("/", environ_base={"REMOTE_ADDR": address}):
        return [attempt(account) for _ in range(times)]


def refused(client: Client, account: str, address: str) -> int:
    """The seconds to wait."""
    with pytest.raises(Refusal) as caught:
        tries(client, account, address)
    assert caught.value.name == "too-many-requests"
    return int(caught.value.headers["Retry-After"])


def test_an_account_can_be_tried_20_times(client: Client) -> None:
    tries(client, ANN, THIEF, 10)
    tries(client, ANN, CAFE, 10)
    assert 1 <= refused(client, ANN, THIEF) <= 900
    assert 1 <= refused(client, ANN, HOME) <= 900, "from wherever"
    tries(client, BOB, THIEF)
    elapse(client, 899)
    assert refused(client, ANN, THIEF) == 1
    elapse(client, 1)
    tries(client, ANN, THIEF)


def test_an_address_can_try_200_times(client: Client) -> None:
    for n in range(OF_ADDRESS.requests):
        tries(client, f"user{n}@example.com", THIEF)
    assert refused(client, ANN, THIEF)
    for _ in range(30):
        assert refused(client, BOB, THIEF)
    tries(client, BOB, HOME, 20)
    assert refused(client, BOB, HOME), "what was refused to one address cost the account nothing"


def test_an_ipv6_network_is_one_address(client: Client) -> None:
    for n in range(OF_ADDRESS.requests):
        tries(client, f"user{n}@example.com", f"2001:db8::{n:x}")
    assert refused(client, ANN, "2001:db8::ffff:1")
    tries(client, ANN, "2001:db8:0:1::1")


def test_a_success_is_taken_back(client: Client) -> None:
    for _ in range(3 * OF_ACCOUNT.requests):
        tries(client, ANN, HOME)[0].succeeded()
    for _ in range(OF_ADDRESS.requests):
        tries(client, BOB, HOME)[0].succeeded()
    assert used(client) == 0
    tries(client, ANN, CAFE, OF_ACCOUNT.requests)


def test_nobody_locks_the_owner_out(client: Client) -> None:
    tries(client, ANN, HOME)[0].succeeded()
    tries(client, ANN, THIEF, 20)
    assert refused(client, ANN, THIEF)
    assert refused(client, ANN, CAFE)
    tries(client, ANN, HOME)[0].succeeded()
    tries(client, ANN, HOME, 20)
    assert refused(client, ANN, HOME), "who is at home has a number, too"


def test_an_address_is_known_for_one_account_and_30_days(client: Client) -> None:
    tries(client, BOB, THIEF)[0].succeeded()
    tries(client, ANN, THIEF, 20)
    assert refused(client, ANN, THIEF), "a sign-in to another account opens nothing"
    elapse(client, 900)
    tries(client, ANN, HOME)[0].succeeded()
    elapse(client, KNOWN_SECONDS - 900)
    tries(client, ANN, THIEF, 20)
    tries(client, ANN, HOME)
    elapse(client, 890)
    assert refused(client, ANN, THIEF)
    elapse(client, 10)
    tries(client, ANN, THIEF, 20)
    assert refused(client, ANN, HOME), "it has been forgotten"


def test_v07_what_is_sent_besides_changes_nothing(client: Client) -> None:
    tries(client, ANN, THIEF, 20)
    for headers in ({"X-Forwarded-For": HOME}, {"Authorization": f"Bearer {KEY}"}):
        with client.app.test_request_context("/?x", headers=headers), pytest.raises(Refusal):
            attempt(ANN)


def test_of_many_guesses_at_once_none_slips_through(client: Client) -> None:
    def guess(_: int) -> int:
        done = 0
        for _ in range(5):
            with suppress(Refusal):
                done += len(tries(client, ANN, THIEF))
        return done

    assert sum(race(guess)) == OF_ACCOUNT.requests


GUESSES = f"""
import sys, time
sys.path[:0] = [{str(ROOT)!r}, {str(ROOT / "tests")!r}]
from conftest import Client, make_app
from test_attempts import ANN, THIEF, tries
from models.refusal import Refusal
client = Client(make_app(sys.argv[1]))
client.get("/collections")
print("ready", flush=True)
sys.stdin.readline()
done = 0
for _ in range(40):
    try:
        done += len(tries(client, ANN, THIEF))
    except Refusal as refusal:
        assert refusal.name == "too-many-requests", refusal
print(done, flush=True)
"""


def test_processes_count_together(client: Client, empty_url: str) -> None:
    client.get("/collections")
    command = [sys.executable, "-c", GUESSES, empty_url]
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    started = [
        subprocess.Popen(command, stderr=subprocess.DEVNULL, env=os.environ, **pipes)
        for _ in range(2)
    ]
    for process in started:
        assert process.stdout.readline() == "ready\n"
    for process in started:
        process.stdin.write("go\n")
        process.stdin.flush()
    done = [int(process.communicate(timeout=30)[0]) for process in started]
    assert sum(done) == OF_ACCOUNT.requests
    assert refused(client, ANN, HOME)


def test_what_cannot_be_counted_is_not_tried(client: Client) -> None:
    first = tries(client, ANN, HOME)[0]
    mend = break_counting(client)
    for ask in (lambda: tries(client, ANN, HOME), first.succeeded):
        with pytest.raises(Refusal) as caught:
            ask()
        assert caught.value.name == "unavailable"
        assert caught.value.headers["Retry-After"]
    mend()
    tries(client, ANN, HOME)


def test_an_attempt_costs_little(client: Client) -> None:
    tries(client, ANN, HOME)
    began = time.perf_counter()
    for n in range(50):
        tries(client, f"user{n}@example.com", HOME)
    assert (time.perf_counter() - began) / 50 < 0.026, "less than to hash a password"
    assert engine_of(client).pool.checkedout() == 0
