"""Signing in: nobody learns who has an account, guesses often, or is locked out, and many at once
hold nobody up. By the ids of V01 to V56 and API1 to API10."""

import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from random import Random
from uuid import uuid4

from callers import PASSWORD, Cast, attempt, cast, casts, fresh_address, from_address, newcomer
from conftest import Client
from leaking import normal
from test_refusals import check_problem

__all__ = ["cast", "casts"]
WRONG = "not the right password"
MOST_OF_AN_ACCOUNT = 20


def test_v23_api2_nobody_learns_who_has_an_account(client: Client, cast: Cast) -> None:
    """The same answer to a wrong password, to an unknown address, and to who is disabled, though
    that one knows his."""
    known, disabled = newcomer(cast), newcomer(cast)
    client.patch(f"/auth/users/{cast.ids[disabled]}", {"disabled": True})
    address = fresh_address()
    answers = [
        attempt(client, cast.emails[known], WRONG, address),
        attempt(client, f"{uuid4().hex}@nowhere.example", WRONG, address),
        attempt(client, cast.emails[disabled], PASSWORD, address),
        attempt(client, cast.emails[disabled], WRONG, address),
        attempt(client, "no address", WRONG, address),
    ]
    check_problem(answers[0], "unauthenticated")
    assert "WWW-Authenticate" in answers[0].headers
    known_ones = [normal(answer) for answer in answers[:4]]
    assert {*known_ones} == {known_ones[0]}
    assert answers[4].status_code in (401, 422)


# A few a account, so that none is limited; some accounts, so that the median is steady.
ACCOUNTS, TRIES_EACH, ATTEMPTS = 4, 10, 4


def test_v23_api2_nor_by_the_time_it_takes(client: Client, cast: Cast) -> None:
    ratios = []
    for _ in range(ATTEMPTS):
        ratios.append(ratio_of_medians(client, cast))
        if 0.8 <= ratios[-1] <= 1.25:
            return
    raise AssertionError(f"wrong password to unknown address: {ratios}")


def ratio_of_medians(client: Client, cast: Cast) -> float:
    """Interleaved, in random order."""
    emails = [cast.emails[newcomer(cast)] for _ in range(ACCOUNTS)]
    known = [(True, email) for email in emails * TRIES_EACH]
    unknown = [(False, f"x{uuid4().hex[:8]}-{uuid4().hex[:12]}@callers.example.com") for _ in known]
    tries = known + unknown
    Random(1).shuffle(tries)
    taken: dict[bool, list[float]] = {True: [], False: []}
    address = fresh_address()
    for is_known, email in tries:
        begun = time.perf_counter()
        answer = attempt(client, email, WRONG, address)
        taken[is_known].append(time.perf_counter() - begun)
        assert answer.status_code == 401, answer.text
    return statistics.median(taken[True]) / statistics.median(taken[False])


def spend(client: Client, email: str, address: str, **headers: str) -> int:
    """How many attempts there are until it is 429."""
    for tries in range(MOST_OF_AN_ACCOUNT + 5):
        answer = attempt(client, email, WRONG, address, **headers)
        if answer.status_code == 429:
            check_problem(answer, "too-many-requests")
            assert int(answer.headers["Retry-After"]) > 0
            return tries
        assert answer.status_code == 401, answer.text
    return tries + 1


