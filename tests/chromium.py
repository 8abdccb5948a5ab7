"""A browser that does as it is told, by the DevTools protocol over a pair of pipes."""

import base64
import json
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from select import select
from typing import Any

from test_browser import CHROMIUM, OPTIONS

SECONDS = 30
Fake = Callable[[dict[str, Any]], tuple[int, Any]]


class Tab:
    def __init__(self, to: int, heard: int, log: Path) -> None:
        self.to, self.heard, self.log = to, heard, log
        self.rest = b""
        self.number = 0
        self.session: dict[str, str] = {}
        self.fake: Fake | None = None
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        opened = self.call("Target.attachToTarget", targetId=target, flatten=True)
        self.session = {"sessionId": opened["sessionId"]}
        self.call("Page.enable")

    def call(self, method: str, **parameters: Any) -> Any:
        number = self.send(method, parameters)
        end = time.monotonic() + SECONDS
        while True:
            said = self.hear(end)
            if said.get("id") == number:
                assert "error" not in said, said
                return said["result"]
            self.heed(said)

    def send(self, method: str, parameters: dict[str, Any]) -> int:
        self.number += 1
        sent = {"id": self.number, "method": method, "params": parameters} | self.session
        os.write(self.to, json.dumps(sent).encode() + b"\0")
        return self.number

    def hear(self, end: float) -> Any:
        while b"\0" not in self.rest:
            ready, _, _ = select([self.heard], [], [], max(end - time.monotonic(), 0))
            piece = os.read(self.heard, 1 << 20) if ready else b""
            assert piece, self.log.read_text()
            self.rest += piece
        said, _, self.rest = self.rest.partition(b"\0")
        return json.loads(said)

    def heed(self, said: Any) -> None:
        if said.get("method") == "Fetch.requestPaused" and self.fake:
            status, body = self.fake(said["params"]["request"])
            answer = {
                "requestId": said["params"]["requestId"],
                "responseCode": status,
                "responseHeaders": [{"name": "Content-Type", "value": "application/json"}],
                "body": base64.b64encode(json.dumps(body).encode()).decode(),
            }
            self.send("Fetch.fulfillRequest", answer)

    def answer_for(self, pattern: str, fake: Fake) -> None:
        """What is asked for meanwhile is answered by ``fake``, and never sent."""
        self.fake = fake
        self.call("Fetch.enable", patterns=[{"urlPattern": pattern}])

    def run(self, script: str) -> Any:
        done = self.call("Runtime.evaluate", expression=script, returnByValue=True)
        assert "exceptionDetails" not in done, done
        return done["result"].get("value")

    def until(self, script: str) -> Any:
        end = time.monotonic() + SECONDS
        while not (value := self.run(script)):
            assert time.monotonic() < end, f"never: {script}"
            time.sleep(0.05)
        return value

    def click(self, selector: str) -> None:
        self.until(f"!!document.querySelector({selector!r})")
        self.run(f"document.querySelector({selector!r}).click()")

    def type(self, selector: str, text: str) -> None:
        self.until(f"!!document.querySelector({selector!r})")
        self.run(f"document.querySelector({selector!r}).select()")
        self.call("Input.insertText", text=text)

    def press_enter(self) -> None:
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key="Enter", code="Enter", text="\r",
                      windowsVirtualKeyCode=13)  # fmt: skip

    def picture(self) -> bytes:
        return base64.b64decode(self.call("Page.captureScreenshot")["data"])


@contextmanager
def tab() -> Iterator[Tab]:
    (theirs, to), (heard, their_end) = os.pipe(), os.pipe()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        log = Path(profile) / "log"
        pipes = f'exec "$@" 3<&{theirs} 4>&{their_end}'
        command = [str(CHROMIUM), *OPTIONS, "--remote-debugging-pipe", f"--user-data-dir={profile}"]
        with log.open("w") as said:
            process = subprocess.Popen(
                ["bash", "-c", pipes, "bash", *command],
                pass_fds=(theirs, their_end), stdout=said, stderr=said, start_new_session=True,
            )  # fmt: skip
        os.close(theirs)
        os.close(their_end)
        try:
            yield Tab(to, heard, log)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            os.close(to)
            os.close(heard)
