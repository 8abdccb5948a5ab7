"""JSON Patch (RFC 6902): pure, against its appendix, an evaluator of our own, and bombs."""

import copy
import json
import time
from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.refusal import Refusal
from schemas.json import read_json
from schemas.json_patch import Limits, apply, read_operations
from schemas.json_value import equal

MIB = 1 << 20
KINDS = ("add", "remove", "replace", "move", "copy", "test")
SYSTEM = ("id", "revision", "created_at", "updated_at")


def patched(document: Any, patch: Any, system: tuple[str, ...] = (), most: int = MIB) -> Any:
    before = copy.deepcopy(document)
    try:
        return apply(read_operations(patch, system), document, Limits(most, 64))
    finally:
        assert document == before


def op(op: str, path: str, *value: Any, source: str | None = None) -> dict[str, Any]:
    made = {"op": op, "path": path}
    made |= {"value": value[0]} if value else {}
    return made if source is None else made | {"from": source}


APPENDIX = {
    "A.1 add a member": ({"foo": "bar"}, [op("add", "/baz", "qux")], {"baz": "qux", "foo": "bar"}),
    "A.2 add an item": (
        {"foo": ["bar", "baz"]},
        [op("add", "/foo/1", "qux")],
        {"foo": ["bar", "qux", "baz"]},
    ),
    "A.3 remove a member": ({"baz": "qux", "foo": "bar"}, [op("remove", "/baz")], {"foo": "bar"}),
    "A.4 remove an item": (
        {"foo": ["bar", "qux", "baz"]},
        [op("remove", "/foo/1")],
        {"foo": ["bar", "baz"]},
    ),
    "A.5 replace": (
        {"baz": "qux", "foo": "bar"},
        [op("replace", "/baz", "boo")],
        {"baz": "boo", "foo": "bar"},
    ),
    "A.6 move a member": (
        {"foo": {"bar": "baz", "waldo": "fred"}, "qux": {"corge": "grault"}},
        [op("move", "/qux/thud", source="/foo/waldo")],
        {"foo": {"bar": "baz"}, "qux": {"corge": "grault", "thud": "fred"}},
    ),
    "A.7 move an item": (
        {"foo": ["all", "grass", "cows", "eat"]},
        [op("move", "/foo/3", source="/foo/1")],
        {"foo": ["all", "cows", "eat", "grass"]},
    ),
    "A.8 test": (
        {"baz": "qux", "foo": ["a", 2, "c"]},
        [op("test", "/baz", "qux"), op("test", "/foo/1", 2)],
        {"baz": "qux", "foo": ["a", 2, "c"]},
    ),
    "A.10 add an object": (
        {"foo": "bar"},
        [op("add", "/child", {"grandchild": {}})],
        {"foo": "bar", "child": {"grandchild": {}}},
    ),
    "A.11 ignore what is unknown": (
        {"foo": "bar"},
        [op("add", "/baz", "qux") | {"xyz": 123}],
        {"foo": "bar", "baz": "qux"},
    ),
    "A.14 escapes": ({"/": 9, "~1": 10}, [op("test", "/~01", 10)], {"/": 9, "~1": 10}),
    "A.16 add an array": (
        {"foo": ["bar"]},
        [op("add", "/foo/-", ["abc", "def"])],
        {"foo": ["bar", ["abc", "def"]]},
    ),
}
DONE = APPENDIX | {
    "nothing": ({"a": 1}, [], {"a": 1}),
    "add replaces a member": ({"a": 1}, [op("add", "/a", None)], {"a": None}),
    "add replaces the whole": ({"a": 1}, [op("add", "", [1])], [1]),
    "replace replaces the whole": ([1], [op("replace", "", None)], None),
    "a whole that is no container": (1, [op("test", "", 1), op("replace", "", "x")], "x"),
    "add at the end by number": ({"a": [1]}, [op("add", "/a/1", 2)], {"a": [1, 2]}),
    "add at the beginning": ([1], [op("add", "/0", 0)], [0, 1]),
    "add to an empty array": ([], [op("add", "/0", 0)], [0]),
    "the empty name": ({"": {"": 1}}, [op("replace", "//", 2)], {"": {"": 2}}),
    "- is a name in an object": ({"-": 1}, [op("replace", "/-", 2)], {"-": 2}),
    "01 is a name in an object": ({}, [op("add", "/01", 1)], {"01": 1}),
    "a slash and a tilde": ({}, [op("add", "/a~1b~0c~01", 1)], {"a/b~c~1": 1}),
    "odd names": ({"__proto__": 1}, [op("add", "/constructor", 2)],
                  {"__proto__": 1, "constructor": 2}),
    "replace with null": ({"a": 1}, [op("replace", "/a", None)], {"a": None}),
    "test null": ({"a": None}, [op("test", "/a", None)], {"a": None}),
    "remove what is null": ({"a": None}, [op("remove", "/a")], {}),
    "move to where it is": ({"a": [1, 2]}, [op("move", "/a/0", source="/a/0")], {"a": [1, 2]}),
    "move the whole to itself": ([1], [op("move", "", source="")], [1]),
    "move to be the whole": ({"a": [1]}, [op("move", "", source="/a")], [1]),
    "move over its parent": ({"a": {"b": 1}}, [op("move", "/a", source="/a/b")], {"a": 1}),
    "move over another": ({"a": 1, "b": 2}, [op("move", "/b", source="/a")], {"b": 1}),
    "move to the end": ([1, 2, 3], [op("move", "/-", source="/0")], [2, 3, 1]),
    "move beside a longer name": ({"a": 1, "ab": {}}, [op("move", "/ab/c", source="/a")],
                                  {"ab": {"c": 1}}),
    "move past the gap it leaves": ([[], 1], [op("move", "/0/0", source="/1")], [[1]]),
    "copy over itself": ({"a": [1]}, [op("copy", "/a", source="/a")], {"a": [1]}),
    "copy into itself": ({"a": {}}, [op("copy", "/a/b", source="/a")], {"a": {"b": {}}}),
    "copy the whole into itself": ({"a": 1}, [op("copy", "/b", source="")],
                                   {"a": 1, "b": {"a": 1}}),
    "copy null": ({"a": None}, [op("copy", "/b", source="/a")], {"a": None, "b": None}),
    "copy an item": ([1, 2], [op("copy", "/-", source="/0")], [1, 2, 1]),
    "one after the other": (
        {"a": []},
        [op("add", "/a/-", {}), op("add", "/a/0/b", 1), op("test", "/a/0", {"b": 1})],
        {"a": [{"b": 1}]},
    ),
    "extra members of every kind": ({"a": 1}, [op("remove", "/a", 5, source="no pointer")], {}),
}  # fmt: skip


