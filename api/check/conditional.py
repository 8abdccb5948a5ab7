"""Conditional reading: entity tags and dates (RFC 9110 §8.8 and §13)."""

from typing import NamedTuple

from api.check.answer import TAG, Answer
from api.check.lab import Lab, Record
from api.check.offers import change, own_record, tag_of
from api.check.promise import (
    MAY,
    SHOULD,
    NotOffered,
    expect,
    expect_refused,
    expect_status,
    only_where,
    promise,
)

GROUP = "Reading on conditions"
OLD, FUTURE = "Sat, 29 Oct 1994 19:43:31 GMT", "Fri, 31 Dec 2049 23:59:59 GMT"
NO_TAG = '"frobnicate"'
SAME_AS_200 = ("ETag", "Cache-Control", "Content-Location", "Expires", "Vary")


def reading(lab: Lab, *fields: tuple[str, str], record: Record | None = None) -> Answer:
    return lab.get((record or lab.standing()).path, fields)


def unless(lab: Lab, tags: str, record: Record | None = None) -> Answer:
    return reading(lab, ("If-None-Match", tags), record=record)


class Changed(NamedTuple):
    """A record, its ETag of before a change, and that of now: a stale tag that looks right."""

    record: Record
    stale: str
    tag: str


def changed(lab: Lab) -> Changed:
    record = lab.new()
    stale = tag_of(lab, record)
    change(lab, record)
    tag = tag_of(lab, record)
    if tag == stale:
        raise NotOffered("the ETag does not change with the record")
    return Changed(record, stale, tag)


@promise("An ETag is quoted.", "RFC 9110 §8.8.3", needs="tag")
def tag_is_quoted(lab: Lab) -> None:
    tag = tag_of(lab, lab.standing())
    expect(bool(TAG.fullmatch(tag)), 'such as "abc" or W/"abc"', tag)


@promise("An ETag stays while nothing changes.", "RFC 9110 §8.8.1", needs="tag")
def tag_stays(lab: Lab) -> None:
    first, second = (tag_of(lab, lab.standing()) for _ in range(2))
    expect(first == second, first, second)


@promise("An ETag changes with the record.", "RFC 9110 §8.8.1", needs="tag write")
def tag_changes(lab: Lab) -> None:
    record = lab.new()
    before = tag_of(lab, record)
    change(lab, record)
    after = tag_of(lab, record)
    expect(before != after, f"other than {before}", after)


@promise("A record that changed and changed back has a third ETag.", "RFC 9110 §8.8.1",
         MAY, "tag write")  # fmt: skip
def tag_of_a_b_a(lab: Lab) -> None:
    record = lab.new()
    change(lab, record, body=record.sent)
    before = tag_of(lab, record)
    change(lab, record)
    change(lab, record, body=record.sent)
    if tag_of(lab, record) == before:
        raise NotOffered("the tag tells what is there, not that it was changed in between")


@promise("The ETag that a write answers is that of the next GET.", "RFC 9110 §8.8.3",
         needs="tag")  # fmt: skip
def tag_of_a_write(lab: Lab) -> None:
    record = lab.new()
    said = record.answer["ETag"]
    if not said:
        raise NotOffered("no ETag in the answer to POST")
    tag = tag_of(lab, record)
    expect(said == tag, tag, said)


@promise("If-None-Match with the ETag is 304, for GET and HEAD.", "RFC 9110 §13.1.2", needs="tag")
def not_modified(lab: Lab) -> None:
    record = lab.standing()
    tag = tag_of(lab, record)
    for method in ("GET", "HEAD"):
        expect_status(lab.ask(method, record.path, None, [("If-None-Match", tag)]), 304)


@promise("If-None-Match compares weakly.", "RFC 9110 §13.1.2", needs="tag")
def not_modified_weakly(lab: Lab) -> None:
    tag = tag_of(lab, lab.standing())
    expect_status(unless(lab, tag[2:] if tag.startswith("W/") else f"W/{tag}"), 304)


@promise("If-None-Match takes a list.", "RFC 9110 §13.1.2", needs="tag write")
def not_modified_of_many(lab: Lab) -> None:
    record, stale, tag = changed(lab)
    expect_status(unless(lab, f"{stale}, {tag}", record), 304)
    split = [("If-None-Match", stale), ("If-None-Match", tag)]
    expect_status(reading(lab, *split, record=record), 304)


