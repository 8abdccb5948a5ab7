"""JSON Patch (RFC 6902): what a document of operations says, and what it makes of another.

The operations are jsonpatch's. Ours is what it leaves to its caller, all that is wrong with a patch
at once and how much may be copied, and what it does by recursion: to copy values and compare them.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from typing import Any, NamedTuple

from jsonpatch import (
    AddOperation,
    JsonPatchException,
    MoveOperation,
    RemoveOperation,
    ReplaceOperation,
    path_split,
)
from jsonpointer import EndOfList, JsonPointer, JsonPointerException

from models.refusal import Failure, Refusal
from schemas.json_value import copied, deeper, equal, size

MOST_OPERATIONS = 1000
NEEDS = {
    "add": ("path", "value"),
    "remove": ("path",),
    "replace": ("path", "value"),
    "move": ("path", "from"),
    "copy": ("path", "from"),
    "test": ("path", "value"),
}
# RFC 6902 §4.5: to copy is to add what is there.
DONE_BY = {
    "add": AddOperation,
    "remove": RemoveOperation,
    "replace": ReplaceOperation,
    "move": MoveOperation,
    "copy": AddOperation,
}
BAD_ESCAPE = re.compile("~(?![01])")
SHOWN = 80


class Operation(NamedTuple):
    """``source``: its member "from"."""

    op: str
    path: str
    source: str
    value: Any


class Impossible(Exception):
    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


class Copied:
    """What jsonpatch gets in place of a value: it takes ``copy.deepcopy`` of it."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __deepcopy__(self, memo: Any) -> Any:
        return copied(self.value)


def read_operations(body: Any, system: Collection[str] = ()) -> list[Operation]:
    """422 with all that is wrong. ``system``: members of the document that cannot be changed, so
    neither can the document be replaced as a whole."""
    if not isinstance(body, list):
        raise _invalid([Failure("", "type", "Must be an array of operations.")])
    if len(body) > MOST_OPERATIONS:
        detail = f"Must have at most {MOST_OPERATIONS} operations."
        raise _invalid([Failure("", "max_items", detail)])
    failures = [one for i, said in enumerate(body) for one in _failures(said, f"/{i}", system)]
    if failures:
        raise _invalid(failures)
    return [
        Operation(said["op"], said["path"], said.get("from", ""), said.get("value"))
        for said in body
    ]


def _invalid(failures: list[Failure]) -> Refusal:
    return Refusal("validation-failed", "The JSON Patch is not valid.", failures)


def _failures(said: Any, at: str, system: Collection[str]) -> Iterator[Failure]:
    if not isinstance(said, dict):
        yield Failure(at, "type", "Must be a JSON object.")
        return
    op = said.get("op")
    if "op" not in said:
        yield Failure(f"{at}/op", "required", "Must be sent.")
    elif not isinstance(op, str) or op not in NEEDS:
        yield Failure(f"{at}/op", "enum", f"Must be one of {', '.join(NEEDS)}.")
        op = None
    for name in NEEDS.get(op or "", ("path",)):
        if name not in said:
            yield Failure(f"{at}/{name}", "required", "Must be sent.")
        elif name != "value":
            changes = op == "move" or (name == "path" and op != "test")
            yield from _pointer_failures(said[name], f"{at}/{name}", system if changes else ())


def _pointer_failures(pointer: Any, at: str, system: Collection[str]) -> Iterator[Failure]:
    """``system``: where it may not lead."""
    if not isinstance(pointer, str):
        yield Failure(at, "type", "Must be a string.")
    elif (pointer and not pointer.startswith("/")) or BAD_ESCAPE.search(pointer):
        detail = "Must be a JSON Pointer (RFC 6901): empty or beginning with /, ~ as ~0, / as ~1."
        yield Failure(at, "pointer", detail)
    elif system and not pointer and at.endswith("/path"):
        detail = f"The whole cannot be replaced: {', '.join(system)} cannot be changed."
        yield Failure(at, "immutable", detail)
    elif (first := path_split(pointer)[:1]) and first[0] in system:
        yield Failure(at, "immutable", f"{first[0]} is the system's: it cannot be changed.")


class Limits(NamedTuple):
    """A patch can copy, and so make much of little. ``bytes``: of all copies together."""

    bytes: int
    depth: int


def apply(operations: Iterable[Operation], document: Any, limits: Limits) -> Any:
    """All or nothing, on a copy: 409 with the operation that cannot be done; 422 where the
    operations ``copy`` make too much, or the result is nested too deep."""
    document = copied(document)
    left = limits.bytes
    for i, operation in enumerate(operations):
        try:
            value = operation.value
            if operation.op == "copy":
                value = _found(document, operation.source, "from")
                left -= size(value, left)
            if left < 0:
                detail = f"All that is copied must have at most {limits.bytes} bytes."
                raise _invalid([Failure(f"/{i}", "max_bytes", detail)])
            document = _applied(operation, value, document)
        except Impossible as error:
            detail = f"Operation {i} cannot be done: nothing was changed."
            failure = Failure(f"/{i}", error.code, error.detail)
            raise Refusal("conflict", detail, [failure]) from None
    if deeper(document, limits.depth):
        detail = f"What it makes must be nested at most {limits.depth} deep."
        raise _invalid([Failure("", "max_depth", detail)])
    return document


def _applied(operation: Operation, value: Any, document: Any) -> Any:
    """The document, changed in place, or what takes its place."""
    op, path, source = operation.op, operation.path, operation.source
    if op == "test":
        if not equal(_found(document, path, "test"), value):
            raise Impossible("test", f"The value at {_shown(path)} is another.")
        return document
    if op == "move":
        if path.startswith(f"{source}/"):
            raise Impossible("move", "A value cannot be moved into itself.")
        _found(document, source, "from")
    elif op in ("remove", "replace"):
        _found(document, path, "path")
    members = {"op": op, "path": path, "from": source, "value": Copied(value)}
    try:
        return DONE_BY[op](members).apply(document)
    except (JsonPatchException, JsonPointerException):
        raise Impossible("path", _nowhere(op, path)) from None


def _found(document: Any, pointer: str, code: str) -> Any:
    try:
        found = JsonPointer(pointer).resolve(document)
    except JsonPointerException:
        raise Impossible(code, f"There is nothing at {_shown(pointer)}.") from None
    if isinstance(found, EndOfList):
        raise Impossible(code, f"There is nothing at {_shown(pointer)}: it is behind the end.")
    return found


def _nowhere(op: str, path: str) -> str:
    if op == "remove":
        return "The document as a whole cannot be removed."
    return (
        f"Nothing can be put at {_shown(path)}: what it would be in must be there, as an object, "
        "or as an array that is long enough."
    )


def _shown(pointer: str) -> str:
    return f'"{pointer if len(pointer) <= SHOWN else pointer[:SHOWN] + "…"}"'
