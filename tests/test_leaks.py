"""A field that one may not read: whatever is asked, its name is unknown, its value makes no
difference, and neither occurs in an answer."""

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

from schemas.comparison import OPERATORS
from schemas.grouping import FUNCTIONS
from schemas.query import OF_LISTS

__all__ = ["cast", "casts"]
# The hidden field, and one that is not there: as long, and as unlike all others.
NAME, NOTHING = "zygurb", "zygurp"
ACCESS: dict[str, tuple[Any, str]] = {
    "closed": (False, "any"),
    "by a rule": ("@me.role = 'editor'", "ann"),
    "read by a rule": ({"read": "@me.role = 'editor'", "write": False}, "bob"),
    "by a key": ("@me.role = 'editor'", "*:w"),
    "blind": ({"read": False, "write": True}, "ann"),
    "blind by a rule": ({"read": "@me.role = 'editor'", "write": "@me is not null"}, "bob"),
}
"""What the field says, and who asks."""
BLIND = ("blind", "blind by a rule")
# A definition, two values for the worlds to differ in, one to ask for in an expression, and flat.
TYPES: dict[str, tuple[dict[str, Any], Any, Any, str, str]] = {
    "string": ({"type": "string", "search": True, "index": True}, "quagga", "dodo aurochs",
               "'quagga'", "quagga"),
    "integer": ({"type": "integer"}, 70017001, 80028002, "70017001", "70017001"),
    "number": ({"type": "number"}, 70017001.5, 80028002.5, "70017001.5", "70017001.5"),
    "decimal": ({"type": "decimal"}, "70017001.00", "80028002.00", "70017001", "70017001"),
    "boolean": ({"type": "boolean"}, True, False, "true", "true"),
    "datetime": ({"type": "datetime"}, "2007-07-07T07:07:07Z", "2008-08-08T08:08:08Z",
                 "'2007-07-07T07:07:07Z'", "2007-07-07T07:07:07Z"),
    "reference": ({"type": "reference", "to": "things"}, "stripe", None, "'stripe'", "stripe"),
    "array": ({"type": "array", "items": {"type": "string"}}, ["quagga"], ["dodo"], "'quagga'",
              "quagga"),
    "json": ({"type": "json"}, {"api_key": "quagga"}, {"api_key": "dodo"}, "'quagga'", "quagga"),
}  # fmt: skip
CASES = [("closed", type) for type in TYPES]
CASES += [(access, type) for access in ACCESS if access != "closed" for type in ("string",)]
CASES += [("by a rule", "reference"), ("blind", "integer")]


# What is asked


def questions(value: str, text: str) -> list[str]:
    """To a list, about the field. ``value``: in an expression; ``text``: in a flat condition."""
    filters = (
        *(f"$f {op} {value}" for op in ("=", "!=", "<", "<=", ">", ">=", "~", "!~", "has")),
        *("$f is null", "$f is not null", f"$f in ({value})", f"$f not in ({value})", "$f"),
        *("not $f", f"not ($f = {value})", f"title = 'a' or $f = {value}", "title = $f"),
        *("$f = title", "$f.name = 'x'", "$f.api_key = 'quagga'", "$f.id is null", "@me = $f"),
    )
    return [
        *(f"filter={one}" for one in filters),
        f"$f={text}",
        *(f"$f__{op}={'true' if op == 'is_null' else text}" for op in OPERATORS),
        *("$f__name=x", "$f__id=x", "$f__api_key=quagga", "$f__x__eq=1"),
        *("sort=$f", "sort=-$f", "sort=title,$f", "sort=$f.title", "sort=$f.api_key"),
        *("fields=$f", "fields=id,$f", "fields=$f.api_key", "expand=$f", "expand=$f.friend"),
        *(f"aggregate={function}:$f" for function in FUNCTIONS),
        *("group_by=$f", "group_by=$f&aggregate=count", "group_by=title&aggregate=max:$f"),
        *("group_by=$f.title", "group_by=title&sort=$f", "group_by=title&sort=max_$f"),
        *(f"limit=1&$f={text}", f"offset=1&$f={text}", f"count=true&$f={text}", "q=x&sort=$f"),
    ]  # fmt: skip


