"""Makes the database ready before its first use: the system's tables, and an admin key."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

import migrations
from api.settings import Settings
from models.account import any_admin
from models.key import any_lasting_key, create_key
from models.transaction import translating

MIGRATIONS = Path(migrations.__file__).parent
# Of the two-key advisory locks; models/transaction.py has the others.
PREPARATION_LOCK = text("SELECT pg_advisory_xact_lock(9, 0)")
# Who listens on every address can be asked on this one.
HERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104
WELCOME = """
This is the first start, so here is an API key of an admin. It is shown this once:

    {secret}

Send it as a header:

    curl -H "Authorization: Bearer {secret}" {address}/collections

or open {address}/docs and press Authorize. `pennyworth key create` makes another one.
"""


def preparing(engine_of: Callable[[], Engine], settings: Settings) -> Callable[[], None]:
    """Does it once, as soon as the database answers."""
    lock = Lock()
    done = False

    def prepare() -> None:
        nonlocal done
        if done:
            return
        with lock:
            if not done:
                prepare_database(engine_of(), settings)
                done = True

    return prepare


def prepare_database(engine: Engine, settings: Settings) -> None:
    if _is_ready(engine, settings):
        return
    with _alone(engine) as connection:
        _upgrade(connection)
        if settings.admin_key is None and not _is_governed(connection):
            _welcome(create_key(connection, "the first start's", ["admin"]), settings)


def migrate(engine: Engine) -> None:
    with _alone(engine) as connection:
        _upgrade(connection)


def _is_ready(engine: Engine, settings: Settings) -> bool:
    """Of several workers the first does the work, and the others need not wait for a writer."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    with translating(), engine.connect() as connection:
        options = {"version_table": migrations.VERSIONS}
        context = MigrationContext.configure(connection, opts=options)
        if context.get_current_revision() != head:
            return False
        return settings.admin_key is not None or _is_governed(connection)


def _is_governed(connection: Connection) -> bool:
    """Whether somebody can get in as an admin, now and later."""
    return any_lasting_key(connection) or any_admin(connection)


@contextmanager
def _alone(engine: Engine) -> Iterator[Connection]:
    """Workers start together: one prepares, the others find it done."""
    with translating(), engine.connect() as connection:
        connection = connection.execution_options(writes=True)
        with connection.begin():
            if connection.dialect.name == "postgresql":
                connection.execute(PREPARATION_LOCK)
            yield connection


def _upgrade(connection: Connection) -> None:
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


def _welcome(secret: str, settings: Settings) -> None:
    scheme = "https" if settings.tls_cert else "http"
    host = HERE.get(settings.host, settings.host)
    host = f"[{host}]" if ":" in host else host
    address = f"{scheme}://{host}:{settings.port}"
    print(WELCOME.format(secret=secret, address=address), file=sys.stderr, flush=True)
