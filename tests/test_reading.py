"""Questions to a collection: what each parameter chooses, and how what is wrong with one is said.
That they choose what they should, tests/test_reading_property.py asks at random."""

import re
from collections.abc import Iterator
from random import Random
from time import perf_counter
from urllib.parse import quote, urlencode

import pytest
from conftest import ADMIN, OPEN, Client
from test_statements import counted

from models.database import db

FORM = "application/x-www-form-urlencoded"
COUNTRIES = {"name": {"type": "string", "required": True}}
AUTHORS = {
    "name": {"type": "string", "required": True, "index": True},
    "country": {"type": "reference", "to": "countries"},
    "mentor": {"type": "reference", "to": "authors"},
}
BOOKS = {
    "title": {"type": "string", "required": True},
    "author": {"type": "reference", "to": "authors"},
    "editor": {"type": "reference", "to": "authors"},
    "origin": {"type": "reference", "to": "countries"},
    "pages": {"type": "integer", "index": True},
    "price": {"type": "decimal"},
    "tags": {"type": "array", "items": {"type": "string"}},
    "limit": {"type": "integer"},
    "a_": {"type": "integer"},
    "eq": {"type": "integer"},
}


@pytest.fixture
def library(client: Client) -> Client:
    client.define("countries", key={"type": "string"}, fields=COUNTRIES)
    client.define("authors", key={"type": "integer"}, fields=AUTHORS)
    client.define("books", key={"type": "integer"}, fields=BOOKS)
    client.post("/api/countries", {"id": "de", "name": "Germany"})
    client.post("/api/authors", {"name": "Ann", "country": "de"})
    client.post("/api/authors", {"name": "Bob", "mentor": 1})
    books = [
        {"title": "One", "author": 1, "editor": 2, "origin": "de", "pages": 10, "price": "9.99"},
        {"title": "Two", "author": 2, "editor": 2, "pages": 20, "price": "12.50", "tags": ["x"]},
        {"title": "Three", "limit": 3, "a_": 1, "eq": 5, "tags": []},
    ]
    for book in books:
        assert client.post("/api/books", book).status_code == 201
    return client


def ids(client: Client, query: str) -> list[int]:
    answer = client.get(f"/api/books?{query}")
    assert answer.status_code == 200, answer.text
    return [one["id"] for one in answer.json["items"]]


def refusal(client: Client, query: str) -> dict[str, str]:
    answer = client.get(f"/api/books?{query}")
    assert answer.status_code == 400, answer.text
    assert answer.json["type"] == "/problems/invalid-parameter"
    (error,) = answer.json["errors"]
    return dict(error)


CHOSEN = [
    ("limit__eq=3", [3]),
    ("limit=1&limit__eq=3", [3]),
    ("a_=1", [3]),
    ("a___gte=1", [3]),
    ("eq=5", [3]),
    ("eq__eq=5", [3]),
    ("author__eq=1", [1]),
    ("author__name=Bob", [2]),
    ("author__mentor__name__starts_with=An", [2]),
    ("author__mentor__country__name__contains=GERM", [2]),
    ("pages__in=", []),
    ("pages__in=10,20", [1, 2]),
    ("tags__is_null=true", [1]),
    ("pages__gte=10&pages__lt=20&filter=" + quote("author.name = 'Ann'"), [1]),
    ("filter=" + quote("author.country.name ~ 'ger' or limit = 3"), [1, 3]),
    ("filter=" + quote("origin is null and not editor is null"), [2]),
    ("price__lt=12.501", [1, 2]),
    ("filter=" + quote("@me is null and @me.role = 'admin' and @now > created_at"), [1, 2, 3]),
    ("sort=-author.name,title", [2, 1, 3]),
    ("sort=author.country.name,-id", [1, 3, 2]),
]


@pytest.mark.parametrize(("query", "expected"), CHOSEN, ids=[q for q, _ in CHOSEN])
def test_it_chooses(library: Client, query: str, expected: list[int]) -> None:
    assert ids(library, query) == expected


