"""``pennyworth check`` is right about a good server, about each way to be bad, and about others."""

import ast
import hashlib
import json
import re
import socket
import sys
import threading
import time
import tomllib
from collections.abc import Iterator
from dataclasses import fields
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from peer import MERGE, METHODS, OPERATIONS, PROFILE, Peer, Refusal, serving_peer

from api.check.answer import Answer, at, links
from api.check.catalogue import CATALOGUE
from api.check.command import check_command
from api.check.ids import another_id
from api.check.lab import Lab
from api.check.profile import (
    BadProfile,
    Claims,
    Profile,
    Request,
    override,
    profile_of,
    read_profile,
)
from api.check.promise import (
    BROKEN,
    KEPT,
    MAY,
    MUST,
    NOT_OFFERED,
    NOT_TRIED,
    SENSE,
    SHOULD,
    Outcome,
)
from api.check.report import as_text, table
from api.check.run import check, outcome
from api.check.wire import NoAnswer, send, server_at
from api.cli import cli

ROOT = Path(__file__).parent.parent
PROMISES = {promise.id: (group, promise) for group, promise in CATALOGUE}
BREAKABLE = sorted(promise.id for _, promise in CATALOGUE if promise.level != MAY)


def profile(**changes: Any) -> Profile:
    return profile_of(tomllib.loads(PROFILE) | changes, {"KEY_OF_THE_PEER": "k"})


def lab_at(url: str, seconds: float = 5, **changes: Any) -> Lab:
    return Lab(server_at(url), profile(**changes), seconds)


def try_one(url: str, id: str, **changes: Any) -> Outcome:
    return outcome(lab_at(url, **changes), *PROMISES[id])


def test_a_good_server_keeps_every_promise() -> None:
    with serving_peer() as url:
        outcomes = check(server_at(url), profile(), 5)
        assert [(one.promise.id, one) for one in outcomes if one.verdict != KEPT] == []
        left = Lab(server_at(url), profile(), 5).get("/items").value["items"]
    assert left == [], "it cleans up what it made"


@pytest.mark.parametrize("id", BREAKABLE)
def test_each_kind_of_break_is_found(id: str) -> None:
    with serving_peer(id.replace("-", "_")) as url:
        found = try_one(url, id)
    assert found.verdict == BROKEN, found
    assert found.expected
    assert found.seen


def test_every_promise_says_what_it_is() -> None:
    assert len(PROMISES) == len(CATALOGUE) >= 60
    for _, one in CATALOGUE:
        assert one.level in (MUST, SHOULD, SENSE, MAY)
        assert re.fullmatch(r"(RFC \d{4}|Idempotency-Key) §[\d.]+|Fetch, CORS", one.section)
        assert re.fullmatch(r"[^\n]+\.", one.sentence)


