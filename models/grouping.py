"""Groups of records instead of records: their keys, and what is aggregated of each."""

from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Select, Subquery, bindparam, func, select

from models.aggregate import Aggregate, aggregated
from models.expression import Member
from models.keyset import Key, behind, ordering
from models.memo import memo
from models.sought import MEMO, Choice, Sought
from models.transaction import Transaction


@dataclass(frozen=True)
class Shape:
    """``keys``: what the records of a group have in common, by the name that it is shown as."""

    keys: tuple[tuple[str, Member], ...]
    aggregates: tuple[Aggregate, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return (*(name for name, _ in self.keys), *(one.name for one in self.aggregates))


@dataclass(frozen=True)
class Grouping(Sought):
    """``order``: by members of the groups, as they are named."""

    shape: Shape
    order: tuple[Key, ...]


class Groups(NamedTuple):
    """``behind``: where the next page begins; None if there is none."""

    rows: list[dict[str, Any]]
    behind: tuple[Any, ...] | None
    total: int | None


def list_groups(transaction: Transaction, grouping: Grouping) -> Groups:
    connection = transaction.connection
    dialect = connection.dialect.name
    parameters = transaction.asks | grouping.parameters(dialect)
    choice, shape = grouping.choice, grouping.shape
    statement = _page(choice, shape, dialect, grouping.order, grouping.nulls)
    wanted = {"LIMIT": grouping.limit + 1, "OFFSET": grouping.offset}
    found = connection.execute(statement, parameters | wanted)
    rows = [dict(zip(shape.names, row, strict=True)) for row in found]
    behind = None
    if len(rows) > grouping.limit:
        rows.pop()
        behind = tuple(rows[-1][key.by.name] for key in grouping.order)
    total = None
    if grouping.count:
        counting = _count(choice, shape, dialect)
        total = connection.execute(counting, parameters).scalar_one()
    return Groups(rows, behind, total)


@memo(MEMO)
def _page(
    choice: Choice,
    shape: Shape,
    dialect: str,
    order: tuple[Key, ...],
    nulls: tuple[bool, ...] | None,
) -> Select[Any]:
    groups = _groups(choice, shape, dialect)
    by = tuple(groups.c[_label(shape.names.index(key.by.name))] for key in order)
    statement = select(groups)
    if nulls is not None:
        statement = statement.where(behind(order, by, nulls))
    ordered = (ordering(key, column) for key, column in zip(order, by, strict=True))
    return statement.order_by(*ordered).limit(bindparam("LIMIT")).offset(bindparam("OFFSET"))


@memo(MEMO)
def _count(choice: Choice, shape: Shape, dialect: str) -> Select[Any]:
    return select(func.count()).select_from(_groups(choice, shape, dialect))


def _groups(choice: Choice, shape: Shape, dialect: str) -> Subquery:
    source = choice.source(dialect)
    by = [source.column(member) for _, member in shape.keys]
    values = [
        aggregated(one, one.field and source.column(Member((), one.field)))
        for one in shape.aggregates
    ]
    members = (member.label(_label(i)) for i, member in enumerate((*by, *values)))
    where = source.where()
    statement = select(*members).select_from(source.joined()).where(*where)
    return (statement.group_by(*by) if by else statement).subquery()


def _label(index: int) -> str:
    """Names may be longer than PostgreSQL's, which it would cut, and take two for one."""
    return f"MEMBER_{index}"
