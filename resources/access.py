"""Which collection, and may this caller do this here."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from models.definition import Definition
from models.record import Record
from models.refusal import Failure, Refusal
from resources.asked import Asked, unauthenticated
from schemas.view import View


def find_view(asked: Asked, name: str) -> View:
    """The collection as this caller sees it. 404."""
    view = asked.views.of(name)
    if view is None:
        raise Refusal("not-found", "There is no such collection.")
    return view


def may(asked: Asked, definition: Definition, action: str) -> bool:
    return asked.views.may(definition, action)


def closed(asked: Asked) -> Refusal:
    if not asked.caller.known:
        return unauthenticated("This is not open to everyone: say who you are.")
    return Refusal("forbidden", "This is not open to you.")


def open_view(asked: Asked, name: str, *actions: str) -> View:
    """The collection, where any of ``actions`` is allowed. 401, 403, 404."""
    view = find_view(asked, name)
    if not any(may(asked, view.definition, action) for action in actions):
        raise closed(asked)
    return view


def unseen_references(
    asked: Asked, view: View, values: Mapping[str, Any], stored: Record | None
) -> list[str]:
    """The fields in which ``values`` newly refer to records that this caller may not read."""
    return [
        field.name
        for field in view.definition.references
        if values[field.name] is not None
        and (stored is None or values[field.name] != stored[field.name])
        and field.to in asked.definitions
        and not may(asked, asked.definitions[field.to], "read")
    ]


@contextmanager
def as_seen(asked: Asked, view: View) -> Iterator[None]:
    """Around what may be in conflict with what is stored: a 409 names no field, and no other
    collection, that this caller cannot see."""
    try:
        yield
    except Refusal as refusal:
        if refusal.name != "conflict" or asked.caller.admin:
            raise
        other = refusal.extra.get("collection")
        shown = view if other is None else asked.views.readable(other)
        seen = tuple(seen_failures(shown, refusal.errors))
        if seen != refusal.errors:
            refusal.errors, refusal.detail = seen, "What is stored does not allow it."
        if shown is None:
            del refusal.extra["collection"]
        raise


def seen_failures(view: View | None, failures: Iterable[Failure]) -> Iterator[Failure]:
    """``view``: of the collection whose fields they point at; None if it is closed."""
    for failure in failures:
        field = failure.pointer[1:]
        if view is not None and field in ("", "id", *view.accepted):
            yield failure
        else:
            yield Failure("", failure.code, "Something that is not yours to see is in the way.")


def demand(asked: Asked, view: View, action: str) -> None:
    if not may(asked, view.definition, action):
        raise closed(asked)


def demand_admin(asked: Asked) -> None:
    if not asked.caller.administers:
        raise closed(asked)