FAULTS = [
    ("pagse > 1", 1, "did you mean `pages`?"),
    ("pages > 1 and author.nmae = 'x'", 15, "did you mean `name`?"),
    ("title = 'x", 9, "not closed"),
    ("title == 'x'", 8, "expected"),
    ("title = 5", 9, "a string"),
    ("pages = 5.5", 9, "an integer"),
    ("pages ~ 'x'", 7, "valid are =, !="),
    ("tags = 'x'", 6, "has"),
    ("pages = null", 9, "is null"),
    ("title = pages", 7, "not compared"),
    ("pages has 1", 1, "array"),
    ("(pages = 1", 11, "expected )"),
    ("title", 1, "boolean"),
    ("@you = 1", 1, "@me"),
    ("pages in (1, 'x')", 14, "an integer"),
    ("pages = 1 1", 11, "expected"),
    ("pages = 007", 9, "0"),
    ("", 1, "expected"),
    ("not " * 33 + "pages = 1", 1, "32"),
    ("(" * 33 + "pages = 1" + ")" * 33, 1, "32"),
    (" " * 4096 + "p", 4097, "4096"),
]


@pytest.mark.parametrize(("text", "character", "said"), FAULTS, ids=[t[:30] for t, _, _ in FAULTS])
def test_a_fault_is_named_at_its_character(
    library: Client, text: str, character: int, said: str
) -> None:
    error = refusal(library, f"filter={quote(text)}")
    assert error["parameter"] == "filter"
    assert error["detail"].startswith(f"At character {character}: ")
    assert said in error["detail"]


def test_all_faults_of_an_expression_at_once(library: Client) -> None:
    answer = library.get(f"/api/books?filter={quote('a = 1 or b = 2 or title = 3')}&c=1")
    found = [(e["parameter"], e["detail"].split(":")[0]) for e in answer.json["errors"]]
    assert found[:3] == [("filter", f"At character {n}") for n in (1, 10, 27)]
    assert found[3][0] == "c"


V29 = [
    ("filter=" + quote(" or ".join(["pages=1"] * 65)), "64 conditions"),
    ("pages=1&filter=" + quote(" or ".join(["pages=1"] * 64)), "64 conditions"),
    ("author__" + "mentor__" * 5 + "name=x", "5 references"),
    ("filter=" + quote(" or ".join(
        f"{a}.{b}.{c}.{d}.name = 'x'" for a in ("author", "editor") for b in ("mentor",)
        for c in ("mentor",) for d in ("mentor",)) + " or " + " or ".join(
        f"{a}.{p}.name = 'x'" for a in ("author", "editor", "author.mentor", "editor.mentor",
        "author.mentor.mentor", "editor.mentor.mentor", "author.mentor.mentor.mentor",
        "editor.mentor.mentor.mentor") for p in ("country",)) + " or origin.name = 'x'"),
        "16 references"),
    ("expand=author.mentor.mentor.mentor", "3 references deep"),
    ("sort=" + ",".join(["id"] * 9), "8"),
    ("fields=", "No field"),
    ("fields=title,nope", "Valid are id, title"),
    ("fields=title,expand", "No field"),
    ("expand=title", "Valid are author, editor, origin"),
    ("expand=", "No reference"),
    ("expand=" + ",".join(["author"] * 600), "4096"),
    ("filter=pages>" + "9" * 4050, "out of range"),
    ("cursor=x&offset=1", "Not together"),
    ("q=x", "search"),
]  # fmt: skip


@pytest.mark.parametrize(("query", "said"), V29, ids=[said for _, said in V29])
def test_v29_v42_what_is_too_much_or_nothing(library: Client, query: str, said: str) -> None:
    answer = library.get(f"/api/books?{query}")
    assert answer.status_code == 400, answer.text
    assert said in str(answer.json["errors"])


