"""One request on one connection: any method, any header fields, and a deadline for all of it."""

import http.client
import io
import socket
import ssl
import time
from collections.abc import Iterable
from contextlib import suppress
from typing import NamedTuple
from urllib.parse import urlsplit

from api.check.answer import Answer

LARGEST = 16 << 20
LINGER = 0.5
"""Seconds to wait for bytes that must not come, where the server leaves the connection open."""
Fields = Iterable[tuple[str, str]]


class NoAnswer(Exception):
    """Its text says what came instead of an answer."""


class Server(NamedTuple):
    secure: bool
    host: str
    port: int
    prefix: str

    @property
    def authority(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.secure else 80) else f"{host}:{self.port}"


def server_at(url: str) -> Server:
    """Raises ValueError."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"{url!r} is no URL of a server; try http://127.0.0.1:8000.")
    if parts.query or parts.fragment or parts.username:
        raise ValueError(f"{url!r} must be no more than a scheme, a host, a port and a path.")
    secure = parts.scheme == "https"
    port = parts.port or (443 if secure else 80)
    return Server(secure, parts.hostname, port, parts.path.rstrip("/"))


def send(
    server: Server, method: str, target: str, fields: Fields, body: bytes, seconds: float
) -> Answer:
    """``fields`` is the whole header block, as it is to be sent. Raises NoAnswer."""
    end = time.monotonic() + seconds
    lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in fields)]
    request = "\r\n".join([*lines, "", ""]).encode("latin-1") + body
    try:
        with connect(server, seconds) as sock:
            # A server may refuse, and close, before it has read everything.
            with suppress(BrokenPipeError, ConnectionResetError):
                sock.sendall(request)
            return receive(sock, method, target, end)
    except TimeoutError as error:
        raise NoAnswer(f"no answer to {method} within {seconds:g} s") from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise NoAnswer(f"no answer to {method}: {explain(error)}") from error


def connect(server: Server, seconds: float) -> socket.socket:
    sock = socket.create_connection((server.host, server.port), timeout=seconds)
    if not server.secure:
        return sock
    return ssl.create_default_context().wrap_socket(sock, server_hostname=server.host)


def explain(error: Exception) -> str:
    if isinstance(error, ConnectionRefusedError):
        return "the connection was refused"
    if isinstance(error, http.client.RemoteDisconnected | ConnectionError):
        return "the connection was closed"
    return f"{type(error).__name__} {error}".strip()


class Patient(io.RawIOBase):
    """What a socket says until ``end``; the time-out of a socket alone is one of each byte."""

    def __init__(self, sock: socket.socket, end: float) -> None:
        self.sock = sock
        self.end = end

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        left = self.end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self.sock.settimeout(left)
        return self.sock.recv_into(buffer)

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(self)


def receive(sock: socket.socket, method: str, target: str, end: float) -> Answer:
    patient = Patient(sock, end)
    response = http.client.HTTPResponse(patient, method=method)  # type: ignore[arg-type]
    response.begin()
    bodiless = method == "HEAD" or response.status in (204, 304)
    body = stray_bytes(response, patient) if bodiless else response.read(LARGEST)
    if not bodiless and response.length and len(body) < LARGEST:
        raise NoAnswer(f"the answer to {method} was cut off after {len(body)} bytes")
    return Answer(f"{method} {target}", response.status, tuple(response.headers.items()), body)


def stray_bytes(response: http.client.HTTPResponse, patient: Patient) -> bytes:
    """What follows a head that no body may follow; nothing, where all is well."""
    patient.end = min(patient.end, time.monotonic() + LINGER)
    try:
        return response.fp.read1(4096)
    except OSError:
        return b""
