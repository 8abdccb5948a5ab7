"""Cursors: where a page begins, signed, and bound to the question that they were made for."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from math import inf
from typing import Any

import orjson
from itsdangerous import BadData, URLSafeSerializer
from marshmallow import ValidationError

from models.definition import Field, Items
from models.refusal import Failure, Refusal
from schemas.scope import kind_of, scale
from schemas.value import strict_field

# A page may be of another size than the one before.
UNBOUND = ("limit", "cursor", "offset")
INFINITE = (inf, -inf)
Reader = Callable[[Any], Any]


class Cursors:
    """``caller`` is who they are made for, ``of`` what they go through; others' do not work."""

    def __init__(self, secret: bytes, caller: str, of: str) -> None:
        self._signer = URLSafeSerializer(secret, salt="cursor")
        self._of = (caller, of)

    def make(self, sent: Mapping[str, str], behind: tuple[Any, ...]) -> str:
        # JSON would make null of what is beyond all doubles.
        told = [str(one) if one in INFINITE else one for one in behind]
        wire = orjson.loads(orjson.dumps(told, default="{:f}".format))
        return str(self._signer.dumps([self._mark(sent), wire]))

    def read(self, sent: Mapping[str, str], readers: Sequence[Reader]) -> tuple[Any, ...]:
        """Where the page begins: the values of the keys, each read by its reader. 400 for a cursor
        that was not made for this question."""
        try:
            mark, wire = self._signer.loads(sent["cursor"])
        except (BadData, ValueError, TypeError):
            raise _refused("This is no cursor of this server.") from None
        if mark != self._mark(sent):
            raise _refused("This cursor was made for other parameters, or for another caller.")
        try:
            pairs = zip(readers, wire, strict=True)
            return tuple(None if one is None else read(one) for read, one in pairs)
        except (ValidationError, ValueError, ArithmeticError, TypeError):
            raise _refused("The collection has changed since this cursor was made.") from None

    def _mark(self, sent: Mapping[str, str]) -> str:
        asked = sorted((name, value) for name, value in sent.items() if name not in UNBOUND)
        digest = hashlib.blake2b(orjson.dumps([self._of, asked]), digest_size=9)
        return digest.hexdigest()


def value_reader(spec: Field | Items) -> Reader:
    kind = kind_of(spec)
    options = {"precision": 18, "scale": scale(spec)} if kind == "decimal" else {}
    return strict_field(Items(kind, options)).parse


def _refused(detail: str) -> Refusal:
    return Refusal("invalid-parameter", "Not valid: cursor.", [Failure("cursor", "cursor", detail)])
