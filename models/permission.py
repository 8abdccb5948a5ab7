"""Whether rules are true of a record: of a stored one, or of one that is to be written."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, bindparam, case, cast, literal, select

from models.condition import allowed, followed_name, holds
from models.definition import Definition
from models.expression import Rows, Rule
from models.memo import memo
from models.table import MEMO, table_of
from models.transaction import Transaction

Rules = tuple[Rule, ...]


def verdicts(rules: Rules, row: FromClause) -> list[ColumnElement[int]]:
    """A column for each: 1 where it is true, 0 where it is false or unknown."""
    return [
        case((holds(rule, row), 1), else_=0).label(f"VERDICT_{i}") for i, rule in enumerate(rules)
    ]


def holding(rules: Rules, told: Sequence[int]) -> frozenset[Rule]:
    return frozenset(rule for rule, verdict in zip(rules, told, strict=True) if verdict)


def _select(*columns: Any) -> Select[Any]:
    return select(*columns)


@memo(MEMO)
def _judge_new(definition: Definition, rules: Rules) -> Select[Any]:
    """A row of bound values is what the rules are asked of."""
    columns = table_of(definition).c
    bound: list[Any] = [literal(1)]
    for name in sorted({name for rule in rules for name in rule.columns}):
        for label in (name, followed_name(name)):
            value = bindparam(f"NEW_{label}", type_=columns[name].type)
            bound.append(cast(value, columns[name].type).label(label))
    row = select(*bound).subquery()
    return _select(*verdicts(rules, row)).select_from(row)


@memo(MEMO)
def _judge_stored(definition: Definition, rules: Rules) -> Select[Any]:
    table = table_of(definition)
    return _select(*verdicts(rules, table)).where(table.c["id"] == bindparam("KEY"))


@memo(MEMO)
def _visible(rows: Rows) -> Select[Any]:
    table = table_of(rows.definition)
    some = table.c["id"].in_(bindparam("KEYS", expanding=True))
    return select(table.c["id"]).where(some, *allowed(rows, table))


def judge_new(
    transaction: Transaction,
    definition: Definition,
    record: Mapping[str, Any],
    rules: Rules,
    unseen: Collection[str] = (),
) -> frozenset[Rule]:
    """Those that are true of it, though it is not stored (yet, or not so). None of them is late.
    ``unseen``: the fields that lead to nothing for whoever writes it."""
    if not rules:
        return frozenset()
    values = {name: record.get(name) for rule in rules for name in rule.columns}
    followed = {followed_name(n): None if n in unseen else v for n, v in values.items()}
    bound = {f"NEW_{name}": value for name, value in (values | followed).items()}
    statement = _judge_new(definition, rules)
    told = transaction.connection.execute(statement, transaction.asks | bound).one()
    return holding(rules, told)


def judge_stored(
    transaction: Transaction, definition: Definition, key: Any, rules: Rules
) -> frozenset[Rule]:
    if not rules:
        return frozenset()
    statement = _judge_stored(definition, rules)
    told = transaction.connection.execute(statement, transaction.asks | {"KEY": key}).first()
    return frozenset() if told is None else holding(rules, told)


def visible(transaction: Transaction, rows: Rows, keys: Collection[Any]) -> set[Any]:
    """Those of the keys whose records are among ``rows``."""
    if not keys:
        return set()
    parameters = transaction.asks | {"KEYS": list(keys)}
    return set(transaction.connection.execute(_visible(rows), parameters).scalars())
