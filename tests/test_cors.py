"""CORS by an exact list (contract section 9): what another origin's page may send and read."""

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from conftest import ADMIN, OPEN, Client, dispose, make_app
from linting import faults_on_the_wire
from test_serve import serving
from werkzeug.test import TestResponse

from api.cors import ALLOWED_HEADERS, EXPOSED_HEADERS, Cors
from api.headers import VARY
from benchmarks.framing import Answer, answers, talk

GOOD, APP = "https://good.com", "capacitor://localhost"
ORIGINS = f"{GOOD}, http://localhost:5173 {APP}"
CORS_VARY = f"{VARY}, Origin"
ALLOW_ORIGIN = "Access-Control-Allow-Origin"
UUID = "01890a5d-ac96-774b-bcce-b302099a8057"
Make = Callable[[str], Client]


@pytest.fixture(scope="module")
def client_for(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Make]:
    """The origins -> a client of an application set so; nothing here depends on the database."""
    made: list[Client] = []

    @cache
    def make(origins: str) -> Client:
        url = f"sqlite:///{tmp_path_factory.mktemp('cors')}/x.db"
        client = Client(make_app(url, PENNYWORTH_CORS_ORIGINS=origins, PENNYWORTH_MAX_BODY="1k"))
        made.append(client)
        client.define("things", fields={"a": {"type": "integer"}}, access=OPEN)
        client.define("closed", access={})
        client.put(f"/api/things/{UUID}", {"a": 1})
        return client

    yield make
    for client in made:
        dispose(client.app)


def cors_fields(answer: TestResponse) -> dict[str, str]:
    return {n: v for n, v in answer.headers if n.startswith("Access-Control-")}


def from_page(client: Client, origin: str | None, *asked: Any, **fields: str) -> TestResponse:
    headers = ADMIN | {n.replace("_", "-"): v for n, v in fields.items()}
    if origin is not None:
        headers["Origin"] = origin
    return client.ask(*asked, headers=headers)


def preflight(client: Client, origin: str, path: str, method: str = "PUT") -> TestResponse:
    headers = {"Origin": origin, "Access-Control-Request-Method": method}
    headers["Access-Control-Request-Headers"] = "authorization,if-match"
    return client.ask("OPTIONS", path, headers=headers)


REQUESTS: list[Any] = [
    (200, "GET", f"/api/things/{UUID}"),
    (200, "HEAD", "/api/things"),
    (200, "GET", "/docs"),
    (200, "GET", "/openapi.json"),
    (201, "POST", "/api/things", {}),
    (204, "DELETE", "/api/things/01890a5d-ac96-774b-bcce-b302099a8058"),
    (204, "OPTIONS", "/api/things"),
    (400, "GET", "/api/things?nope=1"),
    (400, "GET", "/api/things?a=%FF"),
    (404, "GET", "/nowhere"),
    (404, "GET", "/api/nothing"),
    (405, "DELETE", "/api/things"),
    (413, "POST", "/api/things", "[" + " " * 1024 + "]"),
    (414, "GET", "/api/things?a=" + "1" * 20_000),
    (422, "POST", "/api/things", {"a": "x"}),
]


@pytest.mark.parametrize(("status", "asked"), [(status, asked) for status, *asked in REQUESTS])
def test_h122_without_the_setting_there_is_no_cors(
    client_for: Make, status: int, asked: Any
) -> None:
    client = client_for("")
    client.put("/api/things/01890a5d-ac96-774b-bcce-b302099a8058", {})
    answer = from_page(client, GOOD, *asked)
    assert answer.status_code == status, answer.text
    assert cors_fields(answer) == {}
    assert "Origin" not in answer.headers["Vary"]
    assert cors_fields(preflight(client, GOOD, "/api/things")) == {}


