"""Field type -> its strict marshmallow field; and those that hold other values."""

import re
from collections.abc import Iterable
from contextlib import suppress
from decimal import Decimal
from typing import Any

import orjson
from marshmallow import ValidationError

from models.definition import Field, Items
from schemas.failure import MOST_FAILURES
from schemas.scalar import (
    HIGHEST,
    LOWEST,
    Day,
    Exact,
    Instant,
    Integer,
    Number,
    Strict,
    String,
    Truth,
    Uuid,
    refuse,
)

# What may hold U+0000, or an integer beyond 64 bits.
DOUBTFUL = re.compile(rb"\\u0000|[0-9]{19}")


def _as_float(value: Any) -> float:
    if not isinstance(value, Decimal):
        raise TypeError
    return float(value) + 0.0


class Document(Strict):
    """Any JSON value but null, which is the field's own null."""

    expects = "JSON"

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Any:
        return self.parse(value)

    def parse(self, value: Any) -> Any:
        if isinstance(value, list | dict):
            # What is fine, as nearly all is, a JSON writer and reader tell much sooner.
            with suppress(TypeError):
                text = orjson.dumps(value, default=_as_float)
                if not DOUBTFUL.search(text):
                    return orjson.loads(text)
        return self.read(value, [MOST_FAILURES])

    def read(self, value: Any, left: list[int]) -> Any:
        """``left``: how many more failures are worth collecting, counted down in place."""
        if isinstance(value, list):
            return self._each(value, enumerate(value), left)
        if isinstance(value, dict):
            return self._each(value, value.items(), left)
        if isinstance(value, str):
            return String.parse(self, value)  # type: ignore[arg-type]
        if isinstance(value, bool) or value is None:
            return value
        if isinstance(value, int):
            if not LOWEST <= value <= HIGHEST:
                refuse("range", "An integer beyond 64 bits cannot be kept.")
            return value
        return float(value) + 0.0

    def _each(self, value: Any, pairs: Iterable[tuple[Any, Any]], left: list[int]) -> Any:
        kept: list[tuple[Any, Any]] = []
        errors: dict[Any, Any] = {}
        for name, inner in pairs:
            holds = isinstance(inner, list | dict)
            try:
                if isinstance(name, str) and "\0" in name:
                    holds = False
                    String.parse(self, name)  # type: ignore[arg-type]
                kept.append((name, self.read(inner, left)))
            except ValidationError as error:
                errors[name] = error.messages
                # What is wrong inside was counted there.
                left[0] -= not holds
                if left[0] < 0:
                    break
        if errors:
            raise ValidationError(errors)
        return dict(kept) if isinstance(value, dict) else [inner for _, inner in kept]


class Array(Strict):
    expects = "an array"

    def __init__(self, spec: Field | Items) -> None:
        super().__init__(spec)
        if not isinstance(spec, Field) or spec.items is None:
            raise TypeError("an array has items")
        self.item = strict_field(spec.items)

    def parse(self, value: Any) -> list[Any]:
        if not isinstance(value, list):
            self.wrong_type()
        items, errors = [], {}
        for index, one in enumerate(value):
            try:
                if one is None:
                    self.item.wrong_type()
                items.append(self.item._deserialize(one, None, None))
            except ValidationError as error:
                errors[index] = error.messages
                if len(errors) > MOST_FAILURES:
                    break
        if errors:
            raise ValidationError(errors)
        return items

    def in_range(self, value: list[Any]) -> list[Any]:
        least, most = self.spec.option("min_items"), self.spec.option("max_items")
        if least is not None and len(value) < least:
            refuse("min_items", f"Must have at least {least} items.")
        if most is not None and len(value) > most:
            refuse("max_items", f"Must have at most {most} items.")
        return value


class Reference(Strict):
    """The id of another record, as that collection's key has it."""

    def __init__(self, spec: Field | Items) -> None:
        super().__init__(spec)
        if spec.target is None:
            raise TypeError("a reference has a target")
        self.key = strict_field(Items(spec.target.type, {}))
        self.expects = self.key.expects

    def parse(self, value: Any) -> Any:
        return self.key.parse(value)


STRICT_FIELDS: dict[str, type[Strict]] = {
    "string": String,
    "integer": Integer,
    "number": Number,
    "decimal": Exact,
    "boolean": Truth,
    "date": Day,
    "datetime": Instant,
    "uuid": Uuid,
    "json": Document,
    "array": Array,
    "reference": Reference,
}


def strict_field(spec: Field | Items) -> Strict:
    return STRICT_FIELDS[spec.type](spec)
