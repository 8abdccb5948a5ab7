"""The one exception for everything that is refused, in words a client gets to read."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple


class Failure(NamedTuple):
    """One thing wrong, and where: ``pointer`` is an RFC 6901 JSON Pointer into what was sent."""

    pointer: str
    code: str
    detail: str


class Refusal(Exception):
    """Raised by any layer; ``api/errors.py`` answers it as ``application/problem+json``.

    ``name`` is a problem type of ``/problems`` ("conflict"): it decides title and status.
    ``extra`` are further members of the body, ``headers`` further header fields.
    """

    def __init__(
        self,
        name: str,
        detail: str,
        errors: Sequence[Failure] = (),
        *,
        headers: Mapping[str, str] | None = None,
        **extra: Any,
    ) -> None:
        super().__init__(f"{name}: {detail}")
        self.name = name
        self.detail = detail
        self.errors = tuple(errors)
        self.headers = dict(headers or {})
        self.extra = extra
