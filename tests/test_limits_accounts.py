"""Limits of those who have accounts: one count a user, and attempts by HTTP."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from chromium import tab
from conftest import ADMIN, KEY, Client, dispose, make_app
from signing import PASSWORD, bare, make_key, person, sign_in, try_to_sign_in
from test_browser import CHROMIUM
from test_docs_sign_in import ALLOWED, SAID, fill_in
from test_limits import limit_of
from test_serve import serving

ANN, BOB = "ann@example.com", "bob@example.com"


@pytest.fixture
def client(empty_url: str) -> Iterator[Client]:
    client = Client(make_app(empty_url, PENNYWORTH_RATE_LIMIT="1000/minute"))
    yield client
    dispose(client.app)


def left(client: Client, headers: dict[str, str]) -> int:
    return limit_of(client.get("/problems", headers=headers))["r"]


def test_a_user_is_one_caller_by_sessions_cookie_and_keys(client: Client) -> None:
    _, session = person(client, ANN)
    _, other = person(client, BOB)
    key, again = make_key(client, session, "*:read"), sign_in(client, ANN)
    cookie = try_to_sign_in(bare(client), ANN, PASSWORD, cookie=True).headers["Set-Cookie"]
    asking = bare(client)
    first = left(asking, session)
    for n, headers in enumerate((key, {"Cookie": cookie.partition(";")[0]}, again, session), 1):
        assert left(asking, headers) == first - n
    assert left(asking, other) == 999


def test_of_wrong_passwords_the_21st_is_429(client: Client) -> None:
    person(client, ANN)
    for address in ("203.0.113.1", "203.0.113.2"):
        client.http.environ_base = client.http.environ_base | {"REMOTE_ADDR": address}
        for _ in range(10):
            assert try_to_sign_in(client, ANN, "wrong" * 3).status_code == 401
    refused = try_to_sign_in(client, "\uff21NN@Example.com", PASSWORD)
    assert refused.status_code == 429
    assert 1 <= int(refused.headers["Retry-After"]) <= 900
    assert try_to_sign_in(client, BOB, "wrong" * 3).status_code == 401
    client.http.environ_base = client.http.environ_base | {"REMOTE_ADDR": "127.0.0.1"}
    assert try_to_sign_in(client, ANN, PASSWORD).status_code == 201, "whose address is known"


@pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium on the PATH")
def test_one_signs_in_from_the_dialog_of_swagger_ui(tmp_path: Path) -> None:
    with serving(tmp_path, ADMIN_KEY=KEY, DATABASE_URL=f"sqlite:///{tmp_path}/x.db") as (
        api,
        _,
        log,
    ):
        app = make_app(f"sqlite:///{tmp_path}/x.db")
        made = {"email": ANN, "password": PASSWORD, "role": "admin"}
        assert Client(app).post("/auth/users", made, headers=ADMIN).status_code == 201
        dispose(app)
        with tab() as page:
            page.call("Page.navigate", url=f"{api}/docs")
            page.click("button.authorize")
            fill_in(page, ANN, "not this one")
            page.press_enter()
            assert page.until(SAID) == "The e-mail or the password is not right."
            page.type("#sign-in [name=password]", PASSWORD)
            page.press_enter()
            page.until(ALLOWED)
        assert PASSWORD not in log.read_text()
