"""A record that a rule hides: to whoever may not read it, it is not there, by whatever he asks; and
what it holds makes no difference to any answer."""

import json
from typing import Any

import pytest
from callers import Cast, cast, casts
from conftest import OPEN, Client
from leaking import (
    FORM,
    JSON_PATCH,
    MERGE,
    NDJSON,
    OF_DEFINITIONS,
    UNRELATED,
    Ask,
    Surfaces,
    ask,
    listed,
    normal,
    quoted,
    routes_of,
    told,
)
from werkzeug.test import TestResponse

from schemas.comparison import OPERATORS
from schemas.grouping import FUNCTIONS
from schemas.query import OF_LISTS

__all__ = ["cast", "casts"]
OWN = dict.fromkeys(OPEN, "owner = @me")
FIRST = {"title": "aaa aardvark", "n": 70017001, "tags": ["aardvark"], "day": "1901-01-01",
         "done": True, "code": "of-ann"}  # fmt: skip
SECOND = {"title": "zzz zebu", "n": 80028002, "tags": ["zebu"], "day": "2099-09-09",
          "done": False, "code": "of-ann"}  # fmt: skip
SECRETS = ("aardvark", "zebu", "70017001", "80028002", "1901-01-01", "2099-09-09")
FIELDS = {
    "title": {"type": "string", "search": True},
    "n": {"type": "integer"},
    "tags": {"type": "array", "items": {"type": "string"}},
    "day": {"type": "date"},
    "done": {"type": "boolean"},
    "code": {"type": "string", "unique": True},
    "owner": {"type": "reference", "to": "users"},
    "parent": {"type": "reference", "to": "things"},
}
NOTE = {"text": {"type": "string", "search": True}, "thing": {"type": "reference", "to": "things"}}
MARK = {"note": {"type": "reference", "to": "notes"}}


def build(
    cast: Cast, values: dict[str, Any] | None, linked: bool, access: dict[str, Any] = OWN
) -> None:
    """Ann's ``secret``, if it has values, and what is Bob's. ``linked``: things that everyone may
    read refer to it."""
    client, key = cast.client, {"type": "string"}
    client.clear()
    client.define("things", key=key, fields=FIELDS, access=access)
    client.define("notes", key=key, fields=NOTE)
    client.define("marks", key=key, fields=MARK)
    bob, ann = ({"owner": cast.ids[name]} for name in ("bob", "ann"))
    put(client, "things/mine", bob | {"title": "mmm", "n": 5, "tags": ["t"], "done": True})
    put(client, "things/other", bob | {"title": "nnn", "n": 7, "parent": "mine"})
    if values is not None:
        put(client, "things/secret", ann | values | {"parent": "mine"})
    for name, thing in (("n1", "secret" if linked else None), ("n2", "mine"), ("n3", None)):
        put(client, f"notes/{name}", {"text": f"text {name}", "thing": thing})
        put(client, f"marks/{name.replace('n', 'm')}", {"note": name})
    if linked:
        put(client, "things/mine", bob | {"title": "mmm", "n": 5, "parent": "secret"})


def put(client: Client, path: str, body: dict[str, Any]) -> None:
    made = client.put(f"/api/{path}", body)
    assert made.status_code in (200, 201), made.text


# What is asked


