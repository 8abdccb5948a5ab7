"""Compares the WSGI servers that Pennyworth can run under.

    python benchmarks/servers.py [server ...]

Each is started on 127.0.0.1 and tried with the lines of benchmarks/framing.py, without the door
and with it; then it is measured how many requests a second it answers, whether slow clients hold it
up, and whether SIGTERM leaves a request unanswered. ``wrk`` is used if it is there.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from flask import Flask, Response, jsonify, request
from werkzeug.utils import import_string

from api.door import Door
from api.errors import install
from api.serve import serve
from api.settings import read_settings
from benchmarks.framing import (
    CLOSE,
    HOST,
    LINES,
    REFUSED,
    RIGHT,
    SLOW,
    WRONG,
    answers,
    get,
    judge,
    slow_clients,
    talk,
    try_line,
)
from resources.path import SLASH

ROOT = Path(__file__).resolve().parent.parent

SERVERS = ("pennyworth", "gunicorn", "granian", "waitress")
METHODS = ["GET", "POST", "PUT", "DELETE"]
SETTINGS = read_settings({})
SECONDS = 2
MARKS = {RIGHT: "✓", REFUSED: "(✓)", WRONG: "✗"}
runs = 0


def hello(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "5")])
    return [b"hello"]


def make_echo() -> Flask:
    """Says what it was asked; ``runs`` counts the bodies that a view got."""
    app = Flask("echo")
    app.config["MAX_CONTENT_LENGTH"] = SETTINGS.max_body
    app.url_map.merge_slashes = False
    for rule, view in (
        ("/runs", count_runs),
        ("/none", nothing),
        ("/refused", refuse),
        ("/fault", fault),
        ("/late-fault", late_fault),
        ("/stream", stream),
        ("/slow", slow),
        ("/lines", count_lines),
        ("/record/<name>", record),
        ("/<path:path>", echo),
    ):
        app.add_url_rule(rule, view_func=view, methods=METHODS)
    return app


def count_runs() -> dict[str, int]:
    return {"runs": runs}


def echo(path: str) -> Response:
    global runs
    body = request.get_data()
    runs += 1
    return jsonify(
        body=body[:100].decode("latin-1"),
        size=len(body),
        path=request.path.replace(SLASH, "%2F"),
        host=request.host,
        forwarded=request.environ.get("HTTP_X_FORWARDED_FOR"),
        scheme=request.scheme,
    )


def count_lines() -> dict[str, Any]:
    sizes = [line and len(line) for line in request.environ["pennyworth.body"].lines(100)]
    return {"lines": len(sizes), "over": sizes.count(None), "last": sizes[-1:]}


def record(name: str) -> Response:
    return jsonify(name=name, title="A book", pages=300)


def nothing() -> tuple[str, int]:
    return "", 204


def refuse() -> tuple[str, int]:
    return "{}", 401


def slow() -> str:
    time.sleep(float(request.args["seconds"]))
    return "done"


def stream() -> Response:
    return Response(b"part\n" for _ in range(3))


def fault() -> bytes:
    raise RuntimeError("a fault")


def late_fault() -> Response:
    return Response(part() for part in (fault,))


bare_echo, inner_echo = make_echo(), make_echo()
install(inner_echo)
hello_app, echo_app = Door(hello, SETTINGS), Door(inner_echo, SETTINGS)


def command(server: str, target: str, port: int, workers: int) -> list[str]:
    app = place_of(target)
    arguments = {
        "pennyworth": f"{__file__} --serve {target} {port} {workers}",
        "granian": f"-m granian --interface wsgi --http 1 --no-ws --port {port} --workers {workers}"
        f" --blocking-threads 64 --workers-kill-timeout 9 --log-level error {app}",
        "gunicorn": f"-m gunicorn -k gthread -w {workers} --threads 64 --bind 127.0.0.1:{port}"
        " --keep-alive 75 --graceful-timeout 9 --no-control-socket --log-level critical"
        f" --limit-request-line 0 --limit-request-fields 1000 --limit-request-field_size 65536"
        f" --forwarded-allow-ips= {app}",
        "waitress": f"-m waitress --listen 127.0.0.1:{port} --threads 64"
        f" --connection-limit 1000 {app}",
    }
    return [sys.executable, *arguments[server].split()]


def place_of(target: str) -> str:
    return target if ":" in target else f"benchmarks.servers:{target}"


def serve_ourselves(target: str, port: str, workers: str) -> None:
    own = {"PENNYWORTH_PORT": port, "PENNYWORTH_WORKERS": workers}
    serve(read_settings(os.environ | own), lambda: import_string(place_of(target)))


class Running(NamedTuple):
    process: subprocess.Popen[bytes]
    port: int


@contextmanager
def running(
    server: str, target: str = "echo_app", workers: int = 1, log: int = subprocess.DEVNULL
) -> Iterator[Running]:
    up = start(server, target, workers, log)
    try:
        yield up
    finally:
        up.process.terminate()
        with suppress(subprocess.TimeoutExpired):
            up.process.wait(12)
        up.process.kill()
        up.process.wait()


def start(server: str, target: str, workers: int, log: int) -> Running:
    for _ in range(3):
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = probe.getsockname()[1]
        process = subprocess.Popen(
            command(server, target, port, workers), cwd=ROOT, stdout=subprocess.DEVNULL, stderr=log
        )
        if is_up(process, port):
            return Running(process, port)
        process.kill()  # perhaps somebody else took the port
        process.wait()
    raise RuntimeError(f"It does not start: {process.args}")


def is_up(process: subprocess.Popen[bytes], port: int) -> bool:
    for _ in range(300):
        if process.poll() is not None:
            break
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5):
            return True
        time.sleep(0.05)
    return False


# Measuring


def judgements(server: str, target: str) -> list[str]:
    with running(server, target) as up:
        return [judge(line, *try_line(up.port, line)) for line in LINES]


def throughput(server: str, target: str, path: str) -> float:
    with running(server, target, workers=2) as up:
        settle(up)
        measure = with_wrk if shutil.which("wrk") else with_python
        return median(measure(up.port, path) for _ in range(3))


def settle(up: Running) -> None:
    """Until the second worker is there, too: else the first would get all connections."""
    get(up.port, "/runs")
    time.sleep(1.5)


def with_wrk(port: int, path: str) -> float:
    url = f"http://127.0.0.1:{port}{path}"
    said = subprocess.run(
        ["wrk", "-t1", "-c16", f"-d{SECONDS}", url], capture_output=True, text=True, check=True
    ).stdout
    return float(re.search(r"Requests/sec: *([0-9.]+)", said)[1])  # type: ignore[index]


def with_python(port: int, path: str) -> float:
    """Far less than the server could do, but good enough to compare."""
    until = time.monotonic() + SECONDS
    counts = [0] * 8

    def ask(which: int) -> None:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as sock:
            while time.monotonic() < until:
                sock.sendall(b"GET " + path.encode() + b" HTTP/1.1\r\n" + HOST + b"\r\n")
                sock.recv(1 << 16)
                counts[which] += 1

    in_threads(ask, len(counts))
    return sum(counts) / SECONDS


def in_threads(work: Callable[[int], None], number: int) -> None:
    threads = [threading.Thread(target=work, args=(n,)) for n in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def wait_behind(server: str, start: bytes, number: int) -> float:
    """Seconds that one more client waits while all these send a byte a second; inf: over 5."""
    waits = []
    with running(server, workers=2) as up, slow_clients(up.port, start, number) as another_byte:
        for _ in range(3):
            another_byte()
            began = time.monotonic()
            with suppress(OSError):
                get(up.port, "/runs", seconds=5)
            waits.append(time.monotonic() - began)
            time.sleep(max(0, 1 - waits[-1]))
    return max(waits)


class Stop(NamedTuple):
    answered: bool
    seconds: float


def stop_while_busy(server: str) -> Stop:
    """SIGTERM, a second before a request would be answered that one of two workers works on."""
    asked = b"GET /slow?seconds=1.5 HTTP/1.1\r\n" + HOST + CLOSE + b"\r\n"
    heard: list[bytes] = []
    with running(server, workers=2) as up:
        settle(up)
        client = threading.Thread(target=lambda: heard.append(talk(up.port, asked, seconds=12)))
        client.start()
        time.sleep(0.5)
        began = time.monotonic()
        up.process.send_signal(signal.SIGTERM)
        client.join()
        with suppress(subprocess.TimeoutExpired):
            up.process.wait(15)
        return Stop(answers(heard[0])[0].body == b"done", time.monotonic() - began)


# Reporting


def report(servers: list[str]) -> None:
    names = {"pennyworth": f"`pennyworth serve` (gunicorn {version('gunicorn')})"}
    titles = [names.get(server) or f"{server} {version(server)}" for server in servers]
    print("|", " | ".join(["", *titles]), "|")
    print("|---" * (len(servers) + 1), "|", sep="")
    judged = [
        list(zip(judgements(server, "bare_echo"), judgements(server, "echo_app"), strict=True))
        for server in servers
    ]
    for n, line in enumerate(LINES):
        row(line.what, [" ".join(MARKS[judgement] for judgement in one[n]) for one in judged])
    for what, target, path in (
        ("req/s: hello", "hello_app", "/"),
        ("req/s: a Flask view", "echo_app", "/record/1"),
    ):
        row(what, [f"{throughput(s, target, path):,.0f}" for s in servers])
    for number in (40, 400):
        for where, start in SLOW.items():
            what = f"wait behind {number} slow clients ({where}), ms"
            row(what, [milliseconds(wait_behind(s, start, number)) for s in servers])
    stops = [stop_while_busy(server) for server in servers]
    row("answered after SIGTERM", ["✓" if stop.answered else "✗" for stop in stops])
    row("gone after, s", [f"{stop.seconds:.1f}" for stop in stops])


def milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.0f}" if seconds < 5 else "✗"


def row(what: str, cells: list[str]) -> None:
    print("|", " | ".join([what, *cells]), "|", flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--serve"]:
        serve_ourselves(*sys.argv[2:])
    else:
        report(sys.argv[1:] or list(SERVERS))
