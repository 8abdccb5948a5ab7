"""Field type -> JSON Schema (2020-12): exactly what is accepted, and what comes back."""

import re
from collections.abc import Callable
from typing import Any

from models.column_type import scale_of
from models.definition import Field, Items, Key
from schemas.pattern import FORMATS, full_match
from schemas.record_key import LONGEST_STRING_KEY
from schemas.scalar import HIGHEST, LOWEST

JsonSchema = dict[str, Any]
Spec = Field | Items
NO_NUL = "^[^\\u0000]*$"
HIGHEST_DOUBLE = 1.7976931348623157e308
OPENAPI_FORMATS = {"email": "email", "url": "uri"}
UUID = {"type": "string", "format": "uuid"}
INT64 = {"type": "integer", "format": "int64", "minimum": LOWEST, "maximum": HIGHEST}
FINITE = {"type": "number", "minimum": -HIGHEST_DOUBLE, "maximum": HIGHEST_DOUBLE}
DOUBLE = FINITE | {"format": "double"}
ANY_JSON = {"$ref": "#/components/schemas/JsonValue"}
# Under `then`, for whoever checks: a generator of code takes it for any JSON, as it should. Said
# openly it would be a type of its own that leads back to itself, which TypeScript refuses.
JSON_SCHEMAS: dict[str, JsonSchema] = {
    "JsonValue": {
        "description": "Any JSON. Strings hold no U+0000, integers have 64 bits.",
        "if": {},
        "then": {
            "pattern": NO_NUL,
            "minimum": -HIGHEST_DOUBLE,
            "maximum": HIGHEST_DOUBLE,
            "items": ANY_JSON,
            "propertyNames": {"pattern": NO_NUL},
            "additionalProperties": ANY_JSON,
        },
    },
}


def whole(pattern: str) -> str:
    return f"^(?:{pattern})$"


# Users write RE2, but who reads the document has ECMA-262 with the flag u: what both read alike.
_ESCAPE = r"\\[tnrfv\\^$.*+?()\[\]{}|/]"
_INSIDE = rf"(?:{_ESCAPE}|\\-|[^\\\[\]^-])"
_CLASS = rf"\[\^?-?(?:\\[dw]|{_INSIDE}(?:-{_INSIDE})?)+-?\]"
_ATOM = rf"(?:{_ESCAPE}|\\[dDwW]|[^\\\[\](){{}}?*+|^$]|\)|{_CLASS})"
_TIMES = r"(?:(?:[*+?]|\{[0-9]+(?:,[0-9]*)?\})\??)?"
READ_ALIKE = re.compile(rf"(?:{_ATOM}{_TIMES}|\((?:\?:|(?!\?))|[|^$])*")
MAY_HOLD_NUL = re.compile(r"\.|\[\^|\\[DW]")


def _string(spec: Spec) -> JsonSchema:
    """A pattern that others would read differently, or not at all, is only told."""
    pattern, form = spec.option("pattern") or "", spec.option("format")
    alike = READ_ALIKE.fullmatch(pattern) is not None
    patterns = [whole(one) for one in (alike and pattern, FORMATS.get(form or "")) if one]
    if not patterns or (alike and MAY_HOLD_NUL.search(pattern)):
        patterns.append(NO_NUL)
    schema: JsonSchema = {"type": "string", "pattern": patterns[0]}
    if patterns[1:]:
        schema["allOf"] = [{"pattern": one} for one in patterns[1:]]
    if not alike:
        schema["description"] = f"The whole matches `{pattern}` (RE2)."
    if form in OPENAPI_FORMATS:
        schema["format"] = OPENAPI_FORMATS[form]
    return schema | _bounds(spec, min_length="minLength", max_length="maxLength") | _enum(spec)


def _bounds(spec: Spec, **names: str) -> JsonSchema:
    return {new: spec.option(old) for old, new in names.items() if spec.option(old) is not None}


def _enum(spec: Spec) -> JsonSchema:
    return {} if spec.option("enum") is None else {"enum": list(spec.option("enum"))}


def _integer(spec: Spec) -> JsonSchema:
    return INT64 | _bounds(spec, minimum="minimum", maximum="maximum") | _enum(spec)


def _number(spec: Spec) -> JsonSchema:
    return DOUBLE | _bounds(spec, minimum="minimum", maximum="maximum") | _enum(spec)


def _decimal(spec: Spec) -> JsonSchema:
    scale, precision = scale_of(spec), spec.option("precision") or 18
    before = precision - scale
    number: JsonSchema = {
        "type": "number",
        "exclusiveMinimum": -(10**before),
        "exclusiveMaximum": 10**before,
        "multipleOf": 10**-scale if scale else 1,
    }
    return {
        "anyOf": [decimal_text(spec) | _text_enum(spec), number | _number_enum(spec)],
        **_limits(spec, f"Exact, to {scale} decimal places."),
    }