@pytest.mark.parametrize(("document", "patch", "expected"), DONE.values(), ids=DONE)
def test_what_is_done(document: Any, patch: Any, expected: Any) -> None:
    made = patched(document, patch)
    assert equal(made, expected), made


IMPOSSIBLE = {
    "A.9 test": ({"baz": "qux"}, [op("test", "/baz", "bar")], 0, "test"),
    "A.12 no parent": ({"foo": "bar"}, [op("add", "/baz/bat", "qux")], 0, "path"),
    "A.15 a number is no string": ({"/": 9, "~1": 10}, [op("test", "/~01", "10")], 0, "test"),
    "test of what is not there": ({}, [op("test", "/a", None)], 0, "test"),
    "the second": ({"a": 1}, [op("remove", "/a"), op("remove", "/a")], 1, "path"),
    "test -": ([1], [op("test", "/-", 1)], 0, "test"),
    "replace what is not there": ({}, [op("replace", "/a", 1)], 0, "path"),
    "replace -": ([1], [op("replace", "/-", 1)], 0, "path"),
    "replace behind the end": ([1], [op("replace", "/1", 1)], 0, "path"),
    "remove -": ([1], [op("remove", "/-")], 0, "path"),
    "remove behind the end": ([1], [op("remove", "/1")], 0, "path"),
    "remove the whole": ({"a": 1}, [op("remove", "")], 0, "path"),
    "add behind the end": ([1], [op("add", "/2", 1)], 0, "path"),
    "add behind -": ([1], [op("add", "/-/a", 1)], 0, "path"),
    "add below a string": ({"a": "bc"}, [op("add", "/a/0", "x")], 0, "path"),
    "remove below a string": ({"a": "bc"}, [op("remove", "/a/0")], 0, "path"),
    "add below a number": ({"a": Decimal("1.5")}, [op("add", "/a/real", 1)], 0, "path"),
    "remove below a number": ({"a": 1}, [op("remove", "/a/real")], 0, "path"),
    "add below null": ({"a": None}, [op("add", "/a/b", 1)], 0, "path"),
    "add below the whole that is none": (1, [op("add", "/a", 1)], 0, "path"),
    "move from nowhere": ({"a": 1}, [op("move", "/a", source="/b")], 0, "from"),
    "move from nowhere to there": ({"a": 1}, [op("move", "/b", source="/b")], 0, "from"),
    "move from -": ([1], [op("move", "/0", source="/-")], 0, "from"),
    "move to nowhere": ({"a": 1}, [op("move", "/b/c", source="/a")], 0, "path"),
    "move behind the gap it leaves": ([1, 2], [op("move", "/2", source="/0")], 0, "path"),
    "move into itself": ({"a": {"b": {}}}, [op("move", "/a/b/c", source="/a")], 0, "move"),
    "move the whole into itself": ({"a": {}}, [op("move", "/a", source="")], 0, "move"),
    "copy from nowhere": ({}, [op("copy", "/b", source="/a")], 0, "from"),
    "copy from -": ([1], [op("copy", "/0", source="/-")], 0, "from"),
    "copy to nowhere": ({"a": 1}, [op("copy", "/b/c", source="/a")], 0, "path"),
}  # fmt: skip
NO_INDEX = ("01", "-1", "x", "", "1.0", "1e0", "+1", " 1", "1 ", "\u0661", "9" * 5000, "0x0", "00")


