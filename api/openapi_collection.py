"""The part of the OpenAPI document that is one collection's, as one kind of caller sees it."""

from functools import lru_cache
from typing import Any

from api.openapi_parameters import conditions, id_parameter, list_parameters
from api.openapi_parts import (
    BAD_READ,
    BAD_WRITE,
    LIST_HEADERS,
    RECORD_HEADERS,
    WRITTEN_HEADERS,
    headers,
    problems,
    ref,
)
from api.openapi_shapes import Shapes
from models.table import MEMO
from schemas.view import View

FIXED_TAGS = ("collections", "server")
KINDS = ("", "List", "Create", "Replace", "Patch")
VERBS = ("create", "get", "replace", "update", "delete")
JSON, MERGE, NDJSON = "application/json", "application/merge-patch+json", "application/x-ndjson"


def singular(name: str) -> str:
    for ending, new in (("ies", "y"), ("sses", "ss"), ("ches", "ch"), ("xes", "x"), ("s", "")):
        if name.endswith(ending) and not name.endswith("ss") and len(name) > len(ending) + 1:
            return name[: -len(ending)] + new
    return name


def pascal(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_") if part)


def names_of(word: str, words: str) -> set[str]:
    """Of the components and operations of a fragment."""
    schemas = {f"{word}{kind}" for kind in KINDS}
    return schemas | {f"{verb}{word}" for verb in VERBS} | {f"list{words}"}


@lru_cache(MEMO)
def fragment(view: View, word: str, words: str, actions: frozenset[str]) -> dict[str, Any]:
    """``word``: what a record is called, as a component and in operation ids; ``words``: many."""
    return Fragment(view, word, words, actions).document()


class Fragment:
    def __init__(self, view: View, word: str, words: str, actions: frozenset[str]) -> None:
        self.view = view
        self.definition = view.definition
        self.word = word
        self.words = words
        self.actions = actions
        name = self.definition.name
        self.tag = f"{name} records" if name in FIXED_TAGS else name
        self.shapes = Shapes(view, word, actions)

    def document(self) -> dict[str, Any]:
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
        description = self.definition.description or f"Records of `{self.definition.name}`."
        return {
            "paths": {path: item for path, item in paths.items() if item},
            "schemas": self.shapes.schemas(),
            "tag": {"name": self.tag, "description": description},
        }

    def operation(
        self, name: str, summary: str, *actions: str, **rest: Any
    ) -> dict[str, Any] | None:
        if not self.actions.intersection(actions):
            return None
        open_to_all = any(getattr(self.definition.access, one) is True for one in actions)
        return {
            "operationId": name,
            "summary": summary,
            "description": rest.pop("description", summary),
            "tags": [self.tag],
            "security": [{}, {"bearer": []}] if open_to_all else [{"bearer": []}],
            **rest,
        }

    def listing(self) -> dict[str, Any] | None:
        return self.operation(
            f"list{self.words}",
            f"List records of {self.tag}",
            "read",
            description="A page. Follow `next` as it is for the one after: it stays right though "
            "records come and go meanwhile.",
            parameters=[*list_parameters(self.view), *conditions(self.view)],
            responses={
                "200": {
                    "description": "A page of records.",
                    "headers": LIST_HEADERS,
                    "content": {JSON: self.page_media()},
                }
            }
            | problems(*BAD_READ),
        )

    def page_media(self) -> dict[str, Any]:
        media: dict[str, Any] = {"schema": ref(f"{self.word}List")}
        example = self.shapes.shown_examples()
        return media if example is None else media | {"example": {"items": [example], "next": None}}

    def create(self) -> dict[str, Any] | None:
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
            requestBody={"required": True, "content": content},
            responses={"201": self.written("It was created."), "200": IMPORTED}
            | problems(*BAD_WRITE),
        )

    def read(self) -> dict[str, Any] | None:
        return self.operation(
            f"get{self.word}",
            f"Read one record of {self.tag}",
            "read",
            responses={"200": self.record("The record.", RECORD_HEADERS)}
            | problems(*BAD_READ, 410),
        )

    def replace(self) -> dict[str, Any] | None:
        return self.operation(
            f"replace{self.word}",
            f"Create or replace one record of {self.tag}",
            "create",
            "update",
            description="The record becomes what is sent: absent fields return to their default "
            "or null. The same again changes nothing.",
            requestBody={"required": True, "content": {JSON: self.body(f"{self.word}Replace")}},
            responses=self.changed("It was replaced.")
            | {"201": self.written("It was created.")}
            | problems(*BAD_WRITE),
        )

    def update(self) -> dict[str, Any] | None:
        content = {type: self.body(f"{self.word}Patch") for type in (MERGE, JSON)}
        return self.operation(
            f"update{self.word}",
            f"Change some fields of one record of {self.tag}",
            "update",
            description="A merge patch (RFC 7396): what is absent stays, null makes null.",
            requestBody={"required": True, "content": content},
            responses=self.changed("It was changed.") | problems(*BAD_WRITE, 410),
        )

    def delete(self) -> dict[str, Any] | None:
        return self.operation(
            f"delete{self.word}",
            f"Delete one record of {self.tag}",
            "delete",
            description="204, and 204 again.",
            responses={"204": {"description": "It is not there any more."}}
            | problems(*BAD_READ, 409),
        )

    def changed(self, description: str) -> dict[str, Any]:
        """Who may not read is not shown what was written."""
        if "read" in self.actions:
            return {"200": self.record(description, WRITTEN_HEADERS)}
        return {"204": {"description": "It was done."}}

    def record(self, description: str, headers: dict[str, Any]) -> dict[str, Any]:
        response: dict[str, Any] = {"description": description, "headers": headers}
        if "read" in self.actions:
            media: dict[str, Any] = {"schema": ref(self.word)}
            example = self.shapes.shown_examples()
            if example is not None:
                media["example"] = example
            response["content"] = {JSON: media}
        return response

    def written(self, description: str) -> dict[str, Any]:
        """201: what was made can be read, replaced, changed and deleted."""
        shown = ("Content-Location",) if "read" in self.actions else ()
        response = self.record(description, headers("ETag", "Location", *shown))
        if "read" in self.actions:
            response["links"] = self.links()
        return response

    def links(self) -> dict[str, Any]:
        followers = {
            "read": (f"get{self.word}",),
            "update": (f"replace{self.word}", f"update{self.word}"),
            "delete": (f"delete{self.word}",),
        }
        names = [n for action, n in followers.items() if action in self.actions]
        return {
            name: {"operationId": name, "parameters": {"id": "$response.body#/id"}}
            for group in names
            for name in group
        }

    def body(self, component: str) -> dict[str, Any]:
        media: dict[str, Any] = {"schema": ref(component)}
        example = self.shapes.sent_examples(component)
        if example and not component.endswith("Patch"):
            media["example"] = example
        return media


def _present(operations: dict[str, Any]) -> dict[str, Any]:
    return {method: one for method, one in operations.items() if one is not None}


IMPORTED: dict[str, Any] = {
    "description": "An import was done.",
    "headers": {"X-Request-Id": ref("X-Request-Id", "headers")},
    "content": {JSON: {"schema": ref("ImportReport")}},
}
