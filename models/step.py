"""What a plan to change a definition consists of."""

from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Executable

from models.ddl import DIALECTS


class Violation(NamedTuple):
    """``ids`` selects the ids of the records that are in the way."""

    pointer: str
    detail: str
    ids: str


@dataclass(frozen=True)
class Step:
    """``loses`` counts the records that would lose something. ``rebuilds``: the table is made
    anew, and what hangs on it is gone."""

    action: str
    field: str | None = None
    run: tuple[str | Executable, ...] = ()
    loses: str | None = None
    violation: Violation | None = None
    rebuilds: bool = False

    def sql(self, dialect: str) -> list[str]:
        return [one if isinstance(one, str) else _text(one, dialect) for one in self.run]


def _text(statement: Any, dialect: str) -> str:
    return str(statement.compile(dialect=DIALECTS[dialect], compile_kwargs={"literal_binds": True}))
