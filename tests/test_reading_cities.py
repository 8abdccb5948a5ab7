"""Real data: what is asked of the countries and cities of the world, beside plain Python over their
source. ``CITIES=100000`` takes all there are."""

import os
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from typing import Any, NamedTuple
from urllib.parse import urlencode

import pytest
from both import FORM
from conftest import DATABASES, Client
from reading import same
from test_examples import load, send, sent_part

MOST = int(os.environ.get("CITIES", "3000"))
Record = dict[str, Any]
Parameters = dict[str, str]


class World(NamedTuple):
    countries: dict[str, Record]
    cities: list[Record]

    def country(self, city: Record) -> Record:
        return self.countries[city["country"]]


@pytest.fixture(scope="module")
def source() -> World:
    countries = {one["id"]: one for one in sorted(load.countries(), key=lambda one: one["id"])}
    return World(countries, sorted(load.cities(MOST), key=lambda one: one["id"]))


@pytest.fixture(scope="module", params=DATABASES)
def world(request: pytest.FixtureRequest, apps: Any, source: World) -> Iterator[Client]:
    client = Client(apps(request.param))
    send(client, "countries", list(source.countries.values()))
    send(client, "cities", source.cities)
    yield client
    client.clear()


def has(text: str | None, part: str) -> bool:
    return text is not None and part.casefold() in text.casefold()


def last(value: Any) -> tuple[bool, Any]:
    """Nulls are."""
    return value is None, value


def ids(records: Iterable[Record]) -> list[Record]:
    return [{"id": one["id"]} for one in records]


def cities(where: Callable[[World, Record], Any], key: Any = None, descending: bool = False) -> Any:
    """Their ids, in order; ties by id, as they are in the source."""

    def expected(world: World) -> list[Record]:
        found = [one for one in world.cities if where(world, one)]
        return ids(sorted(found, key=key, reverse=descending) if key else found)

    return expected


def countries(where: Callable[[Record], Any], key: Any = None, descending: bool = False) -> Any:
    def expected(world: World) -> list[Record]:
        found = [one for one in world.countries.values() if where(one)]
        return ids(sorted(found, key=key, reverse=descending) if key else found)

    return expected


def grouped(records: Iterable[Any], key: Callable[[Any], Any]) -> dict[Any, list[Any]]:
    found: dict[Any, list[Any]] = {}
    for record in records:
        found.setdefault(key(record), []).append(record)
    return dict(sorted(found.items(), key=lambda item: [last(one) for one in as_tuple(item[0])]))


def as_tuple(key: Any) -> tuple[Any, ...]:
    return key if isinstance(key, tuple) else (key,)


def average(values: list[Any]) -> float:
    return float(sum(Fraction(repr(value)) for value in values) / len(values))


