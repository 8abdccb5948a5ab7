"""Conditional writing: nobody overwrites what they have not seen (RFC 9110 §13)."""

from typing import Any

from api.check.answer import Answer
from api.check.conditional import NO_TAG, OLD, Changed, changed
from api.check.lab import Lab, Record
from api.check.offers import change, tag_of
from api.check.promise import NotOffered, expect, expect_refused, expect_status, promise
from api.check.race import race

GROUP = "Writing on conditions"
GUARD = ("If-None-Match", "*")


def expect_done(answer: Answer) -> None:
    expect(answer.ok, "2xx", answer)


def expect_refused_unchanged(lab: Lab, record: Record, *fields: tuple[str, str]) -> None:
    """412 is what the RFC suggests, not to do it is what it demands."""
    before = lab.read(record)
    # To say 2xx is allowed where the change looks as if it had been made already.
    made = all(before.get(name) == value for name, value in lab.profile.changed.items())
    expect_refused(change(lab, record, *fields, body=lab.body() if made else lab.changed()))
    after = lab.read(record)
    expect(after == before, "nothing changed", str(after)[:150])


def if_match_with(tag: str) -> tuple[str, str]:
    return "If-Match", tag


@promise("If-Match with the ETag is done.", "RFC 9110 §13.1.1", needs="strong-tag write")
def if_match(lab: Lab) -> None:
    record = lab.new()
    expect_done(change(lab, record, if_match_with(tag_of(lab, record))))


@promise("If-Match with a stale ETag is refused, and nothing changes.", "RFC 9110 §13.1.1",
         needs="tag write")  # fmt: skip
def if_match_stale(lab: Lab) -> None:
    record, stale, _ = changed(lab)
    expect_refused_unchanged(lab, record, if_match_with(stale))


@promise("If-Match with an ETag of another server is refused.", "RFC 9110 §13.1.1",
         needs="tag write")  # fmt: skip
def if_match_foreign(lab: Lab) -> None:
    expect_refused_unchanged(lab, lab.new(), if_match_with(NO_TAG))


@promise("DELETE obeys If-Match.", "RFC 9110 §13.1.1", needs="tag write delete")
def delete_if_match(lab: Lab) -> None:
    record, stale, _ = changed(lab)
    expect_refused(lab.ask("DELETE", record.path, None, [if_match_with(stale)]))
    expect_status(lab.get(record.path), 200)


@promise("If-Match compares strongly.", "RFC 9110 §13.1.1", needs="strong-tag write")
def if_match_weak(lab: Lab) -> None:
    record = lab.new()
    expect_refused_unchanged(lab, record, if_match_with(f"W/{tag_of(lab, record)}"))


@promise("If-Match takes a list.", "RFC 9110 §13.1.1", needs="strong-tag write")
def if_match_list(lab: Lab) -> None:
    record, stale, tag = changed(lab)
    expect_done(change(lab, record, if_match_with(f"{stale}, {tag}")))
    expect_refused_unchanged(lab, record, if_match_with(f"{stale}, {NO_TAG}"))


@promise("If-Match: * is done where there is a record.", "RFC 9110 §13.1.1", needs="tag write")
def if_match_any(lab: Lab) -> None:
    expect_done(change(lab, lab.new(), if_match_with("*")))


@promise("If-Match: * makes no record.", "RFC 9110 §13.1.1", needs="put-creates")
def if_match_any_of_nothing(lab: Lab) -> None:
    path = lab.missing()
    expect_refused(lab.ask("PUT", path, lab.body(), [if_match_with("*")]))
    expect_status(lab.get(path), 404, 410)


@promise("PUT with If-None-Match: * replaces nothing: 412.", "RFC 9110 §13.1.2", needs="put")
def create_only(lab: Lab) -> None:
    record = lab.new()
    before = lab.read(record)
    expect_status(lab.ask("PUT", record.path, lab.changed(), [GUARD]), 412)
    expect(lab.read(record) == before, "nothing changed", str(lab.read(record))[:150])