def about_records() -> list[Ask]:
    """Of the collection, and of the record by its id. None of it writes."""
    lists = (
        *("", "count=true", "limit=1", "limit=1&sort=-title", "offset=1", "offset=2&sort=n"),
        *("filter=title ~ 'a'", "filter=title ~ 'zebu'", "filter=not title = 'mmm'"),
        *("filter=n > 100", "filter=tags has 'aardvark'", "filter=not tags has 'zebu'"),
        *("filter=done", "filter=not done", "filter=title is null", "filter=id = 'secret'"),
        *("filter=owner != @me", "filter=owner is not null", "filter=owner.name = 'Ann'"),
        *("filter=parent.title = 'mmm'", "filter=id in ('secret', 'mine')", "id=secret"),
        *("q=aardvark", "q=zebu", "q=aaa zzz", "q=mmm", "q=aardvark&count=true", "q=zeb*"),
        *("sort=title", "sort=-title", "sort=n,-day", "sort=owner.name", "sort=parent.title"),
        *("fields=id", "fields=title,n", "expand=parent", "expand=owner", "expand=parent.owner"),
        *(f"title__{op}={'true' if op == 'is_null' else 'aaa aardvark'}" for op in OPERATORS),
        *(f"n__{op}=70017001" for op in ("eq", "ne", "lt", "lte", "gt", "gte", "in")),
        *(f"aggregate={f}:n" for f in FUNCTIONS if f != "count"),
        *("aggregate=count", "aggregate=count_distinct:owner", "aggregate=min:title,max:day"),
        *("group_by=title&aggregate=count", "group_by=owner", "group_by=done&aggregate=sum:n"),
        *("group_by=owner.name&aggregate=count", "group_by=day", "group_by=parent.title"),
        "group_by=title&sort=-title&limit=1",
    )  # fmt: skip
    conditions = (
        *(("If-None-Match", "*"), ("If-Match", "*"), ("If-Match", '"1"'), ("Range", "bytes=0-1")),
        *((n, "Sat, 01 Jan 2000 00:00:00 GMT") for n in ("If-Modified-Since",)),
        ("If-Unmodified-Since", "Sat, 01 Jan 2000 00:00:00 GMT"),
    )
    one = "/api/things/secret"
    return [
        *(listed(query) for query in lists),
        *(Ask("QUERY", "/api/things", quoted(query), FORM) for query in lists[:12]),
        *(Ask("HEAD", f"/api/things?{quoted(query)}") for query in lists[:6]),
        *(Ask(method, one) for method in ("GET", "HEAD")),
        *(Ask("GET", one, headers=(field,)) for field in conditions),
        *(Ask("GET", f"{one}?{query}") for query in ("fields=title", "expand=parent", "nope=1")),
    ]


def refused_writes() -> list[Ask]:
    """Of the record by its id: not there."""
    one, test = "/api/things/secret", {"op": "test", "path": "/title", "value": "aaa aardvark"}
    conditions = ((), (("If-Match", "*"),), (("If-Match", '"1"'),), (("If-None-Match", "*"),))
    return [
        *(Ask("PATCH", one, {"title": "x"}, headers=given) for given in conditions),
        *(Ask("PATCH", one, [test], JSON_PATCH, given) for given in conditions),
        Ask("PATCH", one, {"nope": 1}, MERGE),
        Ask("PATCH", one, {"owner": None}),
        *(Ask("DELETE", one, headers=given) for given in conditions),
        Ask("DELETE", one),
    ]


def telling_that_it_is_there() -> list[Ask]:
    """The id or the code is taken, which who wants them must be told; but not by what."""
    lines = '{"id": "secret", "title": "x"}\n{"id": "fresh", "code": "of-ann"}'
    replaced = "/api/things?on_conflict=replace"
    return [
        Ask("PUT", "/api/things/secret", {"title": "x"}),
        Ask("PUT", "/api/things/secret", {"title": "x"}, headers=(("If-Match", "*"),)),
        Ask("PUT", "/api/things/secret", {"title": "x"}, headers=(("If-None-Match", "*"),)),
        Ask("POST", "/api/things", {"id": "secret", "title": "x"}),
        Ask("POST", "/api/things", {"id": "fresh", "code": "of-ann", "owner": "$bob"}),
        Ask("PATCH", "/api/things/mine", {"code": "of-ann"}),
        Ask("POST", "/api/things", lines, NDJSON),
        Ask("POST", "/api/things?on_error=skip", lines, NDJSON),
        Ask("POST", replaced, lines, NDJSON),
        Ask("POST", f"{replaced}&on_error=skip", lines, NDJSON),
    ]


