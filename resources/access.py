"""Which collection, and may this caller do this here, to this record."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from models.definition import Definition
from models.expression import Rows, Rule
from models.lookup import find_to_write
from models.permission import Rules
from models.record import Record
from models.refusal import Failure, Refusal
from models.tombstone import deleted_at
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


def demand_possible(asked: Asked, view: View, action: str) -> None:
    """That there could be a record to which this caller may do that. 401, 403."""
    if not asked.views.may_ever(view.definition, action):
        raise closed(asked)


def demand_admin(asked: Asked) -> None:
    if not asked.caller.administers:
        raise closed(asked)


def no_record() -> Refusal:
    """None that this caller may know of."""
    return Refusal("not-found", "There is no such record.")


def missing(asked: Asked, view: View, key: object, *actions: str) -> Refusal:
    """410 for what was deleted; but where what one may do depends on the record, there is none to
    ask any more."""
    if depends(asked, view, *actions):
        return no_record()
    if deleted_at(asked.connection, view.definition.name, key) is not None:
        return Refusal("gone", "This record was deleted. PUT brings it back to life.")
    return no_record()


def depends(asked: Asked, view: View, *actions: str) -> bool:
    """Whether any of this is allowed for some records, and for others not."""
    found = (asked.views.rows(view.definition, action) for action in actions)
    return any(rows is not None and rows.rule is not None for rows in found)


def find_for(asked: Asked, view: View, key: object, action: str) -> Record | None:
    """The record to which ``action`` is to be done, locked. 401, 403; 404 where it is hidden."""
    read, act = gates(asked, view, action)
    found = find_to_write(asked, view.definition, key, rules_of(read, act))
    if found is None:
        return None
    refuse_where_not(asked, read, act, found.holding)
    return found.record


def refuse_where_not(
    asked: Asked, read: Rows | None, act: Rows | None, true: frozenset[Rule]
) -> None:
    """``true``: those of the rules that are true of the record."""
    if read is not None and not holds(read, true):
        raise no_record()
    if act is None or not holds(act, true):
        raise no_record() if read is None and act is not None else closed(asked)


def gates(asked: Asked, view: View, action: str) -> tuple[Rows | None, Rows | None]:
    views, definition = asked.views, view.definition
    return views.rows(definition, "read"), views.rows(definition, action)


def rules_of(*gates: Rows | None) -> Rules:
    found = (rows.rule for rows in gates if rows is not None)
    return tuple(dict.fromkeys(rule for rule in found if rule is not None))


def holds(rows: Rows, true: frozenset[Rule]) -> bool:
    return rows.rule is None or rows.rule in true


@contextmanager
def as_seen(asked: Asked, view: View) -> Iterator[None]:
    """Around what may be in conflict with what is stored: a 409 names no field, and no other
    collection, that this caller cannot see."""
    try:
        yield
    except Refusal as refusal:
        if refusal.name != "conflict":
            raise
        other = refusal.extra.get("collection")
        shown = view if other is None else _all_seen(asked, other)
        seen = tuple(seen_failures(shown, refusal.errors))
        if seen != refusal.errors:
            refusal.errors, refusal.detail = seen, "What is stored does not allow it."
            # Nor whose field it is.
            refusal.extra.pop("collection", None)
        raise


def _all_seen(asked: Asked, name: str) -> View | None:
    """The view of a collection of which this caller sees all records: of some, they might be those
    that are hidden."""
    view = asked.views.readable(name)
    return None if view is None or depends(asked, view, "read") else view


def seen_failures(view: View | None, failures: Iterable[Failure]) -> Iterator[Failure]:
    """``view``: of the collection whose fields they point at; None if it is closed."""
    for failure in failures:
        field = failure.pointer[1:]
        if view is not None and field in ("", "id", *view.accepted):
            yield failure
        else:
            yield Failure("", failure.code, "Something that is not yours to see is in the way.")