def through(question: str) -> str:
    """The same of notes, about the things that they refer to."""
    name, _, value = question.partition("=")
    name = name.replace("$f", "thing__$f")
    return f"{name}={value.replace('$f', 'thing.$f').replace('title', 'thing.title')}"


def naming(value: str, text: str) -> list[Ask]:
    """Requests that name the field."""
    asked = questions(value, text)
    inner = [through(one) for one in asked if "max_" not in one and "aggregate" not in one]
    return [
        *(listed(one) for one in asked),
        *(listed(one, "/api/notes") for one in inner),
        *(Ask("QUERY", "/api/things", quoted(one), FORM) for one in asked[:12]),
        Ask("QUERY", "/api/notes", "sort=thing.$f", FORM),
        *(Ask("HEAD", f"/api/things?{one}") for one in ("$f=1", "sort=$f")),
        *(Ask(m, f"/api/things/one?{p}=$f") for m in ("GET", "HEAD") for p in ("fields", "expand")),
        Ask("GET", "/api/notes/n?expand=thing.$f"),
    ]


def writes(value: Any) -> list[Ask]:
    """Bodies that name the field."""
    line = json.dumps({"id": "one", "$f": value})
    patches: list[dict[str, Any]] = [
        *({"op": op, "path": "/$f", "value": value} for op in ("test", "replace", "add")),
        {"op": "test", "path": "/$f", "value": None},
        {"op": "remove", "path": "/$f"},
        *({"op": op, "from": "/$f", "path": "/extra"} for op in ("copy", "move")),
        {"op": "copy", "from": "/title", "path": "/$f"},
        {"op": "test", "path": "/$f/api_key", "value": "quagga"},
    ]
    return [
        *(Ask("POST", "/api/things", {"id": "p", "$f": one}) for one in (value, None)),
        Ask("PUT", "/api/things/one", {"title": "t", "$f": value}),
        Ask("PUT", "/api/things/new", {"title": "t", "$f": value}),
        *(Ask("PATCH", "/api/things/one", {"$f": one}) for one in (value, None)),
        Ask("PATCH", "/api/things/one", {"$f": value}, MERGE),
        *(Ask("PATCH", "/api/things/one", [one], JSON_PATCH) for one in patches),
        *(Ask("POST", f"/api/things{q}", line, NDJSON) for q in ("", "?on_conflict=replace")),
        Ask("POST", "/api/things?on_error=skip", line, NDJSON),
    ]


