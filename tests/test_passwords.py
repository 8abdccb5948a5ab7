"""Passwords and other secrets: how they are kept, compared, and never told."""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from conftest import ADMIN, Client, dispose, make_app
from signing import (
    NOBODY,
    PASSWORD,
    add_user,
    bearer,
    make_key,
    person,
    pointers,
    sign_in,
    try_to_sign_in,
)
from sqlalchemy import inspect
from test_refusals import check_problem
from test_statements import counted
from test_workers import race

from models import password
from models.database import db

NEW = "another password"
UUID = "01890a5d-ac96-774b-bcce-b302099a8057"
ACUTE = "\u0301"
LENGTHS = [
    ("x" * 9, False),
    ("x" * 10, True),
    ("ü" * 10, True),
    ("😀" * 10, True),
    (("e" + ACUTE) * 9, False),
    (("e" + ACUTE) * 10, True),
    ("x" * 1024, True),
    ("x" * 1025, False),
    ("ü" * 512, True),
    ("ü" * 513, False),
    (" " * 10, True),
    ("x" * 9 + "\x00", False),
    ("password123", True),
]


@pytest.mark.parametrize(("text", "good"), LENGTHS)
def test_what_a_password_may_be(accounts: Client, text: str, good: bool) -> None:
    body = {"email": "ann@example.com", "password": text}
    made = accounts.post("/auth/users", body)
    assert made.status_code == (201 if good else 422)
    if good:
        sign_in(accounts, "ann@example.com", text)
    else:
        assert pointers(made) == ["/password"]


def test_v54_a_long_password_counts_to_its_end(accounts: Client) -> None:
    add_user(accounts, "ann@example.com", password="x" * 1023 + "y")
    sign_in(accounts, "ann@example.com", "x" * 1023 + "y")
    for other in ("x" * 1024, "x" * 1023, "x" * 1023 + "yz", "x" * 72, "X" * 1023 + "y"):
        assert try_to_sign_in(accounts, "ann@example.com", other).status_code == 401


def test_on_whatever_keyboard_it_is_typed(accounts: Client) -> None:
    add_user(accounts, "ann@example.com", password="café au lait")
    sign_in(accounts, "ann@example.com", f"cafe{ACUTE} au lait")
    assert try_to_sign_in(accounts, "ann@example.com", "cafe au lait").status_code == 401
    add_user(accounts, "bob@example.com", password=f"cafe{ACUTE} au lait")
    sign_in(accounts, "bob@example.com", "café au lait")


def stored(client: Client) -> str:
    """All that is in all tables."""
    with client.app.app_context():
        tables = inspect(db.engine).get_table_names()
    return "".join(str(client.sql(f'SELECT * FROM "{table}"')) for table in tables)


