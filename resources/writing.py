"""What is written, if the rules are true of what it becomes."""

from collections.abc import Callable, Collection, Mapping
from typing import Any, NamedTuple

from models.definition import Definition
from models.expression import NEVER, Rows, Rule
from models.permission import Rules, judge_new, judge_stored, visible
from models.record import Record, change, changed
from models.record_key import new_key
from resources.access import as_seen, closed, gates, holds, rules_of
from resources.asked import Asked
from schemas.record import Values
from schemas.view import View


class Written(NamedTuple):
    """``readable``: whether whoever wrote it may read it."""

    record: Record
    readable: bool


def write_permitted(
    asked: Asked,
    view: View,
    action: str,
    record: Mapping[str, Any],
    unseen: Collection[str],
    write: Callable[[], Record],
) -> Written:
    """``write`` what is to be such a ``record``, if the rule of ``action`` is true of that. 401 and
    403 come before what the database finds; unless only that can tell."""
    read, act = gates(asked, view, action)
    rules = rules_of(read, act)
    early = tuple(rule for rule in rules if not rule.late)
    true = judge_new(asked, view.definition, record, early, unseen)
    _demand_true(asked, act, early, true)
    with as_seen(asked, view):
        stored = write()
    late = tuple(rule for rule in rules if rule.late)
    true |= judge_stored(asked, view.definition, stored["id"], late)
    _demand_true(asked, act, late, true)
    return Written(stored, read is not None and holds(read, true))


def _demand_true(asked: Asked, act: Rows | None, judged: Rules, true: frozenset[Rule]) -> None:
    if act is None or (act.rule in judged and act.rule not in true):
        raise closed(asked)


def unseen_references(
    asked: Asked, view: View, values: Mapping[str, Any], stored: Record | None, key: object = None
) -> list[str]:
    """The fields in which ``values`` newly refer to records that this caller may not read. ``key``
    is that of the record itself, if it is known: one may refer to what one is about to make."""
    found = []
    for field in view.definition.references:
        value = values[field.name]
        if value is None or (stored is not None and value == stored[field.name]):
            continue
        target = asked.definitions.get(field.to or "")
        own = target is view.definition and value == key
        if target is not None and not _is_visible(asked, target, value, own):
            found.append(field.name)
    return found


def _is_visible(asked: Asked, target: Definition, key: object, own: bool) -> bool:
    rows = asked.views.rows(target, "read")
    if rows is None:
        return False
    if rows.rule is None or own:
        return True
    return rows.rule is not NEVER and bool(visible(asked, rows, [key]))


def add_permitted(
    asked: Asked, view: View, key: object, values: Values, insert: Callable[..., Record]
) -> Written:
    """``insert``: ``add`` or ``add_at``. ``key`` may be None where the server makes it."""
    if key is None and any(
        "id" in rule.columns for rule in rules_of(*gates(asked, view, "create"))
    ):
        key = new_key(asked.connection, view.definition)
    record = {"id": key, **values, "created_at": asked.now, "updated_at": asked.now}
    unseen = unseen_references(asked, view, values, None, key)

    def write() -> Record:
        return insert(asked, view.definition, key, values, unseen)

    return write_permitted(asked, view, "create", record, unseen, write)


def change_permitted(asked: Asked, view: View, stored: Record, values: Values) -> Written:
    record = {**changed(view.definition, stored, values)}
    if record != stored:
        record["updated_at"] = asked.now
    unseen = unseen_references(asked, view, values, stored, stored["id"])

    def write() -> Record:
        return change(asked, view.definition, stored, values, unseen)

    return write_permitted(asked, view, "update", record, unseen, write)
