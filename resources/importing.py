"""Import: NDJSON, a record a line, in one transaction.

The lines are received and, as far as that needs no database, validated before the transaction
begins, so that nobody waits for a slow client. In between they lie in a temporary file.
"""

import hashlib
import pickle  # what is loaded is what this process has written a moment ago
from collections.abc import Iterator
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from flask import Response, current_app, g, request

from models.caller import Moment
from models.database import Moved, unavailable
from models.refusal import Failure, Refusal
from resources.access import demand_possible, open_view
from resources.answer import answer
from resources.asked import Asked
from resources.body import JSON, NDJSON, demand_type
from resources.negotiation import demand_acceptable, preferences
from resources.parameters import chosen
from resources.representation import demand_unchanged_list
from resources.storing import Line, Report, Store
from resources.transaction import reading, written
from schemas.json import read_json
from schemas.record import (
    brought_key,
    invalid,
    read_members,
    to_create,
)
from schemas.view import View

IN_MEMORY = 1 << 20
BATCH = 500
TOO_LONG = b"\0"
"""Stands for a line over its limit where two requests are compared."""


def import_records(collection: str) -> Response:
    """In two steps, so that no transaction waits for a slow client."""
    with reading() as asked:
        view = open_view(asked, collection, "create")
        if "on_conflict" not in request.args:
            demand_possible(asked, view, "create")
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

        def store_all(asked: Asked) -> Response:
            demand_unchanged_list(asked, view)
            if not skipping:
                report.refuse_if_any()
            _demand_unmoved(asked, collection, view)
            store = Store(asked, view, report, replacing)
            for batch in _batches(spool, 1 if store.in_turn else BATCH):
                store.batch(batch)
            if not skipping:
                report.refuse_if_any()
            counts = {"created": report.created, "replaced": report.replaced}
            return answer(counts | report.failed)

        try:
            return written(store_all, collection)
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


def _demand_unmoved(asked: Asked, collection: str, view: View) -> None:
    """What one may may have changed, too."""
    if open_view(asked, collection, "create") is not view:
        raise unavailable("The definition was changed while the lines arrived.")


def _batches(spool: IO[bytes], most: int) -> Iterator[list[Line]]:
    """A key that is there twice begins a new batch: its first record is to be found stored."""
    batch: list[Line] = []
    keys: set[Any] = set()
    for line in _lines(spool):
        if len(batch) == most or line[1] in keys:
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