@pytest.mark.parametrize(("document", "patch", "at", "code"), IMPOSSIBLE.values(), ids=IMPOSSIBLE)
def test_what_cannot_be_done(document: Any, patch: Any, at: int, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        patched(document, patch)
    assert refused.value.name == "conflict"
    [failure] = refused.value.errors
    assert failure[:2] == (f"/{at}", code)
    assert failure.detail.endswith(".")


@pytest.mark.parametrize("index", NO_INDEX)
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_no_index(kind: str, index: str) -> None:
    one = op(kind, f"/a/{index}", 1, source=f"/a/{index}")
    test_what_cannot_be_done({"a": [1, 2]}, [one], 0, {
        "test": "test", "move": "from", "copy": "from",
    }.get(kind, "path"))  # fmt: skip


NO_PATCH: dict[str, tuple[Any, list[tuple[str, str]]]] = {
    "null": (None, [("", "type")]),
    "an object": (op("add", "/a", 1), [("", "type")]),
    "no object": ([1, [], None], [("/0", "type"), ("/1", "type"), ("/2", "type")]),
    "nothing in it": ([{}], [("/0/op", "required"), ("/0/path", "required")]),
    "op": ([op("Add", "/a", 1), op("spam", "a")],
           [("/0/op", "enum"), ("/1/op", "enum"), ("/1/path", "pointer")]),
    "op of another type": ([{"op": ["add"], "path": "/a"}, {"op": None, "path": "/a"}],
                           [("/0/op", "enum"), ("/1/op", "enum")]),
    "no path": ([{"op": "add", "value": 1}], [("/0/path", "required")]),
    "path of another type": ([{"op": "remove", "path": 1}], [("/0/path", "type")]),
    "path without a slash": ([op("remove", "a/b")], [("/0/path", "pointer")]),
    "bad escapes": ([op("remove", "/~2"), op("remove", "/a~"), op("remove", "/~~0")],
                    [("/0/path", "pointer"), ("/1/path", "pointer"), ("/2/path", "pointer")]),
    "no value": ([op("add", "/a"), op("replace", "/a"), op("test", "/a")],
                 [("/0/value", "required"), ("/1/value", "required"), ("/2/value", "required")]),
    "no from": ([op("move", "/a"), op("copy", "/a")],
                [("/0/from", "required"), ("/1/from", "required")]),
    "from of another type": ([{"op": "copy", "path": "/a", "from": None}], [("/0/from", "type")]),
    "bad from": ([op("copy", "/a", source="b"), op("move", "/a", source="/~")],
                 [("/0/from", "pointer"), ("/1/from", "pointer")]),
    "the system's": ([op(kind, "/id", 1, source="/a") for kind in KINDS],
                     [(f"/{i}/path", "immutable") for i in range(5)]),
    "inside the system's": ([op("add", "/revision/x", 1)], [("/0/path", "immutable")]),
    "move from the system's": ([op("move", "/a", source="/id")], [("/0/from", "immutable")]),
    "the whole": ([op("replace", "", {}), op("test", "", {}), op("copy", "", source="/a")],
                  [("/0/path", "immutable"), ("/2/path", "immutable")]),
    "too many": ([op("remove", "/a")] * 1001, [("", "max_items")]),
}  # fmt: skip


@pytest.mark.parametrize(("body", "expected"), NO_PATCH.values(), ids=NO_PATCH)
def test_what_is_no_patch(body: Any, expected: list[tuple[str, str]]) -> None:
    with pytest.raises(Refusal) as refused:
        read_operations(body, SYSTEM)
    assert refused.value.name == "validation-failed"
    assert [failure[:2] for failure in refused.value.errors] == expected


def test_a13_a_name_twice() -> None:
    twice = b'[{"op": "add", "path": "/baz", "value": "qux", "op": "remove"}]'
    with pytest.raises(Refusal, match="twice"):
        read_json(twice, 64)


def test_the_system_s_members_can_be_tested_and_copied() -> None:
    document = {"id": 1, "revision": 2, "ids": 0}
    patch = [op("test", "/id", 1), op("copy", "/ids", source="/id"), op("replace", "/ids", 3)]
    assert patched(document, patch, SYSTEM) == {"id": 1, "revision": 2, "ids": 3}
    copied = patched(document, [op("copy", "/ids", source="")], SYSTEM)
    assert copied == document | {"ids": document}


ALIKE = [
    ("1", "1.0"), ("1", "1e0"), ("100", "1E2"), ("0", "-0"), ("0.1", "0.10"), ("null", "null"),
    ('{"a": 1, "b": [2]}', '{"b": [2.0], "a": 1}'), ('"\\u00e9"', '"é"'), ("1e-400", "1e-400"),
    ("9007199254740993", "9007199254740993"), ("true", "true"), ("[]", "[]"), ("{}", "{}"),
]  # fmt: skip
UNLIKE = [
    ("1", "true"), ("0", "false"), ("1", '"1"'), ("null", "false"), ("null", "0"), ('""', "null"),
    ("[]", "{}"), ("[1, 2]", "[2, 1]"), ("[1]", "[1, 1]"), ('{"a": 1}', '{"a": 1, "b": 1}'),
    ('{"a": 1}', '{"b": 1}'), ('"é"', '"e\\u0301"'), ("9007199254740993", "9007199254740992"),
    ("[true]", "[1]"), ('{"a": null}', "{}"), ("1.5", "1.25"), ("[0.1]", "[0.2]"),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other"), ALIKE)
def test_what_is_equal_as_json(one: str, other: str) -> None:
    assert equals(one, other)
    assert equals(other, one)


@pytest.mark.parametrize(("one", "other"), UNLIKE)
def test_what_is_not_equal_as_json(one: str, other: str) -> None:
    assert not equals(one, other)
    assert not equals(other, one)


def equals(stored: str, sent: str) -> bool:
    try:
        test = op("test", "/x", read_json(sent.encode(), 64))
        patched({"x": read_json(stored.encode(), 64)}, [test])
    except Refusal:
        return False
    return True


@pytest.mark.parametrize("digits", ["0.1", "1e300", "123456789.123", "-0.0", "3", "1e-320"])
def test_a_double_that_is_stored_equals_the_digits_that_were_sent(digits: str) -> None:
    sent = read_json(digits.encode(), 64)
    assert patched({"x": float(digits)}, [op("test", "/x", sent)])
    with pytest.raises(Refusal):
        patched({"x": float(digits)}, [op("test", "/x", 10**4000)])


def test_two_places_never_share_a_value() -> None:
    value = {"list": []}
    patch = [op("add", "/a", value), op("add", "/b", value), op("add", "/a/list/-", 1)]
    patch += [op("copy", "/c", source="/a"), op("add", "/c/list/-", 2), op("replace", "/d", value)]
    patch += [op("add", "/d/list/-", 3)]
    expected = {"a": {"list": [1]}, "b": {"list": []}, "c": {"list": [1, 2]}, "d": {"list": [3]}}
    operations = read_operations(patch)
    for _ in range(2):
        made = apply(operations, {"d": 0}, Limits(MIB, 64))
        assert made == expected
    assert value == {"list": []}


def doubling(times: int) -> list[Any]:
    return [op("copy", "/x/-", source="/x")] * times


BIG = {"x": [0] * 300_000, "y": {"z": [[]] * 100_000}, "w": "w" * 300_000}
BACK_AND_FORTH = [op("move", "/y/z/0/-", source="/x"), op("move", "/x", source="/y/z/0/0")] * 499
BOMBS: dict[str, tuple[Any, list[Any], str | None]] = {
    "double and double again": ({"x": ["laugh"]}, doubling(1000), "max_bytes"),
    "text": ({"x": ["x" * 1000]}, [op("copy", "/x/-", source="/x/0")] * 1000, None),
    "more text": ({"x": ["x" * 1100]}, [op("copy", "/x/-", source="/x/0")] * 1000, "max_bytes"),
    "names": ({"x": {"n" * 2000: 1}}, [op("copy", "/a", source="/x")] * 1000, "max_bytes"),
    "copy deeper and deeper": ({"x": []}, [op("copy", "/x" + "/0" * i, source="/x")
                                           for i in range(1, 13)], "max_depth"),
    "move deeper and deeper": (
        {"x": [[] for _ in range(900)]},
        [op("move", f"/x/0{'/0' * i}/-", source="/x/1") for i in range(899)],
        "max_depth",
    ),
    "move much to and fro": (BIG, BACK_AND_FORTH, None),
    "insert much in front": (BIG, [op("add", "/x/0", 0)] * 1000, None),
    "test much": (BIG, [op("test", "/x/299999", 0), op("test", "/w", "w" * 300_000)] * 500, None),
    "add much": ({"x": 0}, [op("add", "/x", [[]] * 250_000)], None),
    "add in parts": ({"x": 0}, [op("add", "/x", [0, []] * 125)] * 1000, None),
    "copy much": (BIG, [op("copy", "/y/a", source="/y/z")], None),
    "copy too much": (BIG, [op("copy", "/a", source="/y"), op("copy", "/b", source="")],
                      "max_bytes"),
    "a long way": ({"x": 0}, [op("test", "/x", 0), op("add", "/x" * 500_000, 0)], "path"),
    "many long ways": ({"x": {}}, [op("add", "/x/y" + "/y" * 500, 0)] * 1000, "path"),
}  # fmt: skip


@pytest.mark.parametrize(("document", "patch", "code"), BOMBS.values(), ids=BOMBS)
def test_a_bomb_does_not_go_off(document: Any, patch: list[Any], code: str | None) -> None:
    operations = read_operations(patch)
    began = time.process_time()
    try:
        apply(operations, document, Limits(MIB, 64))
        said = None
    except Refusal as refusal:
        said = refusal.errors[0].code
    took = time.process_time() - began
    assert said == code
    assert took < 2, "should take a tenth of this"


def test_depth_that_recursion_does_not_survive() -> None:
    value = json.loads("[" * 490 + "]" * 490)
    for _ in range(5):
        value = {"x": [value]}
    document = {"x": {"a": value}}
    patch = [
        op("copy", "/y", source="/x"),
        op("test", "/y", {"a": value}),
        op("add", "/z", value),
        op("replace", "/z", value),
    ]
    operations = read_operations(patch)
    made = apply(operations, document, Limits(MIB, 520))
    assert equal(made, {"x": {"a": value}, "y": {"a": value}, "z": value})
    with pytest.raises(Refusal) as refused:
        apply(operations, document, Limits(MIB, 64))
    assert refused.value.errors[0][:2] == ("", "max_depth")


# The independent evaluator: by recursion, of the RFC's words, on new values all the time.


class CannotBe(Exception):
    pass


def tokens(pointer: str) -> list[str]:
    return [t.replace("~1", "/").replace("~0", "~") for t in pointer.split("/")[1:]]


def place(container: Any, token: str, end: int) -> Any:
    """Its own name, or an index of at most ``end``."""
    if isinstance(container, dict):
        return token
    if not isinstance(container, list):
        raise CannotBe
    if token not in [str(i) for i in range(end + 1)]:
        raise CannotBe
    return int(token)


def look(document: Any, way: list[str]) -> Any:
    for token in way:
        at = place(document, token, len(document) - 1 if isinstance(document, list) else 0)
        if isinstance(document, dict) and at not in document:
            raise CannotBe
        document = document[at]
    return document


def rebuilt(document: Any, way: list[str], change: Any) -> Any:
    """``change``: of the container where the way ends, by its last token."""
    if len(way) == 1:
        return change(document, way[0])
    inner = rebuilt(look(document, way[:1]), way[1:], change)
    at = place(document, way[0], len(document))
    if isinstance(document, dict):
        return {**document, at: inner}
    return [*document[:at], inner, *document[at + 1 :]]


def without(container: Any, token: str) -> Any:
    look(container, [token])
    if isinstance(container, dict):
        return {name: value for name, value in container.items() if name != token}
    return container[: int(token)] + container[int(token) + 1 :]


def adding(value: Any) -> Any:
    def change(container: Any, token: str) -> Any:
        if isinstance(container, list) and token == "-":
            return [*container, value]
        at = place(container, token, len(container) if isinstance(container, list) else 0)
        if isinstance(container, dict):
            return {**container, at: value}
        return [*container[:at], value, *container[at:]]

    return change


def evaluated(document: Any, patch: list[dict[str, Any]]) -> Any:
    for one in patch:
        way, source = tokens(one["path"]), tokens(one.get("from", ""))
        kind, value = one["op"], one.get("value")
        if kind in ("test", "remove", "replace"):
            old = look(document, way)
        if kind == "test":
            if canonical(old) != canonical(value):
                raise CannotBe
            continue
        if kind in ("move", "copy"):
            value = look(document, source)
        if kind == "move":
            if way == source:
                continue
            if way[: len(source)] == source:
                raise CannotBe
            document = rebuilt(document, source, without)
        if kind == "remove":
            if not way:
                raise CannotBe
            document = rebuilt(document, way, without)
        elif not way:
            document = value
        elif kind == "replace":
            document = rebuilt(document, way, lambda c, t, v=value: put(c, t, v))
        else:
            document = rebuilt(document, way, adding(value))
    return document


def put(container: Any, token: str, value: Any) -> Any:
    if isinstance(container, dict):
        return {**container, token: value}
    return [*container[: int(token)], value, *container[int(token) + 1 :]]


def canonical(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ",".join(f"{n!r}:{canonical(value[n])}" for n in sorted(value)) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(canonical, value)) + "]"
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return repr(float(value))
    return repr(value)


NAMES = st.sampled_from(["a", "b", "0", "1", "-", "", "~", "/", "01"])
NUMBERS = st.sampled_from([0, 1, 1.0, Decimal("1.0"), Decimal("0.5"), 0.5])
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.sampled_from(["", "a", "1"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=6,
)
DOCUMENTS = st.lists(VALUES, max_size=3) | st.dictionaries(NAMES, VALUES, max_size=3)


def ways(document: Any, prefix: str = "") -> list[str]:
    """All that there is, and what is just beside it."""
    found = [prefix]
    names = list(document) if isinstance(document, dict) else []
    if isinstance(document, list):
        names = [str(i) for i in range(len(document))]
        found += [f"{prefix}/{len(document)}", f"{prefix}/-"]
    for name in names:
        inner = document[name if isinstance(document, dict) else int(name)]
        found += ways(inner, f"{prefix}/{name.replace('~', '~0').replace('/', '~1')}")
    return [*found, f"{prefix}/a"]


@st.composite
def documents_and_patches(draw: Any) -> tuple[Any, list[dict[str, Any]]]:
    document = draw(DOCUMENTS)
    anywhere = st.lists(NAMES, max_size=3).map(
        lambda names: "".join(f"/{n.replace('~', '~0').replace('/', '~1')}" for n in names)
    )
    way = st.sampled_from(ways(document)) | anywhere
    patch = []
    for _ in range(draw(st.integers(1, 5))):
        one = op(draw(st.sampled_from(KINDS)), draw(way))
        if one["op"] in ("move", "copy"):
            one["from"] = draw(way)
        elif one["op"] != "remove":
            one["value"] = draw(VALUES)
        if one["op"] == "test" and draw(st.booleans()):
            with suppress(CannotBe):
                one["value"] = look(document, tokens(one["path"]))
        patch.append(one)
    return document, patch


@settings(max_examples=600, deadline=None)
@given(documents_and_patches())
def test_another_evaluator_agrees(made: tuple[Any, list[dict[str, Any]]]) -> None:
    document, patch = made
    try:
        expected = canonical(evaluated(document, patch))
    except CannotBe:
        expected = "conflict"
    try:
        answer = canonical(patched(document, patch))
    except Refusal as refusal:
        answer = refusal.name
    assert answer == expected