@pytest.mark.parametrize(("status", "asked"), [(status, asked) for status, *asked in REQUESTS])
@pytest.mark.parametrize("origin", [GOOD, APP, "http://localhost:5173"])
def test_h123_h127_h128_a_listed_origin_is_named_in_every_answer(
    client_for: Make, status: int, asked: Any, origin: str
) -> None:
    client = client_for(ORIGINS)
    client.put("/api/things/01890a5d-ac96-774b-bcce-b302099a8058", {})
    answer = from_page(client, origin, *asked)
    assert answer.status_code == status, answer.text
    assert cors_fields(answer) == {
        ALLOW_ORIGIN: origin,
        "Access-Control-Allow-Credentials": "true",
        "Access-Control-Expose-Headers": EXPOSED_HEADERS,
    }
    assert answer.headers.getlist("Vary") == [CORS_VARY]


def test_h128_who_is_unknown_is_told_too(client_for: Make) -> None:
    client = client_for(ORIGINS)
    for headers in ({}, {"Authorization": "Bearer nonsense"}, {"Authorization": "Basic YTpi"}):
        answer = client.get("/api/closed", headers=headers | {"Origin": GOOD})
        assert answer.status_code == 401
        assert answer.headers[ALLOW_ORIGIN] == GOOD
        assert "WWW-Authenticate" in answer.headers["Access-Control-Expose-Headers"]


