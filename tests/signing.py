"""Accounts for tests, and what they send."""

from typing import Any

from conftest import Client
from werkzeug.test import TestResponse

PASSWORD = "correct horse battery"
Headers = dict[str, str]
NOBODY: Headers = {}


def add_user(client: Client, email: str, password: str = PASSWORD, **more: Any) -> Any:
    """As an admin; the account."""
    made = client.post("/auth/users", {"email": email, "password": password, **more})
    assert made.status_code == 201, made.text
    return made.json


def try_to_sign_in(client: Client, email: str, password: str, **more: Any) -> TestResponse:
    body = {"email": email, "password": password, **more}
    return client.post("/auth/sessions", body, headers=NOBODY)


def sign_in(client: Client, email: str, password: str = PASSWORD) -> Headers:
    begun = try_to_sign_in(client, email, password)
    assert begun.status_code == 201, begun.text
    return bearer(begun.json["token"])


def make_key(client: Client, headers: Headers, *scopes: str, **more: Any) -> Headers:
    made = client.post("/auth/keys", {"name": "k", "scopes": scopes, **more}, headers=headers)
    assert made.status_code == 201, made.text
    return bearer(made.json["secret"])


def bearer(secret: str) -> Headers:
    return {"Authorization": f"Bearer {secret}"}


def person(client: Client, email: str, **more: Any) -> tuple[Any, Headers]:
    return add_user(client, email, **more), sign_in(client, email, more.get("password", PASSWORD))


def bare(client: Client) -> Client:
    """One that sends the Cookie it is told to, and keeps none."""
    other = Client(client.app)
    other.http = client.app.test_client(use_cookies=False)
    return other


class Browser:
    """Keeps its cookie, and sends what it is told besides."""

    def __init__(self, client: Client, email: str) -> None:
        self.client = Client(client.app)
        begun = try_to_sign_in(self.client, email, PASSWORD, cookie=True)
        assert begun.status_code == 201, begun.text
        self.begun = begun
        self.csrf = {"X-CSRF-Token": begun.json["csrf_token"]}

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> TestResponse:
        return self.client.ask(method, path, body, headers=headers)

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> TestResponse:
        """With the token that changes need."""
        return self.client.ask(method, path, body, headers=self.csrf | headers)


def pointers(answer: TestResponse) -> list[str]:
    return [error["pointer"] for error in answer.json["errors"]]


def admin_of(client: Client, email: str = "admin@example.com") -> tuple[Any, Headers]:
    return person(client, email, role="admin")
