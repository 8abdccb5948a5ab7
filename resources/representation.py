"""A record, or a page of them, as a response with its header fields."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote, urlencode

from flask import Response, current_app, request

from models.expansion import expand
from models.grouping import list_groups
from models.listing import list_records
from models.record import Record
from resources.access import may
from resources.answer import answer, answer_written, digest, modified, quoted, tagged
from resources.asked import Asked
from resources.condition import demand_list_conditions
from schemas.condition import Validators
from schemas.cursor import Cursors
from schemas.expansion import Shown
from schemas.grouping import asks_for_groups, present_groups, read_groups
from schemas.presentation import Presentation
from schemas.query import Reading, read_query
from schemas.record import present
from schemas.scope import Scope
from schemas.view import View

Pairs = Sequence[tuple[str, str]]


def shown(asked: Asked, view: View, record: Record, wanted: Shown) -> Response:
    found = expand(asked, [record], wanted.branches)
    presentation = Presentation(asked.seen, wanted, found)
    (body,) = presentation.presented(view, [record])
    if not wanted.branches:
        return answer(body, 200, validators(view, record))
    # It changes with what it shows of others, of whom Last-Modified does not tell.
    seen = digest(presentation.revisions(record))
    return answer(body, 200, {"ETag": quoted(f"{_tag(view, record)}-{seen}")})


def created(view: View, record: Record, readable: bool) -> Response:
    headers = {"Location": address(view, record), **validators(view, record)}
    return _written(view, record, readable, 201, headers)


def updated(view: View, record: Record, readable: bool) -> Response:
    return _written(view, record, readable, 200, validators(view, record))


def _written(
    view: View, record: Record, readable: bool, status: int, headers: dict[str, str]
) -> Response:
    """What was written is shown to those who may read it."""
    show = (lambda: present(view, record)) if readable else None
    return answer_written(status, address(view, record), headers, show)


def validators(view: View, record: Record) -> dict[str, str]:
    """Of a record, or of its state."""
    tag = quoted(_tag(view, record))
    return {"ETag": tag, "Last-Modified": modified(record["updated_at"])}


def state_of(view: View, record: Record) -> Validators:
    return Validators(_tag(view, record), record["updated_at"])


def _tag(view: View, record: Record) -> str:
    """Holds more than digits, so that a bare number can only mean the revision."""
    return f"{record['revision']}-{view.tag}"


def address(view: View, record: Record) -> str:
    return f"/api/{view.definition.name}/{quote(str(record['id']), safe='')}"


def takes_several(pairs: Pairs) -> bool:
    """Whether it takes several statements, which are to see one state of the database."""
    return any(name in ("sort", "expand", "count") for name, _ in pairs)


def list_answer(asked: Asked, view: View, pairs: Pairs) -> Response:
    """What the parameters ``pairs`` ask of the collection."""
    cursors = Cursors(asked.secret, asked.principal, view.definition.name)
    reading = read(asked, view, pairs)
    if asks_for_groups(reading):
        return _groups_answer(asked, reading, cursors, pairs)
    query, wanted = read_query(reading, cursors)
    page = list_records(asked, query)
    records = page.records
    found = expand(asked, records, wanted.branches)
    items = Presentation(asked.seen, wanted, found).presented(view, records)
    cursor = None
    if page.more or len(items) < len(records):
        cursor = cursors.make(reading.sent, page.position(len(items) - 1))
    return _page(items, page.total, cursor, pairs)


def _groups_answer(asked: Asked, reading: Reading, cursors: Cursors, pairs: Pairs) -> Response:
    grouping = read_groups(reading, cursors)
    groups = list_groups(asked, grouping)
    items = present_groups(reading.scope, grouping, groups.rows)
    cursor = groups.behind and cursors.make(reading.sent, groups.behind)
    return _page(items, groups.total, cursor, pairs)


def _page(items: list[Any], total: int | None, cursor: str | None, pairs: Pairs) -> Response:
    following = cursor and _following(pairs, cursor)
    body: dict[str, Any] = {"items": items, "next": following}
    if total is not None:
        body["total"] = total
    headers = {"Link": f'<{following}>; rel="next"'} if following else {}
    return tagged(body, urlencode(pairs).encode(), headers=headers)


def read(asked: Asked, view: View, pairs: Pairs) -> Reading:
    return Reading(Scope(asked.views, view), pairs, current_app.config["PENNYWORTH"])


def _following(pairs: Pairs, cursor: str) -> str:
    """The address of the next page; of a QUERY too long for one, it is to be asked with the same
    body."""
    kept = [(name, value) for name, value in pairs if name not in ("cursor", "offset")]
    following = f"{request.path}?{urlencode([*kept, ('cursor', cursor)])}"
    if request.method == "QUERY" and len(following) > current_app.config["PENNYWORTH"].max_url:
        return f"{request.path}?{urlencode({'cursor': cursor})}"
    return following


def demand_unchanged_list(asked: Asked, view: View) -> None:
    """A POST may depend on what the list holds, without parameters (RFC 9110 section 13.1). 412."""
    readable = may(asked, view.definition, "read")
    demand_list_conditions(asked.now, (lambda: list_answer(asked, view, ())) if readable else None)
