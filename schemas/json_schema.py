"""Field type -> JSON Schema (2020-12): exactly what is accepted, and what comes back."""

from collections.abc import Callable
from typing import Any

from models.column_type import scale_of
from models.definition import Field, Items, Key
from schemas.pattern import FORMATS
from schemas.record_key import LONGEST_STRING_KEY
from schemas.scalar import HIGHEST, LOWEST

JsonSchema = dict[str, Any]
Spec = Field | Items
NO_NUL = "^[^\\u0000]*$"
HIGHEST_DOUBLE = 1.7976931348623157e308
OPENAPI_FORMATS = {"email": "email", "url": "uri"}
UUID = {"type": "string", "format": "uuid"}
INT64 = {"type": "integer", "format": "int64", "minimum": LOWEST, "maximum": HIGHEST}
DOUBLE = {
    "type": "number",
    "format": "double",
    "minimum": -HIGHEST_DOUBLE,
    "maximum": HIGHEST_DOUBLE,
}
ANY_JSON = {"$ref": "#/components/schemas/JsonValue"}
_SCALARS: list[JsonSchema] = [
    {"type": "null"},
    {"type": "boolean"},
    INT64,
    {"type": "number", "minimum": -HIGHEST_DOUBLE, "maximum": HIGHEST_DOUBLE},
    {"type": "string", "pattern": NO_NUL},
    {"$ref": "#/components/schemas/JsonObject"},
]


ARRAYS_IN_ARRAYS = 8


def _kinds(arrays: int) -> JsonSchema:
    items = _kinds(arrays - 1) if arrays else {}
    return {"anyOf": [*_SCALARS, {"type": "array", "items": items}]}


# It leads back to itself through JsonObject only, since TypeScript follows no array back: of arrays
# in arrays in arrays in... it says nothing more.
JSON_SCHEMAS: dict[str, JsonSchema] = {
    "JsonValue": {
        "description": "Any JSON. Strings hold no U+0000, integers have 64 bits.",
        **_kinds(ARRAYS_IN_ARRAYS),
    },
    "JsonObject": {
        "type": "object",
        "propertyNames": {"pattern": NO_NUL},
        "additionalProperties": ANY_JSON,
    },
}


def whole(pattern: str) -> str:
    return f"^(?:{pattern})$"


def _string(spec: Spec) -> JsonSchema:
    pattern, form = spec.option("pattern"), spec.option("format")
    patterns = [whole(pattern)] if pattern else []
    patterns += [whole(FORMATS[form])] if form else []
    schema: JsonSchema = {"type": "string", "pattern": patterns[0] if patterns else NO_NUL}
    if patterns[1:]:
        schema["allOf"] = [{"pattern": one} for one in patterns[1:]]
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
    digits = f"(?:0|[1-9][0-9]{{0,{before - 1}}})" if before else "0"
    places = f"(?:\\.[0-9]{{1,{scale}}})?" if scale else ""
    number: JsonSchema = {
        "type": "number",
        "exclusiveMinimum": -(10**before),
        "exclusiveMaximum": 10**before,
        "multipleOf": 10**-scale if scale else 1,
    }
    text = {"type": "string", "pattern": f"^-?{digits}{places}$"}
    said = [
        f"{word} {spec.option(option)}"
        for option, word in (("minimum", "at least"), ("maximum", "at most"))
        if spec.option(option) is not None
    ]
    limits = f", {' and '.join(said)}" if said else ""
    return {
        "anyOf": [text | _text_enum(spec), number | _number_enum(spec)],
        "description": f"Exact, to {scale} decimal places{limits}.",
    }


def _text_enum(spec: Spec) -> JsonSchema:
    return {} if spec.option("enum") is None else {"enum": [str(v) for v in spec.option("enum")]}


def _number_enum(spec: Spec) -> JsonSchema:
    bounds = {
        o: float(spec.option(o)) for o in ("minimum", "maximum") if spec.option(o) is not None
    }
    enum = spec.option("enum")
    return bounds | ({} if enum is None else {"enum": [float(value) for value in enum]})


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
    return {"type": "string", "format": "date"} | _enum(spec)


def _datetime(spec: Spec) -> JsonSchema:
    return {"type": "string", "format": "date-time"} | _enum(spec)


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
    return schema_in(spec)


def key_schema(key: Key) -> JsonSchema:
    if key.type == "uuid":
        return dict(UUID)
    if key.type == "integer":
        return dict(INT64)
    pattern = whole(key.pattern) if key.pattern else "^(?!\\.{1,2}$)[^\\u0000]+$"
    most = key.max_length or LONGEST_STRING_KEY
    return {"type": "string", "pattern": pattern, "minLength": 1, "maxLength": most}


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
