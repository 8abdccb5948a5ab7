"""Whether the options of a field go together, and its own values would be taken by it."""

from collections.abc import Iterator
from typing import Any

from marshmallow import ValidationError

from models.column_type import scale_of
from models.definition import Field, Items, Key
from models.refusal import Failure
from schemas.failure import failures_of
from schemas.pattern import fault
from schemas.value import strict_field

TOKENS = {
    "@now": ("date", "datetime"),
    "@me": ("reference", "uuid", "string"),
    "@uuid": ("uuid", "string"),
}
ORDERED = (("min_length", "max_length"), ("minimum", "maximum"), ("min_items", "max_items"))


def key_failures(key: Key) -> Iterator[Failure]:
    if key.pattern is not None and (detail := fault(key.pattern)):
        yield Failure("/key/pattern", "pattern", detail)


def field_failures(field: Field) -> Iterator[Failure]:
    at = f"/fields/{field.name}"
    own = list(_option_failures(field, at))
    if field.items is not None:
        own += _option_failures(field.items, f"{at}/items")
    if own:
        yield from own
        return
    yield from _default_failures(field, at)
    if field.example is not None:
        yield from _value_failures(field, field.example, f"{at}/example")
    if field.type in ("json", "array"):
        for option in ("unique", "index"):
            if getattr(field, option):
                detail = f"A field of type {field.type} cannot be indexed."
                yield Failure(f"{at}/{option}", "type", detail)
    if field.required and field.on_delete == "set_null":
        yield Failure(f"{at}/on_delete", "required", "A required field cannot become null.")


def _option_failures(spec: Field | Items, at: str) -> Iterator[Failure]:
    pattern = spec.option("pattern")
    if pattern is not None and (detail := fault(pattern)):
        yield Failure(f"{at}/pattern", "pattern", detail)
    if spec.type == "decimal" and scale_of(spec) > (spec.option("precision") or 18):
        yield Failure(f"{at}/scale", "maximum", "Must be at most the precision.")
        return
    bare = strict_field(_without_limits(spec))
    for option in ("minimum", "maximum"):
        if option in spec.options:
            yield from _parse_failures(bare.parse, spec.option(option), f"{at}/{option}")
    if "enum" in spec.options and not spec.option("enum"):
        yield Failure(f"{at}/enum", "min_items", "Must have at least one item.")
    for i, one in enumerate(spec.option("enum") or ()):
        yield from _parse_failures(bare.parse, one, f"{at}/enum/{i}")
    for low, high in ORDERED:
        yield from _order_failures(bare, spec, low, high, at)


def _without_limits(spec: Field | Items) -> Field | Items:
    """Its own bounds are read by what they bound, but not bounded by themselves."""
    if isinstance(spec, Field) and spec.type in ("array", "reference"):
        return spec
    return Items(spec.type, spec.options)


def _order_failures(
    bare: Any, spec: Field | Items, low: str, high: str, at: str
) -> Iterator[Failure]:
    least, most = spec.option(low), spec.option(high)
    if least is None or most is None:
        return
    try:
        if low == "minimum":
            least, most = bare.parse(least), bare.parse(most)
        if least > most:
            yield Failure(f"{at}/{high}", "minimum", f"Must not be below {low}.")
    except ValidationError:
        return  # reported with the option itself


def _parse_failures(parse: Any, value: Any, at: str) -> Iterator[Failure]:
    try:
        parse(value)
    except ValidationError as error:
        yield from failures_of(error, at)


def _value_failures(field: Field, value: Any, at: str) -> Iterator[Failure]:
    yield from _parse_failures(strict_field(field).deserialize, value, at)


def _default_failures(field: Field, at: str) -> Iterator[Failure]:
    if not field.has_default:
        return
    if field.default is None:
        if field.required:
            yield Failure(f"{at}/default", "required", "A required field cannot default to null.")
        return
    types = TOKENS.get(field.default) if isinstance(field.default, str) else None
    if types is None:
        yield from _value_failures(field, field.default, f"{at}/default")
    elif field.type not in types and field.type != "string":
        detail = f"{field.default} is a default for {', '.join(types)}."
        yield Failure(f"{at}/default", "type", detail)
    elif field.default == "@me" and field.type == "reference" and field.to != "users":
        yield Failure(f"{at}/default", "type", "@me is a default for a reference to users.")
