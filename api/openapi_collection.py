"""The part of the OpenAPI document that is one collection's, as one kind of caller sees it."""

from typing import Any

from api.openapi_answers import Answers
from api.openapi_fixed import KNOWN
from api.openapi_headers import OF_DATED_READS, OF_READS, OF_WRITES, Part, parameters, ref
from api.openapi_parameters import conditions, expand_parameter, id_parameter, list_parameters
from api.openapi_parts import (
    BAD_READ,
    BAD_WRITE,
    DELETED,
    IMPORTED,
    NAMES,
    NOT_MODIFIED,
    REPLAYED,
    problems,
)
from api.openapi_reach import Reach
from api.openapi_shapes import Shapes
from resources.body import JSON, JSON_PATCH, MERGE_PATCH, NDJSON
from schemas.rule import ever_open
from schemas.view import View

FIXED_TAGS = ("collections", "accounts", "server")
KINDS = ("", "List", "Row", "RowList", "Expand", "Create", "Replace", "Patch", NAMES[412])
VERBS = ("create", "get", "replace", "update", "delete")
CONDITION_NEEDED = (
    " A condition is needed (`If-Match`, `If-None-Match` or `If-Unmodified-Since`) where there is "
    "a record already: without one the answer is 428."
)


def names_of(word: str, words: str) -> set[str]:
    """Of the components and operations of a fragment."""
    schemas = {f"{word}{kind}" for kind in KINDS}
    return schemas | {f"{verb}{word}" for verb in VERBS} | {f"list{words}"}


def fragment(view: View, word: str, words: str, actions: frozenset[str], reach: Reach) -> Part:
    """``word``: what a record is called, as a component and in operation ids; ``words``: many. The
    last one of a view is kept."""
    asked, place = (word, words, actions, reach), (Fragment, view)
    known, part = view.definition.derived.get(place, (None, None))
    if part is None or known != asked:
        part = Fragment(view, word, words, actions, reach).document()
        view.definition.derived[place] = (asked, part)
    return part


