"""The answers of one collection's operations, and where they lead."""

from typing import Any

from api.openapi_headers import Part, headers, ref
from api.openapi_parts import CHANGED, NAMES, REPLACED, REPLAYED, name_of_stale, stale
from api.openapi_shapes import Shapes
from resources.body import JSON

OF_READ = ("ETag", "Last-Modified")
OF_WRITE = (*OF_READ, "Preference-Applied")


class Answers:
    """``word``: what a record is called."""

    def __init__(self, shapes: Shapes, word: str, actions: frozenset[str]) -> None:
        self.word = word
        self.actions = actions
        self.readable = "read" in actions
        self.shapes = shapes
        self.example = shapes.shown_examples()

    def components(self) -> dict[str, dict[str, Part]]:
        if not self.readable:
            return {}
        found = stale(self.word, "The record")
        return found if self.example is None else found | {"examples": self.examples()}

    def examples(self) -> dict[str, Part]:
        return {self.word: {"summary": "As it is shown.", "value": self.example}}

    def listed(self) -> Part:
        pages = [ref(f"{self.word}List"), ref(f"{self.word}RowList")]
        media: Part = {"schema": {"anyOf": pages}, "examples": self.pages()}
        return {
            "description": "A page of records; or of what `fields`, `aggregate` or `group_by` "
            "make of them.",
            "headers": headers("ETag", "Link"),
            "content": {JSON: media},
            "links": {f"get{self.word}": self.link("get", "$response.body#/items/0/id")},
        }

    def pages(self) -> Part:
        rows = self.shapes.rows.example(self.shapes.shown_by_field)
        found = {"groups": {"summary": "With `aggregate` and `group_by`.", "value": rows}}
        if self.example is None:
            return found
        records = {"items": [self.example], "next": None}
        return {"records": {"summary": "Records.", "value": records}} | found

    def read(self) -> Part:
        return self._record("The record.", *OF_READ) | {"links": self.links()}

    def created(self, *more: str) -> Part:
        """201. With `Prefer: return=minimal` there is no body, which no schema can say."""
        response = self._record("It was created.", "Location", *OF_WRITE, *more)
        return {"201": response | self.shown_links()}

    def replaced(self) -> Part:
        return self._changed("It was replaced.") | REPLACED

    def updated(self) -> Part:
        return self._changed("It was changed.", REPLAYED) | CHANGED

    def stale(self) -> Part:
        name = name_of_stale(self.word) if self.readable else NAMES[412]
        return {"412": ref(name, "responses")}

    def _changed(self, description: str, *more: str) -> Part:
        """Who may not read is not shown what was written."""
        if not self.readable:
            return {}
        return {"200": self._record(description, *OF_WRITE, *more) | self.shown_links()}

    def _record(self, description: str, *names: str) -> Part:
        if not self.readable:
            return {"description": description, "headers": headers(*names)}
        if "Preference-Applied" in names:
            names = (*names, "Content-Location")
        media: Part = {"schema": ref(self.word)}
        if self.example is not None:
            media["examples"] = {"stored": ref(self.word, "examples")}
        return {
            "description": description,
            "headers": headers(*names),
            "content": {JSON: media},
        }

    def shown_links(self) -> Part:
        return {"links": self.links()} if self.readable else {}

    def links(self) -> dict[str, Any]:
        """What was written or read can be read, replaced, changed and deleted."""
        verbs = {"read": ("get",), "update": ("replace", "update"), "delete": ("delete",)}
        offered = [v for action, of in verbs.items() if action in self.actions for v in of]
        return {f"{verb}{self.word}": self.link(verb, "$response.body#/id") for verb in offered}

    def link(self, verb: str, id: str) -> Part:
        parameters = {"id": id}
        if verb != "get":
            parameters["header.If-Match"] = "$response.header.ETag"
        return {"operationId": f"{verb}{self.word}", "parameters": parameters}
