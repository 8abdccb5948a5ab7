"""The house: its layers and sizes, its tables, and that what there is is documented."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import make_app
from seeing import seen_by

from api.cli import cli
from api.openapi import FOR_ADMINS, document, fixed_document
from api.openapi_auth import auth_paths
from api.openapi_definition import OF_TYPES
from api.settings import Nonsense, read_settings, settings_table
from models.column_type import COLUMN_TYPES
from schemas.definition import FIELD_SCHEMAS, KEY_SCHEMAS
from schemas.json_schema import SCHEMAS_IN
from schemas.problem import PROBLEMS
from schemas.rule import OF_ADMINS
from schemas.value import STRICT_FIELDS

ROOT = Path(__file__).parent.parent
LAYERS = ("api", "resources", "schemas", "models", "migrations")


def test_the_layers_are_kept() -> None:
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert ran.returncode == 0, ran.stdout


@pytest.mark.parametrize("layer", LAYERS)
def test_no_module_is_too_long(layer: str) -> None:
    long = {path.name: text.count("\n") for path in (ROOT / layer).rglob("*.py")
            if (text := path.read_text()).count("\n") > 250}  # fmt: skip
    assert set(long) <= SAID_WHY, long


SAID_WHY: set[str] = set()


def test_every_layer_knows_the_same_types() -> None:
    types = set(COLUMN_TYPES)
    assert types == set(STRICT_FIELDS) == set(FIELD_SCHEMAS) == set(SCHEMAS_IN) == set(OF_TYPES)


def test_every_type_key_and_option_is_documented() -> None:
    text = (ROOT / "docs/collections.md").read_text()
    options = {option for schema in FIELD_SCHEMAS.values() for option in schema.fields}
    options |= {option for schema in KEY_SCHEMAS.values() for option in schema.fields}
    missing = [n for n in {*COLUMN_TYPES, *KEY_SCHEMAS, *options} if f"`{n}`" not in text
               and f'"{n}"' not in text]  # fmt: skip
    assert missing == []


def test_every_setting_is_documented() -> None:
    assert settings_table() in (ROOT / "docs/running.md").read_text()


def test_every_command_is_documented() -> None:
    text = (ROOT / "docs/running.md").read_text()
    for name in cli.commands:
        assert f"`pennyworth {name}" in text


def test_the_committed_document_is_fresh() -> None:
    assert (ROOT / "openapi.yaml").read_bytes() == fixed_document(), "run: make openapi"


def test_every_route_is_in_the_document(tmp_path: Path) -> None:
    app = make_app(f"sqlite:///{tmp_path}/x.db")
    routes = {}
    for rule in app.url_map.iter_rules():
        path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
        routes.setdefault(path, set()).update(rule.methods or ())
    inside = {"/docs/{file}", "/api/{collection}", "/api/{collection}/{key}"}
    documented = document(seen_by({}, True))["paths"]
    assert set(routes) - inside == set(documented)
    for path, operations in documented.items():
        methods = {method.upper() for method in operations if method != "parameters"}
        assert methods == routes[path] - {"HEAD", "OPTIONS"}, path
    assert set(FOR_ADMINS) <= set(documented)
    of_accounts = set(auth_paths(OF_ADMINS))
    of_anyone = set(document(seen_by({}, False))["paths"])
    assert of_anyone == set(documented) - set(FOR_ADMINS) - of_accounts | {"/auth/sessions"}


def test_the_readme_has_the_head_of_the_comparison() -> None:
    promises, readme = ((ROOT / p).read_text() for p in ("docs/promises.md", "README.md"))
    rows = re.findall(r"^\| \*\*(?:Offered|Kept, .*?)\*\* \|.*$", promises, re.MULTILINE)
    assert len(rows) == 2
    for row in rows:
        assert row.replace("|  |", "|", 1) in readme


def test_every_problem_has_its_words() -> None:
    for name, problem in PROBLEMS.items():
        assert re.fullmatch("[a-z-]+", name)
        assert 400 <= problem.status < 600


NONSENSE = [
    ("DATABASE_URL", "mysql://x/y"),
    ("DATABASE_URL", "sqlite://"),
    ("ADMIN_KEY", "short"),
    ("ADMIN_KEY", "with a space in it, and long"),
    ("PORT", "http"),
    ("PORT", "65536"),
    ("WORKERS", "0"),
    ("WORKERS", "-1"),
    ("THREADS", "1.5"),
    ("HOST", "a b"),
    ("TLS_CERT", "/nowhere.pem"),
    ("CORS_ORIGINS", "* https://good.com"),
    ("CORS_ORIGINS", "https://good.com,*"),
    ("CORS_ORIGINS", "https://good.com/"),
    ("CORS_ORIGINS", "https://good.com/app"),
    ("CORS_ORIGINS", "https://good.com?"),
    ("CORS_ORIGINS", "https://Good.com"),
    ("CORS_ORIGINS", "HTTPS://good.com"),
    ("CORS_ORIGINS", "https://good.com:443"),
    ("CORS_ORIGINS", "http://good.com:80"),
    ("CORS_ORIGINS", "https://good.com:"),
    ("CORS_ORIGINS", "https://good.com:0443"),
    ("CORS_ORIGINS", "https://good.com:65536"),
    ("CORS_ORIGINS", "https:// good.com"),
    ("CORS_ORIGINS", "https://*.good.com"),
    ("CORS_ORIGINS", "https://a@good.com"),
    ("CORS_ORIGINS", "https://gööd.com"),
    ("CORS_ORIGINS", "good.com"),
    ("CORS_ORIGINS", "file://"),
    ("CORS_ORIGINS", "null"),
    ("SIGNUP", "yes"),
    ("SESSION_LIFETIME", "14"),
    ("TRUSTED_PROXIES", "10.0.0.1/8"),
    ("TRUSTED_PROXIES", "127.0.0.1, localhost"),
    ("RATE_LIMIT", "600"),
    ("RATE_LIMIT", "0/minute"),
    ("RATE_LIMIT", "-1/minute"),
    ("RATE_LIMIT", "1.5/second"),
    ("RATE_LIMIT", "600/minutes"),
    ("RATE_LIMIT", "600 / minute"),
    ("RATE_LIMIT", "600/min"),
    ("RATE_LIMIT", "1/week"),
    ("SQLITE_SYNCHRONOUS", "SOMETIMES"),
    ("RETENTION", "30"),
    ("RETENTION", "0d"),
    ("MAX_BODY", "1 mile"),
    ("MAX_BODY", "3"),
    ("MAX_DEPTH", "100000"),
]


@pytest.mark.parametrize(("name", "value"), NONSENSE)
def test_a_setting_that_makes_no_sense_is_a_sentence(name: str, value: str) -> None:
    with pytest.raises(Nonsense) as refused:
        read_settings({f"PENNYWORTH_{name}": value})
    assert re.fullmatch(rf"PENNYWORTH_{name} must [^\n]+\.", str(refused.value))


def test_settings_that_go_together(tmp_path: Path) -> None:
    cert = tmp_path / "cert.pem"
    cert.write_text("x")
    with pytest.raises(Nonsense, match="together"):
        read_settings({"PENNYWORTH_TLS_CERT": str(cert)})
    origins = "https://good.com, http://[::1]:5173\tcapacitor://localhost http://good.com:443,"
    cors = {"https://good.com", "http://[::1]:5173", "capacitor://localhost", "http://good.com:443"}
    assert read_settings({"PENNYWORTH_CORS_ORIGINS": origins}).cors_origins == cors
    assert read_settings({"PENNYWORTH_CORS_ORIGINS": "*"}).cors_origins == {"*"}
    assert read_settings({}).cors_origins == frozenset()
    settings = read_settings({"PENNYWORTH_MAX_BODY": "64k", "PENNYWORTH_RETENTION": "12h"})
    assert settings.max_body == 65536
    assert settings.retention.total_seconds() == 12 * 3600
