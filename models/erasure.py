"""What goes, or changes, with a record that is deleted.

The database itself deletes (``cascade``) or empties (``set_null``) what refers to it. But each of
those records changed, and whoever follows changes must learn of it: so first it is found out which
they are, those that will die get their tombstone, and those that live their new revision.
"""

from collections import deque
from typing import Any

from sqlalchemy import Select, Update, bindparam, select, update

from models.collection import referring
from models.conflict import Place, in_parts
from models.definition import Definition
from models.memo import memo
from models.revision import next_revisions
from models.table import MEMO, table_of
from models.tombstone import bury, tombstone
from models.transaction import Transaction


@memo(MEMO)
def _referring_ids(definition: Definition, field: str) -> Select[Any]:
    columns = table_of(definition).c
    where = columns[field].in_(bindparam("KEYS", expanding=True))
    return select(columns["id"]).where(where).order_by(columns["id"]).with_for_update()


@memo(MEMO)
def _set_null(definition: Definition, field: str) -> Update:
    table = table_of(definition)
    new: dict[str, Any] = {
        field: None,
        "revision": bindparam("REVISION"),
        "updated_at": bindparam("NOW"),
    }
    return update(table).where(table.c["id"] == bindparam("KEY")).values(new)


def erase_dependents(transaction: Transaction, definition: Definition, key: Any) -> set[Place]:
    """All that will die, with the record itself, which the caller has locked and is to delete."""
    reached, emptied = _reach(transaction, definition, key)
    dying = reached - {(definition.name, key)}
    connection = transaction.connection
    living = [(place, field) for place, field in emptied if place not in reached]
    for (collection, field), keys in _by_column(living).items():
        _empty(transaction, collection, field, keys)
    if dying:
        revisions = next_revisions(connection, len(dying))
        places = sorted(dying, key=str)
        bury(
            connection,
            [
                tombstone(*place, r, transaction.now)
                for place, r in zip(places, revisions, strict=True)
            ],
        )

    return reached


def _by_column(emptied: list[tuple[Place, str]]) -> dict[tuple[str, str], list[Any]]:
    columns: dict[tuple[str, str], list[Any]] = {}
    for (collection, key), field in emptied:
        columns.setdefault((collection, field), []).append(key)
    return columns


def _empty(transaction: Transaction, collection: str, field: str, keys: list[Any]) -> None:
    revisions = next_revisions(transaction.connection, len(keys))
    transaction.connection.execute(
        _set_null(transaction.definitions[collection], field),
        [
            {"KEY": key, "REVISION": revision, "NOW": transaction.now}
            for key, revision in zip(keys, revisions, strict=True)
        ],
    )


def _ids(transaction: Transaction, statement: Select[Any], keys: list[Any]) -> list[Any]:
    found: list[Any] = []
    for some in in_parts(keys):
        found += transaction.connection.execute(statement, {"KEYS": some}).scalars()
    return found


def _reach(
    transaction: Transaction, definition: Definition, key: Any
) -> tuple[set[Place], list[tuple[Place, str]]]:
    dying: set[Place] = {(definition.name, key)}
    emptied: list[tuple[Place, str]] = []
    waiting = deque([(definition.name, [key])])
    while waiting:
        collection, keys = waiting.popleft()
        for other, field in referring(transaction.definitions, collection):
            on_delete = other.fields[field].on_delete
            if on_delete == "restrict":
                continue
            ids = _ids(transaction, _referring_ids(other, field), keys)
            places = [(other.name, one) for one in ids]
            if on_delete == "set_null":
                emptied += [(place, field) for place in places]
                continue
            fresh = [place for place in places if place not in dying]
            dying.update(fresh)
            if fresh:
                waiting.append((other.name, [one for _, one in fresh]))
    return dying, emptied
