"""What the document says of lists: how far names lead, and what the answers look like."""

from typing import Any

import pytest
from conftest import OPEN, Client, make_app
from seeing import seen_by
from test_openapi_schema import component, defined, fits, followed

from api.openapi import document, document_json
from api.openapi_collection import Fragment
from api.openapi_reach import MOST_EXPANSIONS

TEXT = {"type": "string"}
COLLECTIONS: dict[str, Any] = {
    "countries": {"key": TEXT, "fields": {"name": TEXT | {"required": True}}, "access": OPEN},
    "authors": {
        "key": TEXT,
        "fields": {
            "name": TEXT,
            "kind": TEXT | {"enum": ["poet", "other"]},
            "country": {"type": "reference", "to": "countries"},
            "read_by": {"type": "reference", "to": "authors"},
            "hidden": TEXT | {"access": False},
        },
        "access": OPEN,
    },
    "shelves": {"fields": {"room": {"type": "reference", "to": "countries"}}},
    "books": {
        "key": TEXT,
        "fields": {
            "title": TEXT | {"required": True, "search": True},
            "author": {"type": "reference", "to": "authors"},
            "shelf": {"type": "reference", "to": "shelves"},
            "owner": {"type": "reference", "to": "users"},
            "pages": {"type": "integer"},
            "rating": {"type": "number"},
            "price": {"type": "decimal", "scale": 3},
            "signed": {"type": "boolean"},
            "published": {"type": "date"},
            "sold": {"type": "datetime"},
            "status": TEXT | {"enum": ["draft", "published"]},
            "tags": {"type": "array", "items": TEXT},
            "extra": {"type": "json"},
            # Called as aggregates are.
            "count": TEXT,
            "sum_pages": {"type": "boolean"},
        },
        "access": OPEN,
    },
}


def listed(made: dict[str, Any], name: str = "books") -> dict[str, Any]:
    """Parameter -> its schema."""
    parameters = followed(made, made["paths"][f"/api/{name}"]["get"])
    return {one["name"]: one["schema"] for one in parameters}


def words(schema: dict[str, Any]) -> set[str]:
    return set(schema["items"]["enum"])


@pytest.fixture(scope="module")
def anyone() -> dict[str, Any]:
    return document(seen_by(defined(COLLECTIONS), False))


def test_keys_lead_one_reference_far(anyone: dict[str, Any]) -> None:
    asked = listed(anyone)
    for name in ("sort", "group_by"):
        assert {"author.name", "author.created_at", "owner.name", "pages"} <= words(asked[name])
        assert not {"author.id", "author.hidden", "author.country.name"} & words(asked[name])
        assert not any("shelf." in one for one in words(asked[name]))
    assert {"-author.name", "-count", "-avg_price"} <= words(asked["sort"])
    whole = document(seen_by(defined(COLLECTIONS), True))
    assert {"author.hidden", "shelf.room"} <= words(listed(whole)["sort"])


def test_expansions_lead_three_far(anyone: dict[str, Any]) -> None:
    found = words(listed(anyone)["expand"])
    assert {"author", "author.country", "author.read_by.read_by", "shelf", "owner"} <= found
    assert not {"shelf.room", "author.read_by.read_by.country"} & found
    whole = document(seen_by(defined(COLLECTIONS), True))
    assert "shelf.room" in words(listed(whole)["expand"])
    assert "expand" not in listed(anyone, "countries")


def test_a_setting_says_how_far(tmp_path: Any) -> None:
    settings = {"PENNYWORTH_MAX_EXPAND": "1", "PENNYWORTH_MAX_FILTER": "99"}
    client = Client(make_app(f"sqlite:///{tmp_path}/x.db", **settings))
    for name in ("countries", "authors"):
        client.put(f"/collections/{name}", COLLECTIONS[name])
    asked = listed(client.get("/openapi.json").json, "authors")
    assert words(asked["expand"]) == {"country", "read_by"}
    assert asked["filter"]["maxLength"] == 99


def test_there_are_not_too_many_names() -> None:
    many = {f"to_{i}": {"type": "reference", "to": "many"} for i in range(20)}
    of_many = defined({"many": {"fields": many, "access": OPEN}})
    asked = listed(document(seen_by(of_many, False)), "many")
    assert len(words(asked["expand"])) == MOST_EXPANSIONS
    assert not any("." in one for one in words(asked["group_by"]))


