"""The command ``pennyworth``."""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import NoReturn

import click
from flask import Flask
from prometheus_client import values

from api import create_app
from api.check.command import check_command
from api.openapi import fixed_document
from api.preparation import migrate as upgrade
from api.serve import serve as run_server
from api.settings import Nonsense, Settings, duration, read_settings, settings_table
from models.account import add_account
from models.caller import ADMIN, ADMIN_ROLE, Moment
from models.database import db
from models.key import create_key
from models.password import hashed
from models.refusal import Refusal
from models.transaction import Transaction, writing
from schemas.account import to_sign_up

METRICS = "PROMETHEUS_MULTIPROC_DIR"


def main() -> None:
    try:
        cli(prog_name="pennyworth")
    except Nonsense as nonsense:
        stop(str(nonsense))
    except Refusal as refusal:
        stop(refusal.detail)


def stop(sentence: str) -> NoReturn:
    print(sentence, file=sys.stderr)
    sys.exit(2)


@click.group(help="A self-hosted REST backend. Settings are environment variables.")
def cli() -> None:
    pass


cli.add_command(check_command)


@cli.command(help="Serve. With --debug: Flask's development server, reloader and debugger.")
@click.option("--debug", is_flag=True)
def serve(debug: bool) -> None:
    settings = read_settings()
    if debug:
        serve_in_debug(settings)
        return
    prepare(create_app(settings))
    with_metrics(settings)


def serve_in_debug(settings: Settings) -> None:
    tls = (settings.tls_cert, settings.tls_key) if settings.tls_cert else None
    app = create_app(settings)
    prepare(app)
    app.run(settings.host, settings.port, debug=True, ssl_context=tls)  # type: ignore[arg-type]


def prepare(app: Flask) -> None:
    """Before the workers start, so that the first key is shown once. A database that is down is
    no reason not to start: each request tries again."""
    with app.app_context():
        try:
            app.extensions["pennyworth.prepare"]()
        except Refusal as refusal:
            print(f"{refusal.detail} Serving all the same; it heals.", file=sys.stderr)
        finally:
            db.engine.dispose()


def with_metrics(settings: Settings) -> None:
    """Workers count in files of one directory, so that /metrics is of all of them."""
    directory = tempfile.mkdtemp(prefix="pennyworth-metrics-")
    owner = os.getpid()
    os.environ[METRICS] = directory
    # Chosen when the library was imported, which was before there was a directory.
    values.ValueClass = values.MultiProcessValue()
    try:
        run_server(settings)
    finally:
        # A worker comes by here as well, when it ends, and others are still counting.
        if os.getpid() == owner:
            shutil.rmtree(directory, ignore_errors=True)


@cli.command(help="Bring the system's own tables up to date. `serve` does so, too.")
def migrate() -> None:
    with create_app(read_settings()).app_context():
        upgrade(db.engine)
    click.echo("The database is up to date.")


@cli.command(help="Print the OpenAPI document of a server without collections, as YAML.")
def openapi() -> None:
    click.echo(fixed_document(), nl=False)


@cli.command(name="settings", help="Print every setting, with its default and meaning.")
def print_settings() -> None:
    click.echo(settings_table())


@contextmanager
def changing_the_database() -> Iterator[Transaction]:
    """Which may be new, or older than this program."""
    with create_app(read_settings()).app_context():
        try:
            upgrade(db.engine)
            with writing(db.engine) as opened:
                yield opened
        finally:
            db.engine.dispose()


class Duration(click.ParamType):
    name = "time"

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> timedelta:
        try:
            return duration(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


@cli.group(help="Accounts of admins.")
def admin() -> None:
    pass


@admin.command(name="create", help="Make an account of an admin, who signs in by e-mail.")
@click.argument("email")
@click.option("--name", help="What the admin is called.")
@click.option("--password-stdin", is_flag=True, help="Read the password from the standard input.")
def create_admin(email: str, name: str | None, password_stdin: bool) -> None:
    password = _password(password_stdin)
    body = {"email": email, "password": password, "name": name, "role": ADMIN_ROLE}
    try:
        _, values = to_sign_up(body, Moment(datetime.now(UTC), ADMIN), by_admin=True)
    except Refusal as refusal:
        stop("\n".join(f"{one.pointer[1:]}: {one.detail}" for one in refusal.errors))
    values["password"] = hashed(password)
    with changing_the_database() as opened:
        try:
            add_account(opened, None, values)
        except Refusal as refusal:
            stop(" ".join(one.detail for one in refusal.errors) or refusal.detail)
    click.echo(f"{email} is an admin, and can sign in.")


def _password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    asked: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return asked


@cli.group(help="API keys.")
def key() -> None:
    pass


@key.command(help="Make a key of an admin, and print it: it is shown this once.")
@click.option("--name", default="from the command line", show_default=True)
@click.option(
    "--expires-in",
    type=Duration(),
    help="For how long it works, such as 12h or 30d. Default: for ever.",
)
def create(name: str, expires_in: timedelta | None) -> None:
    expires_at = datetime.now(UTC) + expires_in if expires_in else None
    with changing_the_database() as opened:
        secret = create_key(opened.connection, name, ["admin"], expires_at)
    click.echo(secret)
