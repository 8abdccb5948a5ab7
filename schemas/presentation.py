"""Records as they are shown, with those that they refer to under ``expand``."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import orjson

from models.definition import Definition
from models.expansion import Branch, Found
from models.record import Record
from schemas.expansion import Shown
from schemas.json import json_bytes
from schemas.record import present
from schemas.view import View

# Beyond it a page ends sooner than it was asked to: many records may refer to a large one.
MOST_BYTES = 16 << 20
Made = dict[tuple[Branch, Any], orjson.Fragment]
Seen = Callable[[Definition, Record], View]
"""Of a collection, as what kind of view whoever asks sees this record of it."""


class Presentation:
    """``found``: what is shown under ``expand``."""

    def __init__(self, seen: Seen, wanted: Shown, found: Found) -> None:
        self.seen = seen
        self.wanted = wanted
        self.found = found
        self.made: Made = {}

    def presented(self, view: View, records: Sequence[Record]) -> list[orjson.Fragment]:
        """As JSON; of several as many as fit into ``MOST_BYTES``."""
        items: list[orjson.Fragment] = []
        size = 0
        for record in records:
            shown = present(view, record, self.wanted.columns)
            item = json_bytes(shown | self.expanded(record, self.wanted.branches))
            size += len(item)
            if items and size > MOST_BYTES:
                break
            items.append(orjson.Fragment(item))
        return items

    def expanded(self, record: Record, branches: Sequence[Branch]) -> dict[str, Any]:
        if not branches:
            return {}
        return {"expand": {branch.field: self.reached(record, branch) for branch in branches}}

    def reached(self, record: Record, branch: Branch) -> Any:
        """Many records refer to one, which is made once."""
        key = record[branch.field]
        other = self.found[branch].get(key)
        if other is None or branch.target is None:
            return None
        if (branch, key) not in self.made:
            shown = present(self.seen(branch.target.rows.definition, other), other)
            whole = json_bytes(shown | self.expanded(other, branch.branches))
            self.made[branch, key] = orjson.Fragment(whole)
        return self.made[branch, key]

    def revisions(self, record: Record) -> bytes:
        """Of all that is shown under ``expand``: another state of any of it gives other bytes."""
        return "/".join(self._revisions(record, self.wanted.branches)).encode()

    def _revisions(self, record: Record, branches: Sequence[Branch]) -> Iterator[str]:
        for branch in branches:
            yield branch.field
            other = self.found[branch].get(record[branch.field])
            if other is None or branch.target is None:
                yield "-"
            else:
                view = self.seen(branch.target.rows.definition, other)
                # An account has no revision, but little that is shown.
                state = other.get("revision", present(view, other))
                yield f"{other['id']}:{state}:{view.tag}"
                yield from self._revisions(other, branch.branches)