def quiet(cursor: str) -> list[Ask]:
    """Requests that do not name it. ``cursor``: of a page that an admin has sorted by it."""
    lists = (
        *("", "filter=title = 'a'", "filter=title is null", "q=quagga", "q=dodo", "q=a"),
        *("sort=title", "sort=-title", "fields=id,title", "expand=friend", "expand=friend.friend"),
        *("limit=1", "limit=1&sort=-title", "offset=1", "count=true", "aggregate=count"),
        *("group_by=title&aggregate=count,min:n", "aggregate=sum:n,avg:n,max:title", "title=a"),
        *("q=quagga&aggregate=count", "q=quagga&count=true&limit=1", "nope=1", "filter=nope = 1"),
        *("sort=nope", "fields=nope", "aggregate=sum:nope", f"cursor={cursor}"),
        *(f"title__{op}=a" for op in OPERATORS if op != "is_null"),
    )  # fmt: skip
    stale = ("If-Match", '"stale"')
    copied = {"op": "copy", "from": "", "path": "/extra"}
    line = '{"id": "one", "title": "a"}\n{"id": "l"}'
    return [
        *(listed(one) for one in lists),
        *(listed(one, "/api/notes") for one in ("expand=thing", "expand=thing.friend",
          "sort=thing.title", "group_by=thing.title", "q=quagga", "filter=thing.title = 'a'")),
        Ask("QUERY", "/api/things", "q=quagga", FORM),
        Ask("HEAD", "/api/things"),
        *(Ask(method, "/api/things/one") for method in ("GET", "HEAD")),
        Ask("GET", "/api/things/one?expand=friend"),
        *(Ask("GET", "/api/things/one", headers=((name, value),)) for name, value in (
            ("If-None-Match", "*"), ("If-Match", "*"), stale, ("Range", "bytes=0-9"))),
        Ask("GET", "/api/notes/n?expand=thing.friend"),
        Ask("PUT", "/api/things/one", {"title": "x"}, headers=(stale,)),
        Ask("PATCH", "/api/things/one", {"title": "x"}, headers=(stale,)),
        Ask("DELETE", "/api/things/one", headers=(stale,)),
        Ask("PUT", "/api/things/one", {"title": "x"}),
        Ask("PUT", "/api/things/one", {"title": "x"}),
        Ask("PATCH", "/api/things/one", {"title": "a"}),
        Ask("PATCH", "/api/things/one", {"title": "a"}, headers=(("Prefer", "return=minimal"),)),
        Ask("PATCH", "/api/things/one", [copied], JSON_PATCH),
        Ask("PATCH", "/api/things/one", [{"op": "test", "path": "", "value": {}}], JSON_PATCH),
        Ask("PATCH", "/api/things/one", {"extra": None, "nope": 1}),
        Ask("POST", "/api/things", {"id": "q", "title": "q"}),
        Ask("POST", "/api/things", {"id": "q", "title": "q"}),
        Ask("POST", "/api/things", {"id": "r", "code": "taken"}),
        Ask("POST", "/api/things", line, NDJSON),
        Ask("POST", "/api/things?on_conflict=replace", line, NDJSON),
        Ask("DELETE", "/api/things/one"),
        Ask("DELETE", "/api/things/q"),
        Ask("GET", "/api/things/q"),
        Ask("PUT", "/api/things/q", {"title": "again"}),
        *(Ask("GET", p) for p in ("/", "/docs", "/openapi.json", "/openapi.yaml", "/problems",
          "/problems/conflict", "/collections", "/collections/things", "/auth/why", "/auth/me",
          "/auth/users", "/auth/keys", "/auth/sessions")),
        *(Ask(m, "/collections/things", {}) for m in ("PUT", "PATCH", "DELETE")),
        Ask("POST", "/collections", {"name": "things"}),
    ]  # fmt: skip


# Worlds


def build(client: Client, access: Any, spec: dict[str, Any], value: Any) -> None:
    client.clear()
    fields = {
        "title": {"type": "string", "search": True},
        "n": {"type": "integer"},
        "code": {"type": "string", "unique": True},
        "extra": {"type": "json"},
        "friend": {"type": "reference", "to": "things"},
        NAME: spec | {"access": access},
    }
    key = {"type": "string"}
    client.define("things", key=key, fields=fields, access=OPEN)
    client.define("notes", key=key, access=OPEN, fields={
        "text": {"type": "string", "search": True}, "thing": {"type": "reference", "to": "things"},
    })  # fmt: skip
    put(client, "/api/things/stripe", {"title": "c", "code": "taken"})
    put(client, "/api/things/two", {"title": "b", "n": 2})
    put(client, "/api/things/one", {"title": "a", "n": 1, "friend": "two", NAME: value})
    put(client, "/api/things/three", {"n": 3, "friend": "one", NAME: value})
    put(client, "/api/notes/n", {"text": "x", "thing": "one"})
    put(client, "/api/notes/m", {"text": "y", "thing": "two"})


def put(client: Client, path: str, body: dict[str, Any]) -> None:
    made = client.put(path, body)
    assert made.status_code in (200, 201), made.text


