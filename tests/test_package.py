"""The wheel: what is in it, and that it works where there is no checkout."""

import ast
import os
import re
import socket
import subprocess
import sys
import sysconfig
import time
import tomllib
from http.client import HTTPConnection
from importlib.metadata import packages_distributions, requires
from pathlib import Path
from zipfile import ZipFile

import pytest
import yaml

from api import VERSION

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PACKAGES = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check", "-q"]
START_SECONDS = 15


def run(*command: str | Path, cwd: Path | None = None) -> str:
    ran = subprocess.run(command, cwd=cwd, env=environ(), capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def environ(**settings: str) -> dict[str, str]:
    kept = {n: v for n, v in os.environ.items() if not n.startswith(("PENNYWORTH_", "PYTHON"))}
    return kept | settings


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Needs no network: what builds it is installed."""
    directory = tmp_path_factory.mktemp("wheel")
    run(*PIP, "wheel", "--no-deps", "--no-index", "--no-build-isolation", "-w", directory, ROOT)
    (built,) = directory.iterdir()
    return built


@pytest.fixture(scope="module")
def pennyworth(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command, in an environment that has the wheel, and its dependencies from this one."""
    home = tmp_path_factory.mktemp("venv")
    run(sys.executable, "-m", "venv", "--without-pip", home)
    bin = home / "bin"
    run(*PIP, "--python", bin / "python", "install", "--no-deps", "--no-index", wheel)
    purelib = run(bin / "python", "-c", "import sysconfig; print(sysconfig.get_path('purelib'))")
    here = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    (Path(purelib.strip()) / "dependencies.pth").write_text("\n".join(here))
    return bin / "pennyworth"


def test_holds_every_file_of_its_packages_and_no_other(wheel: Path) -> None:
    with ZipFile(wheel) as file:
        held = {name for name in file.namelist() if ".dist-info/" not in name}
    files = (path for package in PACKAGES for path in (ROOT / package).rglob("*.*"))
    own = {path.relative_to(ROOT).as_posix() for path in files if path.suffix != ".pyc"}
    assert held == own
    assert {"migrations/script.py.mako", "migrations/env.py", "api/__main__.py"} <= held
    assert any(re.match(r"migrations/versions/\d{4}_\w+\.py", name) for name in held)


def test_says_what_it_is(wheel: Path) -> None:
    with ZipFile(wheel) as file:
        names = {name.partition(".dist-info/")[2]: name for name in file.namelist()}
        metadata = file.read(names["METADATA"]).decode()
        entries = file.read(names["entry_points.txt"]).decode()
    assert f"Version: {VERSION}\n" in metadata
    assert "licenses/LICENSE" in names
    assert "pennyworth = api.cli:main" in entries


def test_its_commands_work_in_an_empty_directory(pennyworth: Path, tmp_path: Path) -> None:
    assert "Commands:" in run(pennyworth, "--help", cwd=tmp_path)
    document = yaml.safe_load(run(pennyworth, "openapi", cwd=tmp_path))
    assert document["openapi"].startswith("3.1.")
    assert document["info"]["version"] == VERSION
    assert not any(tmp_path.iterdir())
    assert "up to date" in run(pennyworth, "migrate", cwd=tmp_path)
    assert run(pennyworth, "key", "create", cwd=tmp_path).startswith("pw_")
    assert (tmp_path / "instance" / "pennyworth.db").is_file()


def test_serves_from_an_empty_directory(pennyworth: Path, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    settings = environ(PENNYWORTH_PORT=str(port), PENNYWORTH_ADMIN_KEY="the-key-of-this-test")
    with (tmp_path / "log").open("w") as log:
        server = subprocess.Popen([pennyworth, "serve"], cwd=tmp_path, env=settings, stderr=log)
    try:
        end = time.monotonic() + START_SECONDS
        while status(port, "/health/ready") != 200:
            assert time.monotonic() < end, (tmp_path / "log").read_text()
            time.sleep(0.05)
        assert status(port, "/docs") == 200
        assert status(port, "/openapi.json") == 200
    finally:
        server.terminate()
        ended = server.wait(START_SECONDS)
    assert ended == 0


def status(port: int, path: str) -> int | None:
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except OSError:
        return None
    finally:
        connection.close()


def test_all_that_it_imports_is_locked() -> None:
    locked = re.findall(r"^([a-z0-9-]+)==", (ROOT / "requirements.txt").read_text(), re.MULTILINE)
    files = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    imported = set[str]().union(*(imports(path.read_text()) for path in files))
    known = packages_distributions()
    # Python 3.14 has `compression` of its own, in place of a backport.
    for name in imported - sys.stdlib_module_names - set(PACKAGES) - {"compression"}:
        ways = {re.sub(r"[-_.]+", "-", one).lower() for one in known[name]}
        assert ways & set(locked), f"{name} is imported, but requirements.txt does not lock it"


def imports(source: str) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.partition(".")[0])
    return found


def test_the_image_has_all_that_the_wheel_is_made_of() -> None:
    let_in = set(re.findall(r"^!(\S+)", (ROOT / ".dockerignore").read_text(), re.MULTILINE))
    made_of = {"pyproject.toml", PROJECT["project"]["readme"], *PROJECT["project"]["license-files"]}
    assert {*PACKAGES, *made_of} <= let_in


def test_the_image_locks_all_that_makes_the_wheel() -> None:
    found = re.search(r"\^\(([a-z|-]+)\)==", (ROOT / "Dockerfile").read_text())
    assert found is not None
    needed = [line for line in requires("hatchling") or () if "python_version" not in line]
    names = {re.split(r"[^A-Za-z0-9-]", line)[0] for line in needed if "extra" not in line}
    assert names | {"hatchling"} == set(found[1].split("|"))
