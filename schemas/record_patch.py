"""What a patch makes of a stored record."""

from typing import Any

from models.record import Record, same
from models.refusal import Failure
from models.table import SYSTEM
from schemas.json_patch import Limits
from schemas.patch import as_read, json_patch, merge_patch
from schemas.record import Values, invalid, present, read_members, same_key, settled
from schemas.view import View


def to_merge(view: View, body: Any, stored: Record) -> Values:
    """A merge patch: what is absent stays, null makes null."""
    merged = body
    if isinstance(body, dict):
        merged = {n: _merged(view, n, value, stored) for n, value in body.items()}
    return _settled(view, merged, stored, same_key(view, body, stored["id"]))


def _merged(view: View, name: str, patch: Any, stored: Record) -> Any:
    field = view.accepted.get(name)
    if field is None or field.type != "json" or not isinstance(patch, dict):
        return patch
    return merge_patch(stored[name] if view.may_read(field) else None, patch)


def to_patch(view: View, body: Any, stored: Record, limits: Limits) -> Values:
    return _settled(view, members_changed(view, body, stored, limits), stored, [])


def members_changed(view: View, body: Any, stored: Record, limits: Limits) -> dict[str, Any]:
    """A JSON Patch works on what GET shows, and what it removes becomes null."""
    shown = as_read(present(view, stored))
    made = json_patch(shown, body, ("id", *SYSTEM), limits)
    if not isinstance(made, dict):
        raise invalid([Failure("", "type", "Must be a JSON object.")])
    removed = {name: None for name in shown if name not in made}
    return removed | {n: v for n, v in made.items() if n not in shown or not same(v, shown[n])}


def _settled(view: View, members: Any, stored: Record, failures: list[Failure]) -> Values:
    sent, more = read_members(view, members)
    fallback = {name: stored[name] for name in view.definition.fields}
    return settled(view, sent, fallback, stored, [*failures, *more])