class Fragment:
    def __init__(
        self, view: View, word: str, words: str, actions: frozenset[str], reach: Reach
    ) -> None:
        self.view = view
        self.reach = reach
        self.definition = view.definition
        self.word = word
        self.words = words
        self.actions = actions
        name = self.definition.name
        self.tag = f"{name} records" if name in FIXED_TAGS else name
        self.shapes = Shapes(view, word, actions, reach)
        self.answers = Answers(self.shapes, word, actions)

    def document(self) -> Part:
        plural = {"get": self.listing(), "post": self.create()}
        one = {
            "get": self.read(),
            "put": self.replace(),
            "patch": self.update(),
            "delete": self.delete(),
        }
        paths = {
            f"/api/{self.definition.name}": _present(plural),
            f"/api/{self.definition.name}/{{id}}": _present(one),
        }
        if paths[f"/api/{self.definition.name}/{{id}}"]:
            paths[f"/api/{self.definition.name}/{{id}}"]["parameters"] = [id_parameter(self.view)]
        components = self.answers.components()
        schemas = self.shapes.schemas() | components.get("schemas", {})
        description = self.definition.description or f"Records of `{self.definition.name}`."
        return {
            "paths": {path: item for path, item in paths.items() if item},
            "components": {**components, "schemas": schemas},
            "tag": {"name": self.tag, "description": description},
        }

    def operation(self, name: str, summary: str, *actions: str, **rest: Any) -> Part | None:
        if not self.actions.intersection(actions):
            return None
        open_to_all = any(ever_open(getattr(self.definition.access, one)) for one in actions)
        return {
            "operationId": name,
            "summary": summary,
            "description": rest.pop("description", summary),
            "tags": [self.tag],
            "security": [{}, *KNOWN] if open_to_all else KNOWN,
            **rest,
        }

    def listing(self) -> Part | None:
        return self.operation(
            f"list{self.words}",
            f"List records of {self.tag}",
            "read",
            description="A page. Follow `next` as it is for the one after: it stays right though "
            "records come and go meanwhile. `QUERY` at this address does the same, "
            "with the parameters in a form-encoded body, where they are too long for a URL.",
            parameters=[
                *list_parameters(self.view, self.reach),
                *parameters(*OF_READS),
                *conditions(self.view),
            ],
            responses={"200": self.answers.listed()} | NOT_MODIFIED | problems(*BAD_READ),
        )

    def create(self) -> Part | None:
        content = {
            JSON: self.body(f"{self.word}Create"),
            NDJSON: {"schema": {"type": "string", "contentMediaType": NDJSON}},
        }
        return self.operation(
            f"create{self.word}",
            f"Create a record of {self.tag}",
            "create",
            description="One record as JSON. Or many, one a line, as `application/x-ndjson`: all "
            "or nothing; with `?on_error=skip` what is valid; with `?on_conflict=replace` each "
            "line as a PUT would.",
            parameters=parameters(*OF_READS, "Idempotency-Key", "Prefer"),
            requestBody={"required": True, "content": content},
            responses=self.answers.created(REPLAYED) | IMPORTED | problems(*BAD_WRITE),
        )

    def read(self) -> Part | None:
        return self.operation(
            f"get{self.word}",
            f"Read one record of {self.tag}",
            "read",
            parameters=[*expand_parameter(self.reach), *parameters(*OF_DATED_READS)],
            responses={"200": self.answers.read()}
            | NOT_MODIFIED
            | problems(*BAD_READ, 410)
            | self.answers.stale(),
        )

    def replace(self) -> Part | None:
        return self.operation(
            f"replace{self.word}",
            f"Create or replace one record of {self.tag}",
            "create",
            "update",
            description="The record becomes what is sent: absent fields return to their default "
            "or null. The same again changes nothing." + self.condition_needed,
            parameters=parameters(*OF_WRITES, "Prefer"),
            requestBody={"required": True, "content": {JSON: self.body(f"{self.word}Replace")}},
            responses=self.answers.replaced()
            | self.answers.created()
            | self.refusals_of_change(*BAD_WRITE),
        )

    def update(self) -> Part | None:
        content = {type: self.body(f"{self.word}Patch") for type in (MERGE_PATCH, JSON)}
        if "read" in self.actions:
            content[JSON_PATCH] = {"schema": ref("JsonPatch"), "example": self.patch_example()}
        return self.operation(
            f"update{self.word}",
            f"Change some fields of one record of {self.tag}",
            "update",
            description="A merge patch (RFC 7396): what is absent stays, null makes null; "
            "`application/json` means the same. Or a JSON Patch (RFC 6902), done whole or not at "
            "all; what it removes becomes null." + self.condition_needed,
            parameters=parameters(*OF_WRITES, "Idempotency-Key", "Prefer"),
            requestBody={"required": True, "content": content},
            responses=self.answers.updated() | self.refusals_of_change(*BAD_WRITE, 410),
        )

    def delete(self) -> Part | None:
        return self.operation(
            f"delete{self.word}",
            f"Delete one record of {self.tag}",
            "delete",
            description="204, and 204 again." + self.condition_needed,
            parameters=parameters(*OF_WRITES),
            responses=DELETED | self.refusals_of_change(*BAD_READ, 409),
        )

    @property
    def condition_needed(self) -> str:
        return CONDITION_NEEDED if self.definition.require_if_match else ""

    def refusals_of_change(self, *statuses: int) -> Part:
        needed = (428,) if self.definition.require_if_match else ()
        return problems(*statuses, *needed) | self.answers.stale()

    def body(self, component: str) -> Part:
        media: Part = {"schema": ref(component)}
        example = self.shapes.sent_examples(component)
        if example and not component.endswith("Patch"):
            media["example"] = example
        return media

    def patch_example(self) -> list[Part]:
        """Sure to be valid: of a field that can be null, else of none."""
        optional = [n for n in self.view.readable if self.may_be_null(n)]
        emptied = [{"op": "remove", "path": f"/{name}"} for name in optional[:1]]
        return [{"op": "test", "path": "/revision", "value": 412}, *emptied]

    def may_be_null(self, name: str) -> bool:
        field = self.view.readable[name]
        return self.view.may_write(field) and not (field.required or field.immutable)


def _present(operations: dict[str, Part | None]) -> Part:
    return {method: one for method, one in operations.items() if one is not None}
