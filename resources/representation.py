"""A record, or a page of them, as a response with its header fields."""

from urllib.parse import quote, urlencode

from flask import Response, request

from models.listing import Page
from models.query import Query
from models.record import Record
from resources.access import may
from resources.answer import JSON, answer, body_tag, json_bytes, modified, no_content, revision_tag
from resources.transaction import Asked
from schemas.cursor import Cursors
from schemas.record import present
from schemas.view import View


def shown(view: View, record: Record) -> Response:
    return answer(present(view, record), 200, validators(view, record))


def created(asked: Asked, view: View, record: Record) -> Response:
    headers = {"Location": address(view, record), "ETag": tag(view, record)}
    return _written(asked, view, record, 201, headers)


def updated(asked: Asked, view: View, record: Record) -> Response:
    return _written(asked, view, record, 200, validators(view, record))


def _written(
    asked: Asked, view: View, record: Record, status: int, headers: dict[str, str]
) -> Response:
    """What was written is shown to those who may read it."""
    if may(asked, view.definition, "read"):
        headers |= {"Content-Location": address(view, record)}
        return answer(present(view, record), status, headers)
    if status == 201:
        return Response(status=201, headers=headers, content_type=JSON)
    return no_content()


def validators(view: View, record: Record) -> dict[str, str]:
    return {"ETag": tag(view, record), "Last-Modified": modified(record["updated_at"])}


def tag(view: View, record: Record) -> str:
    return revision_tag(record["revision"], view.tag)


def address(view: View, record: Record) -> str:
    return f"/api/{view.definition.name}/{quote(str(record['id']), safe='')}"


def listed(view: View, query: Query, page: Page, cursors: Cursors) -> Response:
    following = None
    if page.behind is not None:
        following = _following(cursors.make(view, query, page.behind))
    body = {"items": [present(view, record) for record in page.records], "next": following}
    if page.total is not None:
        body["total"] = page.total
    data = json_bytes(body)
    headers = {"ETag": body_tag(data)}
    if following is not None:
        headers["Link"] = f'<{following}>; rel="next"'
    return Response(data, 200, headers, content_type=JSON)


def _following(cursor: str) -> str:
    pairs = [(n, v) for n, v in request.args.items(multi=True) if n not in ("cursor", "offset")]
    return f"{request.path}?{urlencode([*pairs, ('cursor', cursor)])}"
