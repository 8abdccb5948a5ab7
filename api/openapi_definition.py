"""The language of definitions as JSON Schema (see schemas/definition.py)."""

from typing import Any

from api.openapi_headers import Part, ref

NAME_PATTERN = "^[a-z](?:_?[a-z0-9])*_?$"
TEXT = {"type": "string", "pattern": "^[^\\u0000]*$", "maxLength": 10000}
FLAG = {"type": "boolean"}
WHOLE = {"type": "integer", "minimum": 0, "maximum": 2**53}
ANY = ref("JsonValue")
RULE = {
    "description": "true: anyone; false: admins only; or an expression, as `filter` has them.",
    "oneOf": [{"type": "boolean"}, {"type": "string", "maxLength": 4096}],
    "examples": ["status = 'published' or owner = @me"],
}
PATTERN = TEXT | {"maxLength": 500, "description": "RE2, for the whole value."}
ENUM = {"type": "array", "items": ANY, "minItems": 1, "maxItems": 1000}
LIMITS: Part = {"minimum": ANY, "maximum": ANY}
OF_EVERY_FIELD: Part = {
    "required": FLAG | {"description": "Never null; must be sent unless there is a default."},
    "default": ANY,
    "unique": FLAG,
    "index": FLAG,
    "description": TEXT,
    "example": ANY,
    "deprecated": FLAG,
    "immutable": FLAG | {"description": "Set when the record is created, then kept."},
    "access": {
        "description": "Who may read and write it, besides admins.",
        "oneOf": [ref("Rule"), ref("FieldAccess")],
    },
}
STRING: Part = {
    "min_length": WHOLE,
    "max_length": WHOLE,
    "pattern": PATTERN,
    "format": {"type": "string", "enum": ["email", "url", "slug"]},
    "enum": ENUM,
}
OF_SCALARS: dict[str, Part] = {
    "string": STRING,
    "integer": LIMITS | {"enum": ENUM},
    "number": LIMITS | {"enum": ENUM},
    "decimal": {
        "precision": {"type": "integer", "minimum": 1, "maximum": 18},
        "scale": {"type": "integer", "minimum": 0, "maximum": 18},
        **LIMITS,
        "enum": ENUM,
    },
    "boolean": {},
    "date": LIMITS | {"enum": ENUM},
    "datetime": LIMITS | {"enum": ENUM},
    "uuid": {"enum": ENUM},
}
OF_TYPES: dict[str, Part] = {
    **OF_SCALARS,
    "string": STRING | {"search": FLAG},
    "json": {},
    "array": {"items": ref("ArrayItems"), "min_items": WHOLE, "max_items": WHOLE},
    "reference": {
        "to": {"type": "string", "pattern": NAME_PATTERN, "maxLength": 48},
        "on_delete": {"type": "string", "enum": ["restrict", "cascade", "set_null"]},
    },
}
NEEDED = {"array": ["items"], "reference": ["to"]}
SYSTEM: Part = {
    "revision": {"type": "integer", "format": "int64"},
    "created_at": {"type": "string", "format": "date-time"},
    "updated_at": {"type": "string", "format": "date-time"},
}


def _typed(type: str, own: Part, needed: list[str]) -> Part:
    return {
        "type": "object",
        "properties": {"type": {"type": "string", "const": type}, **own},
        "required": ["type", *needed],
        "additionalProperties": False,
    }


def _access(*actions: str) -> Part:
    return {
        "type": "object",
        "properties": dict.fromkeys(actions, ref("Rule")),
        "additionalProperties": False,
    }


def _union(name: str, description: str, by_type: dict[str, Part]) -> dict[str, Part]:
    """Each type has its own name, so that it has one in a generated client, too."""
    own = {t: f"{t.capitalize()}{name}" for t in by_type}
    mapping = {t: f"#/components/schemas/{own[t]}" for t in by_type}
    return {
        name: {
            "description": description,
            "oneOf": [ref(one) for one in own.values()],
            "discriminator": {"propertyName": "type", "mapping": mapping},
        },
        **{own[t]: schema for t, schema in by_type.items()},
    }


def definition_schemas() -> dict[str, Any]:
    fields = {t: _typed(t, OF_EVERY_FIELD | own, NEEDED.get(t, [])) for t, own in OF_TYPES.items()}
    items = {t: _typed(t, own, []) for t, own in OF_SCALARS.items()}
    return {
        **_union("Field", "One typed column.", fields),
        **_union("ArrayItems", "What an array holds.", items),
        **_union("Key", "What the id of a record is.", KEYS),
        "Access": _access("read", "create", "update", "delete"),
        "FieldAccess": _access("read", "write"),
        "Rule": RULE,
        "Fields": FIELDS,
        "DefinitionToSend": _definition({}, []),
        "NamedDefinitionToSend": _definition({"name": NAME}, ["name"]),
        "DefinitionPatch": _patch(),
        "Definition": _definition({"name": NAME, **SYSTEM}, ["name", *SYSTEM]),
        "DefinitionList": {
            "type": "object",
            "properties": {
                "items": {"type": "array", "items": ref("Definition")},
                "next": {"type": "null"},
            },
            "required": ["items", "next"],
        },
    }


KEYS = {
    "uuid": _typed("uuid", {}, []),
    "integer": _typed("integer", {}, []),
    "string": _typed(
        "string",
        {"pattern": PATTERN, "max_length": {"type": "integer", "minimum": 1, "maximum": 255}},
        [],
    ),
}
NAME: Part = {
    "type": "string",
    "pattern": NAME_PATTERN,
    "maxLength": 48,
    "description": "In the path; in the body of a POST.",
}
RESERVED = [
    *("id", "revision", "created_at", "updated_at", "expand"),
    *("and", "or", "not", "in", "is", "has", "null", "true", "false"),
]
FIELDS: Part = {
    "type": "object",
    "propertyNames": {"pattern": NAME_PATTERN, "maxLength": 48, "not": {"enum": RESERVED}},
    "additionalProperties": ref("Field"),
}
NAME_SETS = {"type": "array", "items": {"type": "array", "items": TEXT, "minItems": 1}}


def _definition(more: Part, required: list[str]) -> Part:
    ignored = {name: {"description": "Accepted and ignored."} for name in SYSTEM}
    members = {
        "description": TEXT,
        "key": ref("Key"),
        "fields": ref("Fields"),
        "unique": NAME_SETS | {"description": "Sets of fields that together are unique."},
        "indexes": NAME_SETS | {"description": "Lists of fields, `-` for descending."},
        "access": ref("Access"),
        "require_if_match": FLAG,
    }
    schema: Part = {
        "type": "object",
        "description": "Describes a collection.",
        "properties": members | ignored | more,
        "additionalProperties": False,
    }
    return schema | ({"required": required} if required else {})


def _patch() -> Part:
    """A merge patch reaches inside; that what it makes is a definition no schema can say."""
    some: Part = {"type": ["object", "null"], "additionalProperties": True}
    members = {
        name: some if name in ("key", "access") else {"anyOf": [one, {"type": "null"}]}
        for name, one in _definition({}, [])["properties"].items()
        if name not in SYSTEM
    }
    members["fields"] = {
        "type": ["object", "null"],
        "additionalProperties": some,
        "description": "By name: what is to change in a field; null drops it.",
    }
    ignored = {name: {"description": "Accepted and ignored."} for name in SYSTEM}
    return {
        "type": "object",
        "description": "What is to change in a definition: what is absent stays, null takes away.",
        "properties": members | ignored,
        "additionalProperties": False,
    }