def test_what_expand_brings_is_a_component(anyone: dict[str, Any]) -> None:
    schemas = anyone["components"]["schemas"]
    assert schemas["Book"]["properties"]["expand"]["$ref"].endswith("/BookExpand")
    assert "expand" not in schemas["Book"]["required"]
    assert "expand" not in schemas["BookCreate"]["properties"]
    expanded = schemas["BookExpand"]["properties"]
    assert expanded["author"]["anyOf"][0]["$ref"].endswith("/Author")
    assert expanded["owner"]["anyOf"][0]["$ref"].endswith("/UserReference")
    assert expanded["shelf"] == {"type": "null"}
    assert "Shelf" not in schemas
    assert "CountryExpand" not in schemas


def test_one_record_can_be_expanded(anyone: dict[str, Any]) -> None:
    operation = anyone["paths"]["/api/books/{id}"]["get"]
    (query,) = [one for one in followed(anyone, operation) if one["in"] == "query"]
    assert (query["name"], query["schema"]) == ("expand", listed(anyone)["expand"])


def test_the_examples_are_answers(anyone: dict[str, Any]) -> None:
    media = anyone["paths"]["/api/books"]["get"]["responses"]["200"]["content"]["application/json"]
    assert set(media["examples"]) == {"records", "groups"}
    pages = media["schema"]["anyOf"]
    for name, told in media["examples"].items():
        fitting = [fits(page, told["value"], anyone) for page in pages]
        assert fitting == [name == "records", True]


def test_a_change_makes_anew_what_refers_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    made = defined(COLLECTIONS)
    document_json(seen_by(made, False))
    fragments = []
    document = Fragment.document
    monkeypatch.setattr(Fragment, "document", lambda one: fragments.append(one) or document(one))
    for changed, anew in (("countries", 2), ("books", 1), ("shelves", 0), ("authors", 2)):
        fragments.clear()
        made = made | {changed: defined(COLLECTIONS)[changed]}
        document_json(seen_by(made, False))
        assert len(fragments) == anew, changed


ASKED = [
    "",
    "expand=author.country,author.read_by.read_by,shelf,owner&count=true",
    "fields=title,pages,price,tags,extra&expand=author",
    "fields=id",
    "group_by=author.name,author.kind,author.country,status,count",
    "group_by=signed,sold,published,shelf,owner.name,author.created_at,revision",
    "aggregate=count,sum:pages,sum:price,sum:rating,avg:pages,avg:price,avg:rating",
    "aggregate=min:title,max:status,min:price,max:sold,min:published,max:author,max:rating",
    "aggregate=count_distinct:signed,count_distinct:owner&group_by=id",
    "aggregate=sum:pages,max:pages&title=none",
    "aggregate=sum:pages&group_by=sum_pages",
]


def test_what_is_answered_fits(client: Client) -> None:
    for name, body in COLLECTIONS.items():
        client.put(f"/collections/{name}", body)
    client.post("/api/countries", {"id": "se", "name": "Sweden"})
    ann = {"id": "ann", "name": "Ann", "kind": "poet", "country": "se", "read_by": "ann"}
    client.post("/api/authors", ann)
    full = {"id": "sea", "title": "Sea", "author": "ann", "pages": 2**62, "rating": 1e308,
            "price": "1.500", "signed": True, "published": "2026-02-28",
            "sold": "2026-02-28T12:00:00.5Z", "status": "draft", "tags": ["a"], "extra": [1],
            "count": "x", "sum_pages": False}  # fmt: skip
    client.post("/api/books", full)
    client.post("/api/books", full | {"id": "see"})
    client.post("/api/books", {"id": "ice", "title": "Ice"})
    for headers in (None, {}):
        made = client.get("/openapi.json", headers=headers).json
        get = made["paths"]["/api/books"]["get"]["responses"]["200"]
        schema = get["content"]["application/json"]["schema"]
        for query in ASKED:
            answer = client.get(f"/api/books?{query}", headers=headers)
            if "sum_pages" in query:
                assert answer.status_code == 400
                continue
            assert answer.status_code == 200, answer.text
            assert answer.json["items"], query
            assert fits(schema, answer.json, made), (query, answer.text)
        one = client.get("/api/books/sea?expand=author.country", headers=headers)
        assert fits(component(made, schema["anyOf"][0])["properties"]["items"]["items"],
                    one.json, made)  # fmt: skip
        wrong = one.json | {"expand": {"author": one.json["expand"]["author"] | {"name": 1}}}
        assert not fits({"$ref": "#/components/schemas/Book"}, wrong, made)