BIG = 1_000_000
# Asked with ``fields=id``; the expected ids in their order.
CHOSEN: list[tuple[str, Parameters, Any]] = [
    ("cities", {}, cities(lambda w, c: True)),
    (
        "cities",
        {"filter": "country.continent = 'EU' and population > 1e6", "sort": "-population"},
        cities(lambda w, c: w.country(c)["continent"] == "EU" and c["population"] > BIG,
               lambda c: -c["population"]),
    ),
    (
        "cities",
        {"country__continent": "SA", "population__gte": "500000"},
        cities(lambda w, c: w.country(c)["continent"] == "SA" and c["population"] >= 500_000),
    ),
    (
        "cities",
        {"filter": "name ~ 'SÃO'", "sort": "name"},
        cities(lambda w, c: has(c["name"], "são"), lambda c: c["name"]),
    ),
    (
        "cities",
        {"name__contains": "Ö", "sort": "-name"},
        cities(lambda w, c: has(c["name"], "ö"), lambda c: c["name"], True),
    ),
    (
        "cities",
        {"name__starts_with": "San ", "sort": "name,-population"},
        cities(lambda w, c: c["name"].startswith("San "), lambda c: (c["name"], -c["population"])),
    ),
    (
        "cities",
        {"name__starts_with": "san "},
        cities(lambda w, c: c["name"].startswith("san ")),
    ),
    (
        "cities",
        {"filter": 'country.name ~ "CÔTE D" and name !~ "a"'},
        cities(lambda w, c: has(w.country(c)["name"], "côte d") and not has(c["name"], "a")),
    ),
    (
        "cities",
        {"filter": "alternate_names has '東京'"},
        cities(lambda w, c: "東京" in c["alternate_names"]),
    ),
    (
        "cities",
        {"filter": "not alternate_names has 'Oporto'", "sort": "longitude"},
        cities(lambda w, c: "Oporto" not in c["alternate_names"], lambda c: c["longitude"]),
    ),
    (
        "cities",
        {"filter": "country.languages has 'fr'", "sort": "country,-name"},
        lambda w: ids(sorted(sorted((c for c in w.cities if "fr" in w.country(c)["languages"]),
                                    key=lambda c: c["name"], reverse=True),
                             key=lambda c: c["country"])),
    ),
    (
        "cities",
        {"filter": "latitude < 0 and longitude > 0"},
        cities(lambda w, c: c["latitude"] < 0 < c["longitude"]),
    ),
    (
        "cities",
        {"filter": "-1.5 <= latitude and latitude <= 15e-1", "sort": "latitude"},
        cities(lambda w, c: -1.5 <= c["latitude"] <= 1.5, lambda c: c["latitude"]),
    ),
    (
        "cities",
        {"latitude__lt": "-30", "longitude__lte": "-58.38", "sort": "-latitude"},
        cities(lambda w, c: c["latitude"] < -30 and c["longitude"] <= -58.38,
               lambda c: c["latitude"], True),
    ),
    (
        "cities",
        {"country__in": "PT,ES,AD,XX", "sort": "country,-population"},
        cities(lambda w, c: c["country"] in ("PT", "ES", "AD"),
               lambda c: (c["country"], -c["population"])),
    ),
    (
        "cities",
        {"filter": "country NOT IN ('CN', 'IN', 'US') and population >= 2000000"},
        cities(lambda w, c: c["country"] not in ("CN", "IN", "US") and c["population"] >= 2 * BIG),
    ),
    (
        "cities",
        {"filter": "timezone = 'Europe/Lisbon' or country.currency = 'BRL'"},
        cities(lambda w, c: c["timezone"] == "Europe/Lisbon" or w.country(c)["currency"] == "BRL"),
    ),
    ("cities", {"admin1__is_null": "true"}, cities(lambda w, c: c["admin1"] is None)),
    (
        "cities",
        {"admin1__ne": "01", "sort": "admin1"},
        cities(lambda w, c: c["admin1"] not in (None, "01"), lambda c: c["admin1"]),
    ),
    (
        "cities",
        {"filter": "name = country.capital", "sort": "-population"},
        cities(lambda w, c: c["name"] == w.country(c)["capital"], lambda c: -c["population"]),
    ),
    (
        "cities",
        {"filter": "name = country.name or country.capital ~ country.name", "sort": "name"},
        cities(lambda w, c: c["name"] == w.country(c)["name"]
               or has(w.country(c)["capital"], w.country(c)["name"]), lambda c: c["name"]),
    ),
    (
        "cities",
        {"filter": "population > 5 and country.iso_numeric is null"},
        cities(lambda w, c: c["population"] > 5 and w.country(c)["iso_numeric"] is None),
    ),
    (
        "cities",
        {"filter": "(name ~ 'ville' or name ~ 'burg') and not (country.continent = 'EU')"},
        cities(lambda w, c: (has(c["name"], "ville") or has(c["name"], "burg"))
               and w.country(c)["continent"] != "EU"),
    ),
    (
        "cities",
        {"filter": "name >= 'Z' and name < 'É'", "sort": "-name"},
        cities(lambda w, c: "Z" <= c["name"] < "É", lambda c: c["name"], True),
    ),
    ("cities", {"filter": "population > 9e17"}, cities(lambda w, c: False)),
    ("cities", {"filter": "not (country in ())"}, cities(lambda w, c: True)),
    (
        "cities",
        {"filter": "@me is null and country = 'MT'"},
        cities(lambda w, c: c["country"] == "MT"),
    ),
    (
        "cities",
        {"sort": "country.continent,-country.population,name"},
        lambda w: ids(sorted(w.cities, key=lambda c: (
            w.country(c)["continent"], -w.country(c)["population"], c["name"]))),
    ),
    (
        "cities",
        {"sort": "country.currency,-population"},
        lambda w: ids(sorted(w.cities, key=lambda c: (
            last(w.country(c)["currency"]), -c["population"]))),
    ),
    (
        "cities",
        {"sort": "-country.currency,id", "country__area__lt": "3000"},
        lambda w: ids(
            sorted([c for c in w.cities if small(w, c) and w.country(c)["currency"]],
                   key=lambda c: w.country(c)["currency"], reverse=True)
            + [c for c in w.cities if small(w, c) and not w.country(c)["currency"]]),
    ),
    (
        "countries",
        {"filter": "neighbours has 'DE'", "sort": "-area"},
        countries(lambda k: "DE" in k["neighbours"], lambda k: -k["area"]),
    ),
    (
        "countries",
        {"filter": "languages has 'pt-PT' or languages has 'pt-BR'"},
        countries(lambda k: {"pt-PT", "pt-BR"} & set(k["languages"])),
    ),
    ("countries", {"filter": "currency is null"}, countries(lambda k: k["currency"] is None)),
    (
        "countries",
        {"filter": "not (currency = 'EUR')", "sort": "name"},
        countries(lambda k: k["currency"] not in (None, "EUR"), lambda k: k["name"]),
    ),
    (
        "countries",
        {"filter": "name ~ 'å' or capital ~ 'Ú' or name ~ 'Saint'", "sort": "-name"},
        countries(lambda k: has(k["name"], "å") or has(k["capital"], "ú")
                  or has(k["name"], "saint"), lambda k: k["name"], True),
    ),
    (
        "countries",
        {"iso_numeric__lt": "100", "sort": "-iso_numeric"},
        countries(lambda k: (k["iso_numeric"] or 100) < 100, lambda k: k["iso_numeric"], True),
    ),
    (
        "countries",
        {"sort": "iso_numeric"},
        countries(lambda k: True, lambda k: last(k["iso_numeric"])),
    ),
    (
        "countries",
        {"filter": "population < area and area > 0", "sort": "continent,-area"},
        countries(lambda k: 0 < k["area"] > k["population"],
                  lambda k: (k["continent"], -k["area"])),
    ),
]  # fmt: skip


