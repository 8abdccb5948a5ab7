"""A client's connection to the gunicorn worker: how a request is taken from it and answered."""

import re
import socket
import ssl
import threading
import time
from contextlib import suppress
from http import HTTPStatus
from typing import Any

from gunicorn.config import Config
from gunicorn.http.body import ChunkedReader
from gunicorn.http.errors import (
    LimitRequestHeaders,
    NoMoreData,
    ParseException,
    UnsupportedTransferCoding,
)
from gunicorn.http.message import Request
from gunicorn.http.parser import RequestParser
from gunicorn.http.wsgi import Response
from gunicorn.util import http_date
from uuid_utils import uuid4

from api.cors import Cors
from api.headers import of_refusal
from models.refusal import Refusal
from resources.refusal import problem_body

STEP = 1 << 16
AHEAD = 1 << 16
"""A body of up to so many bytes holds no thread while it arrives."""
GRACE = 20.0
SLOWEST = 256
"""Bytes a second at which a request must come, once ``GRACE`` seconds have gone by."""
CONTENT_LENGTH = re.compile(rb"\r\nContent-Length:[ \t]*([0-9]{1,5})[ \t]*\r\n", re.IGNORECASE)
EXPECT = re.compile(rb"\r\nExpect:", re.IGNORECASE)
TARGET = re.compile(rb"\S+ (/[!->@-~]{0,199})")
REQUEST_ID = re.compile(rb"\r\nX-Request-Id:[ \t]*([\w.-]{1,128})[ \t]*\r\n", re.IGNORECASE)
ORIGIN = re.compile(rb"\r\nOrigin:[ \t]*([!-~]{1,300})[ \t]*\r\n", re.IGNORECASE)
NOT_NOW = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)
NAMES = {LimitRequestHeaders: "header-too-large", UnsupportedTransferCoding: "not-implemented"}


