"""Pennyworth keeps every promise that ``pennyworth check`` tries."""

import logging
import threading
from collections.abc import Iterator

import pytest
from conftest import KEY, dispose, make_app
from werkzeug.serving import WSGIRequestHandler, make_server

from api.check.profile import OWN, read_profile
from api.check.promise import BROKEN, NOT_OFFERED, NOT_TRIED
from api.check.run import check
from api.check.wire import server_at

ORIGIN = "https://app.example"
SEARCHED = {"PENNYWORTH_ADMIN_KEY": KEY, "PENNYWORTH_CHECK_ORIGIN": ORIGIN}


class Handler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"


@pytest.fixture
def address(empty_url: str) -> Iterator[str]:
    app = make_app(empty_url, PENNYWORTH_CORS_ORIGINS=ORIGIN)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()
    dispose(app)


def test_it_keeps_every_promise(address: str) -> None:
    outcomes = check(server_at(address), read_profile(OWN, SEARCHED, {}), 20)
    wrong = [one for one in outcomes if one.verdict in (BROKEN, NOT_TRIED)]
    assert wrong == []
    assert [one.promise.id for one in outcomes if one.verdict == NOT_OFFERED] == []
