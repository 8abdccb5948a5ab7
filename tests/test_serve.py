"""`pennyworth serve` as a person runs it, and the README's own calls against it."""

import json
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
CALLS = re.findall(r"```sh\n(curl .*?)```", README, re.DOTALL)


Served = tuple[str, subprocess.Popen[str], Path]


@contextmanager
def serving(directory: Path, **settings: str) -> Iterator[Served]:
    """(address, process, log); ended by SIGTERM, within the 10 seconds of contract section 9."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environ = {n: v for n, v in os.environ.items() if not n.startswith("PENNYWORTH_")}
    environ |= {"PENNYWORTH_PORT": str(port), "PYTHONPATH": str(ROOT)}
    environ |= {f"PENNYWORTH_{name}": value for name, value in settings.items()}
    log = directory / "log"
    with log.open("w") as out:
        command = [sys.executable, "-m", "api", "serve"]
        process = subprocess.Popen(
            command, cwd=directory, env=environ, stdout=out, stderr=out, text=True
        )
    scheme = "https" if "TLS_CERT" in settings else "http"
    address = f"{scheme}://127.0.0.1:{port}"
    try:
        wait_for(f"{address}/health/live", process, log)
        yield address, process, log
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(10)


def wait_for(url: str, process: subprocess.Popen[str], log: Path) -> None:
    end = time.monotonic() + 20
    while time.monotonic() < end:
        assert process.poll() is None, log.read_text()
        try:
            with urllib.request.urlopen(url, timeout=2, context=TRUSTING):
                return
        except OSError:
            time.sleep(0.05)
    raise AssertionError(log.read_text())


TRUSTING = ssl.create_default_context()
TRUSTING.check_hostname = False
TRUSTING.verify_mode = ssl.CERT_NONE


def key_in(log: Path) -> str:
    found = re.findall(r"^    (pw_[\w-]+)$", log.read_text(), re.MULTILINE)
    assert len(found) == 1, "the key is shown once"
    return str(found[0])


def run(call: str, key: str, address: str, token: str = "") -> str:
    call = call.replace("http://127.0.0.1:8000", address).replace("curl ", "curl -sS ")
    ran = subprocess.run(
        ["bash", "-c", call], env=os.environ | {"KEY": key, "TOKEN": token},
        capture_output=True, text=True, timeout=20,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def test_the_readme_does_what_it_says(tmp_path: Path) -> None:
    define, put, stale, listed, _, _, _, mistake, document = CALLS
    with serving(tmp_path) as (address, _, log):
        key = key_in(log)
        assert json.loads(run(define, key, address))["name"] == "books"
        first, second = run(put, key, address), run(put, key, address)
        assert first.startswith("HTTP/1.1 201")
        assert second.startswith("HTTP/1.1 200")
        tag = re.compile(r"^ETag: (.*)$", re.MULTILINE)
        assert tag.findall(first) == tag.findall(second) != []
        told = run(stale, key, address)
        assert told.startswith("HTTP/1.1 412")
        assert '"current":{"id":"emma","title":"Emma",' in told
        works = run(stale.replace('"an-older-one"', tag.findall(first)[0].strip()), key, address)
        assert works.startswith("HTTP/1.1 200")
        run(put, key, address)
        answer = json.loads(run(listed, key, address))
        assert (answer["total"], answer["items"][0]["title"]) == (1, "Emma")
        refused = json.loads(run(mistake, key, address))
        shown = re.search(r"```json\n(.*?)```", README, re.DOTALL)
        assert shown is not None
        assert refused | {"request_id": "…"} == json.loads(shown[1])
        assert "/api/books/{id}" in json.loads(run(document, key, address))["paths"]
        metrics = run(f"curl {address}/metrics", key, address)
        assert 'route="/api/<name:collection>/<key:key>",status="201"} 1.0' in metrics
    with serving(tmp_path) as (address, _, log):
        assert "pw_" not in log.read_text(), "the key is shown once"
        assert json.loads(run(listed.replace("count", "count"), key, address))["total"] == 1


def test_the_readme_says_who_may_do_what(tmp_path: Path) -> None:
    rules, sign_in, write = CALLS[4:7]
    with serving(tmp_path) as (address, _, log):
        key = key_in(log)
        assert '"email":"ann@example.com"' in run(rules, key, address)
        session = json.loads(run(sign_in, key, address))
        assert session["token"].startswith("pws_")
        note = json.loads(run(write, key, address, session["token"]))
        assert (note["text"], note["owner"]) == ("Buy milk", session["user"]["id"])
        own = "curl http://127.0.0.1:8000/api/notes"
        assert json.loads(run(own, key, address))["items"] == []
        own += ' -H "Authorization: Bearer $TOKEN"'
        assert json.loads(run(own, key, address, session["token"]))["items"] == [note]


def test_two_workers_are_one_server(tmp_path: Path) -> None:
    with serving(tmp_path, WORKERS="2", ADMIN_KEY="k" * 20) as (address, _, _log):
        for turn in range(10):
            body = json.dumps({"fields": {f"f{turn}": {"type": "integer"}}}).encode()
            assert ask("PUT", f"{address}/collections/c{turn}", body) == 201
            for _ in range(3):
                assert ask("POST", f"{address}/api/c{turn}", b'{"f%d": 1}' % turn) == 201
        with urllib.request.urlopen(f"{address}/metrics", timeout=5) as answer:
            text = answer.read().decode()
        assert 'pennyworth_requests_total{method="POST",route="/api/<name:collection>"' in text
        assert 'status="201"} 30.0' in text


def ask(method: str, url: str, body: bytes | None = None) -> int:
    headers = {"Authorization": "Bearer " + "k" * 20, "Content-Type": "application/json"}
    request = urllib.request.Request(url, body, headers, method=method)
    with urllib.request.urlopen(request, timeout=10, context=TRUSTING) as answer:
        return int(answer.status)


def test_sigterm_answers_what_was_accepted(tmp_path: Path) -> None:
    with serving(tmp_path, ADMIN_KEY="k" * 20) as (address, process, log):
        ask("PUT", f"{address}/collections/c", b'{"fields": {}}')
        host, port = address.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=10) as connection:
            head = (
                f"POST /api/c HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {'k' * 20}\r\n"
                "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{"
            )
            connection.sendall(head.encode())
            time.sleep(0.3)
            process.send_signal(signal.SIGTERM)
            time.sleep(0.3)
            connection.sendall(b"}")
            assert b"HTTP/1.1 201" in connection.recv(65536), log.read_text()
        assert process.wait(10) == 0


@pytest.mark.skipif(not shutil.which("openssl"), reason="openssl makes the certificate")
def test_tls(tmp_path: Path) -> None:
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    make = f"openssl req -x509 -newkey rsa:2048 -nodes -keyout {key} -out {cert} -days 2"
    subprocess.run([*make.split(), "-subj", "/CN=localhost"], check=True, capture_output=True)
    settings = {"TLS_CERT": str(cert), "TLS_KEY": str(key), "ADMIN_KEY": "k" * 20}
    with serving(tmp_path, **settings) as (address, _, _log):
        assert ask("GET", f"{address}/collections") == 200


@pytest.mark.parametrize(("name", "value"), [("PORT", "x"), ("ADMIN_KEY", "short")])
def test_nonsense_stops_the_start_with_a_sentence(tmp_path: Path, name: str, value: str) -> None:
    environ = os.environ | {f"PENNYWORTH_{name}": value, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "api", "serve"]
    ran: Any = subprocess.run(
        command, cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=20
    )
    assert ran.returncode == 2
    assert ran.stderr.startswith(f"PENNYWORTH_{name} must ")
    assert ran.stderr.count("\n") == 1


def test_the_commands(tmp_path: Path) -> None:
    environ = {n: v for n, v in os.environ.items() if not n.startswith("PENNYWORTH_")}

    def command(*words: str) -> str:
        ran = subprocess.run(
            [sys.executable, "-m", "api", *words], cwd=tmp_path, check=True, text=True,
            env=environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, timeout=20,
        )  # fmt: skip
        return ran.stdout

    assert "up to date" in command("migrate")
    key = command("key", "create", "--expires-in", "1h").strip()
    assert key.startswith("pw_")
    assert command("openapi") == (ROOT / "openapi.yaml").read_text()
    assert "PENNYWORTH_PORT" in command("settings")
    assert "serve" in command("--help")
