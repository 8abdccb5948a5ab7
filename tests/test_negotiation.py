"""Which representation: Accept, charsets, content codings (RFC 9110 section 12), on both databases
where it matters."""

import gzip
import json
from typing import Any

import brotli
import pytest
from conftest import ADMIN, Client
from test_refusals import check_problem

from api.coding import ENCODERS, zstd
from schemas.condition import CODINGS
from schemas.negotiation import admits, admits_identity, best_coding

DECODERS: dict[str, Any] = {
    "gzip": gzip.decompress,
    "br": brotli.decompress,
    "zstd": zstd.decompress,
}
JSON, HTML = "application/json", "text/html; charset=utf-8"
ACCEPTS = [
    (None, JSON, True),
    ("", JSON, True),
    ("*/*", JSON, True),
    ("application/json", JSON, True),
    ("Application/JSON", JSON, True),
    ("application/*", JSON, True),
    ("application/json;charset=utf-8", JSON, True),
    ("text/html, application/json;q=0.1", JSON, True),
    ("text/html", JSON, False),
    ("text/*", HTML, True),
    ("application/xml", JSON, False),
    ("application/json;q=0", JSON, False),
    ("application/json;q=0, */*", JSON, False),
    ("application/*;q=0, */*;q=1", JSON, False),
    ("*/*;q=0", JSON, False),
    ("*/*;q=0, application/json", JSON, True),
    ("application/json; q = 0.000", JSON, False),
    ("application/problem+json", JSON, False),
    ("text/plain;version=0.0.4;q=0.5, */*;q=0.1", "text/plain; charset=utf-8", True),
    ("nonsense", JSON, True),
    (";;;,,,q=0", JSON, True),
    ("application/json;q=high", JSON, True),
]


@pytest.mark.parametrize(("accept", "offered", "admitted"), ACCEPTS)
def test_h039_h040_what_a_client_accepts(accept: str | None, offered: str, admitted: bool) -> None:
    assert admits(accept, offered) is admitted


LIKED = [
    (None, None, True),
    ("", None, True),
    ("gzip", "gzip", True),
    ("GZIP", "gzip", True),
    ("gzip, deflate, br, zstd", "zstd", True),
    ("gzip, br;q=0.9", "gzip", True),
    ("br;q=0.5, gzip;q=0.4", "br", True),
    ("*", "zstd", True),
    ("zstd;q=0, *", "br", True),
    ("gzip;q=0", None, True),
    ("identity", None, True),
    ("identity, gzip;q=0.5", None, True),
    ("gzip, identity;q=0.5", "gzip", True),
    ("identity;q=0", None, False),
    ("identity;q=0, gzip", "gzip", False),
    ("*;q=0", None, False),
    ("*;q=0, gzip;q=0.1", "gzip", False),
    ("*;q=0, identity", None, True),
    ("deflate, compress, x", None, True),
    ("q=1;;;", None, True),
]


@pytest.mark.parametrize(("said", "coding", "identity"), LIKED)
def test_h041_which_coding_a_client_likes(said: str | None, coding: str, identity: bool) -> None:
    assert best_coding(said, CODINGS) == coding
    assert admits_identity(said) is identity


def test_each_coding_has_its_encoder() -> None:
    assert set(CODINGS) == set(ENCODERS) == set(DECODERS)


@pytest.fixture
def things(client: Client) -> Client:
    client.define("things", fields={"a": {"type": "string"}})
    return client


def test_h039_a_type_that_is_not_there_is_406_everywhere(things: Client) -> None:
    path = things.post("/api/things", {"a": "x"}).headers["Location"]
    state = things.get("/api/things").data
    paths = {
        **dict.fromkeys(("/api/things", path, "/collections", "/health/live"), "text/html"),
        **dict.fromkeys(("/docs", "/openapi.yaml", "/metrics", "/docs/start.js"), JSON),
        "/": "text/css",
    }  # fmt: skip
    for place, other in paths.items():
        for method in ("GET", "HEAD"):
            answer = things.ask(method, place, headers=ADMIN | {"Accept": other})
            assert answer.status_code == 406, place
            if method == "GET":
                check_problem(answer, "not-acceptable")
        assert (
            things.get(place, headers=ADMIN | {"Accept": f"{other}, */*;q=0.1"}).status_code == 200
        )
    xml = ADMIN | {"Accept": "application/xml"}
    writes: list[tuple[str, str, Any]] = [
        ("POST", "/api/things", {"a": "y"}),
        ("PUT", path, {"a": "y"}),
        ("PATCH", path, {"a": "y"}),
        ("DELETE", path, None),
        ("POST", "/collections", {"name": "more"}),
        ("PUT", "/collections/things", {}),
        ("PATCH", "/collections/things", {"description": "x"}),
        ("DELETE", "/collections/things", None),
    ]
    for method, place, body in writes:
        check_problem(things.ask(method, place, body, headers=xml), "not-acceptable")
    line = things.post("/api/things", '{"a": "y"}', headers=xml, type="application/x-ndjson")
    check_problem(line, "not-acceptable")
    assert things.get("/api/things").data == state
    assert things.ask("OPTIONS", path, headers=xml).status_code == 204
    home = things.get("/", headers={"Accept": "text/html"})
    assert home.headers["Content-Type"].startswith("text/html")