def about_references() -> list[Ask]:
    """From records that refer to it, and may be read."""
    filters = (
        *("thing.title ~ 'a'", "not (thing.title ~ 'zebu')", "thing.title != 'q'"),
        *("thing.title is null", "thing.title is not null", "thing.n > 70020000"),
        *("thing.n in (70017001, 5)", "thing.n not in (70017001)", "thing.tags has 'zebu'"),
        *("not thing.tags has 'zebu'", "thing.done", "not thing.done", "thing.day < '2000-01-01'"),
        *("thing.owner.name = 'Ann'", "thing.owner is null", "thing.parent.title = 'mmm'"),
        *("thing.parent is null", "thing.id = 'secret'", "thing = 'secret'", "thing.owner = @me"),
        *("thing.revision > 0", "thing.created_at < @now", "thing.title < text"),
    )  # fmt: skip
    asked = (
        *(f"filter={one}" for one in filters),
        *(f"thing__title__{op}={'true' if op == 'is_null' else 'zzz zebu'}" for op in OPERATORS),
        *("sort=thing.title", "sort=-thing.title", "sort=thing.n,-id", "sort=-thing.day"),
        *("sort=thing.owner.name", "sort=thing.parent.title", "sort=thing.revision"),
        *("sort=thing.title&limit=1", "sort=-thing.n&limit=1&offset=1", "sort=thing.created_at"),
        *(f"group_by=thing.{f}&aggregate=count" for f in ("title", "n", "day", "done", "owner")),
        *("group_by=thing.owner.name", "group_by=thing.parent", "group_by=thing.parent.title"),
        *("expand=thing", "expand=thing.parent", "expand=thing.owner", "expand=thing.parent.owner"),
        *("q=aardvark", "q=zebu", "q=text&expand=thing", "fields=id,thing&expand=thing"),
    )  # fmt: skip
    deeper = [one for one in asked if not any(part in one for part in ("text", "q=", "=thing"))]
    inner = [one.replace("thing.", "note.thing.").replace("thing__", "note__thing__")
             for one in deeper]  # fmt: skip
    new, kept = {"text": "x", "thing": "secret"}, {"text": "text n1", "thing": "secret"}
    return [
        *(listed(one, "/api/notes") for one in asked),
        *(listed(one, "/api/marks") for one in inner),
        *(listed(one, "/api/marks") for one in ("expand=note.thing", "expand=note.thing.parent")),
        *(listed(one) for one in ("expand=parent", "sort=parent.title", "filter=parent.n > 1",
          "group_by=parent.title", "filter=parent.parent.title = 'mmm'", "expand=parent.parent")),
        *(Ask(m, "/api/notes/n1?expand=thing.parent") for m in ("GET", "HEAD")),
        Ask("GET", "/api/things/mine?expand=parent"),
        Ask("QUERY", "/api/notes", "expand=thing&sort=thing.title", FORM),
        Ask("POST", "/api/notes", new | {"id": "new"}),
        Ask("PUT", "/api/notes/new", new),
        Ask("PUT", "/api/notes/n2", new),
        Ask("PATCH", "/api/notes/n2", {"thing": "secret"}),
        Ask("POST", "/api/notes", json.dumps(new | {"id": "new"}), NDJSON),
        Ask("PUT", "/api/notes/n1", kept),
        Ask("PATCH", "/api/notes/n1", {"text": "y"}),
        Ask("PATCH", "/api/things/other", {"parent": "secret"}),
        Ask("DELETE", "/api/things/mine"),
    ]  # fmt: skip


# The worlds differ in nothing


def run(cast: Cast, who: str, asks: list[Ask]) -> list[tuple[Ask, TestResponse]]:
    return [(one, ask(cast.client, one.of(cast.ids), cast.headers[who])) for one in asks]


def differing(*worlds: list[tuple[Ask, TestResponse]]) -> list[str]:
    wrong = []
    for answers in zip(*worlds, strict=True):
        texts = [normal(answer) for _, answer in answers]
        if len({*texts}) > 1:
            wrong.append("\n".join([str(answers[0][0]), *texts]))
        for one, answer in answers:
            said = told(answer).lower()
            words = [word for word in SECRETS if word in said and word not in str(one)]
            wrong += [f"{one}: {word}" for word in words]
    return wrong


@pytest.mark.parametrize("who", ["bob", "any", "eve", "ended"])
def test_v09_api1_a_hidden_record_is_not_there(client: Client, cast: Cast, who: str) -> None:
    asks = [*about_records(), *refused_writes()]
    worlds = []
    for values in (FIRST, SECOND, None):
        build(cast, values, linked=False)
        worlds.append(run(cast, who, asks))
    assert not (wrong := differing(*worlds)), "\n\n".join(wrong[:3])
    expected = 401 if who == "ended" else 404
    for world in worlds:
        for one, answer in world:
            if "/secret" in one.path and "nope" not in str(one) and "?" not in one.path:
                assert answer.status_code == expected, (str(one), answer.text)
    assert client.get("/api/things?count=true").json["total"] == 2


