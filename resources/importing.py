"""Import: NDJSON, a record a line, in one transaction.

The lines are received and, as far as that needs no database, validated before the transaction
begins, so that nobody waits for a slow client. In between they lie in a temporary file.
"""

import hashlib
import pickle  # what is loaded is what this process has written a moment ago
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from flask import Response, current_app, g, request

from models.bulk import Failed, Item, failures_without, store_all
from models.caller import Moment
from models.database import Moved, unavailable
from models.record import changed, find_some_to_write
from models.refusal import Failure, Refusal
from resources.access import may, open_view, seen_failures, unseen_references
from resources.answer import answer
from resources.asked import Asked
from resources.body import JSON, NDJSON, demand_type
from resources.negotiation import demand_acceptable, preferences
from resources.parameters import chosen
from resources.representation import demand_unchanged_list
from resources.transaction import reading, written
from schemas.failure import MOST_FAILURES
from schemas.json import read_json
from schemas.record import (
    brought_key,
    invalid,
    read_members,
    settle_new,
    settle_replaced,
    to_create,
)
from schemas.view import View

IN_MEMORY = 1 << 20
BATCH = 500
TOO_LONG = b"\0"
"""Stands for a line over its limit where two requests are compared."""
Line = tuple[int, Any, Any]
"""Its number, the key that it brings or None, and its values; for replacing, those that it names:
the others depend on what is stored."""


@dataclass
class Report:
    created: int = 0
    replaced: int = 0
    failures: int = 0
    listed: list[Failed] = field(default_factory=list)
    room: int = MOST_FAILURES

    def fail(self, line: int, errors: Sequence[Failure]) -> None:
        self.failures += 1
        if self.room > 0:
            self.listed.append(Failed(line, errors[: self.room]))
            self.room -= len(errors)

    @property
    def failed(self) -> dict[str, Any]:
        """``more``: how many beyond those that are listed."""
        listed = [
            {"line": line, "errors": [error._asdict() for error in errors]}
            for line, errors in sorted(self.listed, key=lambda failed: failed.line)
        ]
        more = self.failures - len(listed)
        return {"failed": listed} | ({"more": more} if more else {})

    def refuse_if_any(self) -> None:
        if self.failures:
            lines = "1 line is" if self.failures == 1 else f"{self.failures} lines are"
            detail = f"{lines} not valid, so nothing was stored."
            raise Refusal("validation-failed", detail, **self.failed)


def import_records(collection: str) -> Response:
    """In two steps, so that no transaction waits for a slow client."""
    with reading() as asked:
        view = open_view(asked, collection, "create")
        demand_type(JSON, NDJSON, listed_in="Accept-Post")
        demand_acceptable(JSON)
        preferences()
        chosen_ones = chosen(on_error=("skip",), on_conflict=("replace",))
        replacing, skipping = "on_conflict" in chosen_ones, "on_error" in chosen_ones
        now = asked.moment
    report = Report()
    with SpooledTemporaryFile(max_size=IN_MEMORY) as spool:
        _receive(view, spool, report, now, replacing)
        spool.seek(0)

        def store(asked: Asked) -> Response:
            demand_unchanged_list(asked, view)
            if not skipping:
                report.refuse_if_any()
            _demand_unmoved(asked, view)
            for batch in _batches(spool):
                _store(asked, view, batch, report, replacing)
            if not skipping:
                report.refuse_if_any()
            counts = {"created": report.created, "replaced": report.replaced}
            return answer(counts | report.failed)

        try:
            return written(store, collection)
        except Moved as moved:
            # The body has been read, so the request cannot begin again.
            raise unavailable("Another request was in the way.") from moved


