"""The parameters of one collection's operations."""

from typing import Any

from api.openapi_shapes import id_schema
from models.definition import Field
from schemas.json_schema import JsonSchema, key_schema, schema_in
from schemas.query import DEFAULT_LIMIT, HIGHEST_LIMIT, HIGHEST_OFFSET, MOST_SORTS, OF_LISTS
from schemas.view import SYSTEM_COLUMNS, View

# A parameter's text is parsed as the type says; the field's own limits do not limit questions.
PLAIN = {
    "string": {"type": "string", "pattern": "^[^\\u0000]*$"},
    "decimal": {"type": "string", "pattern": "^-?(?:0|[1-9][0-9]{0,14})(?:\\.[0-9])?$"},
}


def id_parameter(view: View) -> dict[str, Any]:
    return {
        "name": "id",
        "in": "path",
        "required": True,
        "description": "The id of the record.",
        "schema": id_schema(view),
    }


def list_parameters(view: View) -> list[dict[str, Any]]:
    sorts = [sign + name for name in view.comparable for sign in ("", "-")]
    whole_number = {"type": "integer", "minimum": 0, "maximum": HIGHEST_OFFSET}
    return [
        _parameter(
            "limit",
            "How many records a page has.",
            {
                "type": "integer",
                "minimum": 1,
                "maximum": HIGHEST_LIMIT,
                "default": DEFAULT_LIMIT,
            },
        ),
        _parameter("offset", "How many records to leave out, for page numbers.", whole_number),
        _parameter(
            "sort",
            "Fields to sort by, `-` for descending. Ties are broken by id, nulls come last.",
            {
                "type": "array",
                "items": {"type": "string", "enum": sorts},
                "minItems": 1,
                "maxItems": MOST_SORTS,
            },
        )
        | {"style": "form", "explode": False},
        _parameter("count", "With `total`, the exact number.", {"type": "boolean"}),
    ]


def conditions(view: View) -> list[dict[str, Any]]:
    found = []
    for name in view.comparable:
        parameter = f"{name}__eq" if name in OF_LISTS else name
        schema = _condition_schema(view, name)
        found.append(_parameter(parameter, f"Only records whose `{name}` is this.", schema))
    return found


def _condition_schema(view: View, name: str) -> JsonSchema:
    if name == "id":
        return key_schema(view.definition.key)
    if name in SYSTEM_COLUMNS:
        return schema_in(SYSTEM_COLUMNS[name])
    field = view.definition.fields[name]
    if field.target is not None:
        return key_schema(field.target)
    if field.type in PLAIN:
        return dict(PLAIN[field.type])
    return schema_in(Field(name, field.type, {}))


def _parameter(name: str, description: str, schema: JsonSchema) -> dict[str, Any]:
    return {"name": name, "in": "query", "description": description, "schema": schema}
