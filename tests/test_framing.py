"""Bytes on the wire, under every server: the lines of benchmarks/framing.py, and what needs more
than one request."""

import shutil
import signal
import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from functools import cache
from pathlib import Path
from threading import Thread

import pytest
from linting import faults_on_the_wire

from api.body import Body
from benchmarks.framing import (
    CHUNKED,
    CUT,
    HOST,
    LINES,
    RIGHT,
    SLOW,
    WRONG,
    Answer,
    Line,
    answers,
    asked,
    get,
    judge,
    slow_clients,
    talk,
    try_line,
)
from benchmarks.servers import SERVERS, Running, running
from models.refusal import Refusal

OURS = "pennyworth"
# What these hide from the app, so that no layer in it can mend it: docs/servers.md.
BEYOND_MENDING = {
    "granian": {
        "length-and-coding",
        "coding-and-length",
        "bad-chunk",
        "bad-chunk-end",
        "cut-chunks",
        "cut-chunk",
        "H091-slash",
        "H091-zz",
        "H097-header-fields",
        "absolute-form",
        "absolute-form-no-host",
        "fragment",
    },
    "waitress": {"length-and-coding", "coding-and-length", "bad-version"},
}


@pytest.fixture(scope="session")
def started() -> Iterator[Callable[[str], Running]]:
    """Each server once, when it is first asked for."""
    with ExitStack() as stack:
        yield cache(lambda server: stack.enter_context(running(server)))


