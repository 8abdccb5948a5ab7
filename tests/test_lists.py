"""Contract section 5, as far as it goes by now: pages, order, conditions."""

import base64
import random
import re
import zlib
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from conftest import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

UUID = "01890a5d-ac96-774b-bcce-b302099a8057"
FIELDS = {
    "s": {"type": "string"},
    "i": {"type": "integer"},
    "n": {"type": "number"},
    "d": {"type": "decimal"},
    "b": {"type": "boolean"},
    "day": {"type": "date"},
    "at": {"type": "datetime"},
    "u": {"type": "uuid"},
    "limit": {"type": "integer"},
    "needed": {"type": "integer", "required": True, "default": 0},
    "x": {"type": "json"},
    "a": {"type": "array", "items": {"type": "string"}},
}


@pytest.fixture
def things(client: Client) -> Client:
    client.define("things", key={"type": "integer"}, fields=FIELDS)
    return client


def load(client: Client, bodies: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [client.post("/api/things", body).json for body in bodies]


def pages(client: Client, path: str, between: Any = None) -> list[list[dict[str, Any]]]:
    found = []
    while path:
        answer = client.get(path)
        assert answer.status_code == 200, answer.text
        found.append(answer.json["items"])
        path = answer.json["next"]
        if path:
            assert answer.headers["Link"] == f'<{path}>; rel="next"'
            assert urlsplit(path).path == "/api/things"
        else:
            assert "Link" not in answer.headers
        if between:
            between()
        assert len(found) < 100
    return found


def ids(found: list[list[dict[str, Any]]]) -> list[int]:
    return [record["id"] for page in found for record in page]


def test_h106_h107_pages_have_their_size_and_an_end(things: Client) -> None:
    assert things.get("/api/things?count=true").json == {"items": [], "next": None, "total": 0}
    load(things, [{"i": i} for i in range(10)])
    assert [len(page) for page in pages(things, "/api/things?limit=5")] == [5, 5]
    assert [len(page) for page in pages(things, "/api/things?limit=4")] == [4, 4, 2]
    assert ids(pages(things, "/api/things?limit=3")) == list(range(1, 11))
    assert things.get("/api/things?limit=1&count=true").json["total"] == 10
    assert things.get("/api/things?i=3&count=true").json["total"] == 1
    assert things.get("/api/things?offset=8").json["items"][0]["id"] == 9
    assert things.get("/api/things?offset=50").json == {"items": [], "next": None}
    assert ids(pages(things, "/api/things?offset=4&limit=3")) == list(range(5, 11))
    load(things, [{} for _ in range(15)])
    assert len(things.get("/api/things").json["items"]) == 20


def test_the_limit_may_change_from_page_to_page(things: Client) -> None:
    load(things, [{} for _ in range(6)])
    following = things.get("/api/things?limit=2").json["next"]
    assert len(things.get(following.replace("limit=2", "limit=4")).json["items"]) == 4


BAD = [
    ("limit=0", "limit"),
    ("limit=501", "limit"),
    ("limit=-1", "limit"),
    ("limit=1e3", "limit"),
    ("limit=abc", "limit"),
    ("limit=%D9%A3", "limit"),
    ("limit=" + "9" * 4000, "limit"),
    ("limit=", "limit"),
    ("offset=-1", "offset"),
    ("offset=1e21", "offset"),
    ("offset=99999999999999999999", "offset"),
    ("count=1", "count"),
    ("count=TRUE", "count"),
    ("sort=", "sort"),
    ("sort=nope", "sort"),
    ("sort=x", "sort"),
    ("sort=a", "sort"),
    ("sort=--i", "sort"),
    ("sort=i,,s", "sort"),
    ("sort=s,i,n,d,b,day,at,u,id", "sort"),
    ("sort=things.i", "sort"),
    ("sort=rowid", "sort"),
    ("sort=i%20desc", "sort"),
    ("nope=1", "nope"),
    ("i=3&i=4", "i"),
    ("limit=3&limit=3", "limit"),
    ("i__lte=x", "i__lte"),
    ("i__foo=3", "i__foo"),
    ("i__=3", "i__"),
    ("x=1", "x"),
    ("a=1", "a"),
    ("_rowid_=1", "_rowid_"),
    ("i=abc", "i"),
    ("i=1.5", "i"),
    ("i=5.01", "i"),
    ("i=9223372036854775808", "i"),
    ("n=inf", "n"),
    ("n=nan", "n"),
    ("d=1e", "d"),
    ("b=1", "b"),
    ("day=2026-02-30", "day"),
    ("at=2026-02-28", "at"),
    ("u=x", "u"),
    ("id=x", "id"),
    ("cursor=x", "cursor"),
    ("cursor=", "cursor"),
    ("'%20or%201=1", "' or 1"),
]


@pytest.mark.parametrize(("query", "parameter"), BAD, ids=[q[:40] for q, _ in BAD])
def test_h094_h095_h102_d20_what_makes_no_sense_is_named(
    things: Client, query: str, parameter: str
) -> None:
    answer = things.get(f"/api/things?{query}")
    assert answer.status_code == 400, answer.text
    assert answer.json["type"] == "/problems/invalid-parameter"
    assert [error["parameter"] for error in answer.json["errors"]] == [parameter]


def test_all_faults_at_once_with_what_would_be_valid(things: Client) -> None:
    answer = things.get("/api/things?limit=0&neded=1&sort=dey")
    assert [error["parameter"] for error in answer.json["errors"]] == ["limit", "neded", "sort"]
    details = [error["detail"] for error in answer.json["errors"]]
    assert "did you mean `needed`?" in details[1]
    assert "did you mean `day`?" in details[2]
    assert "updated_at" in details[2]


@pytest.mark.parametrize("query", ["", "?", "?&&", "?&limit=2&"])
def test_h098_odd_queries_are_safe(things: Client, query: str) -> None:
    assert things.get(f"/api/things{query}").status_code == 200


VALUES: list[Any] = [
    ("s", "a b&c=d'\"%_\\é", "a"),
    ("i", -(2**63), 0),
    ("n", 1.5, 2.5),
    ("d", "12.50", "12.51"),
    ("b", True, False),
    ("day", "2026-02-28", "2026-03-01"),
    ("at", "2026-02-28T12:00:00.000001Z", "2026-02-28T12:00:00Z"),
    ("u", UUID, UUID.replace("0", "1")),
]


@pytest.mark.parametrize(("field", "value", "other"), VALUES)
def test_equal(things: Client, field: str, value: Any, other: Any) -> None:
    records = load(things, [{field: value}, {field: other}, {}])
    text = str(value).lower() if isinstance(value, bool) else str(value)
    for name in (field, f"{field}__eq"):
        answer = things.get(f"/api/things?{name}={quote(text)}")
        assert answer.json["items"] == records[:1], answer.text


def test_equal_to_what_the_system_keeps(things: Client) -> None:
    records = load(things, [{"limit": 7}, {"limit": 8}])
    one = records[0]
    for name in ("id", "revision", "created_at", "updated_at"):
        assert things.get(f"/api/things?{name}={one[name]}").json["items"] == [one]
    assert things.get("/api/things?limit__eq=8").json["items"] == records[1:]
    assert things.get(f"/api/things?at={quote('2026-02-28T13:00:00+01:00')}").status_code == 200


def test_d16_text_is_in_the_order_of_code_points(things: Client) -> None:
    words = [
        "",
        "A",
        "Z",
        "a",
        "b",
        "é",
        "É",
        "ß",
        "\ue000",
        "\U0001f600",
        "a b",
        "a-b",
        "a_b",
        "aa",
    ]
    load(things, [{"s": word} for word in words])
    found = [record["s"] for record in things.get("/api/things?sort=s").json["items"]]
    assert found == sorted(words)
    found = [record["s"] for record in things.get("/api/things?sort=-s").json["items"]]
    assert found == sorted(words, reverse=True)


def test_h105_nulls_are_last_in_both_directions(things: Client) -> None:
    load(things, [{"i": 2}, {}, {"i": 1}, {}, {"i": 2}])
    assert ids(pages(things, "/api/things?sort=i&limit=2")) == [3, 1, 5, 2, 4]
    assert ids(pages(things, "/api/things?sort=-i&limit=1")) == [1, 5, 3, 2, 4]
    assert ids(pages(things, "/api/things?sort=-i,-id&limit=1")) == [5, 1, 3, 4, 2]


def test_h101_each_record_once_while_others_come_and_go(things: Client) -> None:
    rng = random.Random(1)
    load(things, [{"i": i % 5} for i in range(40)])
    stay = set(range(1, 41))

    def churn() -> None:
        gone = rng.choice(sorted(stay))
        stay.discard(gone)
        things.delete(f"/api/things/{gone}")
        things.post("/api/things", {"i": rng.randrange(5)})

    found = ids(pages(things, "/api/things?sort=-i&limit=3", churn))
    assert len(found) == len(set(found))
    assert stay <= set(found)


def test_h103_a_cursor_is_for_its_own_question(things: Client) -> None:
    things.define("others", key={"type": "integer"}, fields=FIELDS)
    load(things, [{"i": 1} for _ in range(5)])
    things.post("/api/others", {})
    cursor = things.get("/api/things?limit=1&sort=i&i=1").json["next"].partition("cursor=")[2]
    assert things.get(f"/api/things?sort=i&i=1&cursor={cursor}").status_code == 200
    foreign = [
        f"/api/things?sort=-i&i=1&cursor={cursor}",
        f"/api/things?sort=i&i=2&cursor={cursor}",
        f"/api/things?sort=i&cursor={cursor}",
        f"/api/things?i=1&cursor={cursor}",
        f"/api/others?sort=i&i=1&cursor={cursor}",
        f"/api/things?sort=i&i=1&cursor={cursor[:-1]}",
        f"/api/things?sort=i&i=1&cursor=A{cursor}",
        f"/api/things?sort=i&i=1&cursor={cursor}&offset=1",
    ]
    for path in foreign:
        assert things.get(path).status_code == 400, path
    assert things.get(f"/api/things?sort=i&i=1&cursor={cursor}", headers={}).status_code == 400


def test_h073_the_tag_of_a_list_changes_with_its_members(things: Client) -> None:
    made = load(things, [{"i": 1}, {"i": 2}])
    tags = [things.get("/api/things").headers["ETag"]]
    assert things.get("/api/things").headers["ETag"] == tags[0]
    tags.append(things.get("/api/things?sort=-i").headers["ETag"])
    things.patch(f"/api/things/{made[0]['id']}", {"i": 5})
    tags.append(things.get("/api/things").headers["ETag"])
    things.delete(f"/api/things/{made[0]['id']}")
    tags.append(things.get("/api/things").headers["ETag"])
    assert len(set(tags)) == 4


LINK = re.compile(
    r"<(?P<target>[A-Za-z0-9._~:/?#\[\]@!$&\'()*+,;=%-]*)>"
    r'(?P<parameters>(?:[ \t]*;[ \t]*[a-z]+="[^"\\]*")+)[ \t]*(?:,[ \t]*|$)'
)
"""RFC 8288 section 3, as strictly as one may; RFC 3986 says of what a target is made."""


def links(field: str) -> dict[str, str]:
    """By relation; what is not a link all through is an error."""
    found, at = {}, 0
    while at < len(field):
        link = LINK.match(field, at)
        assert link, field[at:]
        parameters = dict(re.findall(r'([a-z]+)="([^"]*)"', link["parameters"]))
        found[parameters["rel"]] = link["target"]
        at = link.end()
    return found


HARD = "a>b,\"c;d&e=é+ f/?#%41 '\\<"


@pytest.mark.parametrize("query", ["sort=-i,s&count=true", "offset=1&i__eq=0"])
def test_h100_a_link_keeps_the_question(things: Client, query: str) -> None:
    load(things, [{"s": HARD, "i": i // 5} for i in range(7)] + [{"s": "other"}])
    first = f"/api/things?s={quote(HARD)}&limit=3&{query}"
    whole = things.get(f"/api/things?s={quote(HARD)}&limit=100&{query}").json["items"]
    seen, path = [], first
    while path:
        answer = things.get(path)
        assert answer.status_code == 200, answer.text
        seen += answer.json["items"]
        linked = links(answer.headers.get("Link", ""))
        assert linked == ({"next": answer.json["next"]} if answer.json["next"] else {})
        path = linked.get("next", "")
        if path:
            assert path.startswith("/api/things?")
            asked = parse_qs(urlsplit(path).query, strict_parsing=True)
            same = parse_qs(urlsplit(first).query)
            assert {n: v for n, v in asked.items() if n != "cursor"} == {
                n: v for n, v in same.items() if n != "offset"
            }
    assert seen == whole
    assert len(seen) == (4 if "offset" in query else 7)


def readable(cursor: str) -> bytes:
    """All that can be got out of it without the key."""
    found = cursor.encode()
    for part in cursor.split("."):
        with suppress(ValueError):
            data = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
            found += data
            with suppress(zlib.error):
                found += zlib.decompress(data)
    return found


def test_h104_a_cursor_holds_nothing_that_was_hidden(client: Client) -> None:
    fields = {
        "shown": {"type": "string"},
        "hidden": {"type": "string", "access": {"read": False}},
        "closed": {"type": "string", "access": False},
    }
    client.define("things", key={"type": "integer"}, fields=fields)
    for i in range(3):
        body = {"shown": f"shown-{i}", "hidden": f"hide-{i}", "closed": f"hide-{i}"}
        client.post("/api/things", body)
    for query in ("", "&sort=shown", "&sort=-shown,id", "&sort=updated_at", "&shown=shown-1"):
        answer = client.get(f"/api/things?limit=1{query}", headers={})
        assert answer.status_code == 200
        if answer.json["next"]:
            cursor = parse_qs(urlsplit(answer.json["next"]).query)["cursor"][0]
            assert b"hide" not in readable(cursor)
            assert (b"shown-" in readable(cursor)) is ("sort" in query and "shown" in query)
    for query in ("sort=hidden", "sort=-closed", "hidden=hide-1", "sort=shown,closed"):
        assert client.get(f"/api/things?limit=1&{query}", headers={}).status_code == 400
    admins = client.get("/api/things?limit=1&sort=closed").json["next"]
    assert client.get(admins, headers={}).status_code == 400


SORTS = st.lists(
    st.sampled_from(["s", "-s", "i", "-i", "b", "-b", "d", "-d", "id", "-id"]), min_size=1,
    max_size=3, unique_by=lambda name: name.removeprefix("-"),
)  # fmt: skip
RECORDS = st.lists(
    st.fixed_dictionaries(
        {
            "s": st.none() | st.sampled_from(["", "a", "B", "é"]),
            "i": st.none() | st.integers(-2, 2),
            "b": st.none() | st.booleans(),
            "d": st.none() | st.sampled_from(["-1.00", "0.00", "10.00", "9.00"]),
        }
    ),
    max_size=9,
)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(records=RECORDS, sorts=SORTS, limit=st.integers(1, 4))
def test_h105_pages_are_what_python_would_sort(
    client: Client, records: list[dict[str, Any]], sorts: list[str], limit: int
) -> None:
    client.delete("/collections/things?allow_data_loss=true")
    client.define("things", key={"type": "integer"}, fields=FIELDS)
    expected = load(client, records)
    expected.sort(key=lambda record: record["id"])
    for sort in reversed(sorts):
        name = sort.removeprefix("-")
        number = (lambda v: float(v)) if name == "d" else (lambda v: v)
        full = [record for record in expected if record[name] is not None]
        full.sort(key=lambda record: number(record[name]), reverse=sort.startswith("-"))
        expected = full + [record for record in expected if record[name] is None]
    found = pages(client, f"/api/things?sort={','.join(sorts)}&limit={limit}")
    assert [record for page in found for record in page] == expected
