"""What no schema can say of a request, for test_schemathesis.py."""

import re
import uuid
from typing import Any

import schemathesis

from api.openapi_headers import KEY, TAGS

OURS = re.compile(r'"[0-9]+-[^"]+"')
KEY_NAME = "Idempotency-Key"
JSON_PATCH = "application/json-patch+json"


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: Any) -> None:
    with_a_key_of_its_own(case)
    if case.meta is not None and case.meta.generation.mode.is_positive:
        with_conditions_that_can_hold(case)
        without_changes_that_make_no_sense(case)


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