def _receive(view: View, spool: IO[bytes], report: Report, now: Moment, replacing: bool) -> None:
    settings = current_app.config["PENNYWORTH"]
    g.digest = hashlib.sha256()
    for number, line in enumerate(request.environ["pennyworth.body"].lines(settings.max_line), 1):
        g.digest.update(TOO_LONG if line is None else line)
        if line is None:
            detail = f"A line may have at most {settings.max_line} bytes."
            report.fail(number, [Failure("", "max_line", detail)])
            continue
        if not line.strip():
            continue
        try:
            pickle.dump((number, *_read(view, line, now, replacing)), spool)
        except Refusal as refusal:
            report.fail(number, refusal.errors or [Failure("", "malformed", refusal.detail)])


def _read(view: View, line: bytes, now: Moment, replacing: bool) -> tuple[Any, Any]:
    body = read_json(line, current_app.config["PENNYWORTH"].max_depth)
    if not replacing:
        return to_create(view, body, now)
    key, failures = brought_key(view.definition, body)
    sent, more = read_members(view, body)
    if failures or more:
        raise invalid([*failures, *more])
    return key, sent


def _demand_unmoved(asked: Asked, view: View) -> None:
    definition = asked.definitions.get(view.definition.name)
    if definition is not view.definition:
        raise unavailable("The definition was changed while the lines arrived.")


def _batches(spool: IO[bytes]) -> Iterator[list[Line]]:
    """A key that is there twice begins a new batch: its first record is to be found stored."""
    batch: list[Line] = []
    keys: set[Any] = set()
    for line in _lines(spool):
        if len(batch) == BATCH or line[1] in keys:
            yield batch
            batch, keys = [], set()
        batch.append(line)
        if line[1] is not None:
            keys.add(line[1])
    if batch:
        yield batch


def _lines(spool: IO[bytes]) -> Iterator[Line]:
    while True:
        try:
            yield pickle.load(spool)  # noqa: S301 - see the import
        except EOFError:
            return


def _store(asked: Asked, view: View, batch: list[Line], report: Report, replacing: bool) -> None:
    keys = [key for _, key, _ in batch if key is not None]
    stored = find_some_to_write(asked, view.definition, keys) if keys else {}
    items = []
    for number, key, said in batch:
        try:
            item = _item(asked, view, number, key, said, stored.get(key), replacing)
        except Refusal as refusal:
            report.fail(number, refusal.errors or [Failure("", refusal.name, refusal.detail)])
            continue
        if item is None:
            report.replaced += 1
        else:
            items.append(item)
    items = _without_unseen(asked, view, items, report)
    done, failed = store_all(asked, view.definition, items)
    report.created += sum(item.stored is None for item in done)
    report.replaced += sum(item.stored is not None for item in done)
    for line, errors in failed:
        report.fail(line, [*seen_failures(view, errors)])


def _without_unseen(asked: Asked, view: View, items: list[Item], report: Report) -> list[Item]:
    """A reference to what the caller may not read is answered like one to nothing."""
    kept = []
    for item in items:
        if unseen := unseen_references(asked, view, item.values, item.stored):
            failures = failures_without(asked, view.definition, item, unseen)
            report.fail(item.line, [*seen_failures(view, failures)])
        else:
            kept.append(item)
    return kept


def _item(
    asked: Asked,
    view: View,
    number: int,
    key: Any,
    said: Any,
    stored: Any,
    replacing: bool,
) -> Item | None:
    """None where the record is there already, just so."""
    if not replacing:
        if stored is not None:
            raise Refusal("conflict", "", [Failure("/id", "unique", "This value is taken.")])
        return Item(number, key, said)
    now = asked.moment
    if stored is None:
        return Item(number, key, settle_new(view, said, now, ()))
    if not may(asked, view.definition, "update"):
        raise Refusal("forbidden", "This record is not yours to replace.")
    if view.definition.require_if_match:
        raise Refusal("precondition-required", "It is there, and a line can carry no condition.")
    values = settle_replaced(view, said, stored, now, ())
    if changed(view.definition, stored, values) is stored:
        return None
    return Item(number, key, values, stored)