def cursor_of(client: Client, spec: dict[str, Any]) -> str:
    """Of an admin, who sorts by the field where it has an order."""
    sort = "title" if spec["type"] in ("json", "array") else NAME
    following = client.get(f"/api/things?limit=1&sort={sort}").json["next"]
    return str(following.partition("cursor=")[2])


@pytest.mark.parametrize(("access", "type"), CASES)
def test_v01_v03_v09_v25_api3_a_hidden_field_makes_no_difference(
    client: Client, cast: Cast, access: str, type: str
) -> None:
    rule, who = ACCESS[access]
    spec, *values, value, text = TYPES[type]
    found: list[list[str]] = []
    telling = []
    for stored in values:
        build(client, rule, spec, stored)
        asks = [one.about(NAME) for one in naming(value, text)]
        answers = [normal(ask(client, one, cast.headers[who])) for one in asks]
        for one in quiet(cursor_of(client, spec)):
            answer = ask(client, one, cast.headers[who])
            answers.append(normal(answer))
            words = (*(() if access in BLIND and "openapi" in one.path else (NAME,)), *SECRETS)
            said = told(answer).lower()
            telling += [f"{one}: {word}" for word in words if word in said and word not in str(one)]
        found.append(answers)
    assert telling == []
    asks += quiet("")
    same = zip(asks, *found, strict=True)
    wrong = [f"{one}\n{first}\n{second}" for one, first, second in same if first != second]
    assert not wrong, "\n\n".join(wrong[:3])


SECRETS = ("quagga", "dodo", "70017001", "80028002", "2007-07-07", "2008-08-08")


@pytest.mark.parametrize(("access", "type"), CASES)
def test_v01_v25_a_hidden_field_is_answered_like_none(
    client: Client, cast: Cast, access: str, type: str
) -> None:
    rule, who = ACCESS[access]
    spec, stored, _, value, text = TYPES[type]
    build(client, rule, spec, stored)
    asks = naming(value, text)
    if access not in BLIND:
        asks += writes(stored)
    wrong = []
    for one in asks:
        answers = [ask(client, one.about(name), cast.headers[who]) for name in (NAME, NOTHING)]
        hidden, nothing = (normal(answer) for answer in answers)
        refused = answers[0].status_code >= 400 or "on_error" in one.path
        if hidden.replace(NAME, NOTHING) != nothing or not refused:
            wrong.append(f"{one}\n{hidden}\n{nothing}")
    assert not wrong, "\n\n".join(wrong[:3])
    assert client.get("/api/things/one").json[NAME] == stored
    for question in (f"sort={NAME}", f"fields={NAME}"):
        fine = 400 if type in ("json", "array") and "sort" in question else 200
        assert client.get(f"/api/things?{question}").status_code == fine


@pytest.mark.parametrize("access", [name for name in ACCESS if name not in BLIND])
def test_v03_api3_what_is_hidden_is_kept_and_filled(
    client: Client, cast: Cast, access: str
) -> None:
    """By a PUT, a patch, an import; and a new record has its default."""
    rule, who = ACCESS[access]
    build(client, rule, {"type": "string", "default": "quagga"}, "dodo")
    headers = cast.headers[who]
    line = '{"id": "one", "title": "z"}'
    for one in (
        Ask("PUT", "/api/things/one", {"title": "x"}),
        Ask("PATCH", "/api/things/one", {"title": "y"}),
        Ask("PATCH", "/api/things/one", [], JSON_PATCH),
        Ask("POST", "/api/things?on_conflict=replace", line, NDJSON),
    ):
        assert ask(client, one, headers).status_code == 200, one
        assert client.get("/api/things/one").json[NAME] == "dodo", one
    made = ask(client, Ask("POST", "/api/things", {"id": "new"}), headers)
    assert (made.status_code, NAME in made.text, "quagga" in made.text) == (201, False, False)
    assert client.get("/api/things/new").json[NAME] == "quagga"
    back = client.get("/api/things/one", headers=headers).json
    assert client.put("/api/things/one", back, headers=headers).json == back


