"""Many records in one transaction: statements in batches, and by itself the one that fails."""

from collections.abc import Callable, Collection, Sequence
from typing import Any, NamedTuple

from sqlalchemy.exc import IntegrityError

from models.conflict import failures_of
from models.definition import Definition
from models.record import Record, insert_statement, update_parameters, update_statement
from models.record_key import bring_keys, new_keys
from models.refusal import Failure
from models.revision import next_revisions
from models.table import SYSTEM
from models.transaction import Transaction


class Item(NamedTuple):
    """What is to be stored, from which line. ``key`` None: the server makes it. ``stored``: the
    record that it replaces, if it does."""

    line: int
    key: Any
    values: dict[str, Any]
    stored: Record | None = None


FORBIDDEN = Failure("", "forbidden", "A record such as this is not yours to store.")


class Failed(NamedTuple):
    line: int
    errors: Sequence[Failure]


class Unpermitted(Exception):
    """What was stored must not be."""


Permit = Callable[[Item, Any], None]
"""Raises ``Unpermitted``, told an item and the key that it is stored under."""


def store_all(
    transaction: Transaction,
    definition: Definition,
    items: list[Item],
    permit: Permit | None = None,
) -> tuple[list[Item], list[Failed]]:
    """Those that were stored, and those that the database did not take. ``permit``: for what can
    only be known of what is stored."""
    if not items:
        return [], []
    pairs = list(zip(items, _records(transaction, definition, items), strict=True))
    if permit is not None:
        return _one_by_one(transaction, definition, pairs, permit)
    try:
        with transaction.connection.begin_nested():
            _execute(transaction, definition, pairs)
        return items, []
    except IntegrityError:
        return _one_by_one(transaction, definition, pairs, lambda item, key: None)


def failures_without(
    transaction: Transaction, definition: Definition, item: Item, unseen: Collection[str]
) -> list[Failure]:
    """All that is in the way of an item that is not to be stored, since what its fields
    ``unseen`` refer to is not there for whoever asks."""
    record = {"id": item.key, **item.values, **dict.fromkeys(SYSTEM)}
    return failures_of(transaction.connection, definition, record, item.stored is None, unseen)


Pair = tuple[Item, dict[str, Any]]


def _records(
    transaction: Transaction, definition: Definition, items: list[Item]
) -> list[dict[str, Any]]:
    connection = transaction.connection
    brought = [item.key for item in items if item.key is not None and item.stored is None]
    if brought:
        bring_keys(connection, definition, brought)
    keyless = sum(item.key is None for item in items)
    made = iter(new_keys(connection, definition, keyless) if keyless else ())
    revisions = next_revisions(connection, len(items))
    return [
        {
            "id": next(made) if item.key is None else item.key,
            **item.values,
            "revision": revision,
            "created_at": item.stored["created_at"] if item.stored else transaction.now,
            "updated_at": transaction.now,
        }
        for item, revision in zip(items, revisions, strict=True)
    ]


def _execute(transaction: Transaction, definition: Definition, pairs: list[Pair]) -> None:
    new = [record for item, record in pairs if item.stored is None]
    old = [update_parameters(record, i.stored) for i, record in pairs if i.stored is not None]
    if new:
        transaction.connection.execute(insert_statement(definition), new)
    if old:
        transaction.connection.execute(update_statement(definition), old)


def _one_by_one(
    transaction: Transaction, definition: Definition, pairs: list[Pair], permit: Permit
) -> tuple[list[Item], list[Failed]]:
    done, failed = [], []
    for item, record in pairs:
        try:
            with transaction.connection.begin_nested():
                _execute(transaction, definition, [(item, record)])
                permit(item, record["id"])
            done.append(item)
        except Unpermitted:
            failed.append(Failed(item.line, [FORBIDDEN]))
        except IntegrityError:
            new = item.stored is None
            failures = failures_of(transaction.connection, definition, record, new)
            failed.append(Failed(item.line, failures))
    return done, failed
