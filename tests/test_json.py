"""I-JSON (RFC 7493), and what hostile bodies do to stock parts (the D lines)."""

import json
import time
from contextlib import nullcontext
from decimal import Decimal
from typing import Any

import pytest
from conftest import Client
from hypothesis import given, settings
from hypothesis import strategies as st
from marshmallow import ValidationError

from models.definition import Items
from models.refusal import Refusal
from schemas.json import read_json
from schemas.value import Document

MALFORMED = [
    pytest.param(b'{"a": 1, "a": 2}', "twice", id="H157-D01"),
    pytest.param(b'{"x": {"b": 1, "b": 1}}', "twice", id="H157-D01-deep"),
    pytest.param(b'{"a": NaN}', "NaN", id="H158-D02"),
    pytest.param(b'{"a": [-Infinity]}', "Infinity", id="H158-D02-D09"),
    pytest.param(b'{"a": 1e400}', "range", id="H159-D03"),
    pytest.param(b'{"a": ' + b"9" * 5000 + b"}", "digits", id="H160-D04"),
    pytest.param(b"[" * 100_000, "", id="H162-D06"),
    pytest.param(b'{"x": ' + b"[" * 64 + b"]" * 64 + b"}", "deeper", id="H162-D06-limit"),
    pytest.param(b'{"a": "\\ud800"}', "surrogate", id="H163-D07"),
    pytest.param(b'{"x": [{"\\uDFFF": 1}]}', "surrogate", id="H163-D07-name"),
    pytest.param(b'\xef\xbb\xbf{"a": 1}', "byte order", id="H167-D18-bom"),
    pytest.param('{"a": 1}'.encode("utf-16"), "UTF-8", id="H167-D18-utf16"),
    pytest.param(b'{"a": "\xff"}', "UTF-8", id="H167-D18-bad"),
    pytest.param(b'{"a": "\xed\xa0\x80"}', "UTF-8", id="H167-D18-surrogate"),
    pytest.param(b'{"a": 1} x', "", id="H167-D18-garbage"),
    pytest.param(b"{'a': 1}", "", id="H169-quotes"),
    pytest.param(b'{"a": 01}', "", id="H169-zero"),
    pytest.param(b'{"a": "\n"}', "", id="H169-control"),
    pytest.param(b"", "", id="H169-empty"),
]


@pytest.mark.parametrize(("body", "said"), MALFORMED)
def test_what_is_no_i_json_is_400(client: Client, body: bytes, said: str) -> None:
    client.define("things", fields={"a": {"type": "integer"}, "x": {"type": "json"}})
    answer = client.post("/api/things", body)
    assert answer.status_code == 400, answer.text
    assert answer.json["type"] == "/problems/malformed-request"
    assert said in answer.json["detail"]
    assert len(answer.json["detail"]) < 300
    assert client.get("/api/things?count=true").json["total"] == 0


ODD = [
    {"__proto__": {"a": 1}, "constructor": 1, "$where": "1", "": 0},
    {"e": "\U0001f600", "nfc": "\u00e9", "nfd": "e\u0301"},
    {"n": [0, -1, 1.5, 1e-7, 1e21, 2**53 + 1, 2**63 - 1, -(2**63)]},
    [[[[[]]]]],
    {"k" + str(i): i for i in range(5000)},
]


@pytest.mark.parametrize("value", ODD)
def test_h171_odd_names_are_plain_data(client: Client, value: object) -> None:
    client.define("things", fields={"x": {"type": "json"}})
    made = client.post("/api/things", {"x": value})
    assert made.status_code == 201, made.text
    assert client.get(made.headers["Location"]).json["x"] == value
    assert client.put(made.headers["Location"], {"x": value}).json == made.json


def test_h170_many_names_and_elements_are_bounded_by_the_body(client: Client) -> None:
    client.define("things", fields={"x": {"type": "json"}})
    for value in ({f"k{i}": i for i in range(50_000)}, [0] * 300_000):
        began = time.perf_counter()
        made = client.post("/api/things", {"x": value})
        assert (made.status_code, made.json["x"]) == (201, value)
        assert time.perf_counter() - began < 5
        client.delete(made.headers["Location"])
    for body in (b'{"x": [' + b"0," * 1_000_000 + b"0]}", b'{"x": ' + b"[" * 2_000_000):
        assert client.post("/api/things", body).status_code == 413
    assert client.get("/api/things?count=true").json["total"] == 0


def test_h171_as_members_they_are_unknown(client: Client) -> None:
    client.define("things", fields={})
    for name in ("__proto__", "constructor", "$where", ""):
        answer = client.post("/api/things", {name: 1})
        assert answer.json["errors"][0]["pointer"] == f"/{name}"


def test_as_deep_as_the_limit() -> None:
    assert read_json(b"[" * 64 + b"]" * 64, 64)
    with pytest.raises(Refusal):
        read_json(b"[" * 65 + b"]" * 65, 64)
    assert read_json(b'["' + b"[" * 99 + b'"]', 64) == ["[" * 99]


def test_h166_d15_numbers_keep_what_they_say(client: Client) -> None:
    client.define("things", fields={"d": {"type": "decimal", "precision": 18, "scale": 2}})
    made = client.post("/api/things", '{"d": 1234567890123456.78}')
    assert made.json["d"] == "1234567890123456.78"
    assert client.post("/api/things", '{"d": 1e1000000000}').status_code == 400
    assert client.post("/api/things", '{"d": "1e1000000000"}').status_code == 422
    assert client.post("/api/things", '{"d": 1e-1000000000}').status_code == 422
    assert client.post("/api/things", '{"d": 0e5}').json["d"] == "0.00"


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**65), 2**65)
    | st.text()
    | st.just("\\u0000")
    | st.decimals(allow_nan=False, allow_infinity=False, min_value=-1e9, max_value=1e9)
    | st.sampled_from([Decimal("-0.0"), Decimal("1e300"), Decimal("0.1234567890123456789")]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=300, deadline=None)
@given(VALUES)
def test_the_quick_way_of_a_document_is_the_same(value: Any) -> None:
    document = Document(Items("json", {}))
    ways = []
    for way in (document.parse, lambda v: document.read(v, [1000])):
        try:
            ways.append(repr(way(value)))
        except ValidationError as error:
            ways.append(str(error.messages))
    assert ways[0] == ways[1]


@settings(max_examples=300, deadline=None)
@given(VALUES)
def test_how_deep_a_text_is(value: Any) -> None:
    def depth(one: Any) -> int:
        inner = one.values() if isinstance(one, dict) else one
        return 1 + max(map(depth, inner), default=0) if isinstance(one, list | dict) else 0

    for plain in (True, False):
        text = json.dumps(value, default=float, ensure_ascii=plain)
        for most in (0, 1, 2, 3):
            with pytest.raises(Refusal) if depth(value) > most else nullcontext():
                read_json(text.encode(), most)