@promise("A list of ETags may have empty members, and commas in a tag.", "RFC 9110 §5.6.1.2",
         needs="tag write")  # fmt: skip
def odd_lists(lab: Lab) -> None:
    record, stale, tag = changed(lab)
    if unless(lab, f"{stale}, {tag}", record).status != 304:
        raise NotOffered("lists of ETags are not understood at all")
    expect_status(unless(lab, f'"a,b" ,, W/"c" , {tag},', record), 304)


@promise("If-None-Match: * is 304 for what is there.", "RFC 9110 §13.1.2", needs="tag")
def not_modified_of_any(lab: Lab) -> None:
    expect_status(unless(lab, "*"), 304)


@promise("If-None-Match with a stale ETag is 200.", "RFC 9110 §13.1.2", needs="tag write")
def modified(lab: Lab) -> None:
    record, stale, _ = changed(lab)
    expect_status(unless(lab, stale, record), 200)


@promise("An ETag is opaque: that of another server is not the right one, and no mistake.",
         "RFC 9110 §8.8.3", needs="tag")  # fmt: skip
def foreign_tag(lab: Lab) -> None:
    for tags in (NO_TAG, f'{NO_TAG}, W/"a"', '"*"'):
        expect_status(unless(lab, tags), 200)


@promise("304 has the ETag, Vary, Cache-Control… of the 200.", "RFC 9110 §15.4.5", needs="tag")
def fields_of_304(lab: Lab) -> None:
    full = reading(lab)
    spare = unless(lab, full["ETag"])
    only_where(spare, 304)
    for name in SAME_AS_200:
        expect(spare[name] == full[name], f"{name}: {full[name]}", f"{name}: {spare[name]}")


@promise("304 has no body.", "RFC 9110 §15.4.5", needs="tag")
def body_of_304(lab: Lab) -> None:
    spare = unless(lab, tag_of(lab, lab.standing()))
    only_where(spare, 304)
    expect(not spare.body, "no byte after the head", spare)


@promise("If-Match with a stale ETag refuses GET, too.", "RFC 9110 §13.1.1", needs="tag write")
def reading_if_match(lab: Lab) -> None:
    record, stale, _ = changed(lab)
    expect_refused(reading(lab, ("If-Match", stale), record=record))


@promise("If-Modified-Since with Last-Modified is 304.", "RFC 9110 §13.1.3", SHOULD,
         "modified")  # fmt: skip
def not_modified_since(lab: Lab) -> None:
    record = lab.aged()
    date = lab.get(record.path)["Last-Modified"]
    expect_status(reading(lab, ("If-Modified-Since", date), record=record), 304)


@promise("If-Modified-Since with an older date is 200.", "RFC 9110 §13.1.3", needs="modified")
def modified_since(lab: Lab) -> None:
    expect_status(reading(lab, ("If-Modified-Since", OLD)), 200)


@promise("A date that is none is ignored.", "RFC 9110 §13.1.3")
def no_date(lab: Lab) -> None:
    for name in ("If-Modified-Since", "If-Unmodified-Since"):
        for date in ("yesterday", "2049-12-31", ""):
            expect_status(reading(lab, (name, date)), 200)


@promise("If-None-Match wins over If-Modified-Since.", "RFC 9110 §13.1.3", needs="tag write")
def tags_before_dates(lab: Lab) -> None:
    record, stale, _ = changed(lab)
    tag, date = ("If-None-Match", stale), ("If-Modified-Since", FUTURE)
    expect_status(reading(lab, tag, date, record=record), 200)


@promise("A list's ETag is good for a 304.", "RFC 9110 §13.1.2", needs="list-tag")
def list_not_modified(lab: Lab) -> None:
    tag = lab.get(lab.profile.records)["ETag"]
    expect_status(lab.get(lab.profile.records, [("If-None-Match", tag)]), 304)


@promise("A list's ETag changes with what is in it.", "RFC 9110 §8.8.1", needs="list-tag write")
def list_tag_changes(lab: Lab) -> None:
    before = lab.get(lab.profile.records)
    change(lab, own_record(lab, before))
    after = lab.get(lab.profile.records)
    expect(before["ETag"] != after["ETag"], f"other than {before['ETag']}", after["ETag"])