def small(world: World, city: Record) -> bool:
    return bool(world.country(city)["area"] < 3000)


def of_groups(world: World) -> list[Record]:
    groups = grouped(world.cities, lambda c: c["country"]).items()
    items = [{"country": key, "count": len(found), "sum_population": total(found, "population")}
             for key, found in groups]  # fmt: skip
    return sorted(items, key=lambda item: -item["sum_population"])


def total(records: list[Record], name: str) -> int:
    return sum(one[name] for one in records)


def of_continents(world: World) -> list[Record]:
    groups = grouped(world.cities, lambda c: world.country(c)["continent"]).items()
    return [
        {
            "country.continent": key,
            "avg_latitude": average([c["latitude"] for c in found]),
            "min_longitude": min(c["longitude"] for c in found),
            "max_name": max(c["name"] for c in found),
            "count_distinct_country": len({c["country"] for c in found}),
        }
        for key, found in groups
    ]


def of_all(world: World) -> list[Record]:
    found = world.cities
    return [
        {
            "count": len(found),
            "sum_population": total(found, "population"),
            "avg_population": average([c["population"] for c in found]),
            "sum_latitude": float(sum(Fraction(repr(c["latitude"])) for c in found)),
            "min_name": min(c["name"] for c in found),
            "count_distinct_admin1": len({c["admin1"] for c in found} - {None}),
        }
    ]


def of_currencies(world: World) -> list[Record]:
    groups = grouped(world.countries.values(), lambda k: k["currency"]).items()
    items = [{"currency": key, "count": len(found)} for key, found in groups]
    return sorted(items, key=lambda item: -item["count"])


def of_pairs(world: World) -> list[Record]:
    groups = grouped(world.countries.values(), lambda k: (k["continent"], k["currency"])).items()
    return [
        {
            "continent": continent,
            "currency": currency,
            "avg_area": average([k["area"] for k in found]),
            "max_population": max(k["population"] for k in found),
            "count_distinct_iso_numeric": len({k["iso_numeric"] for k in found} - {None}),
        }
        for (continent, currency), found in groups
    ]


def of_zones(world: World) -> list[Record]:
    keys = {(world.country(c)["continent"], c["timezone"]) for c in world.cities}
    return [{"country.continent": one, "timezone": zone} for one, zone in sorted(keys)]


def of_states(world: World) -> list[Record]:
    found = grouped((c for c in world.cities if c["population"] >= BIG), lambda c: c["admin1"])
    items = [{"admin1": key, "count": len(found[key])} for key in found if key is not None]
    items.sort(key=lambda item: item["admin1"], reverse=True)
    return items + [{"admin1": None, "count": len(found[None])}] * (None in found)


def of_luxembourg(world: World) -> list[Record]:
    found = [c for c in world.cities if c["country"] in ("LU", "SG")]
    found.sort(key=lambda c: c["name"], reverse=True)
    return [{"name": c["name"], "expand": {"country": world.country(c)}} for c in found]