def test_h128_a_fault_is_told_too(client_for: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    client = client_for(ORIGINS)

    def fail(*_: Any) -> None:
        raise RuntimeError

    for place in ("resources.representation.list_records", "api.door._call"):
        monkeypatch.setattr(place, fail)
        answer = from_page(client, GOOD, "GET", "/api/things")
        assert answer.status_code == 500
        assert answer.headers[ALLOW_ORIGIN] == GOOD
        assert answer.headers["Vary"] == CORS_VARY
        assert answer.json["request_id"]


OTHERS = [
    None,
    "",
    "null",
    "*",
    "https://good.com.evil",
    "https://goodXcom",
    "https://evil.good.com",
    "https://evilgood.com",
    "http://good.com",
    "https://good.com:8443",
    "https://good.com:443",
    "https://good.com/",
    "https://good.com.",
    "HTTPS://GOOD.COM",
    "https://Good.com",
    "https://good.com, https://good.com",
    "http://localhost",
    "http://127.0.0.1:5173",
    "capacitor://localhost:80",
]


@pytest.mark.parametrize("origin", OTHERS)
def test_h123_h125_no_other_origin_gets_anything(client_for: Make, origin: str | None) -> None:
    client = client_for(ORIGINS)
    for asked in (("GET", "/api/things"), ("GET", "/nowhere"), ("GET", "/api/things?a=%FF")):
        answer = from_page(client, origin, *asked)
        assert cors_fields(answer) == {}
        assert answer.headers.getlist("Vary") == [CORS_VARY]
    if origin is not None:
        refused = preflight(client, origin, "/api/things")
        assert refused.status_code == 204
        assert cors_fields(refused) == {}
        assert refused.headers.getlist("Vary") == [CORS_VARY]


@pytest.mark.parametrize("origin", [None, "null", GOOD, "https://anyone.example"])
def test_h126_any_origin_means_no_credentials(client_for: Make, origin: str | None) -> None:
    client = client_for("*")
    for asked in (("GET", "/api/things"), ("GET", "/nowhere"), ("OPTIONS", "*")):
        answer = from_page(client, origin, *asked)
        assert cors_fields(answer) == {
            ALLOW_ORIGIN: "*",
            "Access-Control-Expose-Headers": EXPOSED_HEADERS,
        }
        assert answer.headers["Vary"].endswith("Origin")
    if origin is not None:
        told = cors_fields(preflight(client, origin, "/api/things"))
        assert told[ALLOW_ORIGIN] == "*"
        assert "Access-Control-Allow-Credentials" not in told
        assert "Authorization" in told["Access-Control-Allow-Headers"]


@pytest.mark.parametrize(
    "path", ["/api/things", f"/api/things/{UUID}", "/api/closed", "/", "/docs"]
)
@pytest.mark.parametrize("method", ["PUT", "GET", "FOO"])
def test_h124_h129_a_preflight_says_what_may_be_sent(
    client_for: Make, path: str, method: str
) -> None:
    answer = preflight(client_for(ORIGINS), GOOD, path, method)
    assert (answer.status_code, answer.data) == (204, b"")
    assert cors_fields(answer) == {
        ALLOW_ORIGIN: GOOD,
        "Access-Control-Allow-Credentials": "true",
        "Access-Control-Allow-Methods": answer.headers["Allow"],
        "Access-Control-Allow-Headers": ALLOWED_HEADERS,
        "Access-Control-Max-Age": "7200",
    }
    assert "Content-Type" not in answer.headers
    assert answer.headers.getlist("Vary") == [CORS_VARY]


def test_h124_the_headers_are_those_of_the_contract() -> None:
    needed = "Authorization Content-Type If-Match If-None-Match Idempotency-Key Prefer"
    assert set(needed.split()) <= set(ALLOWED_HEADERS.split(", "))
    needed = "ETag Location Link Retry-After RateLimit RateLimit-Policy Preference-Applied"
    assert set(needed.split()) <= set(EXPOSED_HEADERS.split(", "))
    assert "*" not in ALLOWED_HEADERS + EXPOSED_HEADERS


def test_h129_a_page_is_not_let_into_the_network(client_for: Make) -> None:
    headers = {
        "Origin": GOOD,
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Private-Network": "true",
        "Access-Control-Request-Local-Network": "true",
    }
    for origins in (ORIGINS, "*"):
        answer = client_for(origins).ask("OPTIONS", "/api/things", headers=headers)
        assert not any("network" in name.lower() for name, _ in answer.headers)


def test_h123_whatever_else_an_answer_varies_by() -> None:
    cors = Cors(frozenset([GOOD]))
    for said in ([], [("Vary", "Accept")], [("vary", "Accept"), ("Vary", "Prefer, Cookie")]):
        fields = cors.complete([("ETag", '"1-a"'), *said], {})
        names = [value for _, value in said]
        assert fields == [("ETag", '"1-a"'), ("Vary", ", ".join([*names, "Origin"]))]


def test_a_preflight_of_nothing_is_404(client_for: Make) -> None:
    answer = preflight(client_for(ORIGINS), GOOD, "/nowhere")
    assert answer.status_code == 404
    assert answer.headers[ALLOW_ORIGIN] == GOOD
    assert "Access-Control-Allow-Methods" not in answer.headers


PARSED = [
    (400, b"GET / HTTP/1.1\r\nBad Name: x\r\n%b\r\n"),
    (400, b"POST / HTTP/1.1\r\nContent-Length: +3\r\n%b\r\n"),
    (414, b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\n%b\r\n"),
    (431, b"GET / HTTP/1.1\r\nHost: a\r\n%bX: " + b"a" * 100_000 + b"\r\n\r\n"),
    (501, b"POST / HTTP/1.1\r\nTransfer-Encoding: foo\r\n%b\r\n"),
]


LISTED = {
    "access-control-allow-origin": GOOD,
    "access-control-allow-credentials": "true",
    "access-control-expose-headers": EXPOSED_HEADERS,
}


def test_h128_what_the_parser_refuses_is_told_too(tmp_path: Path) -> None:
    with serving(tmp_path, CORS_ORIGINS=ORIGINS, ADMIN_KEY="k" * 20) as (address, _, _log):
        for origin in (GOOD, "https://good.com.evil"):
            for status, request in PARSED:
                answer = say(address, request % f"oRIGIN: \t{origin} \r\n".encode())
                assert answer.status == status
                assert answer.headers["vary"] == CORS_VARY
                listed = origin == GOOD and status != 414  # its Origin is behind the limit
                told = {n: v for n, v in answer.headers.items() if n.startswith("access-control-")}
                assert told == (LISTED if listed else {})


def test_h122_what_the_parser_refuses_has_no_cors_unasked(tmp_path: Path) -> None:
    with serving(tmp_path, ADMIN_KEY="k" * 20) as (address, _, _log):
        for _, request in PARSED:
            answer = say(address, request % b"Origin: https://good.com\r\n")
            assert answer.headers["vary"] == VARY
            assert not any(name.startswith("access-control-") for name in answer.headers)


def say(address: str, request: bytes) -> Answer:
    (answer,) = answers(talk(int(address.rpartition(":")[2]), request))
    assert faults_on_the_wire(answer) == []
    return answer
