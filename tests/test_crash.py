"""Killed at the worst moment: an Idempotency-Key and its effect are both there, or neither."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ADMIN, KEY, Client, dispose, make_app

ROOT = Path(__file__).parent.parent
# A worker that is killed (SIGKILL) where `{place}` is called for the first time in a request.
WORKER = """
import os
import signal
import sys
from unittest.mock import patch
from api import create_app

app = create_app()
client = app.test_client()

def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

headers = {{"Authorization": "Bearer {key}", "Idempotency-Key": "once"}}
body = {{"data": b'{{"a":1}}', "content_type": "application/json"}}
client.get("/api/things", headers=headers)
with patch("{place}", die):
    client.post("/api/things", headers=headers, **body)
sys.exit("It was to be killed.")
"""
PLACES = {
    "before its effect": ("resources.record.add", 0),
    "after its effect": ("resources.record.created", 0),
    "before the key": ("resources.idempotency.keep_answer", 0),
    "before the commit": ("sqlalchemy.engine.base.RootTransaction._do_commit", 0),
    "before the answer": ("api.headers._cache_control", 1),
}


@pytest.mark.parametrize("place", PLACES)
def test_h114_a_killed_worker_and_a_second_try_make_one(empty_url: str, place: str) -> None:
    app = make_app(empty_url)
    client = Client(app)
    client.define("things", fields={"a": {"type": "integer"}})
    target, effects = PLACES[place]
    code = WORKER.format(key=KEY, place=target)
    environ = os.environ | {
        "PENNYWORTH_DATABASE_URL": empty_url,
        "PENNYWORTH_ADMIN_KEY": KEY,
        "PYTHONPATH": str(ROOT),
    }
    ran = subprocess.run(
        [sys.executable, "-c", code], env=environ, capture_output=True, text=True, timeout=60
    )
    assert ran.returncode == -signal.SIGKILL, ran.stderr
    assert client.get("/api/things?count=true").json["total"] == effects
    assert len(client.sql("SELECT key FROM pw__answers")) == effects
    headers = ADMIN | {"Idempotency-Key": "once"}
    for again in (bool(effects), True):
        answer = client.post("/api/things", '{"a":1}', headers=headers)
        assert answer.status_code == 201, answer.text
        assert ("Idempotency-Replayed" in answer.headers) is again
    assert client.get("/api/things?count=true").json["total"] == 1
    dispose(app)