ITEMS: list[tuple[str, Parameters, Callable[[World], list[Record]]]] = [
    ("cities", {"aggregate": "count,sum:population,avg:population,sum:latitude,min:name,"
                             "count_distinct:admin1"}, of_all),
    ("cities", {"group_by": "country", "aggregate": "count,sum:population",
                "sort": "-sum_population"}, of_groups),
    ("cities", {"group_by": "country.continent", "aggregate": "avg:latitude,min:longitude,max:name,"
                "count_distinct:country"}, of_continents),
    ("cities", {"group_by": "country.continent,timezone"}, of_zones),
    ("cities", {"group_by": "admin1", "aggregate": "count", "sort": "-admin1",
                "population__gte": "1000000"}, of_states),
    ("cities", {"aggregate": "count,sum:latitude,max:name", "population__lt": "0"},
     lambda w: [{"count": 0, "sum_latitude": None, "max_name": None}]),
    ("cities", {"group_by": "country", "filter": "population < 0"}, lambda w: []),
    ("countries", {"group_by": "currency", "aggregate": "count", "sort": "-count"}, of_currencies),
    ("countries", {"group_by": "continent,currency", "aggregate": "avg:area,max:population,"
                   "count_distinct:iso_numeric"}, of_pairs),
    ("cities", {"country__in": "LU,SG", "fields": "name", "expand": "country", "sort": "-name"},
     of_luxembourg),
    ("cities", {"country": "PT", "fields": "name,alternate_names,latitude", "sort": "-population"},
     lambda w: [{n: c[n] for n in ("name", "alternate_names", "latitude")}
                for c in sorted(w.cities, key=lambda c: -c["population"]) if c["country"] == "PT"]),
]  # fmt: skip


def everything(client: Client, name: str, parameters: Parameters, limit: int) -> list[Record]:
    """All pages, as anyone, each with the total and a full one but for the last."""
    found: list[Record] = []
    path = f"/api/{name}?{urlencode(parameters | {'limit': str(limit), 'count': 'true'})}"
    while path:
        answer = client.get(path, headers={})
        assert answer.status_code == 200, answer.text
        found += answer.json["items"]
        path = answer.json["next"]
        assert len(answer.json["items"]) == limit or not path
    assert answer.json["total"] == len(found)
    return [plain(item) for item in found]


def plain(item: Record) -> Record:
    """Without what the system adds, in what is expanded too."""
    item = sent_part(item)
    if "expand" in item:
        item["expand"] = {name: plain(one) for name, one in item["expand"].items()}
    return item


def named(asked: tuple[str, Parameters, Any]) -> str:
    return f"{asked[0]}?{'&'.join(map('='.join, asked[1].items()))}"


@pytest.mark.parametrize("asked", CHOSEN, ids=named)
def test_who_is_chosen_in_which_order(
    world: Client, source: World, asked: tuple[str, Parameters, Any]
) -> None:
    name, parameters, expected = asked
    found = everything(world, name, parameters | {"fields": "id"}, 173)
    assert found == expected(source)


@pytest.mark.parametrize("asked", ITEMS, ids=named)
def test_what_is_shown(world: Client, source: World, asked: tuple[str, Parameters, Any]) -> None:
    name, parameters, expected = asked
    found, wanted = everything(world, name, parameters, 7), expected(source)
    assert same(found, wanted), (found, wanted)


def test_one_after_the_other(world: Client, source: World) -> None:
    """To the last page, one at a time."""
    found = everything(world, "countries", {"sort": "-currency,-area", "fields": "id"}, 1)
    some = [one for one in source.countries.values() if one["currency"]]
    some.sort(key=lambda one: -one["area"])
    some.sort(key=lambda one: one["currency"], reverse=True)
    none = [one for one in source.countries.values() if not one["currency"]]
    assert found == ids(some + sorted(none, key=lambda one: -one["area"]))


def test_by_number_of_page(world: Client, source: World) -> None:
    path = "/api/cities?sort=-population,name&fields=id&limit=50&offset=100"
    found = world.get(path, headers={}).json["items"]
    expected = sorted(source.cities, key=lambda one: (-one["population"], one["name"]))
    assert found == ids(expected[100:150])


def test_a_question_too_long_for_a_url(world: Client, source: World) -> None:
    """Its further pages are asked for with the same body, since no address could hold it."""
    wanted = [one["id"] for one in source.cities[::2]][:4000]
    values = wanted + [-one for one in wanted]
    body = {"id__in": ",".join(map(str, values)), "fields": "id", "limit": "499"}
    found: list[Record] = []
    path = "/api/cities"
    while path:
        answer = world.ask("QUERY", path, urlencode(body), headers={}, type=FORM)
        assert answer.status_code == 200, answer.text
        found += answer.json["items"]
        path = answer.json["next"]
        assert path is None or path.startswith("/api/cities?cursor=")
    assert [one["id"] for one in found] == wanted
