"""Conditional requests: RFC 9110 section 13, and contract sections 4 and 10."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from conftest import ADMIN, OPEN, Client
from test_refusals import check_problem
from werkzeug.http import http_date, parse_date
from werkzeug.test import TestResponse

from models.refusal import Refusal
from schemas.condition import Conditions, Validators, read_conditions, uncoded

UUID = "01890a5d-ac96-774b-bcce-b302099a8057"
OTHER = "01890a5d-ac96-774b-bcce-b302099a8058"
NOW = datetime(2026, 2, 28, 12, tzinfo=UTC)
THERE = Validators("412-7a", NOW - timedelta(minutes=1))
BEFORE, AFTER = "Sat, 28 Feb 2026 11:00:00 GMT", "Sat, 28 Feb 2026 12:00:00 GMT"


def with_headers(**fields: str) -> dict[str, str]:
    return ADMIN | {name.replace("_", "-"): value for name, value in fields.items()}


# What the fields say

LISTS = [
    ("H051", '"a"', [(False, "a")]),
    ("H051", ' "a" , W/"b","c" ', [(False, "a"), (True, "b"), (False, "c")]),
    ("H051", ',, "a",\t,"b",,', [(False, "a"), (False, "b")]),
    ("H051", '"a,b", ""', [(False, "a,b"), (False, "")]),
    ("H051", '"\xe9~!"', [(False, "\xe9~!")]),
]


@pytest.mark.parametrize(("id", "text", "tags"), LISTS)
def test_lists_of_tags(id: str, text: str, tags: list[tuple[bool, str]]) -> None:
    read = read_conditions({"If-None-Match": text}).none_match
    assert read is not None
    assert list(read.listed) == tags


NO_TAGS = ["", ",", "a", "412", '"a', 'a"', '"a" "b"', '"a"b', 'w/"a"', 'W/ "a"', '"a", *', "*, *",
           '*, "a"', '"a\x7f"', '"a b"', "'a'"]  # fmt: skip


@pytest.mark.parametrize("text", NO_TAGS)
@pytest.mark.parametrize("field", ["If-Match", "If-None-Match"])
def test_h068_what_is_no_tag_is_refused(text: str, field: str) -> None:
    with pytest.raises(Refusal, match=field):
        read_conditions({field: text})


def test_v30_a_long_list_is_read_in_no_time() -> None:
    began = time.perf_counter()
    for text in ('"a",' * 10_000, "," * 32_000 + "x", '"' * 32_000, "W/" * 16_000, ' \t"a"' * 6000):
        for _ in range(10):
            try:
                read_conditions({"If-Match": text})
            except Refusal:
                continue
    assert time.perf_counter() - began < 2


def test_dates_come_in_three_forms() -> None:
    """RFC 9110 section 5.6.7."""
    expected = datetime(1994, 11, 6, 8, 49, 37, tzinfo=UTC)
    for text in (
        "Sun, 06 Nov 1994 08:49:37 GMT",
        "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994",
    ):
        assert read_conditions({"If-Modified-Since": text}).modified_since == expected
    later = read_conditions({"If-Modified-Since": "Friday, 06-Nov-76 08:49:37 GMT"})
    assert later.modified_since is not None
    assert later.modified_since.year in (1976, 2076)
    for text in ("yesterday", "2026-02-28", "Sun, 06 Nov 1994 08:49:37 +0200", "0", "", "\xe9"):
        assert read_conditions({"If-Modified-Since": text}) == Conditions()


# What they mean: (id, fields, what fails for a write, whether a reader has it)

MEANINGS: list[tuple[str, dict[str, str], str | None, bool]] = [
    ("H049", {"If-None-Match": '"412-7a"'}, "If-None-Match", True),
    ("H049", {"If-None-Match": '"411-7a"'}, None, False),
    ("H050", {"If-None-Match": 'W/"412-7a"'}, "If-None-Match", True),
    ("H051", {"If-None-Match": '"x", W/"y" ,"412-7a"'}, "If-None-Match", True),
    ("H052", {"If-None-Match": "*"}, "If-None-Match", True),
    ("", {"If-None-Match": '"412"'}, None, False),
    ("H055", {"If-Match": '"412-7a"'}, None, False),
    ("H055", {"If-Match": '"412-7a.gzip"'}, None, False),
    ("H056", {"If-Match": '"411-7a"'}, "If-Match", False),
    ("H057", {"If-Match": 'W/"412-7a"'}, "If-Match", False),
    ("H057", {"If-Match": 'W/"412"'}, "If-Match", False),
    ("H058", {"If-Match": '"x","412-7a"'}, None, False),
    ("", {"If-Match": '"412"'}, None, False),
    ("", {"If-Match": '"411"'}, "If-Match", False),
    ("", {"If-Match": '"None"'}, "If-Match", False),
    ("", {"If-Match": '"412.gzip"'}, "If-Match", False),
    ("", {"If-Match": "*"}, None, False),
    ("H064", {"If-Unmodified-Since": AFTER}, None, False),
    ("H064", {"If-Unmodified-Since": BEFORE}, "If-Unmodified-Since", False),
    ("H064", {"If-Unmodified-Since": BEFORE, "If-Match": '"412"'}, None, False),
    ("H064", {"If-Unmodified-Since": AFTER, "If-Match": '"1"'}, "If-Match", False),
    ("H064", {"If-Unmodified-Since": "nonsense"}, None, False),
    ("H064", {"If-Modified-Since": AFTER}, None, True),
    ("H064", {"If-Modified-Since": BEFORE}, None, False),
    ("H064", {"If-Modified-Since": AFTER, "If-None-Match": '"x"'}, None, False),
    ("H064", {"If-Modified-Since": BEFORE, "If-None-Match": '"412-7a"'}, "If-None-Match", True),
    ("H064", {"If-Modified-Since": "nonsense"}, None, False),
    ("H065", {"If-Match": '"1"', "If-None-Match": '"412-7a"'}, "If-Match", True),
    ("H065", {"If-Unmodified-Since": BEFORE, "If-None-Match": "*"}, "If-Unmodified-Since", True),
    ("H065", {"If-Match": '"412"', "If-None-Match": "*"}, "If-None-Match", True),
]


@pytest.mark.parametrize(("id", "fields", "fails", "known"), MEANINGS)
def test_what_conditions_mean(
    id: str, fields: dict[str, str], fails: str | None, known: bool
) -> None:
    asked = read_conditions(fields)
    assert asked.failed_to_write(THERE, NOW) == fails
    assert (asked.unmodified(THERE, None) is not None) is known


def test_what_is_not_there() -> None:
    gone = Validators(modified=NOW - timedelta(minutes=1), exists=False)
    for fields, fails in (
        ({"If-Match": "*"}, "If-Match"),
        ({"If-Match": '"412"'}, "If-Match"),
        ({"If-None-Match": "*"}, None),
        ({"If-None-Match": '"412-7a"'}, None),
        ({"If-Unmodified-Since": BEFORE}, "If-Unmodified-Since"),
        ({"If-Unmodified-Since": AFTER}, None),
    ):
        assert read_conditions(fields).failed_to_write(gone, NOW) == fails


def test_what_changed_within_the_last_second_may_have_changed_again() -> None:
    just = Validators("1-1a", NOW - timedelta(milliseconds=900))
    asked = read_conditions({"If-Unmodified-Since": AFTER})
    assert asked.failed_to_write(just, NOW) == "If-Unmodified-Since"
    assert asked.failed_to_write(just, NOW + timedelta(milliseconds=200)) is None


def test_a_coding_has_a_tag_of_its_own() -> None:
    for fields, coding, tag in (
        ('"412-7a.gzip"', "gzip", "412-7a.gzip"),
        ('"412-7a"', "gzip", "412-7a"),
        ('"412-7a.gzip"', "br", None),
        ('"412-7a.gzip"', None, None),
    ):
        assert read_conditions({"If-None-Match": fields}).unmodified(THERE, coding) == tag
    assert [uncoded(tag) for tag in ("a.gzip", "a.b", "a", "")] == ["a", "a.b", "a", ""]


# What they do, on both databases


@pytest.fixture
def thing(client: Client) -> tuple[Client, str, TestResponse]:
    client.define("things", fields={"a": {"type": "integer"}, "x": {"type": "json"}})
    path = f"/api/things/{UUID}"
    return client, path, client.put(path, {"a": 1})


Thing = tuple[Client, str, TestResponse]


def test_h047_h048_each_change_has_another_tag(thing: Thing) -> None:
    client, path, made = thing
    tags = [made.headers["ETag"]]
    for a in (2, 1, 2):
        tags.append(client.put(path, {"a": a}).headers["ETag"])
        assert client.get(path).headers["ETag"] == tags[-1]
    assert len(set(tags)) == 4
    assert all(tag[0] == tag[-1] == '"' and not tag[1:-1].isdigit() for tag in tags)
    client.define("things", fields={"a": {"type": "integer"}})
    assert client.get(path).headers["ETag"] not in tags, "its definition is another"


def test_h072_who_sees_less_has_another_tag(client: Client) -> None:
    fields = {"a": {"type": "integer"}, "secret": {"type": "string", "access": False}}
    client.define("things", fields=fields)
    path = client.post("/api/things", {}).headers["Location"]
    admin, anyone = client.get(path).headers["ETag"], client.get(path, headers={}).headers["ETag"]
    assert admin != anyone
    client.define("open", fields={"a": {"type": "integer"}})
    place = client.post("/api/open", {}).headers["Location"]
    read = client.get(place, headers={})
    assert read.headers["ETag"] == client.get(place).headers["ETag"], "they see the same"
    written = client.put(place, {"a": 1}, headers=with_headers(If_Match=read.headers["ETag"]))
    assert written.status_code == 200
    seen = client.get(path, headers={"If-None-Match": admin})
    assert (seen.status_code, "secret" in seen.json) == (200, False)


# What describes the content, and Last-Modified, which a 304 need not have beside an ETag.
OF_CONTENT = ("Content-Type", "Content-Length", "Content-Encoding", "Last-Modified")


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(
    "path", ["{}", "/api/things", "/api/things?count=true&sort=-a", "/collections/things",
             "/collections", "/openapi.json", "/openapi.yaml", "/docs", "/docs/start.js",
             "/docs/swagger-ui.css", "/problems", "/problems/gone", "/"],
)  # fmt: skip
def test_h049_h052_h053_h054_304_has_the_headers_of_200(
    thing: Thing, method: str, path: str
) -> None:
    client, record, _ = thing
    path = path.format(record)
    for headers in (ADMIN, ADMIN | {"Accept-Encoding": "gzip"}):
        whole = client.ask(method, path, headers=headers)
        tag = whole.headers["ETag"]
        for fields in (tag, f"W/{tag}", f'"x", {tag}'):
            answer = client.ask(method, path, headers=headers | {"If-None-Match": fields})
            assert (answer.status_code, answer.data) == (304, b"")
            one, other = (
                {k: v for k, v in a.headers if k not in (*OF_CONTENT, "Date", "X-Request-Id")}
                for a in (whole, answer)
            )
            assert one == other
            assert not {*OF_CONTENT} & {*answer.headers.keys()}
        for fields in ('"nope"', '"412"'):
            answer = client.ask(method, path, headers=headers | {"If-None-Match": fields})
            assert answer.status_code == 200
        any_of_them = client.ask(method, path, headers=headers | {"If-None-Match": "*"})
        assert any_of_them.status_code == 304


def test_a_read_by_tag_works_in_every_coding(thing: Thing) -> None:
    client, path, _ = thing
    client.put(path, {"x": ["long " * 100] * 9})
    revision = client.get(path).json["revision"]
    for place in (path, "/api/things", "/openapi.json"):
        plain, coded = (
            client.get(place, headers=with_headers(Accept_Encoding=said)).headers["ETag"]
            for said in ("identity", "br")
        )
        assert plain != coded
        names = [plain, coded, f'"x", {coded}'] + ([f'"{revision}"'] if place == path else [])
        for name in names:
            for said in ("identity", "br", "gzip"):
                fields = with_headers(If_Match=name, Accept_Encoding=said)
                assert client.get(place, headers=fields).status_code == 200, (place, name, said)


def test_h059_if_match_on_a_read(thing: Thing) -> None:
    client, path, made = thing
    for place in (path, "/api/things", "/collections/things", "/docs"):
        tag = client.get(place).headers["ETag"]
        assert client.get(place, headers=with_headers(If_Match=tag)).status_code == 200
        assert client.get(place, headers=with_headers(If_Match="*")).status_code == 200
        for stale in ('"x"', f"W/{tag}"):
            check_problem(
                client.get(place, headers=with_headers(If_Match=stale)), "precondition-failed"
            )
            head = client.ask("HEAD", place, headers=with_headers(If_Match=stale))
            assert (head.status_code, head.data) == (412, b"")
    stale = client.get(path, headers=with_headers(If_Match='"x"'))
    assert stale.json["current"] == made.json


def test_h064_dates_on_a_read(thing: Thing) -> None:
    client, path, _ = thing
    modified = client.get(path).headers["Last-Modified"]
    since = lambda text: client.get(path, headers=with_headers(If_Modified_Since=text))  # noqa: E731
    same = since(modified)
    assert (same.status_code, same.data) == (304, b"")
    assert same.headers["ETag"] == client.get(path).headers["ETag"]
    assert since(later(modified, 60)).status_code == 304
    assert since(later(modified, -1)).status_code == 200
    assert since("nonsense").status_code == 200
    both = with_headers(If_Modified_Since=modified, If_None_Match='"x"')
    assert client.get(path, headers=both).status_code == 200
    assert (
        client.put(path, {"a": 2}, headers=with_headers(If_Modified_Since=modified)).status_code
        == 200
    )


def later(date: str, seconds: int) -> str:
    at = parse_date(date)
    assert at is not None
    return http_date(at + timedelta(seconds=seconds))


def test_h078_dates_are_whole_and_not_in_the_future(thing: Thing) -> None:
    client, path, _ = thing
    for place in (path, "/collections/things"):
        headers = client.get(place).headers
        at = parse_date(headers["Last-Modified"])
        assert at is not None
        assert at <= datetime.now(UTC)
        assert headers["Last-Modified"].endswith(" GMT")


WRITES: list[tuple[str, str, Any]] = [
    ("PUT", "{}", {"a": 2}),
    ("PATCH", "{}", {"a": 2}),
    ("DELETE", "{}", None),
    ("PUT", "/collections/things", {"fields": {"a": {"type": "integer"}}}),
    ("PATCH", "/collections/things", {"description": "x"}),
    ("DELETE", "/collections/things?allow_data_loss=true", None),
]


@pytest.mark.parametrize(("method", "path", "body"), WRITES)
def test_h055_to_h058_a_stale_writer_is_told(
    thing: Thing, method: str, path: str, body: Any
) -> None:
    client, record, _ = thing
    place = path.format(record)
    address = place.partition("?")[0]
    before = client.get(address)
    tag = before.headers["ETag"]
    for fields in (
        {"If-Match": '"x"'},
        {"If-Match": f"W/{tag}"},
        {"If-Match": '"1", W/"2"'},
        {"If-Match": f'"{before.json["revision"] - 1}"'},
        {"If-None-Match": tag},
        {"If-None-Match": "*"},
        {"If-Unmodified-Since": "Sun, 06 Nov 1994 08:49:37 GMT"},
    ):
        answer = client.ask(method, place, body, headers=ADMIN | fields)
        check_problem(answer, "precondition-failed")
        assert answer.json["current"] == before.json
        assert answer.headers["ETag"] == tag
        assert next(iter(fields)) in answer.json["detail"]
        assert client.get(address).headers["ETag"] == tag
    good = {"If-Match": f'"x", "{before.json["revision"]}"', "If-None-Match": '"x"'}
    assert client.ask(method, place, body, headers=ADMIN | good).status_code in (200, 204)
    assert client.get(address).headers.get("ETag") != tag


def test_h060_h062_create_only_and_replace_only(thing: Thing) -> None:
    client, *_ = thing
    absent = f"/api/things/{OTHER}"
    for fields in ({"If-Match": "*"}, {"If-Match": '"1"'}):
        answer = client.put(absent, {"a": 1}, headers=ADMIN | fields)
        check_problem(answer, "precondition-failed")
        assert "current" not in answer.json
        for method in ("PATCH", "DELETE", "GET"):
            body = {} if method == "PATCH" else None
            check_problem(client.ask(method, absent, body, headers=ADMIN | fields), "not-found")
    only_create = with_headers(If_None_Match="*")
    assert client.put(absent, {"a": 1}, headers=only_create).status_code == 201
    check_problem(client.put(absent, {"a": 1}, headers=only_create), "precondition-failed")
    assert client.put(absent, {"a": 2}, headers=with_headers(If_Match="*")).status_code == 200
    assert (
        client.put("/collections/more", {}, headers=with_headers(If_Match="*")).status_code == 412
    )
    assert client.put("/collections/more", {}, headers=only_create).status_code == 201
    assert client.put("/collections/more", {}, headers=only_create).status_code == 412


def test_what_was_deleted(thing: Thing) -> None:
    client, path, made = thing
    client.delete(path)
    stale = with_headers(If_Match=made.headers["ETag"])
    assert client.delete(path, headers=stale).status_code == 204
    check_problem(client.put(path, {"a": 1}, headers=stale), "precondition-failed")
    check_problem(client.patch(path, {"a": 1}, headers=stale), "gone")
    check_problem(client.get(path, headers=stale), "gone")
    since = with_headers(If_Unmodified_Since=made.headers["Last-Modified"])
    check_problem(client.put(path, {"a": 1}, headers=since), "precondition-failed")
    assert client.put(path, {"a": 1}, headers=with_headers(If_None_Match="*")).status_code == 201


def test_a_writer_by_date_waits_a_second(thing: Thing) -> None:
    client, path, made = thing
    since = with_headers(If_Unmodified_Since=later(made.headers["Last-Modified"], 1))
    assert client.put(path, {"a": 2}, headers=since).status_code == 412, "changed just now"
    time.sleep(1.1)
    assert client.put(path, {"a": 2}, headers=since).status_code == 200


ORDER: list[tuple[str, str, Any, dict[str, str], int]] = [
    ("PUT", "{}", "{bad", {"If-Match": '"x"'}, 412),
    ("PUT", "{}", {"a": "x"}, {"If-Match": '"x"'}, 412),
    ("PATCH", "{}", {"nope": 1}, {"If-Match": '"x"'}, 412),
    ("PUT", "{}", {"a": "x"}, {"If-Match": "x"}, 400),
    ("PUT", "{}", {"a": "x"}, {"If-Match": '"x"', "Content-Type": "text/plain"}, 415),
    ("PUT", "{}", {"a": "x"}, {"If-Match": '"x"', "Accept": "text/html"}, 406),
    ("PUT", "{}?x=1", {"a": "x"}, {"If-Match": '"x"'}, 400),
    ("PUT", "{}", b'"' + b"x" * (1 << 20) + b'"', {"If-Match": '"x"'}, 413),
    ("PUT", "{}", {"a": 2}, {"If-Match": '"x"', "Authorization": "Bearer none"}, 401),
    ("POST", "{}", {"a": 2}, {"If-Match": '"x"'}, 405),
    ("PUT", "/api/nothing/1", {"a": 2}, {"If-Match": '"x"'}, 404),
    ("PATCH", f"/api/things/{OTHER}", {"a": 2}, {"If-Match": '"x"'}, 404),
    ("GET", "{}?x=1", None, {"If-None-Match": "*"}, 400),
    ("GET", "{}", None, {"If-None-Match": "*", "Accept": "text/html"}, 406),
    ("GET", "/api/things?a=x", None, {"If-None-Match": "*"}, 400),
    ("GET", "/nowhere", None, {"If-None-Match": "*"}, 404),
    ("GET", "{}", None, {"If-Match": '"x"', "Authorization": "Basic x"}, 401),
    ("OPTIONS", "{}", None, {"If-Match": '"x"', "If-None-Match": "*"}, 204),
    ("OPTIONS", "/api/things", None, {"If-Match": "nonsense"}, 204),
]


@pytest.mark.parametrize(("method", "path", "body", "fields", "status"), ORDER)
def test_h066_h067_h069_h071_the_order_of_refusals(
    thing: Thing, method: str, path: str, body: Any, fields: dict[str, str], status: int
) -> None:
    client, record, made = thing
    fields = dict(fields)
    type = fields.pop("Content-Type", None)
    answer = client.ask(method, path.format(record), body, headers=ADMIN | fields, type=type)
    assert answer.status_code == status, answer.text
    assert client.get(record).headers["ETag"] == made.headers["ETag"]


def test_a_closed_door_comes_first(client: Client) -> None:
    client.define("things", fields={}, access={"read": True})
    path = client.post("/api/things", {}).headers["Location"]
    for type in ("application/json", "application/x-ndjson", "text/plain"):
        for fields in ({"If-Match": "none"}, {"If-Match": '"x"'}, {"Content-Encoding": "gzip"}):
            answer = client.post("/api/things", "{}", headers=fields, type=type)
            check_problem(answer, "unauthenticated")
    for name in ("a\0b", "NO", "x" * 100):
        check_problem(client.post("/collections", {"name": name}, headers={}), "unauthenticated")
        refused = client.post("/collections", {"name": name})
        assert refused.json["errors"][0]["pointer"] == "/name"
    for method in ("PUT", "PATCH", "DELETE"):
        body = None if method == "DELETE" else {}
        answer = client.ask(method, path, body, headers={"If-Match": '"x"'})
        check_problem(answer, "unauthenticated")


def test_the_current_record_is_shown_only_to_who_may_read_it(client: Client) -> None:
    fields = {"a": {"type": "integer"}, "secret": {"type": "string", "access": False}}
    client.define("things", fields=fields)
    path = client.post("/api/things", {"a": 1, "secret": "s"}).headers["Location"]
    told = client.put(path, {"a": 2}, headers={"If-Match": '"x"'})
    assert told.json["current"] == client.get(path, headers={}).json
    assert "secret" not in told.text
    client.define("things", fields=fields, access=OPEN | {"read": False})
    told = client.put(path, {"a": 2}, headers={"If-Match": '"x"'})
    assert (told.status_code, "current" in told.json, "ETag" in told.headers) == (412, False, False)


def test_h063_a_condition_may_be_required(client: Client) -> None:
    client.define("things", fields={"a": {"type": "integer"}}, require_if_match=True)
    path = f"/api/things/{UUID}"
    made = client.put(path, {"a": 1})
    assert made.status_code == 201, "to create needs none"
    for method, body in (("PUT", {"a": 1}), ("PATCH", {"a": "x"}), ("DELETE", None)):
        check_problem(client.ask(method, path, body), "precondition-required")
    tag = made.headers["ETag"]
    assert client.put(path, {"a": 2}, headers=with_headers(If_Match=tag)).status_code == 200
    assert client.patch(path, {"a": 3}, headers=with_headers(If_Match="*")).status_code == 200
    assert (
        client.patch(path, {"a": 4}, headers=with_headers(If_None_Match='"x"')).status_code == 200
    )
    check_problem(client.patch(path, {}, headers=with_headers(If_Match=tag)), "precondition-failed")
    date = with_headers(If_Unmodified_Since="nonsense")
    check_problem(client.patch(path, {}, headers=date), "precondition-required")
    line = f'{{"id": "{UUID}", "a": 9}}'
    many = client.post("/api/things?on_conflict=replace", line, type="application/x-ndjson")
    assert many.json["failed"][0]["errors"][0]["code"] == "precondition-required"
    assert client.delete(path, headers=with_headers(If_Match="*")).status_code == 204
    assert client.delete(path).status_code == 204, "it is not there any more"


def test_h073_a_list_has_another_tag_when_a_member_changes(thing: Thing) -> None:
    client, path, _ = thing
    seen = set()

    def tag(query: str = "") -> str:
        return client.get(f"/api/things{query}").headers["ETag"]

    def changed() -> bool:
        tags = {tag(), tag("?limit=7"), tag("?sort=-a")}
        fresh = len(tags) == 3 and not tags & seen
        seen.update(tags)
        return fresh

    assert changed()
    client.put(path, {"a": 2})
    assert changed()
    client.put(path, {"a": 1})
    assert changed(), "back again is a third state"
    client.post("/api/things", {})
    assert changed()
    client.delete(path)
    assert changed()
    assert tag("?a=7") != tag("?a=8"), "both empty, but two questions"


def test_a_post_may_depend_on_the_list(thing: Thing) -> None:
    client, _, _ = thing
    for place, body in (("/api/things", {"a": 1}), ("/collections", {"name": "more"})):
        tag = client.get(place).headers["ETag"]
        for fields in ({"If-Match": '"x"'}, {"If-None-Match": "*"}, {"If-None-Match": tag}):
            check_problem(client.post(place, body, headers=ADMIN | fields), "precondition-failed")
        assert client.get(place).headers["ETag"] == tag
        assert client.post(place, body, headers=with_headers(If_Match=tag)).status_code == 201
        assert client.post(place, body, headers=with_headers(If_Match=tag)).status_code == 412
    tag = client.get("/api/things").headers["ETag"]
    line = {"type": "application/x-ndjson"}
    fields = with_headers(If_Match=tag)
    many = "/api/things?on_error=skip"
    assert client.post(many, '{"a": 1}', headers=fields, **line).json["created"] == 1
    assert client.post(many, '{"a": 1}', headers=fields, **line).status_code == 412


def test_what_was_listed_can_be_written(thing: Thing) -> None:
    client, path, _ = thing
    revision = client.get("/api/things").json["items"][0]["revision"]
    courtesy = with_headers(If_Match=f'"{revision}"')
    assert client.put(path, {"a": 2}, headers=courtesy).status_code == 200
    assert client.put(path, {"a": 3}, headers=courtesy).status_code == 412


def test_a_304_reads_two_columns_and_makes_nothing(
    thing: Thing, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, path, made = thing

    def fail(*_: Any) -> None:
        raise AssertionError("it was made")

    for place in (
        "resources.representation.present",
        "resources.record.present",
        "resources.record.find",
    ):
        monkeypatch.setattr(place, fail)
    for fields in (
        {"If-None-Match": made.headers["ETag"]},
        {"If-None-Match": "*"},
        {"If-Modified-Since": made.headers["Last-Modified"]},
    ):
        assert client.get(path, headers=ADMIN | fields).status_code == 304


def test_h016_h017_h018_h019_h020_what_a_write_says(thing: Thing) -> None:
    client, path, _ = thing
    writes = [
        ("POST", "/api/things", {"a": 5}),
        ("PUT", path, {"a": 2}),
        ("PUT", f"/api/things/{OTHER}", {"a": 2}),
        ("PATCH", path, {"a": 3}),
        ("POST", "/collections", {"name": "more"}),
        ("PUT", "/collections/more", {"description": "x"}),
        ("PATCH", "/collections/more", {"description": "y"}),
    ]
    for method, place, body in writes:
        answer = client.ask(method, place, body)
        address = answer.headers["Content-Location"]
        assert answer.headers.get("Location", address) == address
        assert ("Location" in answer.headers) is (answer.status_code == 201)
        read = client.get(address)
        assert (read.json, read.headers["ETag"]) == (answer.json, answer.headers["ETag"])
        assert read.headers["Last-Modified"] == answer.headers["Last-Modified"]
    answer = client.delete(path)
    assert (answer.status_code, answer.data) == (204, b"")
    assert not {"ETag", "Content-Location", "Content-Type"} & {*answer.headers.keys()}