@pytest.mark.parametrize("coding", CODINGS)
def test_h041_a_long_answer_is_coded_with_a_tag_of_its_own(things: Client, coding: str) -> None:
    path = things.post("/api/things", {"a": "long " * 500}).headers["Location"]
    for place in (path, "/api/things", "/openapi.json", "/docs/swagger-ui.css", "/problems"):
        plain = things.get(place)
        fields = ADMIN | {"Accept-Encoding": coding}
        answer = things.get(place, headers=fields)
        assert answer.headers["Content-Encoding"] == coding
        assert DECODERS[coding](answer.data) == plain.data
        assert len(answer.data) < len(plain.data)
        assert "Accept-Encoding" in answer.headers["Vary"]
        assert "Accept-Encoding" in plain.headers["Vary"]
        tag = answer.headers["ETag"]
        assert tag != plain.headers["ETag"]
        assert tag.startswith('"'), "still a strong one"
        again = things.get(place, headers=fields | {"If-None-Match": tag})
        assert (again.status_code, again.headers["ETag"]) == (304, tag)
        other = things.get(place, headers=ADMIN | {"If-None-Match": tag})
        assert other.status_code == 200, "that is another representation"
        head = things.ask("HEAD", place, headers=fields)
        same = ("ETag", "Content-Encoding", "Content-Length", "Vary")
        assert [head.headers[n] for n in same] == [answer.headers[n] for n in same]
    tag = things.get(path, headers=fields).headers["ETag"]
    written = things.put(path, {"a": "x"}, headers=ADMIN | {"If-Match": tag})
    assert written.status_code == 200, "whatever it came in, it is the same record"


def test_h041_what_is_not_coded(things: Client) -> None:
    path = things.post("/api/things", {"a": "short"}).headers["Location"]
    long = things.post("/api/things", {"a": "long " * 500}).headers["Location"]
    for place, said in (
        (path, "gzip"),
        (long, "gzip;q=0"),
        (long, "identity"),
        (long, "deflate"),
        (long, "gzip;q=0, *;q=0, identity"),
        ("/docs/favicon-32x32.png", "gzip"),
    ):
        answer = things.get(place, headers=ADMIN | {"Accept-Encoding": said})
        assert answer.status_code == 200
        assert "Content-Encoding" not in answer.headers
    forced = things.get(path, headers=ADMIN | {"Accept-Encoding": "identity;q=0, gzip"})
    assert forced.headers["Content-Encoding"] == "gzip"
    assert json.loads(gzip.decompress(forced.data))["a"] == "short"
    for method, body in (("GET", None), ("PUT", {"a": "z"}), ("DELETE", None)):
        refused = things.ask(method, path, body, headers=ADMIN | {"Accept-Encoding": "*;q=0"})
        check_problem(refused, "not-acceptable")
        assert "zstd, br, gzip" in refused.json["detail"]
    assert things.get(path).json["a"] == "short"


def test_what_is_written_comes_back_coded_too(things: Client) -> None:
    fields = ADMIN | {"Accept-Encoding": "gzip"}
    made = things.post("/api/things", {"a": "long " * 500}, headers=fields)
    assert made.headers["Content-Encoding"] == "gzip"
    read = things.get(made.headers["Location"], headers=fields)
    assert (read.data, read.headers["ETag"]) == (made.data, made.headers["ETag"])
    refused = things.post("/api/things", {str(i): 1 for i in range(99)}, headers=fields)
    assert refused.status_code == 422
    assert len(json.loads(gzip.decompress(refused.data))["errors"]) == 99
    key = fields | {"Idempotency-Key": "coded"}
    first = things.post("/api/things", {"a": "long " * 500}, headers=key)
    plain = things.post(
        "/api/things", {"a": "long " * 500}, headers=ADMIN | {"Idempotency-Key": "coded"}
    )
    assert gzip.decompress(first.data) == plain.data
    assert plain.headers["Idempotency-Replayed"] == "true"
    assert "Content-Encoding" not in plain.headers


ODD = ["Accept", "Accept-Encoding", "Accept-Language", "Prefer", "Cookie", "Range", "If-Range"]


@pytest.mark.parametrize("field", ODD)
def test_h040_an_odd_field_is_no_fault(things: Client, field: str) -> None:
    path = things.post("/api/things", {"a": "x"}).headers["Location"]
    for value in ("", ",", ";", "=", '"', "\xff\xfe", "q=1", "*/*;q=2", "x" * 20_000, "bytes=9-1"):
        answer = things.get(path, headers=ADMIN | {field: value})
        assert answer.status_code == 200, (value, answer.text)
