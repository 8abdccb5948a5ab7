"""What a server must get right about framing (RFC 9112, RFC 9110), and a client that gets it wrong.

``python benchmarks/servers.py`` tells how each server does; ``tests/test_framing.py`` sees to it
that ours does.
"""

import json
import re
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from http.client import HTTPConnection
from typing import Any, NamedTuple


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


CUT = Answer(0, {}, b"")
"""The connection was closed without a word."""


def talk(port: int, data: bytes, *, half_close: bool = False, seconds: float = 5) -> bytes:
    """All that comes back until the server closes."""
    heard = b""
    with socket.create_connection(("127.0.0.1", port), timeout=seconds) as sock:
        with suppress(OSError):
            sock.sendall(data)
            if half_close:
                sock.shutdown(socket.SHUT_WR)
        with suppress(OSError):
            while piece := sock.recv(1 << 16):
                heard += piece
    return heard


def answers(heard: bytes) -> list[Answer]:
    """Of responses that have a Content-Length, are chunked, or end with the connection."""
    found = []
    while heard:
        head, _, rest = heard.partition(b"\r\n\r\n")
        first, *fields = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in map(colon, fields)}
        body, heard = body_and_rest(headers, rest)
        status = int(first.split()[1]) if first.startswith("HTTP/") else -1
        if status != 100:
            found.append(Answer(status, headers, body))
    return found or [CUT]


def colon(field: str) -> tuple[str, str, str]:
    return field.partition(":")


def body_and_rest(headers: dict[str, str], rest: bytes) -> tuple[bytes, bytes]:
    if "content-length" in headers:
        size = int(headers["content-length"])
        return rest[:size], rest[size:]
    if headers.get("transfer-encoding") == "chunked":
        chunks, _, after = rest.partition(b"0\r\n\r\n")
        return re.sub(rb"\r\n$|(^|\r\n)[0-9a-fA-F]+\r\n", b"", chunks), after
    return (b"", rest) if rest.startswith(b"HTTP/") else (rest, b"")


def get(port: int, path: str, seconds: float = 5) -> Answer:
    connection = HTTPConnection("127.0.0.1", port, timeout=seconds)
    try:
        connection.request("GET", path, headers={"Connection": "close"})
        response = connection.getresponse()
        return Answer(response.status, dict(response.getheaders()), response.read())
    finally:
        connection.close()


class Line(NamedTuple):
    id: str
    what: str
    sent: bytes
    status: tuple[int, ...]
    """0: the connection may be closed without an answer, nobody being there to read it."""
    echoed: dict[str, Any] = {}
    half_close: bool = False


HOST = b"Host: example.org\r\n"
CLOSE = b"Connection: close\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"


def asked(start: bytes, *fields: bytes, body: bytes = b"", host: bytes = HOST) -> bytes:
    return start + b" HTTP/1.1\r\n" + host + CLOSE + b"".join(fields) + b"\r\n" + body


def posted(*fields: bytes, body: bytes = b"") -> bytes:
    return asked(b"POST /echo", *fields, body=body)


def chunked(*chunks: bytes) -> bytes:
    return posted(b"Transfer-Encoding: chunked\r\n", body=b"".join(chunks))


