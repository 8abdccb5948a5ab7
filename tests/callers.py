"""Everyone who may ask: people, their API keys, and credentials that are good no more. All of it is
made over HTTP, once for a module of tests and each database."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import uuid4

import pytest
from conftest import ADMIN, Client
from werkzeug.test import TestResponse

Headers = dict[str, str]
PASSWORD = "correct horse battery staple"
PEOPLE: dict[str, str | None] = {
    "ann": "member",
    "bob": "member",
    "eve": "editor",
    "root": "admin",
    "dan": "member",
}
"""Name -> role. Dan gets disabled."""
KEYS = {
    "t:r": ("ann", "things:read"),
    "t:w": ("ann", "things:write"),
    "*:r": ("ann", "*:read"),
    "*:w": ("ann", "*:write"),
    "o:r": ("ann", "other:read"),
    "adm": ("ann", "admin"),
    "rt:r": ("root", "things:read"),
}
"""As they are called in tables -> whose they are, and their scope."""
SESSIONS = ("ann", "bob", "eve", "root")
GOOD = ("any", *SESSIONS, "env", *KEYS)
BAD = ("expired", "revoked", "disabled", "ended", "session of the disabled", "garbage")


def bearer(secret: str) -> Headers:
    return {"Authorization": f"Bearer {secret}"}


@dataclass
class Cast:
    """``headers``: how each says who it is. ``ids`` and ``emails``: of the people's accounts."""

    client: Client
    ids: dict[str, str] = field(default_factory=dict)
    emails: dict[str, str] = field(default_factory=dict)
    headers: dict[str, Headers] = field(default_factory=dict)

    def ask(
        self, who: str, method: str, path: str, body: Any = None, type: str | None = None
    ) -> TestResponse:
        return self.client.ask(method, path, body, headers=self.headers[who], type=type)

    def get(self, who: str, path: str) -> TestResponse:
        return self.ask(who, "GET", path)

    def account(self, name: str, role: str | None = None, **more: Any) -> str:
        """The id of a new one."""
        self.emails[name] = f"{name}-{uuid4().hex[:12]}@callers.example.com"
        body = {"email": self.emails[name], "password": PASSWORD, "name": name.title()}
        made = self.client.post("/auth/users", body | {"role": role} | more)
        assert made.status_code == 201, made.text
        self.ids[name] = made.json["id"]
        return self.ids[name]

    def sign_in(self, name: str, password: str = PASSWORD) -> Headers:
        return bearer(self.session(name, password)["token"])

    def session(self, name: str, password: str = PASSWORD, **more: Any) -> dict[str, Any]:
        body = {"email": self.emails[name], "password": password} | more
        made = self.client.post("/auth/sessions", body, headers={})
        assert made.status_code == 201, made.text
        return made.json

    def key(self, name: str, *scopes: str, **more: Any) -> dict[str, Any]:
        """A new one of whoever has the session ``name``, with its ``secret``."""
        body = {"name": "of the tests", "scopes": [*scopes]} | more
        made = self.ask(name, "POST", "/auth/keys", body)
        assert made.status_code == 201, made.text
        return made.json

    def drop(self) -> None:
        """The last admin stays."""
        for id in self.ids.values():
            self.client.delete(f"/auth/users/{id}", headers=ADMIN)


def assemble(client: Client) -> Cast:
    cast = Cast(client)
    cast.headers = {"any": {}, "env": ADMIN, "garbage": bearer("pw_" + "x" * 43)}
    for name, role in PEOPLE.items():
        cast.account(name, role)
        cast.headers[name] = cast.sign_in(name)
    passed = add_expiring(cast)
    for called, (name, scope) in KEYS.items():
        cast.headers[called] = bearer(cast.key(name, scope)["secret"])
    revoked = cast.key("ann", "*:write")
    cast.headers["revoked"] = bearer(revoked["secret"])
    assert cast.ask("ann", "DELETE", f"/auth/keys/{revoked['id']}").status_code == 204
    cast.headers["ended"] = cast.sign_in("ann")
    assert cast.ask("ended", "DELETE", "/auth/sessions/current").status_code == 204
    add_disabled(cast)
    time.sleep(max(0.0, (passed - datetime.now(UTC)).total_seconds() + 0.05))
    return cast


def add_expiring(cast: Cast) -> datetime:
    """A key that is good for a second; until when."""
    ends = datetime.now(UTC) + timedelta(seconds=1)
    key = cast.key("ann", "*:write", expires_at=ends.isoformat().replace("+00:00", "Z"))
    cast.headers["expired"] = bearer(key["secret"])
    return ends


def add_disabled(cast: Cast) -> None:
    cast.headers["disabled"] = bearer(cast.key("dan", "*:write")["secret"])
    cast.headers["session of the disabled"] = cast.headers.pop("dan")
    ended = cast.client.patch(f"/auth/users/{cast.ids['dan']}", {"disabled": True})
    assert ended.status_code == 200, ended.text


def is_whole(cast: Cast) -> bool:
    """Another test may have emptied the accounts."""
    return all(cast.get(name, "/auth/me").status_code == 200 for name in SESSIONS)


@pytest.fixture(scope="module")
def casts() -> Iterator[Callable[[Client], Cast]]:
    made: dict[int, Cast] = {}

    def cast_of(client: Client) -> Cast:
        cast = made.get(id(client.app))
        if cast is None or not is_whole(cast):
            cast = made[id(client.app)] = assemble(client)
        cast.client = client
        return cast

    yield cast_of
    for cast in made.values():
        cast.drop()


@pytest.fixture
def cast(client: Client, casts: Callable[[Client], Cast]) -> Cast:
    return casts(client)


def without_jar(client: Client) -> Client:
    """It sends the cookies that a test says, and keeps none."""
    plain = Client(client.app)
    plain.http = client.app.test_client(use_cookies=False)
    return plain


def cookie_session(cast: Cast, name: str) -> tuple[Headers, str]:
    """What a browser sends that has a session by cookie, and the CSRF token."""
    body = {"email": cast.emails[name], "password": PASSWORD, "cookie": True}
    made = without_jar(cast.client).post("/auth/sessions", body, headers={})
    assert made.status_code == 201, made.text
    assert "token" not in made.json
    return {"Cookie": made.headers["Set-Cookie"].partition(";")[0]}, made.json["csrf_token"]


def from_address(
    client: Client, address: str, method: str, path: str, body: Any = None, **headers: str
) -> TestResponse:
    """``headers``: names with underscores."""
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    return without_jar(client).http.open(
        path,
        method=method,
        json=body,
        headers=fields,
        environ_overrides={"REMOTE_ADDR": address},
    )


def fresh_address() -> str:
    """That nobody has tried from, so that no limit knows it."""
    return ".".join(["10", *(str(Random().randrange(1, 255)) for _ in range(3))])


def attempt(
    client: Client, email: Any, password: Any, address: str, **headers: str
) -> TestResponse:
    body = {"email": email, "password": password}
    return from_address(client, address, "POST", "/auth/sessions", body, **headers)


def newcomer(cast: Cast, role: str | None = "member", **more: Any) -> str:
    """The name of a new account in the cast, for one test to spoil."""
    name = f"x{uuid4().hex[:8]}"
    cast.account(name, role, **more)
    return name
