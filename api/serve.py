"""``pennyworth serve``: gunicorn, with the worker that makes it hard to hold up."""

import gc
import resource
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from wsgiref.types import WSGIApplication

from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter

from api import create_app
from api.cors import Cors
from api.settings import Nonsense, Settings
from api.worker import Butler

PATIENT = 240
"""Threads a process may have besides ``settings.threads``, for bodies and polls that take long."""
GRACEFUL = 9
KEEPALIVE = 75
RARELY = (50_000, 20, 50)
CONNECTIONS = 10_000


def serve(settings: Settings, load: Callable[[], WSGIApplication] | None = None) -> None:
    """Ends by SystemExit, within 10 s of a SIGTERM. ``load`` is called once in each process.

    Raises ``Nonsense`` if it cannot listen there.
    """
    demand_free(settings)
    Butler.head_limit = settings.max_url + settings.max_header + 1024
    Butler.cors = Cors(settings.cors_origins)
    Server(settings, _once_settled(load or (lambda: create_app(settings)))).run()


def _once_settled(load: Callable[[], WSGIApplication]) -> Callable[[], WSGIApplication]:
    """What was loaded stays, and a request leaves few cycles behind: to look for them again and
    again while a large body is read takes longer than to read it."""

    def settled() -> WSGIApplication:
        app = load()
        gc.collect()
        gc.freeze()
        gc.set_threshold(*RARELY)
        return app

    return settled


class Server(BaseApplication):
    def __init__(self, settings: Settings, load: Callable[[], WSGIApplication]) -> None:
        self.settings = settings
        self.load = load
        super().__init__(prog="pennyworth")

    def load_config(self) -> None:
        for name, value in options(self.settings).items():
            self.cfg.set(name, value)


def options(settings: Settings) -> dict[str, object]:
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return {
        "bind": f"{host}:{settings.port}",
        "workers": settings.workers,
        "threads": settings.threads + PATIENT,
        "worker_class": Butler,
        "worker_connections": connections(),
        "keepalive": KEEPALIVE,
        "graceful_timeout": GRACEFUL,
        "certfile": settings.tls_cert and str(settings.tls_cert),
        "keyfile": settings.tls_key and str(settings.tls_key),
        "proc_name": "pennyworth",
        "when_ready": announce,
        "loglevel": "warning",
        "control_socket_disable": True,
        # The worker has measured the head by then, and the door will.
        "limit_request_line": 0,
        "limit_request_fields": 1000,
        "limit_request_field_size": Butler.head_limit,
        # No proxy's word counts, not even that of one on this machine.
        "forwarded_allow_ips": "",
        "forwarder_headers": "",
        "secure_scheme_headers": {},
    }


def demand_free(settings: Settings) -> None:
    """gunicorn would try for five seconds, and then say so five times."""
    host, port = settings.host, settings.port
    try:
        family, kind, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise Nonsense(f"Nobody can listen on {host}, port {port}: {error.strerror}.") from error


def announce(arbiter: Arbiter) -> None:
    for listener in arbiter.LISTENERS:
        print(f"Pennyworth serves {listener}", file=sys.stderr, flush=True)


def connections() -> int:
    """As many as the system lets one process have files, but for a few of its own."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = CONNECTIONS + 256
    with suppress(ValueError, OSError):
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, most), hard))
    return max(min(CONNECTIONS, resource.getrlimit(resource.RLIMIT_NOFILE)[0] - 256), 64)
