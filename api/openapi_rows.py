"""What a list answers beside whole records: chosen members of them, and groups."""

from collections.abc import Iterator
from typing import Any

from api.openapi_headers import ref
from api.openapi_reach import Reach
from models.definition import Field, Items
from schemas.grouping import COUNTS, FUNCTIONS, can_aggregate
from schemas.json_schema import JsonSchema, nullable, schema_out
from schemas.scope import kind_of
from schemas.view import View

TOLD = ("type", "format", "items", "$ref")


class Rows:
    """``word``: what a record is called."""

    def __init__(self, view: View, word: str, reach: Reach) -> None:
        self.view = view
        self.word = word
        self.reach = reach

    def row(self) -> JsonSchema:
        """One component for all that can be asked, so each member may be absent."""
        members: dict[str, JsonSchema] = {}
        for name, schema in self._members():
            known = members.get(name, schema)
            # A field can be called as an aggregate is.
            members[name] = schema if known == schema else {"anyOf": [known, schema]}
        return {
            "type": "object",
            "description": "What `fields` names of a record; or a group: the members of "
            "`group_by`, and the aggregates, `avg:price` as `avg_price`.",
            "properties": members,
            "additionalProperties": False,
        }

    def _members(self) -> Iterator[tuple[str, JsonSchema]]:
        for name in self.view.columns:
            spec = self.view.spec(name)
            schema = self._shown(self.word, name, spec)
            yield name, schema if spec.required else nullable(schema)
        if self.reach.targets:
            yield "expand", ref(f"{self.word}Expand")
        for key, (target, spec) in self.reach.keys.items():
            name = key.removeprefix(f"{target.field}.")
            yield key, nullable(self._shown(target.word or "", name, spec))
        for function, name in aggregates(self.view):
            yield f"{function}_{name}" if name else function, self._made(function, name)

    def _shown(self, word: str, name: str, spec: Field | Items) -> JsonSchema:
        if of_choice(spec):
            return ref(f"{word}.{name}")
        return {key: one for key, one in schema_out(spec).items() if key in TOLD}

    def _made(self, function: str, name: str) -> JsonSchema:
        if function in COUNTS:
            return {"type": "integer"}
        kind = kind_of(self.view.spec(name))
        if function in ("min", "max"):
            return nullable(self._shown(self.word, name, Items(kind, {})))
        if kind == "decimal":
            return {"type": ["string", "null"]}
        whole = function == "sum" and kind == "integer"
        return {"type": ["integer" if whole else "number", "null"]}

    def expanded(self) -> JsonSchema:
        closed: JsonSchema = {"type": "null"}
        return {
            "type": "object",
            "description": "The records that `expand` names; null where one may not be read.",
            "properties": {
                one.field: {"anyOf": [ref(one.word), closed]} if one.word else closed
                for one in self.reach.targets
            },
            "additionalProperties": False,
        }

    def example(self, shown: dict[str, Any]) -> dict[str, Any]:
        """``shown``: what may be shown of each field."""
        told = [n for n in self.view.comparable if shown.get(n) is not None]
        words = [n for n in told if of_choice(self.view.spec(n))]
        key = {name: shown[name] for name in [*words, *told][:1]}
        return {"items": [key | {"count": 42}], "next": None}


def aggregates(view: View) -> Iterator[tuple[str, str]]:
    """All that can be made of its records: function and field, "" for none."""
    for function, kinds in FUNCTIONS.items():
        if not kinds:
            yield function, ""
        for name in view.comparable:
            if can_aggregate(function, view.spec(name)):
                yield function, name


def of_choice(spec: Field | Items) -> bool:
    """Words to choose from have a name of their own."""
    return spec.type == "string" and spec.option("enum") is not None
