"""The body of a request: never cut silently, and never more of it in memory than its limit."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Protocol

from models.refusal import Refusal

STEP = 1 << 16


class Source(Protocol):
    def read(self, size: int, /) -> bytes: ...


class Body:
    """Is ``wsgi.input`` and ``environ["pennyworth.body"]``.

    ``limit`` is what ``read`` gives at most, and may be changed until then; over it, or where the
    body turns out to be broken, reading raises a ``Refusal``. ``lines`` knows no such limit.
    """

    def __init__(self, source: Source, length: int | None, limit: int) -> None:
        """``length`` is None if only the last chunk will tell."""
        self.limit = limit
        self._source = source
        self._left = length
        self._ended = length == 0
        self._ahead = b""
        self._given = 0

    @property
    def unread(self) -> bool:
        """Whether some of it may still be on the connection."""
        return not self._ended

    def receive(self) -> None:
        """Takes all of it off the connection if it fits, so that no app begins on half a body."""
        if not self._too_large():
            self._fill(self.limit + 1)

    def drain(self, most: int) -> None:
        """Takes up to ``most`` bytes off the connection, since a client that is still sending
        when it is hung up on never gets to see the answer."""
        with suppress(Refusal):
            while most > 0 and (piece := self._more(STEP)):
                most -= len(piece)

    def read(self, size: int | None = -1) -> bytes:
        whole = size is None or size < 0
        wanted = self.limit + 1 - self._given if whole else size
        self._refuse_too_large()
        self._fill(wanted)
        self._refuse_too_large()
        return self._give(len(self._ahead) if whole else wanted)

    def readline(self, size: int | None = -1) -> bytes:
        self._refuse_too_large()
        self._fill(self.limit + 1 - self._given)
        self._refuse_too_large()
        end = self._ahead.find(b"\n") + 1 or len(self._ahead)
        return self._give(end if size is None or size < 0 else min(end, size))

    def readlines(self, hint: int | None = None) -> list[bytes]:
        return list(self)

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.readline, b"")

    def lines(self, limit: int) -> Iterator[bytes | None]:
        """The physical lines with their ends, however many; None for one over ``limit`` bytes."""
        begun, over = b"", False
        while piece := self._give(len(self._ahead)) or self._more(STEP):
            *whole, rest = piece.split(b"\n")
            for line in whole:
                yield None if over or len(begun) + len(line) > limit else begun + line + b"\n"
                begun, over = b"", False
            over = over or len(begun) + len(rest) > limit
            begun = b"" if over else begun + rest
        if over or begun:
            yield None if over else begun

    def _too_large(self) -> bool:
        return self._given + len(self._ahead) + (self._left or 0) > self.limit

    def _refuse_too_large(self) -> None:
        if self._too_large():
            detail = f"The body may have at most {self.limit} bytes."
            raise Refusal("content-too-large", detail)

    def _fill(self, size: int) -> None:
        pieces, room = [self._ahead], size - len(self._ahead)
        while room > 0 and (piece := self._more(min(room, STEP))):
            pieces.append(piece)
            room -= len(piece)
        self._ahead = b"".join(pieces)

    def _give(self, size: int) -> bytes:
        data, self._ahead = self._ahead[:size], self._ahead[size:]
        self._given += len(data)
        return data

    def _more(self, size: int) -> bytes:
        """Up to ``size`` further bytes off the connection; none only at the end."""
        if self._ended:
            return b""
        try:
            piece = bytes(self._source.read(size if self._left is None else min(size, self._left)))
        except Exception as error:  # each server has its own for a bad chunk or a dead client
            self._ended = True
            raise Refusal("malformed-request", "The body is broken or ended early.") from error
        if not piece and self._left:
            self._ended = True
            raise Refusal("malformed-request", "The body is shorter than its Content-Length.")
        if self._left is not None:
            self._left -= len(piece)
        self._ended = not piece if self._left is None else not self._left
        return piece