def test_ten_thousand_values(library: Client) -> None:
    wanted = ",".join(map(str, range(2, 10_002)))
    answer = library.ask("QUERY", "/api/books", f"id__in={wanted}", type=FORM)
    assert [one["id"] for one in answer.json["items"]] == [2, 3]
    answer = library.ask("QUERY", "/api/books", f"id__in=0,{wanted}", type=FORM)
    assert answer.status_code == 400


def test_query_is_a_get_with_a_body(library: Client) -> None:
    asked = {"filter": "pages > 0", "sort": "-pages", "limit": "1"}
    by_get = library.get(f"/api/books?{urlencode(asked)}")
    by_query = library.ask("QUERY", "/api/books", urlencode(asked), type=FORM)
    assert by_query.status_code == 200
    assert by_query.json == by_get.json
    assert by_query.headers["ETag"] == by_get.headers["ETag"]
    assert by_query.headers["Cache-Control"] == by_get.headers["Cache-Control"]
    following = library.get(by_query.json["next"])
    assert [one["id"] for one in following.json["items"]] == [1]
    known = ADMIN | {"If-None-Match": by_query.headers["ETag"]}
    again = library.ask("QUERY", "/api/books", urlencode(asked), type=FORM, headers=known)
    assert again.status_code == 304
    both = library.ask("QUERY", "/api/books?limit=2", "sort=-id", type=FORM)
    assert [one["id"] for one in both.json["items"]] == [3, 2]
    twice = library.ask("QUERY", "/api/books?limit=2", "limit=2", type=FORM)
    assert twice.status_code == 400


def test_a_query_too_long_for_a_url_goes_on_with_the_same_body(library: Client) -> None:
    body = "limit=1&offset=0&id__in=" + ",".join(map(str, range(1, 4000)))
    found, path = [], "/api/books"
    while path:
        answer = library.ask("QUERY", path, body, type=FORM)
        assert answer.status_code == 200, answer.text
        found += [one["id"] for one in answer.json["items"]]
        path = answer.json["next"]
        assert not path or len(path) < 1000
    assert found == [1, 2, 3]


def test_names_that_begin_alike(client: Client) -> None:
    """PostgreSQL cuts a name after 63 bytes."""
    a, b = "a" * 48, "b" * 48
    client.define(
        "lands", key={"type": "integer"}, fields={"x": {"type": "string"}, "y": {"type": "string"}}
    )
    client.define(
        "people", key={"type": "integer"}, fields={b: {"type": "reference", "to": "lands"}}
    )
    client.define(
        "books", key={"type": "integer"}, fields={a: {"type": "reference", "to": "people"}}
    )
    client.post("/api/lands", {"x": "1", "y": "2"})
    client.post("/api/people", {b: 1})
    client.post("/api/books", {a: 1})
    answer = client.get(f"/api/books?group_by={a}.{b}.x,{a}.{b}.y&aggregate=count&sort=-{a}.{b}.y")
    assert answer.status_code == 200, answer.text
    assert answer.json["items"] == [{f"{a}.{b}.x": "1", f"{a}.{b}.y": "2", "count": 1}]


def test_wide_records_are_expanded(client: Client) -> None:
    """More of them than one statement has columns for."""
    names = [f"wide{n}" for n in range(5)]
    for name in names:
        fields = {f"f{i}": {"type": "integer"} for i in range(450)}
        client.define(name, key={"type": "integer"}, fields=fields)
        client.post(f"/api/{name}", {"f0": 1})
    to = {name: {"type": "reference", "to": name} for name in names}
    client.define("hub", key={"type": "integer"}, fields=to)
    client.post("/api/hub", dict.fromkeys(names, 1))
    answer = client.get(f"/api/hub?expand={','.join(names)}")
    assert answer.status_code == 200, answer.text
    assert [one["f0"] for one in answer.json["items"][0]["expand"].values()] == [1] * 5


