"""Cursors: where a page begins, signed, and bound to the query that they were made for."""

import hashlib
from dataclasses import replace
from typing import Any

import orjson
from itsdangerous import BadData, URLSafeSerializer
from marshmallow import ValidationError

from models.query import Query
from models.refusal import Failure, Refusal
from schemas.value import strict_field
from schemas.view import View


class Cursors:
    """``caller`` is who they are made for; another one's do not work."""

    def __init__(self, secret: bytes, caller: str) -> None:
        self._signer = URLSafeSerializer(secret, salt="cursor")
        self._caller = caller

    def make(self, view: View, query: Query, behind: tuple[Any, ...]) -> str:
        wire = orjson.loads(orjson.dumps(behind, default=str))
        return str(self._signer.dumps([self._mark(view, query), wire]))

    def begin(self, view: View, query: Query, cursor: str) -> Query:
        """The query, beginning there. 400 for a cursor that was not made for it."""
        try:
            mark, wire = self._signer.loads(cursor)
        except (BadData, ValueError, TypeError):
            raise _refused("This is no cursor of this server.") from None
        if mark != self._mark(view, query):
            raise _refused("This cursor was made for other parameters, or for another caller.")
        return replace(query, after=_values(view, query, wire))

    def _mark(self, view: View, query: Query) -> str:
        asked = [
            view.definition.name,
            self._caller,
            view.admin,
            sorted((name, str(value)) for name, value in query.equal.items()),
            [(sort.name, sort.descending) for sort in query.order],
        ]
        return hashlib.blake2b(orjson.dumps(asked), digest_size=9).hexdigest()


def _values(view: View, query: Query, wire: list[Any]) -> tuple[Any, ...]:
    try:
        return tuple(
            None if value is None else _value(view, sort.name, value)
            for sort, value in zip(query.order, wire, strict=True)
        )
    except (ValidationError, ValueError):
        raise _refused("The collection has changed since this cursor was made.") from None


def _value(view: View, name: str, value: Any) -> Any:
    return strict_field(view.spec(name)).parse(value)


def _refused(detail: str) -> Refusal:
    return Refusal("invalid-parameter", "Not valid: cursor.", [Failure("cursor", "cursor", detail)])