def test_v06_v07_v32_api2_nothing_gives_new_attempts(client: Client, cast: Cast) -> None:
    """Neither another address, for an account, nor another spelling, member or header field."""
    name, address = newcomer(cast), fresh_address()
    email = cast.emails[name]
    assert spend(client, email, address) == MOST_OF_AN_ACCOUNT
    local, _, domain = email.partition("@")
    spellings = (email.upper(), f"{local.upper()}@{domain}", f"{local}@{domain.upper()}",
                 email.replace("x", "\uff58", 1))  # fmt: skip
    for said in (email, *spellings):
        for where in (address, fresh_address()):
            assert attempt(client, said, WRONG, where).status_code == 429, said
            assert attempt(client, said, PASSWORD, where).status_code == 429, said
    for fields in ({"X_Forwarded_For": fresh_address()}, {"Forwarded": f"for={fresh_address()}"},
                   {"X_Real_IP": fresh_address()}, {"X_Client_IP": "127.0.0.1"},
                   {"User_Agent": uuid4().hex}, {"Cookie": f"pw_session={uuid4().hex}"},
                   {"Host": "other.example"}, {"X_Request_Id": uuid4().hex},
                   {"Idempotency_Key": uuid4().hex}):  # fmt: skip
        assert attempt(client, email, WRONG, address, **fields).status_code == 429, fields
    body = {"email": email, "password": WRONG, "cookie": True}
    for path in ("/auth/sessions", "/%61uth/sessions", "/auth/%73essions"):
        answer = from_address(client, address, "POST", path, body)
        assert answer.status_code == 429, path
    for path in ("/auth/Sessions", "/AUTH/sessions", "/auth/sessions/", "/auth//sessions",
                 "/auth/sessions;x", "/auth/sessions%20", "/auth/./sessions"):  # fmt: skip
        answer = from_address(client, address, "POST", path, body)
        assert answer.status_code in (404, 405), path
    for more in ({"username": uuid4().hex}, {"id": 1}, {"email ": "x"}):
        answer = from_address(client, address, "POST", "/auth/sessions", body | more)
        assert answer.status_code in (422, 429)


def test_api2_nobody_is_locked_out_by_another(client: Client, cast: Cast) -> None:
    """From where somebody has signed in before, he still can."""
    name, home = newcomer(cast), fresh_address()
    email = cast.emails[name]
    assert attempt(client, email, PASSWORD, home).status_code == 201
    assert spend(client, email, fresh_address()) == MOST_OF_AN_ACCOUNT
    assert attempt(client, email, PASSWORD, fresh_address()).status_code == 429
    assert attempt(client, email, PASSWORD, home).status_code == 201
    session = client.get("/auth/me", headers=cast.headers["ann"])
    assert session.status_code == 200


def test_api2_what_succeeds_is_not_counted(client: Client, cast: Cast) -> None:
    email, address = cast.emails[newcomer(cast)], fresh_address()
    for _ in range(MOST_OF_AN_ACCOUNT + 3):
        assert attempt(client, email, PASSWORD, address).status_code == 201


def test_api2_the_present_password_is_guessed_no_oftener(client: Client, cast: Cast) -> None:
    """Whoever has a session is not given more attempts by /auth/me."""
    name, address = newcomer(cast), fresh_address()
    headers = {"Authorization": cast.sign_in(name)["Authorization"]}
    change = {"current_password": WRONG, "password": "another long password"}
    statuses = [
        from_address(client, address, "PATCH", "/auth/me", change, **headers).status_code
        for _ in range(MOST_OF_AN_ACCOUNT + 1)
    ]
    assert statuses == [422] * MOST_OF_AN_ACCOUNT + [429]
    assert client.get("/auth/me", headers=headers).status_code == 200


def test_api4_many_sign_in_at_once_and_others_go_on(client: Client, cast: Cast) -> None:
    client.define("things", fields={})
    accounts = [cast.emails[newcomer(cast)] for _ in range(10)]
    others: list[tuple[int, float]] = []

    def sign_in(number: int) -> int:
        right = number % 2 == 0
        email = accounts[number % 10] if number % 3 else f"{uuid4().hex}@nowhere.example"
        own = Client(client.app)
        answer = attempt(own, email, PASSWORD if right else WRONG, fresh_address())
        if answer.status_code in (429, 503):
            assert "Retry-After" in answer.headers
        return answer.status_code

    def ask(number: int) -> None:
        begun = time.perf_counter()
        path = ("/api/things", "/health/live", "/auth/me")[number % 3]
        answer = Client(client.app).get(path, headers=cast.headers["ann"])
        others.append((answer.status_code, time.perf_counter() - begun))

    with ThreadPoolExecutor(32) as crowd, ThreadPoolExecutor(2) as few:
        signing = [crowd.submit(sign_in, number) for number in range(100)]
        asking = [few.submit(ask, number) for number in range(40)]
        statuses = [one.result(timeout=60) for one in signing]
        for one in asking:
            one.result(timeout=60)
    assert {*statuses} <= {201, 401, 429, 503}
    assert 201 in statuses
    assert {status for status, _ in others} == {200}
    assert statistics.median(taken for _, taken in others) < 2
