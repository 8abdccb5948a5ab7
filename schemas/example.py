"""A value that a field would take, for the documentation."""

import re
from decimal import Decimal
from typing import Any

from marshmallow import ValidationError

from models.column_type import scale_of
from models.definition import Field, Items, Key
from schemas.record_key import read_key
from schemas.value import strict_field

UUID = "01890a5d-ac96-774b-bcce-b302099a8057"
WORDS = {"email": "ann@example.com", "url": "https://example.com/", "slug": "an-example"}


def example_of(field: Field) -> Any:
    """As JSON; None where none is known that is sure to be taken."""
    candidates = (field.example, field.default, *_made(field))
    return next((one for one in candidates if one is not None and _taken(field, one)), None)


def key_example(key: Key) -> Any:
    for one in {"uuid": (UUID,), "integer": (42,), "string": ("example", "AB", "a", "1")}[key.type]:
        try:
            return read_key(key, one)
        except ValidationError:
            continue
    return None


def shown_example(field: Field) -> Any:
    """As it comes back."""
    value = example_of(field)
    if field.type == "decimal" and value is not None:
        return format(Decimal(str(value)).quantize(Decimal(1).scaleb(-scale_of(field))), "f")
    if field.type == "array" and field.items is not None and field.items.type == "decimal":
        return None
    if field.type in ("datetime", "uuid") and not str(value).endswith("Z"):
        return UUID if field.type == "uuid" else None
    return value


def _taken(field: Field, value: Any) -> bool:
    if isinstance(value, str) and re.match("@(now|me|uuid)$", value):
        return False
    try:
        strict_field(field).deserialize(value)
    except ValidationError:
        return False
    return True


def _made(spec: Field | Items) -> list[Any]:
    enum, low = spec.option("enum") or [], spec.option("minimum")
    return [*enum, *([] if low is None else [low]), *_by_type(spec)]


def _by_type(spec: Field | Items) -> list[Any]:
    scale = scale_of(spec) if spec.type == "decimal" else 0
    by_type: dict[str, list[Any]] = {
        "string": [WORDS.get(spec.option("format") or "", "example"), "x" * _length(spec)],
        "integer": [42, 1, 0],
        "number": [1.5, 0],
        "decimal": [str(Decimal("9.5").quantize(Decimal(1).scaleb(-scale))) if scale else "9", "0"],
        "boolean": [True],
        "date": ["2026-02-28"],
        "datetime": ["2026-02-28T12:00:00Z"],
        "uuid": [UUID],
        "json": [{"any": "JSON"}],
    }
    if isinstance(spec, Field) and spec.type == "array" and spec.items is not None:
        least = max(1, min(spec.option("min_items") or 1, 20))
        return [[one] * least for one in _made(spec.items)]
    if spec.target is not None:
        return [key_example(spec.target)]
    return by_type.get(spec.type, [])


def _length(spec: Field | Items) -> int:
    return min(int(spec.option("min_length") or 0), 1000)