def test_to_say_what_was_meant_takes_no_time(client: Client) -> None:
    rng = Random(1)
    names = ["".join(rng.choices("abcdefgh", k=48)) for _ in range(400)]
    client.define("wide", fields={name: {"type": "integer"} for name in names})
    asked = "&".join(f"x{''.join(rng.choices('abcdefgh', k=59))}=1" for _ in range(64))
    begun = perf_counter()
    answer = client.get(f"/api/wide?{asked}&{names[7][:-2]}=1")
    assert perf_counter() - begun < 2
    assert answer.status_code == 400
    answer = client.get(f"/api/wide?{names[7][:-2]}=1")
    assert f"did you mean `{names[7]}`?" in answer.text


@pytest.mark.parametrize("type", ["application/json", "text/plain", None, f"{FORM};charset=latin1"])
def test_query_with_another_body_is_415(library: Client, type: str | None) -> None:
    headers = ADMIN | ({} if type is None else {"Content-Type": type})
    answer = library.http.open("/api/books", method="QUERY", data="limit=1", headers=headers)
    assert answer.status_code == 415
    assert answer.headers["Accept-Query"] == FORM


@pytest.mark.parametrize(
    "body", [b"filter=%zz", b"filter=%ff", b"filter=\xff", b"filter=%00", b"a=%00"]
)
def test_h095_a_query_is_as_strict_as_a_url(library: Client, body: bytes) -> None:
    answer = library.ask("QUERY", "/api/books", body, type=FORM)
    assert answer.status_code == 400
    assert answer.json["type"] == "/problems/malformed-request"


def test_query_is_offered(library: Client) -> None:
    options = library.ask("OPTIONS", "/api/books")
    assert "QUERY" in options.headers["Allow"]
    assert options.headers["Accept-Query"] == FORM
    refused = library.ask("QUERY", "/api/books/1", "x=1", type=FORM)
    assert refused.status_code == 405
    library.define("books", key={"type": "integer"}, fields=BOOKS, access=OPEN | {"read": False})
    assert library.ask("QUERY", "/api/books", "", type="a/b", headers={}).status_code == 401


def test_fields(library: Client) -> None:
    assert library.get("/api/books?fields=pages,title,title&limit=1").json["items"] == [
        {"title": "One", "pages": 10}
    ]
    assert library.get("/api/books/1?fields=id,price").json == {"id": 1, "price": "9.99"}
    assert ids(library, "fields=id&sort=-author.name") == [2, 1, 3]
    assert library.get("/api/books/1?fields=").status_code == 400
    assert library.get("/api/books/1?filter=id=1").status_code == 400


def test_expand(library: Client) -> None:
    path = "/api/books?expand=author.mentor.country,editor,origin&fields=title"
    one, two, three = library.get(path).json["items"]
    ann, bob = (library.get(f"/api/authors/{id}").json for id in (1, 2))
    germany = library.get("/api/countries/de").json
    assert one == {
        "title": "One",
        "expand": {
            "author": ann | {"expand": {"mentor": None}},
            "editor": bob,
            "origin": germany,
        },
    }
    mentor = ann | {"expand": {"country": germany}}
    assert two["expand"]["author"] == bob | {"expand": {"mentor": mentor}}
    assert three == {"title": "Three", "expand": {"author": None, "editor": None, "origin": None}}
    single = library.get("/api/books/1?expand=author.mentor.country,editor,origin&fields=title")
    assert single.json == one


def test_one_reference_on_two_levels(library: Client) -> None:
    shown = library.get("/api/authors/2?expand=mentor.country,country").json["expand"]
    assert (shown["mentor"]["expand"]["country"]["id"], shown["country"]) == ("de", None)


def test_expansion_takes_a_statement_a_level(library: Client) -> None:
    plain = "/api/books?limit=3&sort=id"
    with counted(library) as before:
        library.get(plain)
    for expand, levels in (("author,editor,origin", 1), ("author.mentor.country,editor,origin", 3)):
        with counted(library) as statements:
            library.get(f"{plain}&expand={expand}")
        assert len(statements) <= len(before) + levels, statements


