"""Records as they are shown, with those that they refer to under ``expand``."""

from collections.abc import Iterator, Sequence
from typing import Any

import orjson

from models.expansion import Branch, Found
from models.record import Record
from schemas.expansion import Shown
from schemas.json import json_bytes
from schemas.record import present
from schemas.view import View, view_of

# Beyond it a page ends sooner than it was asked to: many records may refer to a large one.
MOST_BYTES = 16 << 20
Made = dict[tuple[Branch, Any], orjson.Fragment]


def presented(
    view: View, records: Sequence[Record], wanted: Shown, found: Found
) -> list[orjson.Fragment]:
    """As JSON; of several as many as fit into ``MOST_BYTES``."""
    made: Made = {}
    items: list[orjson.Fragment] = []
    size = 0
    for record in records:
        shown = present(view, record, wanted.columns)
        item = json_bytes(shown | _expanded(view, record, wanted.branches, found, made))
        size += len(item)
        if items and size > MOST_BYTES:
            break
        items.append(orjson.Fragment(item))
    return items


def _expanded(
    view: View, record: Record, branches: Sequence[Branch], found: Found, made: Made
) -> dict[str, Any]:
    if not branches:
        return {}
    return {"expand": {one.field: _reached(view, record, one, found, made) for one in branches}}


def _reached(view: View, record: Record, branch: Branch, found: Found, made: Made) -> Any:
    """Many records refer to one, which is made once."""
    key = record[branch.field]
    other = found[branch].get(key)
    if other is None or branch.target is None:
        return None
    if (branch, key) not in made:
        inside = view_of(branch.target.definition, view.admin)
        shown = present(inside, other)
        whole = shown | _expanded(inside, other, branch.branches, found, made)
        made[branch, key] = orjson.Fragment(json_bytes(whole))
    return made[branch, key]


def revisions(view: View, record: Record, branches: Sequence[Branch], found: Found) -> bytes:
    """Of all that is shown under ``expand``: another state of any of it gives other bytes."""
    return "/".join(_revisions(view, record, branches, found)).encode()


def _revisions(
    view: View, record: Record, branches: Sequence[Branch], found: Found
) -> Iterator[str]:
    for branch in branches:
        yield branch.field
        other = found[branch].get(record[branch.field])
        if other is None or branch.target is None:
            yield "-"
        else:
            inside = view_of(branch.target.definition, view.admin)
            # An account has no revision, but little that is shown.
            yield f"{other['id']}:{other.get('revision', other)}:{inside.tag}"
            yield from _revisions(inside, other, branch.branches, found)
