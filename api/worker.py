"""The gunicorn worker: a request gets a thread when it has arrived, not when somebody connects.

One thread at a time, the leader, watches every connection and takes in what trickles. Once a whole
request is there the leader steps down to answer it, and another thread leads. So a thousand idle or
slow clients cost no thread, and a quick request is handed from no thread to another. The processes,
signals, parser and response are gunicorn's.
"""

import os
import selectors
import socket
import threading
import time
from collections import deque
from contextlib import suppress
from typing import Any

from gunicorn.http import wsgi
from gunicorn.sock import ssl_context
from gunicorn.workers.base import Worker

from api.connection import GRACE, Connection, Reply
from api.cors import Cors
from models.refusal import Refusal

TICK = 0.02
STEADY, MODERATE = 2, 8
"""More threads only wait for each other, unless they wait for something else."""
IDLE = 10.0
LINGER = 5.0
LAST_WORDS = 1.0
"""How long a stopping worker leaves idle connections open, for a request that is on its way."""


class Butler(Worker):
    head_limit = 49 << 10
    cors = Cors()

    def run(self) -> None:
        self.selector = selectors.DefaultSelector()
        self.stopping = threading.Event()
        self.leaving = float("inf")
        self.turn = threading.Lock()
        self.threads: set[threading.Thread] = set()
        self.turns = self.turns_seen = 0
        self.worked = self.reaped = 0.0
        self.ready: deque[Connection] = deque()
        self.waiting: set[Connection] = set()
        self.open: set[Connection] = set()
        self.tls = ssl_context(self.cfg) if self.cfg.is_ssl else None
        for listener in self.sockets:
            listener.setblocking(False)
            self.selector.register(listener, selectors.EVENT_READ)
        self.hire(STEADY)
        while self.alive and os.getppid() == self.ppid:
            self.tend()
        self.stop()

    def tend(self) -> None:
        """Hires where all threads are busy but the processor is not: they wait for a slow body, a
        slow database or the next change, and so does everybody else."""
        time.sleep(TICK)
        self.notify()
        held_up = self.turns == self.turns_seen
        worked = time.process_time()
        waiting = worked - self.worked < TICK / 3 and len(self.threads) < MODERATE
        if (held_up or waiting) and not self.turn.locked():
            self.hire(max(1, len(self.threads) // 2))
        self.turns_seen, self.worked = self.turns, worked

    def hire(self, number: int) -> None:
        for _ in range(min(number, self.cfg.threads - len(self.threads))):
            thread = threading.Thread(target=self.work, daemon=True)
            self.threads.add(thread)
            thread.start()

    def stop(self) -> None:
        """Answers what was accepted, and what comes in the last second on a kept connection."""
        self.stopping.set()
        for listener in self.sockets:
            while self.accept(listener):
                pass
            self.selector.unregister(listener)
            listener.close()
        now = time.monotonic()
        self.leaving = now + LAST_WORDS
        while self.open and time.monotonic() < now + self.cfg.graceful_timeout - LAST_WORDS:
            self.tend()

    def work(self) -> None:
        try:
            while connection := self.lead():
                self.attend(connection)
        finally:
            self.threads.discard(threading.current_thread())

    def attend(self, connection: Connection) -> None:
        try:
            self.answer(connection)
        except OSError:
            self.drop(connection)
        except Exception:
            self.log.exception("A connection ended in a fault.")
            self.drop(connection)

    def lead(self) -> Connection | None:
        """None if this thread has not been needed for long."""
        while not self.turn.acquire(timeout=IDLE):
            if len(self.threads) > STEADY:
                return None
        self.turns += 1
        try:
            while not self.ready:
                for key, _ in self.selector.select(TICK if self.stopping.is_set() else 1.0):
                    if key.data is None:
                        self.accept(key.fileobj)
                    else:
                        self.hear(key.data)
                self.reap()
            return self.ready.popleft()
        finally:
            self.turn.release()

    def accept(self, listener: socket.socket) -> bool:
        try:
            sock, client = listener.accept()
        except OSError:
            return False
        if len(self.open) >= self.cfg.worker_connections and self.waiting:
            self.drop(min(list(self.waiting), key=lambda connection: connection.deadline))
        sock.setblocking(False)
        if self.tls:
            sock = self.tls.wrap_socket(sock, server_side=True, do_handshake_on_connect=False)
        connection = Connection(self.cfg, sock, client, listener.getsockname())
        connection.be_patient(GRACE)
        self.open.add(connection)
        self.waiting.add(connection)
        self.selector.register(sock, selectors.EVENT_READ, connection)
        return True

    def hear(self, connection: Connection) -> None:
        with connection.lock:
            if connection.busy:
                self.ignore(connection)
                return
        more = connection.take_in()
        if connection.is_ready(self.head_limit) or (connection.buffer and not more):
            connection.busy = True
            self.waiting.discard(connection)
            self.ready.append(connection)
        elif not more:
            self.drop(connection)

    def ignore(self, connection: Connection) -> None:
        with suppress(KeyError, ValueError):  # another thread may have dropped it just now
            self.selector.unregister(connection.sock)
        connection.ignored = True

    def reap(self) -> None:
        now = time.monotonic()
        if now < self.reaped + LAST_WORDS / 2:
            return
        self.reaped = now
        for connection in list(self.waiting):
            idle = not connection.buffer and now > self.leaving
            if idle or now > connection.deadline:
                self.drop(connection)

    def answer(self, connection: Connection) -> None:
        while self.serve(connection):
            connection.take_back()
            if not connection.is_ready(self.head_limit):
                self.wait_for(connection, self.cfg.keepalive)
                return
        connection.hang_up()
        self.wait_for(connection, LINGER)

    def serve(self, connection: Connection) -> bool:
        """Whether there can be another request on the connection."""
        try:
            request = connection.parse(self.head_limit)
        except Refusal as refusal:
            connection.refuse(refusal, self.cors)
            return False
        client, server = connection.client, connection.server
        reply, environ = wsgi.create(request, connection, client, server, self.cfg, Reply)
        environ["wsgi.multithread"] = True
        environ["pennyworth.lingers"] = True
        environ["pennyworth.stopping"] = self.stopping
        if self.stopping.is_set():
            reply.force_close()
        self.call(environ, reply)
        return not reply.should_close()

    def call(self, environ: dict[str, Any], reply: Reply) -> None:
        parts = self.wsgi(environ, reply.start_response)
        try:
            for part in parts:
                reply.write(part)
            reply.close()
        finally:
            if hasattr(parts, "close"):
                parts.close()

    def wait_for(self, connection: Connection, seconds: float) -> None:
        connection.be_patient(seconds)
        self.waiting.add(connection)
        with connection.lock:
            connection.busy = False
            if connection.ignored:
                connection.ignored = False
                with suppress(ValueError):  # a stopping worker may have dropped it just now
                    self.selector.register(connection.sock, selectors.EVENT_READ, connection)

    def drop(self, connection: Connection) -> None:
        self.ignore(connection)
        self.waiting.discard(connection)
        self.open.discard(connection)
        connection.sock.close()