ABC, END = b"3\r\nabc\r\n", b"0\r\n\r\n"
MEBI = b"100000\r\n" + b"x" * (1 << 20) + b"\r\n"
DEAD = (400, 0)
RIGHT, REFUSED, WRONG = "right", "refused", "wrong"
LINES = (
    Line("no-host", "HTTP/1.1 without Host", asked(b"GET /echo", host=b""), (400,)),
    Line("two-hosts", "Two Hosts", asked(b"GET /echo", b"Host: b\r\n"), (400,)),
    Line("bad-host", "A Host that is none", asked(b"GET /echo", host=b"Host: a b\r\n"), (400,)),
    Line("H011-lower-case", "Method in lower case", asked(b"get /echo"), (400,)),
    Line("H010-unknown-method", "Unknown method", asked(b"FOO /echo"), (405, 501)),
    Line("H013-connect", "CONNECT", asked(b"CONNECT example.org:80"), (400, 405, 501)),
    Line("H012-trace", "TRACE", asked(b"TRACE /echo"), (405, 501)),
    Line("H007-options-star", "OPTIONS *", asked(b"OPTIONS *"), (200, 204)),
    Line(
        "length-and-coding",
        "Content-Length and Transfer-Encoding",
        posted(b"Content-Length: 3\r\n", b"Transfer-Encoding: chunked\r\n", body=ABC + END),
        (400,),
    ),
    Line(
        "coding-and-length",
        "Transfer-Encoding and Content-Length",
        posted(b"Transfer-Encoding: chunked\r\n", b"Content-Length: 3\r\n", body=ABC + END),
        (400,),
    ),
    Line(
        "bad-length", "Content-Length: +3", posted(b"Content-Length: +3\r\n", body=b"abc"), (400,)
    ),
    Line(
        "two-lengths",
        "Two Content-Lengths",
        posted(b"Content-Length: 3\r\n", b"Content-Length: 4\r\n", body=b"abcd"),
        (400,),
    ),
    Line(
        "unknown-coding",
        "Unknown transfer coding",
        posted(b"Transfer-Encoding: foo\r\n", body=ABC + END),
        (400, 501),
    ),
    Line(
        "gzip-coding",
        "Transfer-Encoding: gzip, chunked",
        posted(b"Transfer-Encoding: gzip, chunked\r\n", body=ABC + END),
        (400, 501),
    ),
    Line("chunked", "A chunked body", chunked(ABC, ABC, END), (200,), {"body": "abcabc"}),
    Line("bad-chunk", "A bad chunk", chunked(ABC, b"zz\r\nabc\r\n", END), (400,)),
    Line("bad-chunk-end", "A chunk without its end", chunked(b"3\r\nabcd\r\n", END), (400,)),
    Line("cut-chunks", "Client dies between chunks", chunked(ABC), DEAD, half_close=True),
    Line("cut-chunk", "Client dies in a chunk", chunked(ABC, b"9\r\nab"), DEAD, half_close=True),
    Line(
        "cut-length",
        "Client dies in a body with Content-Length",
        posted(b"Content-Length: 9\r\n", body=b"abc"),
        DEAD,
        half_close=True,
    ),
    Line(
        "too-large",
        "Content-Length over the limit",
        posted(b"Content-Length: 3000000\r\n", body=b"x" * 3000000),
        (413,),
    ),
    Line("too-large-chunked", "Chunked body over the limit", chunked(MEBI, ABC, END), (413,)),
    Line(
        "largest-chunked", "Chunked body just at it", chunked(MEBI, END), (200,), {"size": 1 << 20}
    ),
    Line("H091-escape", "%41 is A", asked(b"GET /%41b"), (200,), {"path": "/Ab"}),
    Line("H091-slash", "%2F separates nothing", asked(b"GET /a%2Fb"), (200,), {"path": "/a%2Fb"}),
    Line("H091-nul", "%00 in the path", asked(b"GET /a%00b"), (400, 404)),
    Line("H091-utf8", "Bad UTF-8 in the path", asked(b"GET /a%ffb"), (400, 404)),
    Line("H091-zz", "%zz in the path", asked(b"GET /a%zzb"), (400, 404)),
    Line("H168-D19-query-utf8", "Bad UTF-8 in the query", asked(b"GET /echo?a=%ff"), (400,)),
    Line("H168-D19-query-nul", "NUL in the query", asked(b"GET /echo?a=%00"), (400,)),
    Line("H168-D19-query-zz", "%zz in the query", asked(b"GET /echo?a=%zz"), (400,)),
    Line("H097-long-url", "URL over 16 KiB", asked(b"GET /echo?" + b"a" * 17000), (414,)),
    Line("H097-long-path", "URL of 100 KB", asked(b"GET /" + b"a" * 100_000), (414,)),
    Line("H097-url", "URL of 16 KB", asked(b"GET /echo?" + b"a" * 16000), (200,)),
    Line(
        "H097-long-header",
        "Header over 32 KiB",
        asked(b"GET /echo", b"X-A: " + b"a" * 33000 + b"\r\n"),
        (431,),
    ),
    Line(
        "H097-header-600k",
        "Header of 600 KB",
        asked(b"GET /echo", b"X-A: " + b"a" * 600_000 + b"\r\n"),
        (431,),
    ),
    Line(
        "H097-header",
        "Header of 30 KB",
        asked(b"GET /echo", b"X-A: " + b"a" * 15000 + b"\r\n", b"X-B: " + b"a" * 15000 + b"\r\n"),
        (200,),
    ),
    Line(
        "H097-header-fields",
        "150 short header fields",
        asked(b"GET /echo", *(b"X-%d: a\r\n" % n for n in range(150))),
        (200,),
    ),
    Line(
        "V32-underscores",
        "X_Forwarded_For",
        asked(b"GET /echo", b"X_Forwarded_For: 6.6.6.6\r\n"),
        (200, 400),
        {"forwarded": None},
    ),
    Line(
        "V32-forwarded",
        "X-Forwarded-For, -Proto",
        asked(b"GET /echo", b"X-Forwarded-For: 6.6.6.6\r\n", b"X-Forwarded-Proto: https\r\n"),
        (200,),
        {"forwarded": None, "scheme": "http"},
    ),
    Line(
        "absolute-form",
        "GET http://example.com/a",
        asked(b"GET http://example.com/a%2Fb?c"),
        (200,),
        {"path": "/a%2Fb", "host": "example.com"},
    ),
    Line(
        "absolute-form-no-host",
        "GET http://… without Host",
        asked(b"GET http://example.com/a", host=b""),
        (400,),
    ),
    Line(
        "H090-slashes",
        "//evil.example/x",
        asked(b"GET //evil.example/x"),
        (404,),
    ),
    Line("no-path", "GET echo", asked(b"GET echo"), (400,)),
    Line("fragment", "A fragment", asked(b"GET /echo#a"), (400,)),
    Line("bad-field", "Space before the colon", asked(b"GET /echo", b"X-A : a\r\n"), (400,)),
    Line("folded-field", "A folded field", asked(b"GET /echo", b"X-A: a\r\n b\r\n"), (400, 200)),
    Line("bad-version", "HTTP/3.7", b"GET /echo HTTP/3.7\r\n" + HOST + b"\r\n", (400, 505)),
    Line("noise", "What is not HTTP", b"\x16\x03\x01\x02\x00\r\n\r\n", (400,)),
)