class Bare(Peer):
    """Offers next to nothing: GET, POST and DELETE, without tags, dates and types of errors."""

    def demand_method(self, where: str) -> None:
        if self.command in ("PUT", "PATCH", "OPTIONS"):
            self.command = "NOTHING"
        super().demand_method(where)

    def send(self, status: int, fields: dict[str, str], body: bytes) -> None:
        plain = {n: v for n, v in fields.items() if n in ("Content-Type", "Allow", "Location")}
        plain["Content-Type"] = plain.get("Content-Type", "").replace("problem+", "")
        super().send(
            status, plain | ({"WWW-Authenticate": "Bearer"} if status == 401 else {}), body
        )

    def conditions(self, tag: str, changed: float | None, star: bool = True) -> None:
        pass

    def cors(self, status: int) -> dict[str, str]:
        return {}

    def coded(self, fields: dict[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
        return 200, fields, body


def test_what_is_not_offered_is_not_broken() -> None:
    with serving_peer(handler=Bare) as url:
        outcomes = check(server_at(url), profile(claims={}, next="", limit=""), 5)
    by_verdict: dict[str, set[str]] = {}
    for one in outcomes:
        by_verdict.setdefault(one.verdict, set()).add(one.promise.id)
    assert by_verdict.get(BROKEN, set()) == set()
    assert by_verdict.get(NOT_TRIED, set()) == set()
    offered = {"put-creates", "if-match", "gzip-is-right", "replay", "minimal", "link-parses",
               "merge-nests", "json-patch-works", "preflight-granted", "next-leads-to-all",
               "problem-has-its-status", "not-modified-since"}  # fmt: skip
    assert offered <= by_verdict[NOT_OFFERED]


class Otherwise(Peer):
    """Makes the other choice wherever the standards leave one."""

    def tag(self, record: dict[str, Any]) -> str:
        text = json.dumps(record["value"], sort_keys=True)
        return f'W/"{hashlib.sha256(text.encode()).hexdigest()[:16]}"'

    def demand_method(self, where: str) -> None:
        if self.command in ("TRACE", "FROBNICATE", "get"):
            raise Refusal(501)
        if self.command == "OPTIONS":
            raise Refusal(405, Allow=METHODS[where])
        super().demand_method(where)

    def demand_acceptable(self) -> dict[str, str]:
        return {}

    def parse(self, types: tuple[str, ...] = ("application/json",)) -> tuple[str, Any]:
        try:
            return super().parse(tuple(set(types) - {MERGE, OPERATIONS}))
        except Refusal as refusal:
            raise Refusal(400, refusal.detail) from refusal

    def read_json(self, body: bytes) -> Any:
        return json.loads(body) if body.count(b"title") > 1 else super().read_json(body)

    def do_put(self, id: str) -> tuple[int, dict[str, str], bytes]:
        status, fields, _ = super().do_put(id)
        where = fields.get("Location", "")
        return (201, {"Location": where}, b"") if status == 201 else (204, {}, b"")

    def do_delete(self, id: str) -> tuple[int, dict[str, str], bytes]:
        super().do_delete(id)
        return 200, {"Content-Type": "application/json"}, b'{"deleted": true}'

    def found(self, id: str) -> dict[str, Any]:
        if id not in self.store.records:
            raise Refusal(410)
        return super().found(id)

    def common(self, status: int) -> dict[str, str]:
        fields = super().common(status)
        return {n: v for n, v in fields.items() if n not in ("Cache-Control", "Vary")}

    def coded(self, fields: dict[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
        return 200, fields, body

    def send(self, status: int, fields: dict[str, str], body: bytes) -> None:
        plain = fields.get("Content-Type", "").replace("problem+json", "json; charset=utf-8")
        fields = fields | {"Content-Type": plain}
        if "Location" in fields:
            fields["Location"] = f"http://elsewhere.example{fields['Location']}"
        if self.command in ("GET", "HEAD") and status == 200:
            fields |= {"Content-Length": "", "Transfer-Encoding": "chunked"}
            body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
        super().send(status, fields, body)


def test_every_choice_that_is_left_is_kept() -> None:
    with serving_peer(handler=Otherwise) as url:
        outcomes = check(server_at(url), profile(claims={}), 5)
    assert [one for one in outcomes if one.verdict in (BROKEN, NOT_TRIED)] == []
    offered = {one.promise.id for one in outcomes if one.verdict == KEPT}
    good = {"tag-of-a-b-a", "every-refusal-is-a-problem", "answers-say-who-they-are-for"}
    assert not offered & good, "good to have, but nobody's duty"


# The profile


NONSENSE = [
    ({"records": None}, "`records` is missing."),
    ({"recrods": "/x"}, "`recrods` is unknown. There are: name, records"),
    ({"record": "/items/1"}, "`record` must have {id}"),
    ({"records": "items"}, "`records` must be a path"),
    ({"body": {}}, "`body` must have"),
    ({"headers": {"X": 3}}, "`headers` must be text."),
    ({"credentials": [3]}, "`credentials` must be text."),
    ({"setup": [{"method": "GET", "path": "/", "accept": ["2xx"]}]}, "`setup.accept` must be a"),
    ({"records": "/a b"}, "`records` must be a path"),
    ({"body": []}, "`body` must be a table."),
    ({"name": 3}, "`name` must be text."),
    ({"id": "id"}, "`id` must be a JSON Pointer"),
    ({"changed": tomllib.loads(PROFILE)["body"]}, "`changed` must differ"),
    ({"optional": "colour"}, "`optional` must be a member"),
    ({"claims": {"prefer": "yes"}}, "`claims.prefer` must be true or false."),
    ({"claims": {"etag": True}}, "`claims.etag` is unknown."),
    ({"setup": {"method": "PUT"}}, "`setup` must be tables: write [[setup]]."),
    ({"setup": [{"method": "PUT"}]}, "`setup.path` is missing."),
    ({"setup": ["PUT /x"]}, "`setup` must be a table."),
    ({"headers": {"X": "${NO_SUCH_THING}"}}, "The environment has no NO_SUCH_THING"),
]


@pytest.mark.parametrize(("change", "sentence"), NONSENSE)
def test_a_profile_that_makes_no_sense_is_a_sentence(change: Any, sentence: str) -> None:
    document = tomllib.loads(PROFILE) | change
    document = {name: value for name, value in document.items() if value is not None}
    with pytest.raises(BadProfile) as refused:
        profile_of(document, {"KEY_OF_THE_PEER": "k"})
    assert str(refused.value).startswith(sentence)
    assert str(refused.value).endswith(".")


def test_the_profiles_of_others_make_sense() -> None:
    for path in (ROOT / "benchmarks/profiles").glob("*.toml"):
        assert read_profile(path, {"POCKETBASE_PASSWORD": "x"}, {}).name


def test_what_a_profile_may_leave_open() -> None:
    document = tomllib.loads(PROFILE) | {
        "headers": {"A": "${UNSET:-a default}", "B": "${TOKEN}", "C": "${SET}"},
        "setup": [{"method": "POST", "path": "/login", "save": {"TOKEN": "/token"}}],
    }
    read = profile_of(document, {"SET": "secret"})
    assert read.headers == {"A": "a default", "B": "${TOKEN}", "C": "secret"}
    assert override({"authorization": "x", "Y": "z"}, {"Authorization": "q"}) == {
        "Y": "z",
        "Authorization": "q",
    }


class Login(Peer):
    """Its key is had from an answer, as is that of PocketBase."""

    def answer(self) -> tuple[int, dict[str, str], bytes]:
        if self.path == "/login":
            return 200, {"Content-Type": "application/json"}, b'{"deep": {"token": "k"}}'
        return super().answer()


class Below(Peer):
    """Its API is below a path, and its links are relative."""

    def answer(self) -> tuple[int, dict[str, str], bytes]:
        assert self.path.startswith("/base/items"), self.path
        self.path = self.path.removeprefix("/base")
        status, fields, body = super().answer()
        location = fields.get("Location", "").replace("/items", "items")
        link = fields.get("Link", "").replace("/items", "")
        return status, fields | {"Location": location, "Link": link}, body


def test_an_api_below_a_path() -> None:
    with serving_peer(handler=Below) as url:
        for id in ("location-leads", "next-leads-to-all", "allow-of-options"):
            assert try_one(f"{url}/base", id, next="").verdict == KEPT


def test_the_set_up_may_hand_on_what_it_was_answered() -> None:
    step = {"method": "POST", "path": "/login", "body": {}, "save": {"TOKEN": "/deep/token"}}
    with serving_peer(handler=Login) as url:
        lab = lab_at(url, headers={"Authorization": "Bearer ${TOKEN}"}, setup=[step])
        lab.set_up()
        assert lab.new().answer.status == 201


class Wrapped(Peer):
    """Finds its records by Location alone, and wraps what comes in and goes out."""

    def read_json(self, body: bytes) -> Any:
        value = super().read_json(body)
        return value["data"] if isinstance(value, dict) and "data" in value else value

    def shown(self, id: str, record: dict[str, Any]) -> bytes:
        return json.dumps({"data": json.loads(super().shown(id, record))}).encode()


def test_a_wrapper_and_no_id() -> None:
    with serving_peer(handler=Wrapped) as url:
        lab = lab_at(url, wrapper="data", id="/no/such")
        record = lab.new()
        assert record.path == record.answer["Location"]
        assert lab.read(record)["note"] == "A note"
        for id in ("put-replaces", "merge-nests", "duplicate-names", "not-modified"):
            assert outcome(lab, *PROMISES[id]).verdict == KEPT


def test_the_documented_profile_works() -> None:
    text = (ROOT / "docs/check.md").read_text()
    example = re.search(r"```toml\n(.*?)```", text, re.DOTALL)
    assert example is not None
    read = profile_of(tomllib.loads(example[1]), {"API_TOKEN": "k"})
    with serving_peer() as url:
        outcomes = check(server_at(url), read, 5)
    assert {one.verdict for one in outcomes} == {KEPT}


def test_everything_is_documented() -> None:
    text = (ROOT / "docs/check.md").read_text()
    names = [one.name for kind in (Profile, Request, Claims) for one in fields(kind)]
    names += [name for option in check_command.params for name in option.opts if "--" in name]
    assert [name for name in names if f"`{name}" not in text] == []
    compared = (ROOT / "docs/promises.md").read_text()
    rows = {one.id: f"| {one.sentence} | {one.section}, {one.level} |" for _, one in CATALOGUE}
    assert [id for id, row in rows.items() if row not in compared] == [], "run: make promises"


# The command


@pytest.fixture
def peer_toml(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("KEY_OF_THE_PEER", "k")
    path = tmp_path / "peer.toml"
    path.write_text(PROFILE)
    return path


def command(*words: Any) -> Result:
    return CliRunner().invoke(cli, ["check", *map(str, words)])


def test_the_command_in_all_its_forms(peer_toml: Path) -> None:
    with serving_peer("post_is_201", "trace") as url:
        ran = command(url, "--profile", peer_toml, "--json")
    assert ran.exit_code == 1
    said = json.loads(ran.stdout)
    broken = [one for one in said["promises"] if one["verdict"] == "broken"]
    assert [one["id"] for one in broken] == ["trace", "post-is-201"]
    assert broken[1]["expected"] == "201"
    assert broken[1]["seen"].startswith("POST /items: 200 application/json")
    assert said["counts"]["broken"] == 2
    assert said["percent"] == 98


def test_the_command_ends_with_0_where_nothing_is_broken(peer_toml: Path) -> None:
    with serving_peer() as url:
        ran = command(url, "--profile", peer_toml, "--markdown")
    assert ran.exit_code == 0, ran.output
    rows = [line for line in ran.stdout.splitlines() if line.startswith("| ")]
    assert rows[0] == "| promise | section | peer |"
    assert "| GET changes nothing. | RFC 9110 §9.2.1, MUST | ✓ |" in rows
    assert rows[-1].endswith("100 %** |")


def some_outcomes() -> list[Outcome]:
    first, second = CATALOGUE[0], CATALOGUE[1]
    return [
        Outcome(first[1], first[0], BROKEN, "a|b", "<c>\nd"),
        Outcome(second[1], second[0], NOT_OFFERED, seen="no HEAD"),
    ]


def test_the_text_and_the_footnotes() -> None:
    text = as_text("it", some_outcomes())
    assert text.startswith("Methods\n  ✗ HEAD answers with the status")
    assert "expected: a|b" in text
    assert text.endswith("it: 1 broken, 1 not offered. Score: 0 of 1 promises it could keep, 0 %.")
    shown = table({"one": some_outcomes(), "two": some_outcomes()})
    assert "| ✗ (1) | ✗ (2) |" in shown
    assert "1. one, head-is-get: expected `a|b`, seen `<c> d`" in shown


WRONG = [
    (["ftp://x"], "'ftp://x' is no URL of a server; try http://127.0.0.1:8000."),
    (["http://127.0.0.1:99999"], "Port out of range"),
    (["http://127.0.0.1:1"], "127.0.0.1:1 gives no answer to POST: the connection was refused."),
    (["http://127.0.0.1:1", "--profile", "/no/such.toml"], "The profile /no/such.toml cannot"),
    (["http://127.0.0.1:1", "--header", "nonsense"], ""),
]


@pytest.mark.parametrize(("words", "sentence"), WRONG)
def test_what_cannot_be_tried_is_a_sentence(
    words: list[str], sentence: str, peer_toml: Path
) -> None:
    ran = command(*([] if "--profile" in words else ["--profile", peer_toml]), *words)
    assert ran.exit_code == 2
    assert ran.stderr.startswith(sentence)
    assert "Traceback" not in ran.output


def test_a_profile_of_another_server_is_a_sentence(peer_toml: Path) -> None:
    with serving_peer() as url:
        ran = command(url, "--profile", peer_toml, "--header", "Authorization: Bearer wrong")
    assert ran.exit_code == 2
    assert ran.stderr.startswith(
        "No record could be made of the profile's `body`: POST /items: 401"
    )


# Odd servers


def answering(raw: bytes) -> type[BaseHTTPRequestHandler]:
    class Odd(Peer):
        """Answers GET of a record with this, after the first."""

        def do_get(self, id: str) -> tuple[int, dict[str, str], bytes]:
            seen = self.store.replays.setdefault("gets", [])
            seen.append(id)
            if len(seen) < 3:
                return super().do_get(id)
            self.wfile.write(raw)
            raise ConnectionError

        def send(self, status: int, fields: dict[str, str], body: bytes) -> None:
            if status != 599:
                super().send(status, fields, body)

    return Odd


ODD = {
    "nothing": b"",
    "no HTTP": b"hello\r\n\r\n",
    "half a head": b"HTTP/1.1 200 OK\r\nETa",
    "half a body": b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{",
    "half a chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n{",
    "no number": b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n{}",
    "odd fields": b"HTTP/1.1 200 OK\r\nETag: \xff\xfe\r\nDate: soon\r\nLink: <\r\n\r\n[1]",
    "many fields": b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 2000 + b"\r\n",
    "an odd status": b"HTTP/1.1 999 What\r\n\r\n",
    "null": b"HTTP/1.1 200 OK\r\nContent-Type: application/problem+json\r\n\r\nnull",
}


@pytest.mark.parametrize("name", ODD)
def test_an_odd_server_does_not_end_the_run(name: str) -> None:
    with serving_peer(handler=answering(ODD[name])) as url:
        outcomes = check(server_at(url), profile(), 2)
    assert len(outcomes) == len(CATALOGUE)
    assert any(one.verdict == BROKEN for one in outcomes)


class Hanging(Peer):
    def do_get(self, id: str) -> tuple[int, dict[str, str], bytes]:
        if self.headers.get("Range") or self.headers.get("If-Match"):
            for _ in range(50):
                time.sleep(0.1)
                self.wfile.write(b"HTTP/1.1 200 OK\r\n"[:1])
        return super().do_get(id)


def test_a_server_that_hangs_is_told_so() -> None:
    with serving_peer(handler=Hanging) as url:
        lab = lab_at(url, seconds=3)
        with pytest.raises(NoAnswer, match=r"no answer to GET within 3 s"):
            outcome(lab, *PROMISES["ranges"])
        assert try_one(url, "get-is-safe").verdict == KEPT


class Endless(Peer):
    """Never answers PUT, and takes its time for all else."""

    def do_put(self, id: str) -> tuple[int, dict[str, str], bytes]:
        time.sleep(5)
        return super().do_put(id)

    def do_get(self, id: str) -> tuple[int, dict[str, str], bytes]:
        time.sleep(0.2)
        return super().do_get(id)


def test_a_slow_server_does_not_take_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving_peer(handler=Endless) as url:
        lab = lab_at(url, seconds=3)
        with pytest.raises(NoAnswer, match="no answer to PUT within 3 s"):
            outcome(lab, *PROMISES["put-replaces"])
        again = outcome(lab, *PROMISES["put-replaces"])
        assert (again.verdict, again.seen) == (NOT_OFFERED, "no answer to PUT within 3 s")
        monkeypatch.setattr("api.check.lab.TURNS", 0.02)
        with pytest.raises(NoAnswer, match=r"no end of it within 0\.2 s"):
            outcome(lab_at(url, seconds=10), *PROMISES["junk-in-fields"])


def test_a_server_that_is_gone_is_not_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def silence(*words: Any) -> Answer:
        asked.append(words)
        raise NoAnswer("no answer")

    with serving_peer() as url:
        lab = lab_at(url)
        lab.standing()
        monkeypatch.setattr("api.check.lab.send", silence)
        monkeypatch.setattr("api.check.run.Lab", lambda *_: lab)
        monkeypatch.setattr("api.check.run.begin", lambda _: None)
        outcomes = check(server_at(url), profile(), 1)
    verdicts = [one.verdict for one in outcomes]
    assert verdicts.count(BROKEN) == 3
    assert verdicts[-1] == NOT_TRIED
    assert len(asked) == 4, "three promises, and the cleaning up"


class Busy(Peer):
    def answer(self) -> tuple[int, dict[str, str], bytes]:
        self.store.revision += 1
        if self.store.revision % 2:
            return 429, {"Retry-After": "0"}, b""
        return super().answer()


def test_who_is_told_to_wait_waits() -> None:
    with serving_peer(handler=Busy) as url:
        assert try_one(url, "put-replaces").verdict == KEPT


# The parts


def test_it_is_a_pure_client() -> None:
    for path in (ROOT / "api/check").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                own = name.startswith("api.check") or name == "click"
                assert own or name.partition(".")[0] in sys.stdlib_module_names, (path, name)


@pytest.mark.parametrize(
    ("id", "kind"),
    [
        (7, r"\d+"),
        ("7", r"\d+"),
        ("2f1c0a52-3f6c-4a6e-9b1e-1c2d3e4f5a6b", "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
        ("ab1-XY_z9", r"[a-z]{2}\d-[A-Z]{2}_[a-z]\d"),
    ],
)
def test_another_id_looks_alike(id: Any, kind: str) -> None:
    other = str(another_id(id))
    assert other != str(id)
    assert re.fullmatch(kind, other)


@pytest.mark.parametrize(
    ("field", "found"),
    [
        ('</a?b=1,2>; rel="next"', {"next": "/a?b=1,2"}),
        ('<a>; rel=prev; title="x, y", <b>; rel="next last"',
         {"prev": "a", "next": "b", "last": "b"}),
        ("<a>", {}),
        ("", {}),
        ("<a; rel=next", None),
        ("a; rel=next", None),
        ('<a>; rel="next', None),
    ],
)  # fmt: skip
def test_links(field: str, found: dict[str, str] | None) -> None:
    assert links(field) == found


def test_pointers() -> None:
    value = {"a": [{"b/c": 1, "m~n": 2}]}
    assert at(value, "/a/0/b~1c") == 1
    assert at(value, "/a/0/m~0n") == 2
    assert at(value, "") == value
    assert at(value, "/a/7/x") is at(value, "/a/b") is at(3, "/a") is None


@pytest.fixture
def echo() -> Iterator[tuple[str, list[bytes]]]:
    """Keeps what it hears, and answers 200 with stray bytes."""
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def run() -> None:
            sock, _ = listening.accept()
            with sock:
                heard.append(sock.recv(65536))
                sock.sendall(b"HTTP/1.1 304 Not Modified\r\n\r\nstray")

        thread = threading.Thread(target=run)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}", heard
        thread.join()


def test_what_is_sent_is_what_is_said(echo: tuple[str, list[bytes]]) -> None:
    url, heard = echo
    answer = send(server_at(url), "fRoB", "/%zz", [("A", "1"), ("A", "2")], b"body", 5)
    assert heard == [b"fRoB /%zz HTTP/1.1\r\nA: 1\r\nA: 2\r\n\r\nbody"]
    assert (answer.status, answer.body) == (304, b"stray")
