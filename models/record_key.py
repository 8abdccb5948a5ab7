"""The keys of records: made by the server, counted by it, or brought by the client."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, TextClause, bindparam, select, text, update
from uuid_utils import uuid7

from models.collection import Collection
from models.ddl import key_sequence, quoted
from models.definition import Definition
from models.memo import memo
from models.table import MEMO, table_of
from models.tombstone import rise
from models.transaction import COUNTER_LOCK, EXCLUDE

# A key brought by a client does not push the counter beyond what JavaScript can count, so there
# is always a next one.
HIGHEST_COUNTED = 2**52
COUNT = (
    update(Collection)
    .where(Collection.name == bindparam("of"))
    .values(last_key=Collection.last_key + bindparam("n"))
    .returning(Collection.last_key)
    .execution_options(synchronize_session=False)
)
PUSH = (
    update(Collection)
    .where(Collection.name == bindparam("of"), Collection.last_key < bindparam("at_least"))
    .values(last_key=bindparam("at_least"))
    .execution_options(synchronize_session=False)
)


@memo(MEMO)
def _next_values(definition: Definition) -> TextClause:
    sequence = quoted(key_sequence(definition.name))
    return text(f"SELECT nextval('{sequence}') FROM generate_series(1, :n)")


@memo(MEMO)
def _push_sequence(definition: Definition) -> TextClause:
    sequence = quoted(key_sequence(definition.name))
    return text(
        f"SELECT setval('{sequence}', :at_least) FROM {sequence}"
        " WHERE last_value < :at_least OR NOT is_called AND last_value = :at_least"
    )


def new_key(connection: Connection, definition: Definition) -> Any:
    return new_keys(connection, definition, 1)[0]


def new_keys(connection: Connection, definition: Definition, n: int) -> list[Any]:
    if definition.key.type == "uuid":
        return [str(uuid7()) for _ in range(n)]
    keys = _count(connection, definition, n)
    # The counter stands above every key that it made or was told of, so a key that is taken all
    # the same was brought from beyond HIGHEST_COUNTED.
    while taken := _taken(connection, definition, keys):
        keys = [key for key in keys if key not in taken]
        keys += _count(connection, definition, n - len(keys))
    return keys


def _count(connection: Connection, definition: Definition, n: int) -> list[int]:
    if connection.dialect.name == "postgresql":
        return list(connection.execute(_next_values(definition), {"n": n}).scalars())
    last = connection.execute(COUNT, {"of": definition.name, "n": n}).scalar_one()
    return list(range(last - n + 1, last + 1))


def _taken(connection: Connection, definition: Definition, keys: list[int]) -> set[int]:
    if keys[-1] <= HIGHEST_COUNTED:
        return set()
    column = table_of(definition).c["id"]
    return set(connection.execute(select(column).where(column.in_(keys))).scalars())


def bring_keys(connection: Connection, definition: Definition, keys: Sequence[Any]) -> None:
    """What a client chose: the counter steps over it, and a deleted record of that key is back."""
    rise(connection, definition.name, keys)
    if definition.key.type != "integer":
        return
    highest = max((key for key in keys if key <= HIGHEST_COUNTED), default=0)
    if highest <= 0:
        return
    parameters = {"at_least": highest}
    if connection.dialect.name == "postgresql":
        # setval reads and then sets; without the lock a lower value could come last.
        connection.execute(EXCLUDE, {"what": COUNTER_LOCK, "name": definition.name})
        connection.execute(_push_sequence(definition), parameters)
    else:
        connection.execute(PUSH, parameters | {"of": definition.name})
