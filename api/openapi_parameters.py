"""The parameters of one collection's operations."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from api.openapi_shapes import id_schema
from models.definition import Field, Items
from schemas.comparison import operators_of
from schemas.grouping import FUNCTIONS, MOST_AGGREGATES, MOST_KEYS
from schemas.json_schema import JsonSchema, decimal_text, schema_in
from schemas.parameter import DEFAULT_LIMIT, HIGHEST_LIMIT, HIGHEST_OFFSET
from schemas.query import MOST_SORTS, OF_LISTS
from schemas.scope import kind_of
from schemas.view import View

Part = dict[str, Any]
MOST_CHARACTERS = 4096
BOOLEAN = {"type": "boolean"}
MEANINGS = {
    "eq": "is this",
    "ne": "is another than this, and not null",
    "lt": "is less than this",
    "lte": "is this or less",
    "gt": "is more than this",
    "gte": "is this or more",
    "in": "is one of these",
    "contains": "contains this, in whatever case",
    "starts_with": "starts with this, in this case",
    "is_null": "is null; or with `false`, is not",
}


class Reach(NamedTuple):
    """What names of a collection's lists lead further than itself."""

    keys: tuple[str, ...] = ()
    expansions: tuple[str, ...] = ()


def id_parameter(view: View) -> Part:
    return {
        "name": "id",
        "in": "path",
        "required": True,
        "description": "The id of the record.",
        "schema": id_schema(view),
    }


def list_parameters(view: View, reach: Reach) -> list[Part]:
    return [
        _parameter(
            "filter",
            "An expression, such as `pages > 100 and not author.name ~ 'ann'`: comparisons "
            "`= != < <= > >=`, `~` and `!~` (contains, ignoring case), `in (…)`, `is null`, `has` "
            "(item of an array), with `and`, `or`, `not` and parentheses; strings in quotes, "
            "`@me`, `@now`; dots lead through references.",
            {"type": "string", "minLength": 1, "maxLength": MOST_CHARACTERS},
        ),
        *_search(view),
        _names(
            "sort",
            "What to sort by, `-` for descending. Ties are broken by id, nulls come last. With "
            "`aggregate` or `group_by`: members of the groups.",
            [sign + name for name in (*view.comparable, *reach.keys) for sign in ("", "-")],
            MOST_SORTS,
        ),
        *shown_parameters(view, reach),
        _parameter(
            "limit",
            "How many a page has.",
            {
                "type": "integer",
                "minimum": 1,
                "maximum": HIGHEST_LIMIT,
                "default": DEFAULT_LIMIT,
            },
        ),
        _parameter(
            "cursor",
            "Where a page begins: it is part of `next`. All parameters but `limit` stay as they "
            "were.",
            {"type": "string"},
        ),
        _parameter(
            "offset",
            "How many to leave out, for page numbers; not together with `cursor`.",
            {"type": "integer", "minimum": 0, "maximum": HIGHEST_OFFSET},
        ),
        _parameter("count", "With `total`, the exact number.", BOOLEAN),
        _names(
            "aggregate",
            "Instead of records, what is made of them: a group for each `group_by`, or one for "
            "all. `avg:price` is shown as `avg_price`.",
            list(_aggregates(view)),
            MOST_AGGREGATES,
        ),
        _names(
            "group_by",
            "Instead of records, a group for all that have these in common.",
            [*view.comparable, *reach.keys],
            MOST_KEYS,
        ),
    ]


def shown_parameters(view: View, reach: Reach) -> list[Part]:
    """Of a list as of a single record."""
    found = [_names("fields", "Only these members of each record.", view.columns)]
    if reach.expansions:
        described = "The records that these refer to, under `expand`; null where not to be read."
        found.append(_names("expand", described, reach.expansions))
    return found


def _search(view: View) -> Iterator[Part]:
    if view.searched:
        fields = ", ".join(f"`{name}`" for name in view.searched)
        yield _parameter(
            "q",
            f"Full-text search in {fields}: all of these words, in whatever case and with or "
            'without accents; `"a phrase"` in quotes, `begin*` for a beginning. The best come '
            "first, unless `sort` is given.",
            {"type": "string", "maxLength": 1000},
        )


def _aggregates(view: View) -> Iterator[str]:
    for function, kinds in FUNCTIONS.items():
        if not kinds:
            yield function
        for name in view.comparable:
            if kind_of(view.spec(name)) in kinds:
                yield f"{function}:{name}"


def conditions(view: View) -> list[Part]:
    return [one for name in view.comparable for one in _conditions(view, name)]


def _conditions(view: View, name: str) -> Iterator[Part]:
    """As they are called in a URL: what may mean a list's own parameter has its operator."""
    spec = view.spec(name)
    one = _compared(spec)
    for operator in operators_of(spec):
        if operator in _left_out(spec):
            continue
        plain = operator == "eq" and name not in OF_LISTS
        parameter = name if plain else f"{name}__{operator}"
        description = f"`{name}` {MEANINGS[operator]}."
        if operator == "in":
            yield _listed(parameter, description, one)
        else:
            yield _parameter(parameter, description, BOOLEAN if operator == "is_null" else one)


def _left_out(spec: Field | Items) -> tuple[str, ...]:
    """What can be asked, but what nobody would."""
    unasked = () if not spec.required else ("is_null",)
    if kind_of(spec) == "boolean":
        return (*unasked, "lt", "lte", "gt", "gte", "in")
    return unasked


def _compared(spec: Field | Items) -> JsonSchema:
    """Text is parsed as the type says; the field's own limits do not limit questions."""
    if spec.type == "decimal":
        return decimal_text(Items("decimal", {"precision": 18, "scale": 9}))
    return schema_in(Items(kind_of(spec), {}))


def _parameter(name: str, description: str, schema: JsonSchema) -> Part:
    return {"name": name, "in": "query", "description": description, "schema": schema}


def _listed(name: str, description: str, item: JsonSchema, **more: Any) -> Part:
    schema = {"type": "array", "items": item, **more}
    return _parameter(name, description, schema) | {"style": "form", "explode": False}


def _names(name: str, description: str, names: Sequence[str], most: int | None = None) -> Part:
    at_most = {} if most is None else {"maxItems": most}
    item = {"type": "string", "enum": list(names)}
    return _listed(name, description, item, minItems=1, **at_most)