def decimal_text(spec: Spec) -> JsonSchema:
    scale = scale_of(spec)
    before = (spec.option("precision") or 18) - scale
    digits = f"(?:0|[1-9][0-9]{{0,{before - 1}}})" if before else "0"
    places = f"(?:\\.[0-9]{{1,{scale}}})?" if scale else ""
    return {"type": "string", "pattern": f"^-?{digits}{places}$"}


def _limits(spec: Spec, also: str = "") -> JsonSchema:
    """Told, where JSON Schema has no word for it."""
    words = (("minimum", "At least"), ("maximum", "At most"))
    said = [f"{word} {spec.option(o)}." for o, word in words if spec.option(o) is not None]
    return {"description": " ".join([also, *said]).strip()} if also or said else {}


def _text_enum(spec: Spec) -> JsonSchema:
    return {} if spec.option("enum") is None else {"enum": [str(v) for v in spec.option("enum")]}


def _number_enum(spec: Spec) -> JsonSchema:
    limits = _bounds(spec, minimum="minimum", maximum="maximum").items()
    enum = {"enum": [float(value) for value in spec.option("enum") or ()]}
    return {name: float(value) for name, value in limits} | (enum if enum["enum"] else {})


def decimal_out(spec: Spec) -> JsonSchema:
    scale = scale_of(spec)
    places = f"\\.[0-9]{{{scale}}}" if scale else ""
    return {
        "type": "string",
        "pattern": f"^-?[0-9]+{places}$",
        "description": f"A decimal number with {scale} decimal places.",
    }


def _boolean(spec: Spec) -> JsonSchema:
    return {"type": "boolean"}


def _date(spec: Spec) -> JsonSchema:
    return {"type": "string", "format": "date"} | _enum(spec) | _limits(spec)


def _datetime(spec: Spec) -> JsonSchema:
    return {"type": "string", "format": "date-time"} | _enum(spec) | _limits(spec)


def _uuid(spec: Spec) -> JsonSchema:
    return UUID | _enum(spec)


def _json(spec: Spec) -> JsonSchema:
    return dict(ANY_JSON)


def _array(spec: Spec) -> JsonSchema:
    if not isinstance(spec, Field) or spec.items is None:
        raise TypeError("an array has items")
    bounds = _bounds(spec, min_items="minItems", max_items="maxItems")
    return {"type": "array", "items": schema_in(spec.items)} | bounds


def _reference(spec: Spec) -> JsonSchema:
    if not isinstance(spec, Field) or spec.target is None:
        raise TypeError("a reference has a target")
    return key_schema(spec.target) | {"description": f"The id of a record of `{spec.to}`."}


SCHEMAS_IN: dict[str, Callable[[Spec], JsonSchema]] = {
    "string": _string,
    "integer": _integer,
    "number": _number,
    "decimal": _decimal,
    "boolean": _boolean,
    "date": _date,
    "datetime": _datetime,
    "uuid": _uuid,
    "json": _json,
    "array": _array,
    "reference": _reference,
}


def schema_in(spec: Spec) -> JsonSchema:
    """What is accepted, but for null."""
    return SCHEMAS_IN[spec.type](spec)


def schema_out(spec: Spec) -> JsonSchema:
    """What comes back, but for null."""
    if spec.type == "decimal":
        return decimal_out(spec)
    if spec.type == "array" and isinstance(spec, Field) and spec.items is not None:
        return {"type": "array", "items": schema_out(spec.items)}
    if spec.type == "string":
        # What is stored may be older than the rule that new values must keep.
        return {"type": "string"} | _enum(spec)
    if spec.type in ("datetime", "uuid"):
        # Shown in one form, in whatever form the definition has it.
        return {name: v for name, v in schema_in(spec).items() if name != "enum"}
    return schema_in(spec)


def key_schema(key: Key) -> JsonSchema:
    if key.type != "string":
        return dict(UUID if key.type == "uuid" else INT64)
    most = key.max_length or LONGEST_STRING_KEY
    options = {"pattern": key.pattern, "min_length": 1, "max_length": most}
    # No URL leads to a dot segment.
    dots = [one for one in (".", "..") if not key.pattern or full_match(key.pattern, one)]
    return _string(Items("string", options)) | ({"not": {"enum": dots}} if dots else {})


def nullable(schema: JsonSchema) -> JsonSchema:
    if "type" in schema and "enum" not in schema and "allOf" not in schema:
        return schema | {"type": [schema["type"], "null"]}
    outer = {name: schema[name] for name in ("description",) if name in schema}
    inner = {name: value for name, value in schema.items() if name not in outer}
    if set(inner) == {"anyOf"}:
        return {"anyOf": [*inner["anyOf"], {"type": "null"}]} | outer
    if inner == ANY_JSON:
        return inner | outer
    return {"anyOf": [inner, {"type": "null"}]} | outer


def described(field: Field, schema: JsonSchema, example: Any = None) -> JsonSchema:
    """With what the definition says of the field."""
    said = [text for text in (field.description, schema.get("description")) if text]
    extra: JsonSchema = {"description": " ".join(said)} if said else {}
    if field.deprecated:
        extra["deprecated"] = True
    if example is not None:
        extra["examples"] = [example]
    return schema | extra