def test_expanding_what_is_closed_gives_null(library: Client) -> None:
    library.define(
        "authors", key={"type": "integer"}, fields=AUTHORS, access=OPEN | {"read": False}
    )
    answer = library.get("/api/books?expand=author.mentor&limit=1", headers={})
    assert answer.json["items"][0]["expand"] == {"author": None}
    assert library.get("/api/books/1?expand=author", headers={}).json["expand"] == {"author": None}


def test_v22_no_question_leads_into_what_is_closed(library: Client) -> None:
    library.define(
        "authors", key={"type": "integer"}, fields=AUTHORS, access=OPEN | {"read": False}
    )
    for query in (
        "author__name=Ann",
        "sort=author.name",
        "group_by=author.name",
        "filter=" + quote("author.name = 'Ann'"),
    ):
        closed = library.get(f"/api/books?{query}", headers={})
        unknown = library.get(f"/api/books?{query.replace('name', 'nope')}", headers={})
        assert closed.status_code == unknown.status_code == 400
        assert "author." in closed.json["errors"][0]["detail"]
        told = [
            re.sub("name|nope", "", str(one.json["errors"][0]["detail"]))
            for one in (closed, unknown)
        ]
        assert told[0] == told[1]
        assert library.get(f"/api/books?{query}").status_code == 200


V01 = ["title=x", "title__contains=x", "sort=title", "fields=title", "aggregate=min:title",
       "group_by=title", "filter=title%20is%20null", "editor__name=Bob", "expand=editor",
       "sort=editor.name", "aggregate=count_distinct:editor", "group_by=editor.name"]  # fmt: skip


@pytest.mark.parametrize("query", V01)
def test_v01_v10_a_hidden_field_is_answered_as_one_that_is_not(library: Client, query: str) -> None:
    hidden = {n: BOOKS[n] | {"access": {"read": False}} for n in ("title", "editor")}
    library.define("books", key={"type": "integer"}, fields=BOOKS | hidden)
    assert library.get(f"/api/books?{query}").status_code == 200
    closed = library.get(f"/api/books?{query}", headers={})
    assert closed.status_code == 400
    without = {name: field for name, field in BOOKS.items() if name not in hidden}
    body = {"key": {"type": "integer"}, "fields": without, "access": OPEN}
    assert library.put("/collections/books?allow_data_loss=true", body).status_code == 200
    unknown = library.get(f"/api/books?{query}", headers={})
    assert unknown.json["errors"] == closed.json["errors"]


def test_the_tag_of_an_expanded_record_follows_what_it_shows(library: Client) -> None:
    path = "/api/books/2?expand=author.mentor"
    tags = [library.get(path).headers["ETag"]]
    assert library.get(path).headers["ETag"] == tags[0]
    known = ADMIN | {"If-None-Match": tags[0]}
    assert library.get(path, headers=known).status_code == 304
    library.patch("/api/authors/1", {"name": "Anna"})
    changed = library.get(path, headers=known)
    assert changed.status_code == 200
    assert changed.json["expand"]["author"]["expand"]["mentor"]["name"] == "Anna"
    assert "Last-Modified" not in changed.headers
    library.patch("/api/authors/1", {"name": "Ann"})
    assert library.get(path, headers=known).status_code == 200
    # The record itself is what it was, so its tag still lets it be changed.
    guarded = ADMIN | {"If-Match": changed.headers["ETag"]}
    assert library.patch("/api/books/2", {"pages": 21}, headers=guarded).status_code == 200
    assert library.patch("/api/books/2", {"pages": 22}, headers=guarded).status_code == 412


def test_fields_do_not_change_the_tag(library: Client) -> None:
    whole, part = (library.get(f"/api/books/1{q}") for q in ("", "?fields=title"))
    assert whole.headers["ETag"] == part.headers["ETag"]
    known = ADMIN | {"If-None-Match": whole.headers["ETag"]}
    assert library.get("/api/books/1?fields=title", headers=known).status_code == 304
    assert library.get("/api/books/1?fields=nope", headers=known).status_code == 400