@pytest.mark.parametrize("who", ["bob", "any", "eve"])
def test_api1_that_an_id_is_taken_tells_nothing_else(client: Client, cast: Cast, who: str) -> None:
    worlds = []
    for values in (FIRST, SECOND):
        build(cast, values, linked=False)
        before = client.get("/api/things/secret").json
        worlds.append(run(cast, who, telling_that_it_is_there()))
        assert client.get("/api/things/secret").json == before
        assert client.get("/api/things?count=true").json["total"] == 3
        for one, answer in worlds[-1]:
            expected = (200, 401, 403, 404, 409, 422)
            assert answer.status_code in expected, (str(one), answer.text)
            if one.method == "PUT":
                assert answer.status_code == 404, answer.text
    assert not (wrong := differing(*worlds)), "\n\n".join(wrong[:3])


@pytest.mark.parametrize("who", ["bob", "any", "eve", "t:w"])
def test_v09_v22_api1_references_lead_to_nothing_hidden(
    client: Client, cast: Cast, who: str
) -> None:
    """The key is the owner's, but is good for things alone: of notes it may not ask at all."""
    worlds = []
    for values in (FIRST, SECOND):
        build(cast, values, linked=True)
        worlds.append(run(cast, who, about_references()))
    if who == "t:w":
        of_notes = [a for one, a in worlds[0] if "/notes" in one.path or "/marks" in one.path]
        assert {answer.status_code for answer in of_notes} == {403}
    else:
        assert not (wrong := differing(*worlds)), "\n\n".join(wrong[:3])


def test_v22_the_table_has_every_surface(client: Client) -> None:
    """A new route, parameter, operator or aggregate needs a line of its own."""
    of_records = Surfaces().of(client, about_records())
    assert {*OF_LISTS} - {"cursor"} <= of_records.parameters
    assert of_records.functions == {*FUNCTIONS}
    of_references = Surfaces().of(client, about_references())
    assert of_records.operators == of_references.operators == {*OPERATORS}
    asked = {"filter", "sort", "group_by", "expand", "q", "fields"}
    assert asked <= of_references.parameters
    routes = {*routes_of(client)} - UNRELATED
    routes = {(rule, method) for rule, method in routes if rule not in OF_DEFINITIONS}
    done = of_records.routes | of_references.routes
    done |= Surfaces().of(client, [*refused_writes(), *telling_that_it_is_there()]).routes
    assert routes - done == set()


# What it is like instead


def ids(cast: Cast, who: str, path: str) -> list[Any]:
    answer = cast.get(who, path)
    assert answer.status_code == 200, answer.text
    return [one["id"] for one in answer.json["items"]]


QUESTIONS = [
    ("filter=thing.title is null&sort=id", ["n1", "n3"]),
    ("filter=thing.title is not null", ["n2"]),
    ("filter=not (thing.title = 'q')", ["n2"]),
    ("filter=thing.title != 'q'", ["n2"]),
    ("filter=thing.owner is null", ["n1", "n3"]),
    ("filter=thing.parent.title is null", ["n1", "n2", "n3"]),
    ("filter=thing.id is null", ["n1", "n3"]),
    ("filter=thing is null", ["n3"]),
    ("thing=secret", ["n1"]),
    ("thing__title__is_null=true", ["n1", "n3"]),
    ("sort=thing.title", ["n2", "n1", "n3"]),
    ("sort=-thing.title,-id", ["n2", "n3", "n1"]),
]


@pytest.mark.parametrize(("question", "expected"), QUESTIONS)
def test_v22_a_hidden_target_is_null(
    client: Client, cast: Cast, question: str, expected: list[str]
) -> None:
    for values in (FIRST, SECOND):
        build(cast, values, linked=True)
        assert ids(cast, "bob", listed(question, "/api/notes").path) == expected


def test_v03_v22_expansions_and_groups_of_what_is_hidden(client: Client, cast: Cast) -> None:
    build(cast, FIRST, linked=True)
    expanded = cast.get("bob", "/api/notes?expand=thing.parent").json["items"]
    found = [one["expand"]["thing"] for one in expanded]
    assert (found[0], found[1]["id"], found[2]) == (None, "mine", None)
    assert found[1]["expand"] == {"parent": None}
    assert [one["thing"] for one in expanded] == ["secret", "mine", None]
    nested = cast.get("bob", "/api/marks?expand=note.thing").json["items"]
    assert [one["expand"]["note"]["expand"]["thing"] is None for one in nested] == [1, 0, 1]
    groups = cast.get("bob", "/api/notes?group_by=thing.title&aggregate=count").json["items"]
    expected = [{"thing.title": "mmm", "count": 1}, {"thing.title": None, "count": 2}]
    assert groups == expected
    counts = {"bob": (2, 12), "any": (0, None), "ann": (1, 70017001), "root": (3, 70017013)}
    for who, (count, total) in counts.items():
        groups = cast.get(who, "/api/things?aggregate=count,sum:n").json["items"]
        assert groups == [{"count": count, "sum_n": total}]
        assert cast.get(who, "/api/things?count=true&limit=1").json["total"] == count
    assert ids(cast, "ann", "/api/things?q=aardvark") == ["secret"]
    assert ids(cast, "bob", "/api/things?q=aardvark") == []


