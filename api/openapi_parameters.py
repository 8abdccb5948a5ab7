"""The parameters of one collection's operations."""

from collections.abc import Iterator, Sequence

from api.openapi_headers import Part, ref
from api.openapi_reach import Reach
from api.openapi_rows import aggregates
from api.openapi_shapes import id_schema
from models.definition import Field, Items
from schemas.comparison import MOST_DECIMAL_DIGITS, operators_of
from schemas.expansion import MOST_BRANCHES
from schemas.grouping import MOST_AGGREGATES, MOST_KEYS
from schemas.json_schema import JsonSchema, schema_in
from schemas.parameter import DEFAULT_LIMIT, HIGHEST_LIMIT, HIGHEST_OFFSET
from schemas.query import MOST_SORTS, OF_LISTS
from schemas.scope import kind_of
from schemas.view import View

BOOLEAN = {"type": "boolean"}
DECIMAL = "^-?(?:0|[1-9][0-9]*)(?:\\.[0-9]+)?$"
COMMAS = {"style": "form", "explode": False}
MEANINGS = {
    "eq": "Just this.",
    "ne": "Another than this, and not null.",
    "lt": "Less than this.",
    "lte": "At most this.",
    "gt": "More than this.",
    "gte": "At least this.",
    "in": "One of these.",
    "contains": "Contains this, in whatever case.",
    "starts_with": "Starts with this, in this case.",
    "is_null": "Null; with `false`, not null.",
}
# What a value is asked for by is parsed as its type says; a field's own limits do not limit it. So
# these are of all collections, and said once. The dot keeps their names apart from those of others.
ASKED: dict[str, JsonSchema] = {
    kind: schema_in(Items(kind, {}))
    for kind in ("string", "integer", "number", "date", "datetime", "uuid")
} | {"decimal": {"type": "string", "pattern": DECIMAL, "maxLength": MOST_DECIMAL_DIGITS}}
VALUES: dict[str, JsonSchema] = {
    **{f"Value.{kind}": one for kind, one in ASKED.items()},
    **{f"Values.{kind}": {"type": "array", "items": ref(f"Value.{kind}")} for kind in ASKED},
}


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
            {"type": "string", "minLength": 1, "maxLength": reach.limits.filter},
        ),
        *_search(view),
        _names(
            "sort",
            "What to sort by, `-` for descending. Nulls come last, ties are broken by id. Groups "
            "are sorted by their members: `-count`.",
            [sign + name for name in _sorts(view, reach) for sign in ("", "-")],
            MOST_SORTS,
        ),
        _names("fields", "Only these members of each record.", view.columns),
        *expand_parameter(reach),
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
            [f"{function}:{name}" if name else function for function, name in aggregates(view)],
            MOST_AGGREGATES,
        ),
        _names(
            "group_by",
            "Instead of records, a group for all that have these in common.",
            [*view.comparable, *reach.keys],
            MOST_KEYS,
        ),
    ]


def expand_parameter(reach: Reach) -> list[Part]:
    """Of a list as of a single record."""
    if not reach.expansions:
        return []
    described = "The records that these refer to, under `expand`; null where not to be read."
    return [_names("expand", described, reach.expansions, MOST_BRANCHES)]


def _sorts(view: View, reach: Reach) -> dict[str, None]:
    """Each once, though a field may be called as an aggregate is."""
    made = [f"{function}_{name}" if name else function for function, name in aggregates(view)]
    return dict.fromkeys([*view.comparable, *reach.keys, *made])


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


def conditions(view: View) -> list[Part]:
    return [one for name in view.columns for one in _conditions(view, name)]


def _conditions(view: View, name: str) -> Iterator[Part]:
    """As they are called in a URL: what may mean a list's own parameter has its operator."""
    spec = view.spec(name)
    kind = kind_of(spec)
    for operator in operators_of(spec):
        if operator in _left_out(spec):
            continue
        plain = operator == "eq" and name not in OF_LISTS
        parameter = name if plain else f"{name}__{operator}"
        if operator == "in":
            yield _parameter(parameter, MEANINGS[operator], ref(f"Values.{kind}")) | COMMAS
        else:
            truth = kind == "boolean" or operator == "is_null"
            schema = BOOLEAN if truth else ref(f"Value.{kind}")
            yield _parameter(parameter, MEANINGS[operator], schema)


def _left_out(spec: Field | Items) -> tuple[str, ...]:
    """What can be asked, but what nobody would."""
    unasked = () if not spec.required else ("is_null",)
    if kind_of(spec) == "boolean":
        return (*unasked, "lt", "lte", "gt", "gte", "in")
    return unasked


def _parameter(name: str, description: str, schema: JsonSchema) -> Part:
    return {"name": name, "in": "query", "description": description, "schema": schema}


def _names(name: str, description: str, names: Sequence[str], most: int | None = None) -> Part:
    at_most = {} if most is None else {"maxItems": most}
    item = {"type": "string", "enum": list(names)}
    schema = {"type": "array", "items": item, "minItems": 1, **at_most}
    return _parameter(name, description, schema) | COMMAS