class Connection:
    """``sock`` never blocks; ``recv`` and ``sendall`` wait, for a client that keeps moving."""

    def __init__(self, cfg: Config, sock: socket.socket, client: Any, server: Any) -> None:
        self.sock, self.client, self.server = sock, client, server
        self.parser = RequestParser(cfg, self, client)
        self.buffer = bytearray()
        self.head = b""
        self.begun = self.deadline = 0.0
        self.received = 0
        self.hung_up = False
        self.lock = threading.Lock()
        self.busy = self.ignored = False

    def be_patient(self, seconds: float) -> None:
        """For ``seconds`` until a request begins; then for as long as it keeps coming."""
        if not self.buffer:
            self.deadline = time.monotonic() + seconds

    def take_in(self) -> bool:
        """Takes what is there already; False when nothing more will come."""
        try:
            data = self.sock.recv(STEP)
        except NOT_NOW:
            return True
        except OSError:
            self.buffer.clear()
            return False
        if not self.hung_up:
            self._has_come(len(data), first=not self.buffer)
            self.buffer += data
            self.take_in_pending()
        return bool(data)

    def take_in_pending(self) -> None:
        """What TLS has decrypted already, of which no selector tells."""
        if isinstance(self.sock, ssl.SSLSocket) and self.sock.pending():
            self.take_in()

    def _has_come(self, size: int, *, first: bool = False) -> None:
        if first:
            self.begun, self.received = time.monotonic(), 0
        self.received += size
        self.deadline = self.begun + GRACE + self.received / SLOWEST

    def is_ready(self, head_limit: int) -> bool:
        """Whether a thread can begin: the request is here, or is too long to wait for."""
        buffer = self.buffer
        while buffer[:2] == b"\r\n":
            del buffer[:2]
        end = buffer.find(b"\r\n\r\n")
        if end < 0:
            return len(buffer) > head_limit or b"\n\n" in buffer
        length = CONTENT_LENGTH.search(buffer, 0, end + 2)
        size = int(length[1]) if length else 0
        if size > AHEAD or (size and EXPECT.search(buffer, 0, end + 2)):
            return True
        return len(buffer) >= end + 4 + size

    def parse(self, head_limit: int) -> Request:
        self.head = bytes(self.buffer)
        self.buffer.clear()
        if len(self.head) > head_limit and b"\r\n\r\n" not in self.head:
            if b"\r\n" in self.head:
                raise Refusal("header-too-large", "The header is too large.")
            raise Refusal("uri-too-long", "The URL is too long.")
        self.parser.unreader.unread(self.head)
        try:
            request = next(self.parser)
        except (ParseException, NoMoreData) as error:
            name = NAMES.get(type(error), "malformed-request")
            raise Refusal(name, f"{str(error)[:150]}.") from error
        if isinstance(request.body.reader, ChunkedReader):
            request.body.reader.limit_trailer_section = head_limit
        return request

    def take_back(self) -> None:
        """What came after the request, and belongs to the next."""
        self.buffer += self.parser.unreader.take_buffered()
        if self.buffer:
            self._has_come(len(self.buffer), first=True)
        self.take_in_pending()

    def recv(self, size: int) -> bytes:
        self.sock.settimeout(max(self.deadline - time.monotonic(), 0.01))
        try:
            data = self.sock.recv(size)
        finally:
            self.sock.settimeout(0)
        self._has_come(len(data))
        return data

    def sendall(self, data: bytes) -> None:
        try:
            sent = self.sock.send(data)
        except NOT_NOW:
            sent = 0
        if sent == len(data):
            return
        self.sock.settimeout(GRACE)
        for start in range(sent, len(data), STEP):
            self.sock.sendall(data[start : start + STEP])
        self.sock.settimeout(0)

    send = sendall

    def refuse(self, refusal: Refusal, cors: Cors) -> None:
        target, said = TARGET.match(self.head), REQUEST_ID.search(self.head)
        origin = ORIGIN.search(self.head)
        request_id = said[1].decode() if said else uuid4().hex
        status, body = problem_body(refusal, target[1].decode() if target else "", request_id)
        headers = [
            ("Date", http_date()),
            ("Connection", "close"),
            *of_refusal(len(body)),
            ("X-Request-Id", request_id),
        ]
        headers = cors.complete(headers, {"HTTP_ORIGIN": origin[1].decode()} if origin else {})
        lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}"]
        lines += [f"{name}: {value}" for name, value in headers]
        self.sendall("\r\n".join([*lines, "", ""]).encode() + body)

    def hang_up(self) -> None:
        """Says so, but goes on taking in: a client that is still sending would be cut off before
        it has read its answer (RFC 9112 section 9.6)."""
        self.hung_up = True
        self.buffer.clear()
        if isinstance(self.sock, ssl.SSLSocket):
            with suppress(OSError, ValueError):
                self.sock.unwrap()
        self.sock.shutdown(socket.SHUT_WR)


class Reply(Response):
    """The head and the first part leave together, and nobody is told who serves."""

    unsent = b""

    def should_close(self) -> bool:
        reader = self.req.body.reader
        unread = getattr(reader, "length", 0) or getattr(reader, "parser", None)
        return bool(unread or super().should_close())

    def send_headers(self) -> None:
        if self.headers_sent:
            return
        if self.should_close():
            self.force_close()
        lines = [
            f"HTTP/1.1 {self.status}",
            f"Date: {http_date()}",
            f"Connection: {'close' if self.must_close else 'keep-alive'}",
            *(f"{name}: {value}" for name, value in self.headers),
        ]
        if self.chunked:
            lines.append("Transfer-Encoding: chunked")
        self.unsent = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
        self.headers_sent = True

    def _emit_body(self, data: bytes) -> None:
        if self.chunked:
            data = b"%X\r\n%b\r\n" % (len(data), data)
        self.sock.sendall(self.unsent + data)
        self.unsent = b""

    def close(self) -> None:
        self.send_headers()
        if last := self.unsent + (b"0\r\n\r\n" if self.chunked else b""):
            self.sock.sendall(last)