@pytest.mark.parametrize("access", BLIND)
def test_v03_api3_what_is_written_blindly_is_never_shown(
    client: Client, cast: Cast, access: str
) -> None:
    rule, who = ACCESS[access]
    spec = {"type": "string", "unique": True}
    build(client, rule, {"type": "string"}, "dodo")
    headers = cast.headers[who]
    for one in (
        Ask("POST", "/api/things", {"id": "new", NAME: "quagga"}),
        Ask("PUT", "/api/things/new", {"title": "x", NAME: "quagga"}),
        Ask("PATCH", "/api/things/new", {NAME: "quagga"}),
        Ask("PATCH", "/api/things/new", {NAME: "quagga", "title": "y"}),
        Ask("POST", "/api/things?on_conflict=replace", f'{{"id": "new", "{NAME}": "quagga"}}',
            NDJSON),
    ):  # fmt: skip
        answer = ask(client, one, headers)
        assert answer.status_code in (200, 201), answer.text
        assert NAME not in answer.text
        assert "quagga" not in answer.text
        assert client.get("/api/things/new").json[NAME] == "quagga"
    wrong = client.post("/api/things", {"id": "bad", NAME: 3}, headers=headers)
    assert (wrong.status_code, wrong.json["errors"][0]["pointer"]) == (422, f"/{NAME}")
    build(client, rule, spec, None)
    client.patch("/api/things/one", {NAME: "dodo"})
    taken = client.post("/api/things", {"id": "new", NAME: "dodo"}, headers=headers)
    assert taken.status_code == 409
    assert "one" not in json.dumps(taken.json.get("errors"))


SHOWN = [{"read": True, "write": False}, {"read": True, "write": "@me.role = 'editor'"}]


@pytest.mark.parametrize("access", SHOWN, ids=str)
def test_v05_api3_what_one_may_read_but_not_write(client: Client, cast: Cast, access: Any) -> None:
    build(client, access, {"type": "string", "default": "quagga"}, "dodo")
    headers = cast.headers["ann"]
    whole = client.get("/api/things/one", headers=headers).json
    assert whole[NAME] == "dodo"
    replace = {"op": "replace", "path": f"/{NAME}", "value": "eland"}
    refused = [
        Ask("PUT", "/api/things/one", whole | {NAME: "eland"}),
        Ask("PUT", "/api/things/one", whole | {NAME: None}),
        Ask("PUT", "/api/things/fresh", {NAME: "eland"}),
        Ask("PATCH", "/api/things/one", {NAME: "eland"}),
        Ask("PATCH", "/api/things/one", {NAME: None, "title": "x"}),
        Ask("PATCH", "/api/things/one", [replace], JSON_PATCH),
        Ask("PATCH", "/api/things/one", [{"op": "remove", "path": f"/{NAME}"}], JSON_PATCH),
        Ask("POST", "/api/things", {"id": "fresh", NAME: "eland"}),
    ]
    for one in refused:
        answer = ask(client, one, headers)
        assert answer.status_code == 403, (str(one), answer.text)
        assert answer.json["errors"][0]["pointer"].startswith(f"/{NAME}"), one
    line = json.dumps(whole | {NAME: "eland"})
    failed = client.post("/api/things?on_conflict=replace", line, headers=headers, type=NDJSON)
    assert failed.json["failed"][0]["errors"][0]["pointer"] == f"/{NAME}"
    assert client.get("/api/things/fresh").status_code == 404
    assert client.get("/api/things/one").json == whole
    assert client.put("/api/things/one", whole, headers=headers).json == whole
    assert client.patch("/api/things/one", {NAME: "dodo"}, headers=headers).json == whole
    kept = client.put("/api/things/one", {"title": "x"}, headers=headers)
    assert (kept.status_code, kept.json[NAME]) == (200, "dodo")
    made = client.post("/api/things", {"id": "made"}, headers=headers)
    assert (made.status_code, made.json[NAME]) == (201, "quagga")


