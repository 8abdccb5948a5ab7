"""The parameters of one collection's operations."""

from typing import Any

from api.openapi_shapes import id_schema
from models.definition import Items
from schemas.json_schema import JsonSchema, decimal_text, schema_in
from schemas.parameter import DEFAULT_LIMIT, HIGHEST_LIMIT, HIGHEST_OFFSET
from schemas.query import MOST_SORTS, OF_LISTS
from schemas.view import View


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
    """Text is parsed as the type says; the field's own limits do not limit questions."""
    spec = view.spec(name)
    if spec.target is not None:
        return schema_in(Items(spec.target.type, {}))
    if spec.type == "decimal":
        return decimal_text(spec)
    return schema_in(Items(spec.type, {}))


def _parameter(name: str, description: str, schema: JsonSchema) -> dict[str, Any]:
    return {"name": name, "in": "query", "description": description, "schema": schema}