def judge(line: Line, answer: Answer, ran: bool) -> str:
    """``RIGHT``; ``REFUSED`` rightly, but in the server's own words, not as a problem; ``WRONG``.

    Where something is refused no view must have got the body.
    """
    if answer.status not in line.status or (ran and answer.status not in range(200, 300)):
        return WRONG
    if answer.status >= 400:
        problem = answer.headers.get("content-type") == "application/problem+json"
        return RIGHT if problem else REFUSED
    echoed = answer.json if line.echoed else {}
    return RIGHT if echoed.items() >= line.echoed.items() else WRONG


SLOW = {
    "head": b"POST /echo HTTP/1.1\r\n" + HOST + b"X-A: ",
    "body": b"POST /echo HTTP/1.1\r\n" + HOST + b"Content-Length: 1000\r\n\r\n",
    "chunks": b"POST /echo HTTP/1.1\r\n" + HOST + CHUNKED + b"3e8\r\n",
}


@contextmanager
def slow_clients(port: int, start: bytes, number: int) -> Iterator[Callable[[], None]]:
    """What is yielded makes each of them send one more byte."""
    with ExitStack() as stack:
        socks = []
        for _ in range(number):
            sock = socket.create_connection(("127.0.0.1", port), timeout=5)
            socks.append(stack.enter_context(sock))
            sock.sendall(start)

        def another_byte() -> None:
            for sock in socks:
                with suppress(OSError):
                    sock.sendall(b"x")

        yield another_byte


def try_line(port: int, line: Line) -> tuple[Answer, bool]:
    before = get(port, "/runs").body
    answer = answers(talk(port, line.sent, half_close=line.half_close))[0]
    return answer, get(port, "/runs").body != before