BOUND = ["filter=pages%3E1", "pages__gte=1", "sort=-pages", "fields=id", "expand=author",
         "count=true", "author__name=Ann"]  # fmt: skip


def test_h103_a_cursor_belongs_to_its_question(library: Client) -> None:
    cursor = library.get("/api/books?limit=1&sort=title").json["next"].partition("cursor=")[2]
    for limit in ("1", "2", "500"):
        path = f"/api/books?sort=title&limit={limit}&cursor={cursor}"
        assert library.get(path).status_code == 200
    for other in BOUND:
        kept = "" if other.startswith("sort") else "sort=title&"
        assert library.get(f"/api/books?{kept}{other}&cursor={cursor}").status_code == 400
    assert library.get(f"/api/authors?sort=title&cursor={cursor}").status_code == 400
    assert library.get(f"/api/books?sort=title&cursor={cursor}", headers={}).status_code == 400


def sql(client: Client, statement: str) -> None:
    with client.app.app_context(), db.engine.connect() as connection:
        connection = connection.execution_options(writes=True)
        connection.exec_driver_sql(statement)
        connection.commit()


@pytest.fixture
def user(client: Client) -> Iterator[str]:
    """The id of one: nobody can sign up yet."""
    id, then = "01890a5d-ac96-774b-bcce-b302099a8057", "2026-01-01T00:00:00.000000Z"
    disabled = "0" if client.database == "sqlite" else "false"
    columns = "id, email, address, name, password, disabled, revision, created_at, updated_at"
    values = f"'{id}', 'a@b.c', 'a@b.c', 'Ann', 'x', {disabled}, 1, '{then}', '{then}'"
    sql(client, f"INSERT INTO pw__users ({columns}) VALUES ({values})")
    yield id
    client.clear()
    sql(client, f"DELETE FROM pw__users WHERE id = '{id}'")


def test_a_user_is_shown_by_name(client: Client, user: str) -> None:
    fields = {"owner": {"type": "reference", "to": "users"}}
    client.define("notes", key={"type": "integer"}, fields=fields)
    client.post("/api/notes", {"owner": user})
    shown = client.get("/api/notes/1?expand=owner", headers={}).json["expand"]["owner"]
    assert shown == {"id": user, "name": "Ann"}
    asked = "/api/notes?owner__name=Ann&sort=owner.name"
    assert len(client.get(asked, headers={}).json["items"]) == 1
    assert client.get("/api/notes?owner__email=x", headers={}).status_code == 400
    shown = client.get("/api/notes?owner__email=a@b.c&expand=owner").json["items"][0]["expand"]
    assert (shown["owner"]["email"], shown["owner"]["disabled"]) == ("a@b.c", False)
    assert client.get("/api/users").status_code == 404


def test_a_long_text_is_asked_many_times(client: Client) -> None:
    """SQLite calls back for each, and must not fold the text each time."""
    client.define("texts", key={"type": "integer"}, fields={"text": {"type": "string"}})
    for text in ("中ꟋTRASSE" * 30_000, "a" * 20_000):
        assert client.post("/api/texts", {"text": text}).status_code == 201
    asked = " and ".join(["text ~ 'ßEꟋtraß'", *(f"text !~ 'x{n}'" for n in range(60))])
    answer = client.ask(
        "QUERY", "/api/texts", urlencode({"filter": asked, "fields": "id"}), type=FORM
    )
    assert answer.json["items"] == []
    asked = asked.replace("ßEꟋtraß", "ɤtrasse中ꟋTraß")
    answer = client.ask(
        "QUERY", "/api/texts", urlencode({"filter": asked, "fields": "id"}), type=FORM
    )
    assert [one["id"] for one in answer.json["items"]] == [1]