def test_api3_the_tag_tells_apart_who_sees_what(client: Client, cast: Cast) -> None:
    build(client, "@me.role = 'editor'", {"type": "string"}, "dodo")
    tags = {who: cast.get(who, "/api/things/one").headers["ETag"] for who in ("any", *PEOPLE)}
    assert tags["any"] == tags["ann"] == tags["bob"]
    assert tags["eve"] == tags["root"] != tags["ann"]
    for who, other in (("ann", "eve"), ("eve", "ann")):
        fields = cast.headers[who] | {"If-None-Match": tags[other]}
        assert client.get("/api/things/one", headers=fields).status_code == 200
    assert {NAME in cast.get(who, "/api/things/one").json for who in ("eve", "root")} == {True}


PEOPLE = ("ann", "bob", "eve", "root")
# What accounts hold, or might be thought to; and what others than admins may ask of them.
PRIVATE = ("email", "role", "disabled", "created_at", "updated_at")
SECRET = ("password", "password_hash", "hash", "normal_email", "email_normal", "revision", "token")
NO_MEMBER = "zygurp"


def test_v01_v02_v22_v24_what_accounts_hold_is_not_asked_through_references(
    client: Client, cast: Cast
) -> None:
    owner = {"type": "reference", "to": "users"}
    client.define("things", key={"type": "string"}, fields={"owner": owner}, access=OPEN)
    for id, name in (("a", "ann"), ("b", "bob"), ("none", None)):
        client.put(f"/api/things/{id}", {"owner": name and cast.ids[name]})
    questions = ("filter=owner.$f is null", "owner__$f=x", "owner__$f__contains=x", "sort=owner.$f",
                 "group_by=owner.$f", "expand=owner.$f", "owner__$f__is_null=true")  # fmt: skip
    for who, names in (("any", PRIVATE + SECRET), ("ann", PRIVATE + SECRET), ("root", SECRET)):
        for one in (listed(question) for question in questions):
            nothing = ask(client, one.about(NO_MEMBER), cast.headers[who])
            assert nothing.status_code == 400
            for name in names:
                hidden = ask(client, one.about(name), cast.headers[who])
                told_of = normal(hidden).replace(name, NO_MEMBER)
                if name not in str(nothing.json["errors"]):
                    assert told_of == normal(nothing).replace(name, NO_MEMBER), (who, name)
                assert hidden.status_code == 400, (who, name, str(one))
    for who, members in (("any", ["id", "name"]), ("bob", ["id", "name"])):
        shown = cast.get(who, "/api/things/a?expand=owner").json["expand"]["owner"]
        assert [*shown] == members
    for who in ("ann", "root", "env"):
        shown = cast.get(who, "/api/things/a?expand=owner").json["expand"]["owner"]
        assert {"id", "email", "role", "disabled"} <= {*shown}
        assert not {*shown} & {*SECRET}
    found = cast.get("root", f"/api/things?owner__email={cast.emails['ann']}").json["items"]
    assert [one["id"] for one in found] == ["a"]


def test_v03_the_table_has_every_surface(client: Client) -> None:
    """A new route, parameter, operator or aggregate needs a line of its own."""
    named = [one.about(NAME) for one in [*naming("'x'", "x"), *writes("x")]]
    by_name = Surfaces().of(client, [one for one in named if NAME in str(one)])
    assert {*OF_LISTS} - {"cursor"} <= by_name.parameters
    assert by_name.operators == {*OPERATORS}
    assert by_name.functions == {*FUNCTIONS}
    every = Surfaces().of(client, [*named, *quiet("x")])
    assert "cursor" in every.parameters
    assert {*routes_of(client)} - every.routes - UNRELATED == set()
