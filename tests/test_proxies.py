"""Which proxies are believed about who asks, and what they are believed about (V32)."""

import json
from pathlib import Path
from typing import Any

import pytest
from conftest import Client, dispose, make_app
from counting import Heard
from test_limits import limit_of
from test_serve import ROOT, serving

from api.proxies import HEARSAY, Proxies, proxies
from benchmarks.framing import answers, talk
from benchmarks.servers import running

PROXY, NEXT, THIEF, ANN = "10.0.0.7", "10.0.0.8", "203.0.113.9", "192.0.2.1"
TRUSTED = "10.0.0.0/24, 127.0.0.1 fd00::/8 ::ffff:172.16.0.0/108"
LIES = {
    "Forwarded": f"for={ANN};proto=https;host=evil.example",
    "X-Forwarded-For": ANN,
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Port": "443",
    "X-Forwarded-Prefix": "/evil",
    "X-Forwarded-Proto": "https",
    "X-Real-IP": ANN,
}


def heeded(peer: str, trusted: str = TRUSTED, **fields: str) -> dict[str, Any]:
    environ: dict[str, Any] = {"REMOTE_ADDR": peer, "wsgi.url_scheme": "http", "HTTP_HOST": "a"}
    environ |= {f"HTTP_X_FORWARDED_{name}": value for name, value in fields.items()}
    proxies(trusted).heed(environ)
    return environ


WALKS = [
    # from whom it comes, what X-Forwarded-For says, who asks by that
    (PROXY, ANN, ANN),
    (PROXY, f"{THIEF}, {ANN}", ANN),
    (PROXY, f"{THIEF},{ANN}, {NEXT}", ANN),
    (PROXY, f"{ANN} ,\t{NEXT} , 127.0.0.1", ANN),
    (PROXY, f"{NEXT}, 127.0.0.1", NEXT),
    (PROXY, f"{THIEF}, {PROXY}, {ANN}", ANN),
    (PROXY, "2001:db8::1", "2001:db8::1"),
    (PROXY, "2001:DB8:0::0:1, fd00::5", "2001:db8::1"),
    (PROXY, f"::ffff:{ANN}", ANN),
    (PROXY, f"{ANN}:4711", ANN),
    (PROXY, "[2001:db8::1]:4711", "2001:db8::1"),
    (PROXY, "[2001:db8::1]", "2001:db8::1"),
    ("fd00::1", ANN, ANN),
    (f"::ffff:{PROXY}", ANN, ANN),
    ("172.16.3.4", ANN, ANN),
    # a malformed entry ends the walk
    (PROXY, "", PROXY),
    (PROXY, "unknown", PROXY),
    (PROXY, f"{ANN}, unknown", PROXY),
    (PROXY, f"{ANN}, , {NEXT}", NEXT),
    (PROXY, f"{ANN}, _hidden, {NEXT}", NEXT),
    (PROXY, f"{ANN}, 10.0.0.8.", PROXY),
    (PROXY, f"{ANN}, 010.0.0.8", PROXY),
    (PROXY, f"{ANN}, 10.0.0.8/24", PROXY),
    (PROXY, f"{ANN}, fd00::1%eth0", PROXY),
    (PROXY, f"{ANN}, 10.0.0.8:port", PROXY),
    (PROXY, f"{ANN};{NEXT}", PROXY),
    (PROXY, f'"{ANN}"', PROXY),
    # from anyone else it means nothing
    (THIEF, ANN, THIEF),
    (THIEF, f"{ANN}, {PROXY}", THIEF),
    ("10.0.1.7", ANN, "10.0.1.7"),
    ("2001:db8::7", ANN, "2001:db8::7"),
    ("", ANN, ""),
    ("unix:", ANN, "unix:"),
]


@pytest.mark.parametrize(("peer", "said", "asks"), WALKS)
def test_v32_who_asks_by_the_word_of_trusted_proxies(peer: str, said: str, asks: str) -> None:
    environ = heeded(peer, FOR=said)
    assert environ["REMOTE_ADDR"] == asks
    assert environ["pennyworth.forwarded"] is True
    assert "HTTP_X_FORWARDED_FOR" not in environ


@pytest.mark.parametrize("peer", [PROXY, THIEF])
@pytest.mark.parametrize("said", ["https", "http", "HTTPS", "https, http", "ftp", "", "javascript"])
def test_v32_the_scheme_by_the_word_of_trusted_proxies(peer: str, said: str) -> None:
    environ = heeded(peer, PROTO=said)
    believed = peer == PROXY and said in ("http", "https")
    assert environ["wsgi.url_scheme"] == (said if believed else "http")
    assert environ["REMOTE_ADDR"] == peer
    assert environ["pennyworth.forwarded"] is True


def test_v32_nothing_is_left_of_what_was_said() -> None:
    for peer in (PROXY, THIEF):
        environ: dict[str, Any] = dict.fromkeys(HEARSAY, "x") | {"REMOTE_ADDR": peer}
        proxies(TRUSTED).heed(environ)
        assert environ == {"REMOTE_ADDR": peer, "pennyworth.forwarded": True}
    environ = {"REMOTE_ADDR": PROXY}
    proxies(TRUSTED).heed(environ)
    assert environ == {"REMOTE_ADDR": PROXY, "pennyworth.forwarded": False}
    assert heeded(PROXY, "", FOR=ANN, PROTO="https")["REMOTE_ADDR"] == PROXY
    assert proxies("") == Proxies()