@promise("PUT with If-None-Match: * makes what is not there.", "RFC 9110 §13.1.2",
         needs="put-creates")  # fmt: skip
def create_only_creates(lab: Lab) -> None:
    expect_done(lab.ask("PUT", lab.missing(), lab.body(), [GUARD]))


@promise("If-Unmodified-Since with an older date is refused.", "RFC 9110 §13.1.4",
         needs="modified write")  # fmt: skip
def if_unmodified_since(lab: Lab) -> None:
    expect_refused_unchanged(lab, lab.new(), ("If-Unmodified-Since", OLD))


@promise("If-Unmodified-Since with Last-Modified is done.", "RFC 9110 §13.1.4",
         needs="modified write")  # fmt: skip
def if_unmodified(lab: Lab) -> None:
    record = lab.aged()
    date = lab.get(record.path)["Last-Modified"]
    lab.forget(record.path)
    expect_done(change(lab, record, ("If-Unmodified-Since", date)))


@promise("If-Match wins over If-Unmodified-Since.", "RFC 9110 §13.1.4", needs="strong-tag write")
def tag_before_date(lab: Lab) -> None:
    record = lab.new()
    tag = if_match_with(tag_of(lab, record))
    expect_done(change(lab, record, tag, ("If-Unmodified-Since", OLD)))


def demand_if_match(lab: Lab) -> Changed:
    record, stale, tag = changed(lab)
    if change(lab, record, if_match_with(stale), body=lab.body()).status != 412:
        raise NotOffered("If-Match does not lead to a 412 at all")
    return Changed(record, stale, tag)


@promise("A stale condition is 412 though the body is not valid either.", "RFC 9110 §13.2.1",
         needs="tag write")  # fmt: skip
def condition_before_content(lab: Lab) -> None:
    record, stale, _ = demand_if_match(lab)
    answer = change(lab, record, if_match_with(stale), body=lab.profile.invalid)
    expect_status(answer, 412)


@promise("A condition about nothing is refused.", "RFC 9110 §13.2.1", needs="tag delete")
def condition_of_nothing(lab: Lab) -> None:
    tag = tag_of(lab, lab.standing())
    expect_refused(lab.ask("DELETE", lab.missing(), None, [if_match_with(tag)]))


@promise("Of eight writers who saw the same ETag one wins.", "RFC 9110 §13.1.1",
         needs="strong-tag write member")  # fmt: skip
def race_of_writers(lab: Lab) -> None:
    record, _, tag = demand_if_match(lab)
    wins = if_match_with(tag)
    expect_one_winner(race(lambda n: change(lab, record, wins, body=of_writer(lab, n))))


def of_writer(lab: Lab, number: int) -> dict[str, Any]:
    """Each writes something else: a write that changes nothing may succeed many times."""
    body = lab.body()
    name = lab.profile.first(int) or lab.profile.first(str)
    value = body[name]
    return body | {name: f"{value} {number}" if isinstance(value, str) else value + number}


@promise("Of eight PUTs with If-None-Match: * one makes the record.", "RFC 9110 §13.1.2",
         needs="put-creates")  # fmt: skip
def race_of_creators(lab: Lab) -> None:
    if lab.ask("PUT", lab.standing().path, lab.body(), [GUARD]).status != 412:
        raise NotOffered("If-None-Match is not obeyed at all")
    path = lab.missing()
    expect_one_winner(race(lambda _: lab.ask("PUT", path, lab.body(), [GUARD])))


def expect_one_winner(answers: list[Answer]) -> None:
    """Who did not win may also be told to try again (409, 503)."""
    statuses = sorted(answer.status for answer in answers)
    right = sum(one.ok for one in answers) == 1 and {*statuses} <= {200, 201, 204, 409, 412, 503}
    expect(right, "one 2xx, else 412", ", ".join(map(str, statuses)))
