"""marshmallow fields for the options of a definition: as strict as those for records."""

from collections.abc import Mapping
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields

from models.definition import Items
from schemas.name import name_fault
from schemas.scalar import Strict, refuse
from schemas.value import Document, strict_field


def _option(type: str, **options: Any) -> Strict:
    field = strict_field(Items(type, options))
    field.allow_none = False
    return field


def flag() -> Strict:
    return _option("boolean")


def text(longest: int = 10_000, **options: Any) -> Strict:
    return _option("string", max_length=longest, **options)


def whole(minimum: int, maximum: int = 2**53) -> Strict:
    return _option("integer", minimum=minimum, maximum=maximum)


def one_of(*values: str) -> Strict:
    return _option("string", enum=list(values))


def anything() -> Document:
    return Document(Items("json", {}))


def shape(members: Mapping[str, fields.Field[Any]]) -> Schema:
    return Schema.from_dict(dict(members))(unknown=RAISE)


class Rule(fields.Field[Any]):
    """``true``: anyone; ``false``: admins only; or an expression, which is read later, when it is
    known what it can be about."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> bool | str:
        if not isinstance(value, bool | str):
            refuse("type", "Must be true, false or an expression.")
        return value


class FieldAccess(fields.Field[Any]):
    """true, false, an expression, or one for reading and one for writing."""

    _parts = shape({"read": Rule(), "write": Rule()})

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Any:
        if isinstance(value, dict):
            return self._parts.load(value)
        return Rule().deserialize(value)


class ListOf(fields.Field[Any]):
    """An array with at least one item, each read by ``item``."""

    def __init__(self, item: fields.Field[Any], longest: int = 1000) -> None:
        super().__init__()
        self.item = item
        self.longest = longest

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> list[Any]:
        if not isinstance(value, list):
            refuse("type", "Must be an array.")
        if len(value) > self.longest:
            refuse("max_items", f"Must have at most {self.longest} items.")
        items, errors = [], {}
        for index, one in enumerate(value):
            try:
                items.append(self.item.deserialize(one))
            except ValidationError as error:
                errors[index] = error.messages
        if errors:
            raise ValidationError(errors)
        return items


class Typed(fields.Field[Any]):
    """An object whose ``type`` says which other members it may have."""

    def __init__(self, schemas: Mapping[str, Schema], default: str | None = None) -> None:
        super().__init__()
        self.schemas = schemas
        self.default = default

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Any:
        if not isinstance(value, dict):
            refuse("type", "Must be a JSON object.")
        type = value.get("type", self.default)
        if not isinstance(type, str) or type not in self.schemas:
            detail = f"Must be one of {', '.join(self.schemas)}."
            raise ValidationError({"type": [("enum", detail)]})
        return self.schemas[type].load(value)


class ByName(fields.Field[Any]):
    """An object of fields: name -> definition."""

    def __init__(self, one: fields.Field[Any]) -> None:
        super().__init__()
        self.one = one

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            refuse("type", "Must be a JSON object.")
        read, errors = {}, {}
        for name, body in value.items():
            fault = name_fault(name)
            try:
                if fault:
                    refuse("name", fault)
                read[name] = self.one.deserialize(body)
            except ValidationError as error:
                errors[name] = error.messages
        if errors:
            raise ValidationError(errors)
        return read
