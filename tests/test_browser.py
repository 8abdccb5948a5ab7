"""A browser on a page of another origin, and on Swagger UI. Only where there is a Chromium."""

import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Queue
from threading import Thread
from typing import Any

import pytest
from conftest import KEY, OPEN
from test_serve import serving

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium on the PATH")

UUID = "01890a5d-ac96-774b-bcce-b302099a8057"
OPTIONS = [
    "--headless",
    "--no-sandbox",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-extensions",
    "--disable-crash-reporter",
    "--enable-logging=stderr",
]
PAGE = b'<!doctype html><title>A page</title><link rel="icon" href="data:,"><script src="/script">\
</script>'
SCRIPT = """
const seen = {};

async function ask(name, method, path, headers = {}, body = undefined, more = {}) {
  try {
    const answer = await fetch("%(api)s" + path, {method, body, headers: {
      "Authorization": "Bearer %(key)s", "Content-Type": "application/json", ...headers}, ...more});
    seen[name] = {status: answer.status, headers: Object.fromEntries(answer.headers),
                  body: await answer.text()};
  } catch (error) {
    seen[name] = {refused: error.name};
  }
  return seen[name];
}

(async () => {
  const record = "/api/books/%(id)s", book = JSON.stringify({title: "Emma"});
  await ask("create", "PUT", record, {}, book);
  const read = await ask("read", "GET", record);
  const tag = {"If-Match": read.headers ? read.headers.etag : "x"};
  await ask("replace", "PUT", record, tag, JSON.stringify({title: "Persuasion"}));
  await ask("stale", "PUT", record, tag, book);
  await ask("post", "POST", "/api/books", {"Idempotency-Key": "a-key-of-its-own"}, book);
  await ask("invalid", "POST", "/api/books", {"X-Request-Id": "find-me"}, '{"title": 1}');
  await ask("absent", "GET", "/api/nothing");
  await ask("unknown", "GET", record, {"Authorization": "Bearer nonsense"});
  await ask("large", "POST", "/api/books", {}, "[" + " ".repeat(3000000) + "]");
  await ask("included", "GET", record, {}, undefined, {credentials: "include"});
  await ask("other-method", "DELETE", "/api/books");
  await ask("other-header", "GET", record, {"X-Other": "1"});
  await fetch("/seen", {method: "POST", body: JSON.stringify(seen)});
})();
"""
Seen = dict[str, dict[str, Any]]


class Page:
    """A server of a page, whose script is set later; what that posts back is in ``seen``."""

    def __init__(self) -> None:
        self.script = ""
        self.seen: Queue[Seen] = Queue()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self.handler())
        self.origin = f"http://127.0.0.1:{self.server.server_port}"

    def handler(self) -> type[BaseHTTPRequestHandler]:
        page = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                script = self.path == "/script"
                self.reply(
                    page.script.encode() if script else PAGE, "javascript" if script else "html"
                )

            def do_POST(self) -> None:
                page.seen.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.reply(b"", "plain")

            def reply(self, body: bytes, kind: str) -> None:
                self.send_response(200)
                self.send_header("Content-Type", f"text/{kind}; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                pass

        return Handler


@contextmanager
def page() -> Iterator[Page]:
    made = Page()
    thread = Thread(target=made.server.serve_forever)
    thread.start()
    yield made
    made.server.shutdown()
    thread.join()
    made.server.server_close()


@contextmanager
def browsing(url: str, *options: str) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """(process, log)"""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        log = Path(profile) / "log"
        command = [str(CHROMIUM), *OPTIONS, f"--user-data-dir={profile}", *options, url]
        with log.open("w") as said:
            process = subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=said, text=True, start_new_session=True
            )
        try:
            yield process, log
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.communicate()


def define_books(api: str) -> None:
    fields = {"title": {"type": "string", "required": True}}
    request = urllib.request.Request(
        f"{api}/collections/books",
        json.dumps({"fields": fields, "access": OPEN}).encode(),
        {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"},
        method="PUT",
    )
    urllib.request.urlopen(request, timeout=10).close()


def seen_from(page: Page, api: str) -> Seen:
    page.script = SCRIPT % {"api": api, "key": KEY, "id": UUID}
    with browsing(page.origin):
        return page.seen.get(timeout=60)


@pytest.fixture(scope="module")
def visits(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Seen, Seen]]:
    """What the page of a listed origin saw, and then what that of another port did."""
    directory = tmp_path_factory.mktemp("browser")
    with page() as listed, page() as other:
        settings = {"CORS_ORIGINS": listed.origin, "ADMIN_KEY": KEY}
        with serving(directory, **settings) as (api, _, _log):
            define_books(api)
            yield seen_from(listed, api), seen_from(other, api)


