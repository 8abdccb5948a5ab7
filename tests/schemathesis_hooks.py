"""What no schema can say of a request, for test_schemathesis.py."""

import re
import uuid
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import schemathesis

from api.openapi_headers import KEY, TAGS

OURS = re.compile(r'"[0-9]+-[^"]+"')
KEY_NAME = "Idempotency-Key"
JSON_PATCH = "application/json-patch+json"
OF_PAGES = ("limit", "offset", "cursor", "count")
OF_RECORDS = ("sort", "fields", "expand")
OF_GROUPS = ("aggregate", "group_by")
OF_LISTS = (*OF_PAGES, *OF_RECORDS, *OF_GROUPS, "filter", "q")
# A request may have 64, those of a filter included.
MOST_CONDITIONS = 60
# Of the one account that there is.
EMAIL, PASSWORD = "ann@example.com", "correct horse battery"
# Path -> the query that leads to another page of it, as last answered.
NEXT: dict[str, dict[str, str]] = {}


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: Any) -> None:
    with_a_key_of_its_own(case)
    if case.meta is not None and case.meta.generation.mode.is_positive:
        with_conditions_that_can_hold(case)
        without_changes_that_make_no_sense(case)
        with_a_question_that_makes_sense(case)
        with_what_an_account_knows(case)


@schemathesis.hook
def after_call(context: Any, case: Any, response: Any) -> None:
    if case.method == "GET" and response.status_code == 200 and b'"next":' in response.content:
        found = response.json().get("next")
        if isinstance(found, str):
            NEXT[case.operation.path] = dict(parse_qsl(urlsplit(found).query))


def with_a_key_of_its_own(case: Any) -> None:
    """A key that came with another request before is rightly 422. What is no key stays."""
    key = (case.headers or {}).get(KEY_NAME)
    if isinstance(key, str) and re.fullmatch(KEY, key):
        case.headers[KEY_NAME] = str(uuid.uuid4())


def with_conditions_that_can_hold(case: Any) -> None:
    """Tags of its own making never hold, and 412 would hide all that comes after it; those that
    a link brought stay. A POST goes to a list, which is always there. One of the tool's phases
    makes no header fields but of letters and digits, whatever the pattern, and yet takes them for
    valid."""
    headers = case.headers or {}
    if isinstance(headers.get("If-Match"), str) and not OURS.fullmatch(headers["If-Match"]):
        headers["If-Match"] = "*"
    tags = headers.get("If-None-Match")
    if isinstance(tags, str) and (case.method == "POST" or not re.fullmatch(TAGS, tags)):
        headers["If-None-Match"] = '"0"'


def without_changes_that_make_no_sense(case: Any) -> None:
    """Whether what a JSON Patch makes is a record depends on the record; of what is valid by its
    schema only a `test` cannot make it invalid."""
    if case.media_type == JSON_PATCH and isinstance(case.body, list):
        case.body = [
            {"op": "test", "path": one["path"], "value": one.get("value")} for one in case.body
        ]


def with_what_an_account_knows(case: Any) -> None:
    """Of passwords it could only guess, and what is in the future no schema says."""
    if not isinstance(case.body, dict):
        return
    if case.operation.path == "/auth/sessions":
        case.body |= {"email": EMAIL, "password": PASSWORD}
    if case.operation.path == "/auth/keys" and case.body.get("expires_at") is not None:
        case.body["expires_at"] = "2999-01-01T00:00:00Z"


def with_a_question_that_makes_sense(case: Any) -> None:
    """What fits together in a query no schema can say, nor which texts are a filter or a cursor."""
    query = case.query or {}
    if "cursor" in query:
        known = NEXT.get(case.operation.path)
        case.query = query = dict(known) if known else without(query, "cursor")
        if known:
            return
    if "filter" in query:
        query["filter"] = filter_for(case, str(query["filter"]))
    if any(name in query for name in OF_GROUPS):
        case.query = query = without(query, *OF_RECORDS)
    elif isinstance(query.get("sort"), str):
        # What is neither a field nor leads to one is a member of groups.
        own = words_of(case, "fields")
        sorts = query["sort"].split(",")
        sorts = [one for one in sorts if "." in one or one.removeprefix("-") in own]
        case.query = query = without(query, "sort") | ({"sort": ",".join(sorts)} if sorts else {})
    conditions = [name for name in query if name not in OF_LISTS]
    if conditions[MOST_CONDITIONS:]:
        case.query = without(query, *conditions[MOST_CONDITIONS:])


def without(query: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in query.items() if name not in names}


def words_of(case: Any, parameter: str) -> list[str]:
    """What it chooses from."""
    by_name = {one.name: one.definition.get("schema", {}) for one in case.operation.query}
    words: list[str] = by_name[parameter]["items"]["enum"]
    return words


def filter_for(case: Any, text: str) -> str:
    """Each field can be null, as far as a filter knows."""
    fields = words_of(case, "fields")
    one, other = (fields[len(text) * step % len(fields)] for step in (1, 7))
    return f"{one} is null or not {other} is null"
