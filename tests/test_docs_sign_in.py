"""Signing in from the dialog of Swagger UI. Only where there is a Chromium."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from chromium import Tab, tab
from conftest import KEY
from test_browser import CHROMIUM, define_books
from test_serve import serving

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium on the PATH")

WRONG = "The e-mail or the password is wrong."
SAID = "document.querySelector('#sign-in [role=alert]')?.textContent"
ALLOWED = "!!document.querySelector('[data-path=\"/collections\"]')"
ASKED = {"email": "ann@example.com", "password": 'a "long" one'}


class Sessions:
    """What is asked of /auth/sessions, and a token that is the admin's key."""

    def __init__(self) -> None:
        self.asked: list[Any] = []
        self.headers: list[Any] = []

    def __call__(self, request: dict[str, Any]) -> tuple[int, Any]:
        assert request["method"] == "POST"
        assert request["url"].endswith("/auth/sessions")
        self.asked.append(json.loads(request["postData"]))
        self.headers.append({name.lower(): value for name, value in request["headers"].items()})
        if self.asked[-1] == ASKED:
            return 201, {"token": KEY, "expires_at": "2030-01-01T00:00:00Z", "user": {}}
        return 401, {"type": "/problems/unauthenticated", "status": 401, "detail": WRONG}


def fill_in(page: Tab, email: str, password: str) -> None:
    page.type("#sign-in [name=email]", email)
    page.type("#sign-in [name=password]", password)


def test_one_signs_in_from_the_dialog(tmp_path: Path) -> None:
    sessions = Sessions()
    with serving(tmp_path, ADMIN_KEY=KEY) as (api, _, log), tab() as page:
        define_books(api)
        page.answer_for("*/auth/sessions*", sessions)
        page.call("Page.navigate", url=f"{api}/docs")
        page.until("!!document.querySelector('[data-path=\"/api/books\"]')")
        assert not page.run(ALLOWED), "nobody has signed in"
        page.click("button.authorize")
        fill_in(page, ASKED["email"], "not this one")
        page.click("#sign-in button")
        assert page.until(SAID) == WRONG
        take_picture(page)
        assert not page.run(ALLOWED)
        page.type("#sign-in [name=password]", ASKED["password"])
        page.press_enter()
        page.until(ALLOWED)
        assert page.until("document.querySelector('.modal-ux h6')?.textContent") == "Authorized"
        assert not page.run("!!document.querySelector('#sign-in')"), "there is no need of it"
        page.run("[...document.querySelectorAll('.modal-ux button')]"
                 ".find((one) => one.textContent === 'Logout').click()")  # fmt: skip
        page.until(f"!({ALLOWED})")
        assert page.until("!!document.querySelector('#sign-in')")
        assert page.run("location.search + location.hash") == ""
        assert "Content Security Policy" not in page.log.read_text()
        assert "long" not in log.read_text()
    assert sessions.asked == [ASKED | {"password": "not this one"}, ASKED]
    assert {headers["content-type"] for headers in sessions.headers} == {"application/json"}
    assert not any("authorization" in headers for headers in sessions.headers)


def take_picture(page: Tab) -> None:
    if place := os.environ.get("PICTURE"):
        Path(place).write_bytes(page.picture())
