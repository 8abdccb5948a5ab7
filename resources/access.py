"""Which collection, and may this caller do this here."""

from models.definition import Definition
from models.refusal import Refusal
from resources.asked import Asked, unauthenticated
from schemas.view import View, view_of


def find_view(asked: Asked, name: str) -> View:
    """The collection as this caller sees it. 404."""
    definition = asked.definitions.get(name)
    if definition is None:
        raise Refusal("not-found", "There is no such collection.")
    return view_of(definition, asked.caller.admin)


def may(asked: Asked, definition: Definition, action: str) -> bool:
    return asked.caller.admin or getattr(definition.access, action) is True


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


def demand(asked: Asked, view: View, action: str) -> None:
    if not may(asked, view.definition, action):
        raise closed(asked)


def demand_admin(asked: Asked) -> None:
    if not asked.caller.admin:
        raise closed(asked)
