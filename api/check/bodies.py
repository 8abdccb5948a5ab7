"""JSON as nobody should send it (RFC 8259): refused, or understood, but never a fault."""

import json
from typing import Any

from api.check.answer import Answer
from api.check.lab import Lab
from api.check.offers import special
from api.check.promise import SENSE, SHOULD, expect, expect_no_fault, expect_refused, promise

GROUP = "Odd JSON"
DEEP = 100_000


def post(lab: Lab, text: bytes) -> Answer:
    """``text`` is sent as it is, within the wrapper."""
    wrapper = lab.profile.wrapper
    return lab.ask("POST", lab.profile.records, b'{"%s": %s}' % (wrapper.encode(), text)
                   if wrapper else text)  # fmt: skip


def with_member(lab: Lab, kind: type, raw: bytes) -> bytes:
    """The valid body, but for one member, which is written ``raw``."""
    marked = lab.body() | {lab.profile.first(kind): "frobnicate"}
    return json.dumps(marked).encode().replace(b'"frobnicate"', raw)


def expect_sense(lab: Lab, answer: Answer) -> None:
    """If it is accepted, what is stored must come back as JSON."""
    expect_no_fault(answer)
    path, _ = lab.place_of(answer)
    if not answer.ok or not path:
        return
    for back in (answer, lab.get(path)):
        expect(back.status < 400 and back.value is not None, "valid JSON comes back", back)


@promise("What is no JSON is 4xx.", "RFC 8259 §2", SHOULD)
def no_json(lab: Lab) -> None:
    for text in (b'{"a":', b"{'a': 1}", b"{} {}", b"frobnicate"):
        expect_refused(lab.ask("POST", lab.profile.records, text))


@promise("An empty body is 4xx.", "RFC 8259 §2", SHOULD)
def empty_body(lab: Lab) -> None:
    expect_refused(lab.ask("POST", lab.profile.records, b""))


@promise("JSON that is no object is 4xx.", "RFC 9110 §15.5", SHOULD)
def no_object(lab: Lab) -> None:
    for text in (b"null", b"[]", b"3", b'"text"', b"true"):
        expect_refused(post(lab, text))


@promise("Duplicate names make no 5xx.", "RFC 8259 §4", SENSE)
def duplicate_names(lab: Lab) -> None:
    body = json.dumps(lab.body())
    name, value = next(iter(lab.body().items()))
    doubled = f"{{{json.dumps(name)}: {json.dumps(value)}, {body[1:]}"
    expect_sense(lab, post(lab, doubled.encode()))


@promise("JSON nested 100,000 deep makes no 5xx.", "RFC 8259 §9", SENSE)
def deep_nesting(lab: Lab) -> None:
    expect_sense(lab, post(lab, b"[" * DEEP + b"]" * DEEP))
    body = json.dumps(lab.body())[:-1].encode()
    expect_sense(lab, post(lab, body + b', "deep": ' + b"[" * DEEP + b"]" * DEEP + b"}"))


@promise("Huge numbers make no 5xx.", "RFC 8259 §6", SENSE, "integer")
def huge_numbers(lab: Lab) -> None:
    for number in (b"9223372036854775808", b"9" * 5000, b"1e400", b"-1e-400", b"1" + b"0" * 400):
        expect_sense(lab, post(lab, with_member(lab, int, number)))


@promise("NaN and Infinity make no 5xx, nor come back as JSON.", "RFC 8259 §6", SENSE, "integer")
def not_a_number(lab: Lab) -> None:
    for number in (b"NaN", b"Infinity", b"-Infinity"):
        expect_sense(lab, post(lab, with_member(lab, int, number)))


@promise("A lone surrogate makes no 5xx.", "RFC 8259 §8.2", SENSE, "text")
def lone_surrogate(lab: Lab) -> None:
    expect_sense(lab, post(lab, with_member(lab, str, rb'"\ud800"')))


@promise("U+0000 in a text makes no 5xx.", "RFC 8259 §7", SENSE, "text")
def null_character(lab: Lab) -> None:
    expect_sense(lab, post(lab, with_member(lab, str, rb'"a\u0000b"')))


@promise("Bytes that are no UTF-8 make no 5xx.", "RFC 8259 §8.1", SENSE, "text")
def no_utf_8(lab: Lab) -> None:
    expect_sense(lab, post(lab, with_member(lab, str, b'"\xff\xc3"')))


@promise("A text in any script comes back as it was sent.", "RFC 8259 §8.1", needs="text")
def text_comes_back(lab: Lab) -> None:
    name = lab.profile.first(str)
    text = "Ænima \u00e9 e\u0301 \U0001f40e עברית"
    body: dict[str, Any] = lab.body() | {name: text}
    record = special(lab, body)
    stored = lab.read(record)
    expect(stored.get(name) == text, text, repr(stored.get(name)))
