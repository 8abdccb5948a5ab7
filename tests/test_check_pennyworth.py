"""Pennyworth keeps every promise that ``pennyworth check`` tries, under every server."""

from collections.abc import Iterator

import pytest
from conftest import KEY

from api.check.profile import OWN, read_profile
from api.check.promise import BROKEN, NOT_OFFERED, NOT_TRIED
from api.check.run import check
from api.check.wire import server_at
from benchmarks.servers import SERVERS, running

ORIGIN = "https://app.example"
SEARCHED = {"PENNYWORTH_ADMIN_KEY": KEY, "PENNYWORTH_CHECK_ORIGIN": ORIGIN}


@pytest.fixture(params=SERVERS)
def address(
    request: pytest.FixtureRequest, empty_url: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    monkeypatch.setenv("PENNYWORTH_DATABASE_URL", empty_url)
    monkeypatch.setenv("PENNYWORTH_ADMIN_KEY", KEY)
    monkeypatch.setenv("PENNYWORTH_CORS_ORIGINS", ORIGIN)
    with running(request.param, "benchmarks.whole:app", workers=2) as up:
        yield f"http://127.0.0.1:{up.port}"


def test_it_keeps_every_promise(address: str) -> None:
    outcomes = check(server_at(address), read_profile(OWN, SEARCHED, {}), 20)
    wrong = [one for one in outcomes if one.verdict in (BROKEN, NOT_TRIED)]
    assert wrong == []
    assert [one.promise.id for one in outcomes if one.verdict == NOT_OFFERED] == []
