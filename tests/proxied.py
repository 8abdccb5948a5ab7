"""Behind the door, says who asked, and how: for tests/test_proxies.py, under any server."""

import json
import os
from wsgiref.types import StartResponse, WSGIEnvironment

from api.door import Door
from api.proxies import HEARSAY
from api.settings import read_settings


def show(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
    shown = {
        "address": environ["REMOTE_ADDR"],
        "scheme": environ["wsgi.url_scheme"],
        "host": environ["HTTP_HOST"],
        "forwarded": environ["pennyworth.forwarded"],
        "hearsay": [name for name in HEARSAY if name in environ],
    }
    body = json.dumps(shown).encode()
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
    start_response("200 OK", headers)
    return [body]


app = Door(show, read_settings(os.environ))