@pytest.fixture(scope="module")
def seen(visits: tuple[Seen, Seen]) -> Seen:
    return visits[0]


def test_h127_a_page_reads_what_it_needs(seen: Seen) -> None:
    assert seen["create"]["status"] == 201
    assert seen["create"]["headers"]["location"] == f"/api/books/{UUID}"
    assert seen["read"]["status"] == 200
    assert re.fullmatch('"[^"]+"', seen["read"]["headers"]["etag"])
    assert seen["read"]["headers"]["etag"] == seen["create"]["headers"]["etag"]
    assert all("x-request-id" in one["headers"] for one in seen.values() if "headers" in one)


def test_h124_a_page_sends_what_it_needs(seen: Seen) -> None:
    assert seen["replace"]["status"] == 200
    assert seen["replace"]["headers"]["etag"] != seen["read"]["headers"]["etag"]
    assert seen["post"]["status"] == 201
    assert seen["post"]["headers"]["location"].startswith("/api/books/")
    assert seen["included"]["status"] == 200


def test_h051_a_stale_page_is_told(seen: Seen) -> None:
    assert seen["stale"]["status"] == 412
    assert json.loads(seen["stale"]["body"])["type"] == "/problems/precondition-failed"


@pytest.mark.parametrize(
    ("asked", "name", "status"),
    [
        ("invalid", "validation-failed", 422),
        ("absent", "not-found", 404),
        ("unknown", "unauthenticated", 401),
        ("large", "content-too-large", 413),
    ],
)
def test_h128_a_page_reads_why_it_is_refused(
    seen: Seen, asked: str, name: str, status: int
) -> None:
    assert seen[asked]["status"] == status
    problem = json.loads(seen[asked]["body"])
    assert problem["type"] == f"/problems/{name}"
    assert problem["request_id"] == seen[asked]["headers"]["x-request-id"]
    if asked == "invalid":
        assert problem["request_id"] == "find-me"
    if asked == "unknown":
        assert seen[asked]["headers"]["www-authenticate"].startswith("Bearer")


def test_h124_what_was_not_allowed_is_not_sent(seen: Seen) -> None:
    assert seen["other-method"] == seen["other-header"] == {"refused": "TypeError"}


def test_h123_a_page_of_another_port_gets_nothing(visits: tuple[Seen, Seen]) -> None:
    assert len(visits[1]) == len(visits[0])
    for name, answer in visits[1].items():
        assert answer == {"refused": "TypeError"}, name


def test_swagger_ui_shows_the_collections(tmp_path: Path) -> None:
    net_log = tmp_path / "net.json"
    with serving(tmp_path, ADMIN_KEY=KEY) as (api, _, _log):
        define_books(api)
        options = ["--dump-dom", "--virtual-time-budget=30000", f"--log-net-log={net_log}"]
        with browsing(f"{api}/docs#/books/listBooks", *options) as (process, log):
            document, _ = process.communicate(timeout=60)
            said = log.read_text()
    shown = set(re.findall(r'data-path="([^"]+)"', document))
    assert {"/api/books", "/api/books/{id}"} <= shown
    parameters = re.findall(r'data-param-name="([^"]+)"', document)
    assert {"filter", "sort", "title", "If-None-Match"} <= set(parameters)
    assert not any("__" in name for name in parameters)
    assert re.search("With [0-9]+ conditions by operator", document)
    assert "CONSOLE" not in said, said
    urls = urls_from(net_log, api)
    assert f"{api}/openapi.json" in urls
    assert [url for url in urls if not url.startswith((f"{api}/", "data:"))] == []


def urls_from(net_log: Path, origin: str) -> set[str]:
    """What the pages of ``origin`` asked for; a browser asks for more of its own accord."""
    events = json.loads(net_log.read_text())["events"]
    asked = [event["params"] for event in events if "url" in event.get("params", {})]
    return {one["url"] for one in asked if one.get("initiator") == origin}
