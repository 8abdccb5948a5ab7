"""Functions of SQL that are written in another way on each of the databases."""

from typing import Any, ClassVar

from sqlalchemy import Boolean, ColumnElement, Integer
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine

from models.column_type import TEXT


class DialectFunction(FunctionElement[Any]):
    """``{0}`` stands for the first argument. ``type`` follows from those, or it would have to be
    part of what compiled statements are kept by."""

    sqlite: ClassVar[str]
    postgresql: ClassVar[str]

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        # SQLAlchemy wants to be told by each class itself.
        cls.inherit_cache = True

    def typed(self, type: TypeEngine[Any]) -> ColumnElement[Any]:
        self.type = type
        return self


@compiles(DialectFunction)
def _(element: DialectFunction, compiler: Any, **kw: Any) -> str:
    arguments = (compiler.process(one, **kw) for one in element.clauses)
    return str(getattr(element, compiler.dialect.name).format(*arguments))


class contains(DialectFunction):
    """What is looked for is folded."""

    type = Boolean()
    sqlite = "pw__contains({0}, {1})"
    postgresql = "(strpos(pw__casefold({0}), {1}) > 0)"


class folded(DialectFunction):
    """Text without its case (models/folding.py)."""

    type = TEXT
    sqlite = postgresql = "pw__casefold({0})"


class has(DialectFunction):
    type = Boolean()
    sqlite = "pw__has({0}, {1})"
    postgresql = "({1} = ANY ({0}))"


class rescaled(DialectFunction):
    """A decimal times a power of ten where it is an integer of its smallest unit."""

    type = Integer()
    sqlite = "({0} * {1})"
    postgresql = "{0}"


class by_code_point(DialectFunction):
    """What is bound has no collation of its own."""

    type = TEXT
    sqlite = "{0}"
    postgresql = '({0} COLLATE "C")'


class total(DialectFunction):
    sqlite = "pw__sum({0})"
    postgresql = "sum({0})"


class total_of_numbers(DialectFunction):
    sqlite = "pw__sum_of_numbers({0})"
    postgresql = "sum(pw__decimal({0}))"


class average(DialectFunction):
    """``{1}``: how many more places it has, ``{2}``: how many in all."""

    sqlite = "pw__average({0}, {1})"
    postgresql = "pw__average(sum({0}), count({0}), {2})"


class average_of_numbers(DialectFunction):
    sqlite = "pw__average_of_numbers({0})"
    postgresql = "pw__average(sum(pw__decimal({0})), count({0}), {2})"