def test_v22_through_a_closed_collection_nothing_is_asked(client: Client, cast: Cast) -> None:
    build(cast, FIRST, linked=True, access=OPEN | {"read": False})
    for question in ("filter=thing.title is null", "thing__title=x", "sort=thing.title",
                     "group_by=thing.title", "filter=thing.nope is null"):  # fmt: skip
        for who in ("any", "bob"):
            refused = cast.get(who, listed(question, "/api/notes").path)
            assert refused.status_code == 400, (who, question)
            assert "Valid are" not in refused.text or "title" not in refused.text.split("Valid")[1]
    for who, things in (("bob", [None] * 3), ("root", ["secret", "mine", None])):
        items = cast.get(who, "/api/notes?expand=thing").json["items"]
        shown = [one["expand"]["thing"] and one["expand"]["thing"]["id"] for one in items]
        assert shown == things


# References to what is hidden


RULES = [
    True,
    "thing.owner = @me or thing is null",
    "thing.title is null",
    "thing.title != 'zzz zebu'",
    "thing.title = 'aaa aardvark' or text = 'x'",
    "not (thing.done)",
    "@me is not null",
]


@pytest.mark.parametrize("rule", RULES, ids=str)
def test_v22_api1_a_reference_to_what_is_hidden_is_one_to_nothing(
    client: Client, cast: Cast, rule: Any
) -> None:
    """Also where the rule for the new record asks what it refers to: it must not tell either."""
    told_of = []
    for values in (FIRST, SECOND):
        build(cast, values, linked=False)
        access = OPEN | {"create": rule, "update": rule}
        client.define("notes", key={"type": "string"}, fields=NOTE, access=access)
        for who in ("bob", "any"):
            for method, path, id in (
                ("POST", "/api/notes", "new"),
                ("PUT", "/api/notes/new", None),
                ("PUT", "/api/notes/n3", None),
                ("PATCH", "/api/notes/n3", None),
            ):
                answers = []
                for thing in ("secret", "nowhere"):
                    body = {"text": "x", "thing": thing} | ({"id": id} if id else {})
                    answer = cast.ask(who, method, path, body)
                    assert answer.status_code in (401, 403, 409), answer.text
                    answers.append(normal(answer))
                assert answers[0] == answers[1], (who, method, path)
                told_of.append((who, method, path, answers[0]))
    half = len(told_of) // 2
    assert told_of[:half] == told_of[half:]


# What comes and goes


def test_api1_the_tag_of_a_list_tells_nothing_of_the_hidden(client: Client, cast: Cast) -> None:
    build(cast, FIRST, linked=True)
    paths = ("/api/things", "/api/things?count=true", "/api/notes?expand=thing",
             "/api/notes/n1?expand=thing", "/api/notes?sort=thing.title")  # fmt: skip
    before = [cast.get("bob", path).headers["ETag"] for path in paths]
    assert cast.ask("ann", "PATCH", "/api/things/secret", SECOND).status_code == 200
    client.put("/api/things/third", {"owner": cast.ids["ann"]})
    for path, tag in zip(paths, before, strict=True):
        again = client.get(path, headers=cast.headers["bob"] | {"If-None-Match": tag})
        assert (again.status_code, again.headers["ETag"]) == (304, tag), path


def test_v38_api1_a_cursor_is_its_makers(client: Client, cast: Cast) -> None:
    build(cast, FIRST, linked=True)
    client.put("/api/things/third", {"owner": cast.ids["ann"]})
    for path in ("/api/things?limit=1", "/api/things?limit=1&sort=-title",
                 "/api/notes?limit=1&sort=thing.title"):  # fmt: skip
        following = {who: cast.get(who, path).json["next"] for who in ("ann", "bob", "root")}
        for maker, address in following.items():
            assert cast.get(maker, address).status_code == 200
            for other in {"ann", "bob", "root", "any"} - {maker}:
                refused = cast.get(other, address)
                assert refused.status_code == 400, (path, maker, other)
                assert not [word for word in SECRETS if word in told(refused)]


