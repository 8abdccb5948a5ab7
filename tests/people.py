"""Accounts for tests, and what each of them sends to say who it is."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from conftest import Client

PASSWORD = "long enough for a test"


@dataclass(frozen=True)
class Person:
    id: str
    headers: dict[str, str]


def sign_up(client: Client, name: str, role: str | None = None) -> Person:
    """Made by an admin, signed in by itself."""
    email = f"{name}@example.com"
    account = {"email": email, "password": PASSWORD, "name": name.capitalize(), "role": role}
    made = client.post("/auth/users", account)
    assert made.status_code == 201, made.text
    known = {"email": email, "password": PASSWORD}
    session = client.post("/auth/sessions", known, headers={})
    assert session.status_code == 201, session.text
    return Person(made.json["id"], {"Authorization": f"Bearer {session.json['token']}"})


@contextmanager
def people(client: Client, **roles: str | None) -> Iterator[dict[str, Person]]:
    """Name -> person. Nothing may refer to them any more when they go."""
    found = {name: sign_up(client, name, role) for name, role in roles.items()}
    yield found
    for person in found.values():
        assert client.delete(f"/auth/users/{person.id}").status_code == 204