def test_v32_a_long_list_is_walked_at_once() -> None:
    assert heeded(PROXY, FOR=",".join([ANN, *[NEXT] * 2500]))["REMOTE_ADDR"] == ANN


@pytest.mark.parametrize(("trusted", "asks"), [("", "127.0.0.1"), ("127.0.0.1", ANN)])
def test_v32_the_log_and_the_limit_go_by_who_asks(tmp_path: Path, trusted: str, asks: str) -> None:
    settings = {"PENNYWORTH_TRUSTED_PROXIES": trusted, "PENNYWORTH_RATE_LIMIT": "9/minute"}
    client = Client(make_app(f"sqlite:///{tmp_path}/x.db", **settings))
    with Heard() as heard:
        left = [
            limit_of(client.get("/", headers=LIES | {"X-Forwarded-For": f"6.6.6.{n}, {ANN}"}))["r"]
            for n in range(3)
        ]
        other = client.get("/", headers={"X-Forwarded-For": THIEF})
    assert left == [8, 7, 6], "what is made up makes no fresh bucket"
    assert limit_of(other)["r"] == (8 if trusted else 5)
    seen = [record.members["address"] for record in heard.records]
    assert seen == [asks] * 3 + [THIEF if trusted else "127.0.0.1"]
    dispose(client.app)


def test_v32_other_hosts_are_in_no_answer(tmp_path: Path) -> None:
    settings = {"PENNYWORTH_TRUSTED_PROXIES": "127.0.0.1"}
    client = Client(make_app(f"sqlite:///{tmp_path}/x.db", **settings))
    for path in ("/", "/nowhere", "/openapi.json", "/docs"):
        answer = client.get(path, headers=LIES)
        assert "evil" not in answer.text
        assert "evil" not in str(answer.headers)
    dispose(client.app)


@pytest.mark.parametrize("server", ["pennyworth", "gunicorn", "granian"])
@pytest.mark.parametrize("trusted", ["", "127.0.0.0/8"])
def test_v32_on_the_wire(monkeypatch: pytest.MonkeyPatch, server: str, trusted: str) -> None:
    monkeypatch.setenv("PENNYWORTH_TRUSTED_PROXIES", trusted)
    monkeypatch.setenv("PYTHONPATH", f"{ROOT}:{ROOT / 'tests'}")
    fields = [f"{name}: {value}" for name, value in LIES.items()]
    with running(server, "proxied:app") as up:
        lied = said(up.port, *fields)
        twice = said(up.port, f"X-Forwarded-For: {THIEF}", f"X-Forwarded-For: {ANN}")
        odd = said(up.port, f"X_Forwarded_For: {ANN}", "X_Forwarded_Proto: https")
        plain = said(up.port)
    nobody = {"address": "127.0.0.1", "scheme": "http", "host": "a", "hearsay": []}
    assert plain == nobody | {"forwarded": False}
    believed = {"address": ANN, "scheme": "https"} if trusted else {}
    assert lied == nobody | {"forwarded": True} | believed
    assert twice == nobody | {"forwarded": True} | ({"address": ANN} if trusted else {})
    if server != "granian":  # it takes an underscore for a hyphen: docs/running.md
        assert odd == nobody | {"forwarded": False}


def said(port: int, *fields: str) -> Any:
    lines = ["GET / HTTP/1.1", "Host: a", "Connection: close", *fields, "", ""]
    (answer,) = answers(talk(port, "\r\n".join(lines).encode()))
    return json.loads(answer.body)


def test_v32_as_it_is_served(tmp_path: Path) -> None:
    settings = {"ADMIN_KEY": "k" * 20, "TRUSTED_PROXIES": "127.0.0.1", "RATE_LIMIT": "5/hour"}
    with serving(tmp_path, **settings) as (address, _, log):
        port = int(address.rpartition(":")[2])
        seen = [status(port, f"X-Forwarded-For: {n}.6.6.6, {ANN}") for n in range(1, 8)]
        assert seen == [200] * 5 + [429] * 2
        assert status(port, f"X-Forwarded-For: {ANN}, {THIEF}") == 200
        told = log.read_text()
    assert told.count(f'"address":"{ANN}"') == 7
    assert told.count(f'"address":"{THIEF}"') == 1


def status(port: int, *fields: str) -> int:
    lines = ["GET /openapi.json HTTP/1.1", "Host: a", "Connection: close", *fields, "", ""]
    return answers(talk(port, "\r\n".join(lines).encode()))[0].status


NONSENSE = ["x", "10.0.0.1/8", "10.0.0.0/33", "10.0.0.256", "*", "localhost", "10.0.0.1-10.0.0.9",
            "fd00::/129", "10.0.0.1:80", "127.0.0.1 nonsense", "10.0.0.1;10.0.0.2"]  # fmt: skip


@pytest.mark.parametrize("text", NONSENSE)
def test_nonsense_is_no_network(text: str) -> None:
    with pytest.raises(ValueError, match="must be addresses and networks"):
        proxies(text)