def test_api1_another_gets_no_replay(client: Client, cast: Cast) -> None:
    build(cast, None, linked=False)
    body = FIRST | {"id": "secret", "owner": cast.ids["ann"]}
    for method, path, sent in (
        ("POST", "/api/things", body),
        ("PATCH", "/api/things/secret", {"title": "aardvark"}),
    ):
        key = {"Idempotency-Key": f"{method}-{cast.ids['ann']}"}
        first = client.ask(method, path, sent, headers=cast.headers["ann"] | key)
        assert first.status_code in (200, 201), first.text
        for who in ("bob", "any", "eve", "o:r"):
            other = client.ask(method, path, sent, headers=cast.headers[who] | key)
            assert "Idempotency-Replayed" not in other.headers
            assert other.status_code in (401, 403, 404), (who, other.text)
            assert "aardvark" not in other.text
        for who in ("ann", "t:w", "*:w", "adm"):
            again = client.ask(method, path, sent, headers=cast.headers[who] | key)
            assert again.headers["Idempotency-Replayed"] == "true", who
            assert again.data == first.data


def test_api1_a_write_shows_no_more_than_a_read(client: Client, cast: Cast) -> None:
    """What leaves one's sight by one's own hand is not shown again."""
    access = OPEN | {"read": "owner = @me"}
    build(cast, FIRST, linked=False, access=access)
    ann = cast.ids["ann"]
    for method, path, body in (
        ("POST", "/api/things", {"id": "new", "owner": ann}),
        ("PUT", "/api/things/newer", {"owner": ann}),
        ("PUT", "/api/things/mine", {"owner": ann}),
        ("PATCH", "/api/things/other", {"owner": ann}),
    ):
        done = cast.ask("bob", method, path, body)
        assert (done.status_code, done.data) in ((201, b""), (204, b"")), done.text
    assert ids(cast, "bob", "/api/things") == []
    for id in ("new", "newer", "mine", "other"):
        assert cast.get("bob", f"/api/things/{id}").status_code == 404
        assert cast.get("ann", f"/api/things/{id}").status_code == 200


def test_api1_a_412_shows_what_one_may_read(client: Client, cast: Cast) -> None:
    stale = {"If-Match": '"stale"'}
    for read, shown in (("owner = @me", True), (False, False)):
        build(cast, FIRST, linked=False, access=OWN | {"read": read})
        for method, body in (("PUT", {"title": "x"}), ("PATCH", {"title": "x"}), ("DELETE", None)):
            for who, status in (("ann", 412), ("bob", 404)):
                fields = cast.headers[who] | stale
                answer = client.ask(method, "/api/things/secret", body, headers=fields)
                assert answer.status_code == status, (read, method, who, answer.text)
                assert ("current" in answer.json) is (shown and who == "ann")


@pytest.mark.parametrize("sort", ["thing.title", "-thing.title", "thing.title,-id"])
def test_v22_pages_are_whole_though_some_targets_are_hidden(
    client: Client, cast: Cast, sort: str
) -> None:
    """What every record must refer to, and what must have a title, is null all the same."""
    owner = {"type": "reference", "to": "users"}
    title = {"title": {"type": "string", "required": True}, "owner": owner}
    thing = {"thing": {"type": "reference", "to": "things", "required": True}}
    client.define("things", key={"type": "string"}, fields=title, access={"read": "owner = @me"})
    client.define("links", key={"type": "string"}, fields=thing)
    for id in "abcdef":
        whose = cast.ids["ann" if id in "bdf" else "bob"]
        assert client.put(f"/api/things/{id}", {"title": id, "owner": whose}).status_code == 201
        assert client.put(f"/api/links/{id}", {"thing": id}).status_code == 201
    seen, path = [], f"/api/links?sort={sort}&limit=1"
    while path:
        page = cast.get("ann", path).json
        seen += [one["id"] for one in page["items"]]
        path = page["next"]
    known = ["f", "d", "b"] if sort.startswith("-") else ["b", "d", "f"]
    others = ["e", "c", "a"] if sort.endswith("-id") else ["a", "c", "e"]
    assert seen == known + others