def test_no_secret_is_in_any_table(accounts: Client, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    account, ann = person(accounts, "ann@example.com")
    keyed = {"Idempotency-Key": "k"}
    accounts.post("/auth/users", {"email": "b@b.b", "password": "a secret of bob"},
                  headers=ADMIN | keyed)  # fmt: skip
    body = {"password": NEW, "current_password": PASSWORD}
    assert accounts.patch("/auth/me", body, headers=ann | keyed).status_code == 200
    accounts.patch(f"/auth/users/{account['id']}", {"password": "x" * 3}, headers=ADMIN | keyed)
    key = make_key(accounts, ann, "admin")
    begun = try_to_sign_in(accounts, "ann@example.com", NEW, cookie=True)
    (cookie,) = begun.headers.getlist("Set-Cookie")
    secrets = [PASSWORD, NEW, "a secret of bob", begun.json["csrf_token"]]
    secrets += [headers["Authorization"].partition(" ")[2] for headers in (ann, key)]
    secrets += [cookie.partition("=")[2].partition(";")[0]]
    kept = stored(accounts)
    assert "argon2id$v=19$m=19456,t=2,p=1$" in kept
    for secret in secrets:
        assert secret not in kept
        assert secret not in caplog.text
    assert "argon2" not in accounts.get("/auth/users").text


def test_what_is_kept_to_be_compared_is_slow_to_guess(accounts: Client) -> None:
    """One who reads the table cannot try passwords quickly against the digest of a request."""
    _, ann = person(accounts, "ann@example.com")
    made: list[str] = []
    with watched(accounts, made):
        keyed = {"Idempotency-Key": "k"}
        for _ in range(2):
            body = {"email": "b@b.b", "password": PASSWORD}
            answer = accounts.post("/auth/users", body, headers=ADMIN | keyed)
        assert answer.headers["Idempotency-Replayed"] == "true"
        other = accounts.post("/auth/users", {**body, "password": NEW}, headers=ADMIN | keyed)
        check_problem(other, "idempotency-key-reused")
        refused = accounts.patch("/auth/me", {"password": "x"}, headers=ann | keyed)
        again = accounts.patch("/auth/me", {"password": "x"}, headers=ann | keyed)
        assert again.json == refused.json
        assert again.headers["Idempotency-Replayed"] == "true"
    slow = [text for text in made if len(text) == 64]
    rows = accounts.sql("SELECT request FROM pw__answers")
    assert {request for (request,) in rows} <= set(slow)
    assert len(rows) == 2


@contextmanager
def watched(client: Client, made: list[Any]) -> Iterator[None]:
    """``made``: what argon2 made, each time; and never while a connection is in use."""
    real = password.hash_secret_raw, password._turn

    def raw(*arguments: Any) -> bytes:
        result = real[0](*arguments)
        made.append(result.hex())
        return result

    @contextmanager
    def turn() -> Iterator[None]:
        assert db.engine.pool.checkedout() == 0, "a transaction waits for a password"
        made.append("turn")
        with real[1]():
            yield

    password.hash_secret_raw, password._turn = raw, turn
    try:
        yield
    finally:
        password.hash_secret_raw, password._turn = real


def test_no_transaction_waits_for_a_password(accounts: Client) -> None:
    made: list[Any] = []
    with watched(accounts, made):
        account, ann = person(accounts, "ann@example.com")
        body = {"password": NEW, "current_password": PASSWORD}
        assert accounts.patch("/auth/me", body, headers=ann).status_code == 200
        path = f"/auth/users/{account['id']}"
        keyed = ADMIN | {"Idempotency-Key": "k"}
        assert accounts.patch(path, {"password": PASSWORD}, headers=keyed).status_code == 200
        try_to_sign_in(accounts, "nobody@example.com", PASSWORD)
    # Made, signed in; proven and made; compared and made; signed in.
    assert made.count("turn") == 2 + 2 + 2 + 1


@pytest.mark.parametrize(
    ("method", "path", "body", "headers"),
    [
        ("POST", "/auth/users", {"email": "b@b.b", "password": PASSWORD}, NOBODY),
        ("POST", "/auth/users", {"email": "b@b.b", "password": PASSWORD}, bearer("pw_x")),
        ("POST", "/auth/users", {"email": "b@b.b", "password": "short"}, ADMIN),
        ("POST", "/auth/users?x=1", {"email": "b@b.b", "password": PASSWORD}, ADMIN),
        ("PATCH", "/auth/me", {"password": PASSWORD, "current_password": "x"}, NOBODY),
        ("PATCH", "/auth/me", {"password": PASSWORD, "current_password": "x"}, ADMIN),
        (
            "PATCH",
            "/auth/users/01890a5d-ac96-774b-bcce-b302099a8057",
            {"password": PASSWORD},
            ADMIN,
        ),
        ("POST", "/auth/sessions", {"email": "b@b.b", "password": 1}, NOBODY),
        ("POST", "/auth/sessions", {"email": "b@b.b", "password": PASSWORD}, bearer("pws_x")),
    ],
)
def test_what_is_refused_anyway_hashes_nothing(
    accounts: Client, method: str, path: str, body: Any, headers: dict[str, str]
) -> None:
    made: list[Any] = []
    with watched(accounts, made):
        assert accounts.ask(method, path, body, headers=headers).status_code >= 400
    assert made == []


def test_v23_an_unknown_address_is_as_much_work(accounts: Client) -> None:
    add_user(accounts, "ann@example.com")
    add_user(accounts, "off@example.com", disabled=True)
    try_to_sign_in(accounts, "ann@example.com", "x")
    seen = []
    for email, text in (
        ("ann@example.com", "a wrong password"),
        ("nobody@example.com", PASSWORD),
        ("no address", PASSWORD),
        ("off@example.com", PASSWORD),
    ):
        made: list[Any] = []
        with counted(accounts) as statements, watched(accounts, made):
            check_problem(try_to_sign_in(accounts, email, text), "unauthenticated")
        seen.append((statements, made))
    assert all(one == seen[0] for one in seen)
    assert seen[0][1] == ["turn"]
    assert len(seen[0][0]) == 2


def test_what_nobody_has_is_checked_as_slowly() -> None:
    made = password.hashed(PASSWORD)
    assert (
        made.rpartition("$")[0].rpartition("$")[0]
        == (password.NOBODYS.rpartition("$")[0].rpartition("$")[0])
    )
    assert [len(part) for part in made.split("$")] == [
        len(part) for part in password.NOBODYS.split("$")
    ]
    assert not password.is_right(PASSWORD, password.NOBODYS)
    assert password.is_right(PASSWORD, made)
    assert not password.is_right(PASSWORD, "no hash")


def seconds(hash: str) -> float:
    took = []
    for _ in range(7):
        began = time.perf_counter()
        password.is_right(NEW, hash)
        took.append(time.perf_counter() - began)
    return sorted(took)[3]


def test_v23_it_takes_as_long() -> None:
    known = password.hashed(PASSWORD)
    assert 0.5 < seconds(known) / seconds(password.NOBODYS) < 2


def test_a_hash_of_other_parameters_is_made_anew(accounts: Client) -> None:
    account = add_user(accounts, "ann@example.com")
    weak = password.PasswordHasher(1, 8 * 1024, 1).hash(PASSWORD)
    accounts.execute(f"UPDATE pw__users SET password = '{weak}'")
    assert try_to_sign_in(accounts, "ann@example.com", NEW).status_code == 401
    assert accounts.sql("SELECT password FROM pw__users") == [(weak,)]
    ann = sign_in(accounts, "ann@example.com")
    ((now,),) = accounts.sql("SELECT password FROM pw__users")
    assert now.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert accounts.get("/auth/me", headers=ann).json == account, "nothing has changed"
    sign_in(accounts, "ann@example.com")
    assert accounts.sql("SELECT password FROM pw__users") == [(now,)]


def test_at_most_two_at_once_and_no_endless_waiting(
    empty_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = Client(make_app(empty_url))
    add_user(client, "ann@example.com")
    busy, most, guard = [0], [0], threading.Lock()

    class Slow(password.PasswordHasher):
        def verify(self, hash: Any, password: Any) -> Any:
            with guard:
                busy[0] += 1
                most[0] = max(most[0], busy[0])
            time.sleep(0.4)
            with guard:
                busy[0] -= 1
            return super().verify(hash, password)

    monkeypatch.setattr(password, "_hasher", Slow(2, 19_456, 1))
    monkeypatch.setattr(password, "PATIENCE_SECONDS", 0.5)
    answers = race(lambda _: try_to_sign_in(Client(client.app), "ann@example.com", PASSWORD), 8)
    assert most[0] == 2
    statuses = [one.status_code for one in answers]
    assert statuses.count(201) >= 2
    refused = [one for one in answers if one.status_code == 503]
    assert len(refused) >= 2
    assert all(int(one.headers["Retry-After"]) > 0 for one in refused)
    assert set(statuses) == {201, 503}
    dispose(client.app)