@pytest.fixture(params=SERVERS)
def server(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def port(started: Callable[[str], Running], server: str) -> int:
    return started(server).port


def ask(port: int, *requests: bytes) -> list[Answer]:
    """On one connection."""
    return answers(talk(port, b"".join(requests)))


def kept(start: bytes, *fields: bytes, body: bytes = b"") -> bytes:
    return start + b" HTTP/1.1\r\n" + HOST + b"".join(fields) + b"\r\n" + body


LAST = asked(b"GET /last")


def in_step(rest: list[Answer]) -> bool:
    """After an answer there may come that of ``LAST``, or the end of the connection."""
    return [one.json["path"] for one in rest] in (["/last"], [])


@pytest.mark.parametrize("line", LINES, ids=[line.id for line in LINES])
def test_line(server: str, port: int, line: Line) -> None:
    answer, ran = try_line(port, line)
    judgement = judge(line, answer, ran)
    if line.id in BEYOND_MENDING.get(server, ()):
        assert judgement == WRONG, "It has been mended: say so in docs/servers.md."
    elif server == OURS:
        assert judgement == RIGHT
        assert answer == CUT or faults_on_the_wire(answer) == []
    else:
        assert judgement != WRONG


@pytest.mark.parametrize("path", [b"/record/1", b"/stream", b"/fault", b"/nowhere/", b"/none"])
def test_h003_h005_head_is_get_without_a_body(port: int, path: bytes) -> None:
    (whole,), (head,) = ask(port, asked(b"GET " + path)), ask(port, asked(b"HEAD " + path))
    for answer in (whole, head):
        assert answer.headers.pop("date")
        assert answer.headers.pop("x-request-id")
        # Servers differ in whether they say, in answer to HEAD, how GET would be framed.
        answer.headers.pop("transfer-encoding", None)
    assert head.body == b""
    if path == b"/fault":
        del whole.headers["content-length"], head.headers["content-length"]
    assert (head.status, head.headers) == (whole.status, whole.headers)


def test_h044_204_has_no_body(port: int) -> None:
    answer, *rest = ask(port, kept(b"GET /none"), LAST)
    assert answer.status == 204
    assert not {"content-length", "transfer-encoding"} & answer.headers.keys()
    assert in_step(rest)


@pytest.mark.parametrize("path", [b"/fault", b"/late-fault"])
def test_h085_a_fault_is_a_problem(port: int, path: bytes) -> None:
    (answer,) = ask(port, asked(b"GET " + path))
    assert answer.status == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json["type"] == "/problems/internal-error"
    assert answer.json["request_id"] == answer.headers["x-request-id"]


@pytest.mark.parametrize("path", [b"/record/1", b"/a%zz%ffz", b"/fault"])
def test_the_request_id_is_kept_if_it_is_sane(port: int, path: bytes) -> None:
    (answer,) = ask(port, asked(b"GET " + path, b"X-Request-Id: My-id.1_2\r\n"))
    assert answer.headers["x-request-id"] == "My-id.1_2"
    (answer,) = ask(port, asked(b"GET " + path, b"X-Request-Id: a b\r\n"))
    assert len(answer.headers["x-request-id"]) == 32


def test_h083_no_version_is_told(port: int) -> None:
    (answer,) = ask(port, asked(b"GET /record/1"))
    assert not any(char.isdigit() for char in answer.headers.get("server", ""))
    assert answer.headers["date"]


def test_h015_a_body_of_get_does_not_get_out_of_step(port: int) -> None:
    first = kept(b"GET /record/1", b"Content-Length: 5\r\n", body=b"GET /")
    assert [answer.status for answer in ask(port, first, LAST)] == [200, 200]


def test_requests_in_one_go_are_answered_in_order(port: int) -> None:
    requests = [kept(b"GET /a%d" % n) for n in range(3)]
    paths = [answer.json["path"] for answer in ask(port, *requests, LAST)]
    assert paths == ["/a0", "/a1", "/a2", "/last"]


def test_a_stream_is_framed(port: int) -> None:
    answer, *rest = ask(port, kept(b"GET /stream"), LAST)
    assert answer.body == b"part\n" * 3
    assert in_step(rest)


@pytest.mark.parametrize("path", [b"/refused", b"/echo"])
@pytest.mark.parametrize("size", [100, 3_000_000])
@pytest.mark.parametrize("chunks", [False, True], ids=["length", "chunks"])
def test_an_early_answer_is_heard_and_in_step(
    port: int, path: bytes, size: int, chunks: bool
) -> None:
    """What a client says after an answer that did not wait for the body is not a request."""
    body = b"GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n".ljust(size, b"\n")
    if chunks:
        first = kept(b"POST " + path)[:-2] + CHUNKED + b"%x\r\n%b\r\n0\r\n\r\n" % (size, body)
    else:
        first = kept(b"POST " + path, b"Content-Length: %d\r\n" % size, body=body)
    answer, *rest = ask(port, first, LAST)
    assert answer.status == 401 if path == b"/refused" else answer.status in (200, 413)
    assert in_step(rest)


def test_imports_have_no_total_limit(port: int) -> None:
    line, long = b"x" * 99 + b"\n", b"y" * 150_000 + b"\n"
    body = line * 20_000 + long + b"last"
    (answer,) = ask(port, asked(b"POST /lines", b"Content-Length: %d\r\n" % len(body), body=body))
    assert answer.json == {"lines": 20_002, "over": 1, "last": [4]}


def test_expect_100_continue(port: int) -> None:
    fields = b"Expect: 100-continue\r\n", b"Content-Length: 3\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=3) as sock:
        sock.sendall(asked(b"POST /echo", *fields))
        heard = sock.recv(1 << 16)
        assert heard.startswith(b"HTTP/1.1 100")
        sock.sendall(b"abc")
        while piece := sock.recv(1 << 16):
            heard += piece
    assert answers(heard)[0].json["body"] == "abc"


def test_a_request_may_trickle(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=3) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in asked(b"POST /echo", b"Content-Length: 3\r\n", body=b"abc"):
            sock.sendall(bytes([byte]))
        heard = b"".join(iter(lambda: sock.recv(1 << 16), b""))
    assert answers(heard)[0].json["body"] == "abc"


@pytest.mark.parametrize("start", SLOW.values(), ids=SLOW)
def test_forty_slow_clients_do_not_stop_the_forty_first(port: int, start: bytes) -> None:
    with slow_clients(port, start, 40) as another_byte:
        another_byte()
        began = time.monotonic()
        assert get(port, "/record/1").status == 200
        assert time.monotonic() - began < 2


# What only our own server promises


@pytest.fixture
def ours(tmp_path: Path) -> Iterator[Running]:
    log = tmp_path / "log"
    with log.open("w") as file, running(OURS, log=file.fileno()) as one:
        yield one
    assert "Traceback" not in log.read_text()


def test_a_client_that_dies_leaves_no_traceback(ours: Running) -> None:
    for start in (*SLOW.values(), kept(b"GET /stream"), kept(b"GET /slow?seconds=0.2")):
        with socket.create_connection(("127.0.0.1", ours.port)) as sock:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            sock.sendall(start)
    time.sleep(0.3)
    assert get(ours.port, "/runs").json == {"runs": 0}


def test_many_idle_connections_do_not_matter(ours: Running) -> None:
    with slow_clients(ours.port, b"", 500):
        assert get(ours.port, "/record/1", seconds=2).status == 200


def test_sigterm_what_was_accepted_is_answered(ours: Running) -> None:
    heard: list[bytes] = []
    request = asked(b"GET /slow?seconds=1")
    client = Thread(target=lambda: heard.append(talk(ours.port, request)))
    client.start()
    with closing(socket.create_connection(("127.0.0.1", ours.port), timeout=3)) as idle:
        idle.sendall(kept(b"GET /record/1"))
        assert idle.recv(1 << 16)
        time.sleep(0.2)
        ours.process.send_signal(signal.SIGTERM)
        time.sleep(0.2)
        idle.sendall(kept(b"GET /late"))
        late = b"".join(iter(lambda: idle.recv(1 << 16), b""))
    client.join()
    assert answers(heard[0])[0].body == b"done"
    assert answers(late)[0].headers["connection"] == "close"
    assert ours.process.wait(5) == 0


def test_tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not shutil.which("openssl"):
        pytest.skip("There is no openssl to make a certificate with.")
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    make = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2"
    make += f" -subj /CN=localhost -addext subjectAltName=IP:127.0.0.1 -keyout {key} -out {cert}"
    subprocess.run(make.split(), check=True, capture_output=True)
    monkeypatch.setenv("PENNYWORTH_TLS_CERT", str(cert))
    monkeypatch.setenv("PENNYWORTH_TLS_KEY", str(key))
    context = ssl.create_default_context(cafile=str(cert))
    body = b"x" * 300_000
    requests = kept(b"GET /a"), kept(b"POST /b", b"Content-Length: 300000\r\n", body=body), LAST
    with (
        running(OURS) as one,
        socket.create_connection(("127.0.0.1", one.port), 3) as plain,
        context.wrap_socket(plain, server_hostname="127.0.0.1") as sock,
    ):
        sock.sendall(b"".join(requests))
        heard = b"".join(iter(lambda: sock.recv(1 << 16), b""))
    assert [answer.json["path"] for answer in answers(heard)] == ["/a", "/b", "/last"]
    assert answers(heard)[0].json["scheme"] == "https"


# The body, without a server


class Dripping:
    """Gives ``data`` in pieces; where the connection breaks, servers raise what they like."""

    def __init__(self, data: bytes, piece: int, breaks: bool = False) -> None:
        self.data, self.piece, self.breaks = data, piece, breaks

    def read(self, size: int) -> bytes:
        size = min(size, self.piece)
        given, self.data = self.data[:size], self.data[size:]
        if self.breaks and not given:
            raise OSError("reset")
        return given


@pytest.mark.parametrize("length", [None, 10])
@pytest.mark.parametrize("piece", [1, 3, 100])
def test_a_body_is_read_as_a_file_is(length: int | None, piece: int) -> None:
    body = Body(Dripping(b"ab\ncdef\ngh", piece), length, 10)
    assert body.read(1) == b"a"
    assert body.readline() == b"b\n"
    assert body.readline(2) == b"cd"
    assert list(body) == [b"ef\n", b"gh"]
    assert body.read() == b""
    assert not body.unread


@pytest.mark.parametrize("length", [None, 11])
@pytest.mark.parametrize("received", [False, True])
def test_a_body_over_its_limit_is_413(length: int | None, received: bool) -> None:
    body = Body(Dripping(b"0123456789a", 4), length, 10)
    if received:
        body.receive()
    with pytest.raises(Refusal, match="content-too-large"):
        body.read()
    body.limit = 11
    assert body.read() == b"0123456789a"


@pytest.mark.parametrize(("length", "breaks"), [(None, True), (20, True), (20, False)])
def test_a_body_that_ends_early_is_400(length: int | None, breaks: bool) -> None:
    for read in (Body.receive, Body.read, lambda body: list(body.lines(5))):
        body = Body(Dripping(b"0123456789", 4, breaks), length, 100)
        with pytest.raises(Refusal, match="malformed-request"):
            read(body)


@pytest.mark.parametrize("piece", [1, 2, 7, 100])
@pytest.mark.parametrize("received", [False, True])
def test_lines(piece: int, received: bool) -> None:
    body = Body(Dripping(b"abc\n\nabcd\nabcdefghijkl\r\nabc\nabcd", piece), None, 8)
    if received:
        body.receive()
    assert list(body.lines(3)) == [b"abc\n", b"\n", None, None, b"abc\n", None]
    assert not body.unread
