"""Carries out what a changed definition means, or says what is in the way."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Executable, text
from sqlalchemy.exc import IntegrityError

from models.collection import referring, remove, store
from models.ddl import quoted
from models.definition import Definition
from models.plan import plan
from models.refusal import Failure, Refusal
from models.revision import next_revision
from models.step import Step
from models.table import table_name
from models.tombstone import forget_collection
from models.transaction import Transaction

FIRST_IDS = 5


@dataclass(frozen=True)
class Change:
    """From one definition of a collection to another; None: it is not there."""

    old: Definition | None
    new: Definition | None
    fills: Mapping[str, Any]
    allow_data_loss: bool = False

    @property
    def name(self) -> str:
        present = self.new or self.old
        assert present is not None
        return present.name


def apply(transaction: Transaction, change: Change) -> None:
    """All of it, or a refusal and nothing: in one transaction, on both databases."""
    connection = transaction.connection
    steps = plan(change.old, change.new, connection.dialect.name, dict(change.fills))
    if change.new is None:
        _refuse_if_referred_to(transaction, change.name)
    if not change.allow_data_loss:
        _refuse_to_lose(transaction, change, steps)
    for step in steps:
        _refuse_if_violated(transaction, step)
        try:
            for statement in step.run:
                _run(connection, statement)
        except IntegrityError as error:
            raise Refusal(
                "violated-by-data", f"Stored records violate it: {step.action}."
            ) from error
    _refuse_dangling(transaction, change)
    _record(transaction, change)


def _refuse_dangling(transaction: Transaction, change: Change) -> None:
    """SQLite does not look at foreign keys while a table is made anew (PostgreSQL does)."""
    if transaction.connection.dialect.name != "sqlite" or change.new is None:
        return
    check = f"PRAGMA foreign_key_check({quoted(table_name(change.name))})"
    if transaction.connection.exec_driver_sql(check).first() is not None:
        raise Refusal("violated-by-data", "Some references would lead to nothing.")


def _run(connection: Connection, statement: str | Executable) -> None:
    if isinstance(statement, str):
        connection.exec_driver_sql(statement)
    else:
        connection.execute(statement)


def _record(transaction: Transaction, change: Change) -> None:
    connection = transaction.connection
    revision = next_revision(connection)
    if change.new is None:
        forget_collection(connection, change.name)
        remove(connection, change.name, revision)
    else:
        store(connection, change.name, change.new.body, revision, transaction.now)


def _refuse_if_referred_to(transaction: Transaction, name: str) -> None:
    others = [(o.name, f) for o, f in referring(transaction.definitions, name) if o.name != name]
    if others:
        detail = "Other collections refer to it: " + ", ".join(f"{o}.{f}" for o, f in others) + "."
        failures = [Failure("", "restricted", f"{o}.{f} refers to {name}.") for o, f in others]
        raise Refusal("conflict", detail, failures)


def _refuse_to_lose(transaction: Transaction, change: Change, steps: list[Step]) -> None:
    losses: dict[str, int] = {}
    failures = []
    for step in steps:
        if step.loses is None:
            continue
        n = transaction.connection.execute(text(step.loses)).scalar_one()
        if not n:
            continue
        what = f"`{step.field}`" if step.field else "all they hold"
        pointer = f"/fields/{step.field}" if step.field else ""
        failures.append(Failure(pointer, step.action, f"{n} {_records(n)} would lose {what}."))
        losses[step.field or change.name] = n
    if failures:
        detail = " ".join(failure.detail for failure in failures)
        raise Refusal("would-lose-data", detail, failures, losses=losses)


def _refuse_if_violated(transaction: Transaction, step: Step) -> None:
    if step.violation is None:
        return
    pointer, detail, ids = step.violation
    found = transaction.connection.execute(text(f"SELECT count(*) FROM ({ids}) AS v")).scalar_one()
    if not found:
        return
    first = transaction.connection.execute(text(f"{ids} LIMIT {FIRST_IDS}")).scalars()
    raise Refusal(
        "violated-by-data",
        f"{found} {_records(found)} violate it. {detail}",
        [Failure(pointer, step.action, detail)],
        violations=found,
        ids=[str(one) for one in first],
    )


def _records(n: int) -> str:
    return "record" if n == 1 else "records"
