"""A record, or a page of them, as a response with its header fields."""

from collections.abc import Sequence
from urllib.parse import quote, urlencode

from flask import Response, request

from models.listing import list_records
from models.record import Record
from resources.access import may
from resources.answer import answer, answer_written, modified, quoted, tagged
from resources.asked import Asked
from resources.condition import demand_list_conditions
from schemas.condition import Validators
from schemas.cursor import Cursors
from schemas.query import read_query
from schemas.record import present
from schemas.view import View

Pairs = Sequence[tuple[str, str]]


def shown(view: View, record: Record) -> Response:
    return answer(present(view, record), 200, validators(view, record))


def created(asked: Asked, view: View, record: Record) -> Response:
    headers = {"Location": address(view, record), **validators(view, record)}
    return _written(asked, view, record, 201, headers)


def updated(asked: Asked, view: View, record: Record) -> Response:
    return _written(asked, view, record, 200, validators(view, record))


def _written(
    asked: Asked, view: View, record: Record, status: int, headers: dict[str, str]
) -> Response:
    """What was written is shown to those who may read it."""
    readable = may(asked, view.definition, "read")
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


def list_answer(asked: Asked, view: View, pairs: Pairs) -> Response:
    """What the parameters ``pairs`` ask of the collection."""
    cursors = Cursors(asked.secret, asked.caller.id or "")
    query = read_query(view, pairs, cursors)
    page = list_records(asked, view.definition, query)
    following = None
    if page.behind is not None:
        following = _following(pairs, cursors.make(view, query, page.behind))
    body = {"items": [present(view, record) for record in page.records], "next": following}
    if page.total is not None:
        body["total"] = page.total
    headers = {} if following is None else {"Link": f'<{following}>; rel="next"'}
    return tagged(body, urlencode(pairs).encode(), headers=headers)


def _following(pairs: Pairs, cursor: str) -> str:
    kept = [(name, value) for name, value in pairs if name not in ("cursor", "offset")]
    return f"{request.path}?{urlencode([*kept, ('cursor', cursor)])}"


def demand_unchanged_list(asked: Asked, view: View) -> None:
    """A POST may depend on what the list holds, without parameters (RFC 9110 section 13.1). 412."""
    readable = may(asked, view.definition, "read")
    demand_list_conditions(asked.now, (lambda: list_answer(asked, view, ())) if readable else None)