LAST_STRAWS = [
    ("fields=id&id__in=" + ",".join(map(str, range(10_001))), "id__in"),
    ("limit=1&" + "&".join(f"{path}__name=x" for path in (
        *("author", "editor", "origin", "author__country", "editor__country"),
        *(f"author__{'mentor__' * n}country" for n in (1, 2, 3)),
        *(f"editor__{'mentor__' * n}country" for n in (1, 2, 3, 4)))),
     "editor__mentor__mentor__mentor__country__name"),
    ("sort=id&title__contains=" + "x" * 4097, "title__contains"),
]  # fmt: skip


@pytest.mark.parametrize(("question", "named"), LAST_STRAWS, ids=[n for _, n in LAST_STRAWS])
def test_the_last_straw_is_named(library: Client, question: str, named: str) -> None:
    answer = library.ask("QUERY", "/api/books", question, type=FORM)
    assert answer.json["errors"][0]["parameter"] == named


def test_small_things(library: Client) -> None:
    assert "not `true`" in refusal(library, "filter=pages is true")["detail"]
    assert refusal(library, "filter=pages is true")["detail"].startswith("At character 10: ")
    said = refusal(library, "filter=pages = 1 %26%26 pages = 2")["detail"]
    assert said == "At character 11: expected and, or or the end, not `&&`."
    assert ids(library, "q=") == [1, 2, 3]
    assert ids(library, "price__gt=1e1") == [2]
    assert ids(library, "price__gt=1e-7") == [1, 2]
    clash = refusal(library, "group_by=eq&aggregate=count,sum:pages&sort=eq,nope")
    assert "Valid are eq, count, sum_pages" in clash["detail"]
    assert "sum" in refusal(library, "aggregate=sum:author")["detail"]


def test_members_of_groups_may_be_called_anything(client: Client) -> None:
    fields = {name: {"type": "integer"} for name in ("returning", "nothing", "count", "x" * 48)}
    client.define("odd", key={"type": "integer"}, fields=fields)
    client.post("/api/odd", dict.fromkeys(fields, 1))
    names = ",".join(fields)
    answer = client.get(f"/api/odd?group_by={names}&aggregate=count_distinct:count&sort=-count")
    assert answer.json["items"] == [{**dict.fromkeys(fields, 1), "count_distinct_count": 1}]
    clash = client.get("/api/odd?group_by=count&aggregate=count")
    assert "called `count`" in clash.json["errors"][0]["detail"]


def test_v29_a_page_ends_before_it_is_too_large(client: Client) -> None:
    client.define("big", key={"type": "integer"}, fields={"text": {"type": "string"}})
    reference = {"type": "reference", "to": "big"}
    client.define("small", key={"type": "integer"}, fields={"to": reference})
    client.post("/api/big", {"text": "x" * 900_000})
    lines = "\n".join('{"to": 1}' for _ in range(40))
    client.post("/api/small", lines, type="application/x-ndjson")
    found, path, pages = [], "/api/small?limit=500&expand=to&count=true", 0
    while path:
        answer = client.get(path)
        assert len(answer.data) < 17 << 20
        assert answer.json["total"] == 40
        assert all(len(one["expand"]["to"]["text"]) == 900_000 for one in answer.json["items"])
        found += [one["id"] for one in answer.json["items"]]
        path, pages = answer.json["next"], pages + 1
    assert (found, pages) == (list(range(1, 41)), 3)


def test_only_so_many_fields_are_searched(client: Client) -> None:
    fields = {f"f{n}": {"type": "string", "search": True} for n in range(33)}
    refused = client.put("/collections/texts", {"fields": fields})
    assert refused.status_code == 422
    assert [error["pointer"] for error in refused.json["errors"]] == ["/fields/f32/search"]


def test_the_document_does_not_name_what_is_closed(client: Client) -> None:
    client.define("vault", access={})
    client.define("things", fields={"kept": {"type": "reference", "to": "vault"}})
    assert "vault" in client.get("/openapi.json").text
    assert "vault" not in client.get("/openapi.json", headers={}).text
