"""``pennyworth admin create``; the first start; and a database from before there were accounts."""

from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from click.testing import CliRunner, Result
from conftest import Client, dispose, make_app
from signing import PASSWORD, add_user, bearer, sign_in

from api import create_app
from api.cli import cli
from api.preparation import MIGRATIONS
from api.settings import read_settings
from models.database import db


def run(url: str, *arguments: str, input: str | None = None) -> Result:
    environ = {"PENNYWORTH_DATABASE_URL": url}
    return CliRunner().invoke(cli, ["admin", "create", *arguments], input=input, env=environ)


def test_it_makes_an_admin(empty_url: str) -> None:
    made = run(empty_url, "Ann@Example.com", "--name", "Ann", "--password-stdin", input=PASSWORD)
    assert made.exit_code == 0, made.output
    assert PASSWORD not in made.output
    client = Client(make_app(empty_url))
    me = client.get("/auth/me", headers=sign_in(client, "ann@example.com")).json
    assert (me["email"], me["name"], me["role"]) == ("Ann@Example.com", "Ann", "admin")
    dispose(client.app)


def test_it_asks_for_the_password_twice(empty_url: str) -> None:
    differing = run(empty_url, "ann@example.com", input=f"{PASSWORD}\nanother one\n")
    assert differing.exit_code == 1
    made = run(empty_url, "ann@example.com", input=f"{PASSWORD}\n{PASSWORD}\n")
    assert made.exit_code == 0, made.output
    assert PASSWORD not in made.output, "it is not shown"
    client = Client(make_app(empty_url))
    sign_in(client, "ann@example.com")
    dispose(client.app)


@pytest.mark.parametrize(
    ("email", "password", "said"),
    [
        ("ann", PASSWORD, "email: Must be a valid e-mail address."),
        ("ann@example.com", "short", "password: Must have at least 10 characters."),
        ("ann@example.com", "", "password: "),
    ],
)
def test_it_says_what_is_wrong(empty_url: str, email: str, password: str, said: str) -> None:
    refused = run(empty_url, email, "--password-stdin", input=f"{password}\n")
    assert refused.exit_code == 2
    assert said in refused.output


def test_an_address_that_is_taken(empty_url: str) -> None:
    assert run(empty_url, "ann@example.com", "--password-stdin", input=PASSWORD).exit_code == 0
    refused = run(empty_url, "ANN@example.com", "--password-stdin", input=PASSWORD)
    assert refused.exit_code == 2
    assert "taken" in refused.output


def first_start(url: str, capsys: pytest.CaptureFixture[str]) -> str:
    """What it prints, without a key in the environment."""
    app = create_app(read_settings({"PENNYWORTH_DATABASE_URL": url}))
    with app.app_context():
        app.extensions["pennyworth.prepare"]()
    dispose(app)
    return capsys.readouterr().err


def test_where_an_admin_can_sign_in_no_key_is_printed(
    empty_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    run(empty_url, "ann@example.com", "--password-stdin", input=PASSWORD)
    assert "pw_" not in first_start(empty_url, capsys)
    client = Client(make_app(empty_url))
    client.execute("DELETE FROM pw__users")
    dispose(client.app)
    assert "pw_" in first_start(empty_url, capsys)
    assert "pw_" not in first_start(empty_url, capsys)


def test_a_key_of_an_account_is_no_admins_way_in(
    empty_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    client = Client(make_app(empty_url))
    add_user(client, "ann@example.com")
    ann = sign_in(client, "ann@example.com")
    body = {"name": "k", "scopes": ["admin"]}
    assert client.post("/auth/keys", body, headers=ann).status_code == 201
    limited = {"name": "k", "scopes": ["*:write"]}
    assert client.post("/auth/keys", limited).status_code == 201
    dispose(client.app)
    assert "pw_" in first_start(empty_url, capsys)


def config(connection: Any) -> Config:
    made = Config()
    made.set_main_option("script_location", str(MIGRATIONS))
    made.attributes["connection"] = connection
    return made


USERS = [
    ("1", "Ann@Example.com", "ann@example.com"),
    ("2", "bob@bücher.example", "bob@xn--bcher-kva.example"),
    ("3", "no address", "no address"),
]


def test_a_database_from_before_there_were_accounts(empty_url: str) -> None:
    client = Client(make_app(empty_url))
    text = {"type": "string", "search": True}
    by = {"type": "reference", "to": "users", "on_delete": "cascade"}
    client.define("notes", key={"type": "integer"}, fields={"by": by})
    key = client.post("/auth/keys", {"name": "k", "scopes": ["admin"]}).json["secret"]
    with client.app.app_context(), db.engine.connect() as connection:
        connection = connection.execution_options(writes=True)
        with connection.begin():
            command.downgrade(config(connection), "0004")
            off = "0" if client.database == "sqlite" else "false"
            then = "2026-01-01T00:00:00.000000Z"
            for n, email, _ in USERS:
                id = f"01890a5d-ac96-774b-bcce-b302099a805{n}"
                connection.exec_driver_sql(
                    "INSERT INTO pw__users (id, email, name, password, disabled, created_at,"
                    f" updated_at) VALUES ('{id}', '{email}', 'x', 'y', {off}, '{then}', '{then}')"
                )
    client.define("texts", key={"type": "integer"}, fields={"title": text})
    dispose(client.app)
    client = Client(make_app(empty_url))
    listed = client.get("/auth/users?sort=id").json["items"]
    assert [one["email"] for one in listed] == [email for _, email, _ in USERS]
    rows = client.sql("SELECT address, revision FROM pw__users ORDER BY id")
    assert rows == [(normal, 1) for _, _, normal in USERS]
    assert client.get("/auth/me", headers=bearer(key)).status_code == 200
    made = client.post("/api/notes", {"by": listed[0]["id"]})
    assert made.status_code == 201
    taken = client.post("/auth/users", {"email": "ann@example.com", "password": PASSWORD})
    assert taken.status_code == 409
    changed = client.patch(f"/auth/users/{listed[2]['id']}", {"name": "z"})
    assert changed.status_code == 200, "what is kept need not be an address"
    password = {"email": "c@c.c", "password": PASSWORD, "role": "admin"}
    assert client.patch(f"/auth/users/{listed[2]['id']}", password).status_code == 200
    sign_in(client, "c@c.c")
    assert client.delete(f"/auth/users/{listed[0]['id']}").status_code == 204
    assert client.get(made.headers["Location"]).status_code == 410
    dispose(client.app)
