"""How it refuses (RFC 9110 §15.5, RFC 9457)."""

import re

from api.check.answer import Answer
from api.check.lab import Lab
from api.check.promise import (
    MAY,
    SENSE,
    SHOULD,
    NotOffered,
    expect,
    expect_no_fault,
    expect_refused,
    promise,
)

GROUP = "Errors"
TRACE = re.compile(
    r'Traceback \(most recent|File "[^"]+", line \d|\bat [\w$.]+\([\w.]+:\d+\)|goroutine \d+ \['
    r"|\w\.go:\d+|\bSQLSTATE|sqlalchemy\.|sqlite3\.|psycopg|\bSELECT .+ FROM |\bINSERT INTO "
)


def refusals(lab: Lab) -> list[Answer]:
    """Made once: each in a way of its own."""
    return lab.once("refusals", lambda: [ask for ask in provoke(lab) if ask.status >= 400])


def provoke(lab: Lab) -> list[Answer]:
    records, record = lab.profile.records, lab.standing().path
    return [
        lab.get(lab.missing()),
        lab.get(f"{records}/no/such/thing"),
        lab.ask("POST", record, lab.body()),
        lab.ask("POST", records, lab.profile.invalid),
        lab.ask("POST", records, b'{"a":'),
        lab.ask("POST", records, b"<a/>", type="application/xml"),
        lab.get(record, credentials=False),
        lab.get(record, [("If-Match", '"frobnicate"')]),
    ]


@promise("What is not valid is refused with 4xx.", "RFC 9110 §15.5", SHOULD)
def invalid_is_refused(lab: Lab) -> None:
    expect_refused(lab.ask("POST", lab.profile.records, lab.profile.invalid))


@promise("All that is wrong comes in one answer.", "RFC 9457 §3", MAY)
def all_errors_at_once(lab: Lab) -> None:
    answer = lab.ask("POST", lab.profile.records, lab.profile.invalid)
    text = answer.body.decode("utf-8", "replace")
    unnamed = [name for name in lab.profile.invalid if name not in text]
    if unnamed:
        raise NotOffered(f"{', '.join(unnamed)} is not named: {answer}")


def problems(lab: Lab) -> list[Answer]:
    found = [one for one in refusals(lab) if one.media_type == "application/problem+json"]
    if not found:
        raise NotOffered("no application/problem+json")
    return found


@promise("A problem's `status` is that of the answer.", "RFC 9457 §3.1.2")
def problem_has_its_status(lab: Lab) -> None:
    for one in problems(lab):
        status = one.value.get("status") if isinstance(one.value, dict) else None
        expect(status in (None, one.status), f'"status": {one.status}', one)


@promise("A problem is an object, its `type`, `title` and `detail` are text.", "RFC 9457 §3.1")
def problem_has_its_members(lab: Lab) -> None:
    for one in problems(lab):
        expect(isinstance(one.value, dict), "an object", one)
        for name in ("type", "title", "detail", "instance"):
            expect(isinstance(one.value.get(name, ""), str), f"{name} as text", one)


@promise("Every refusal is a problem.", "RFC 9457 §3", MAY)
def every_refusal_is_a_problem(lab: Lab) -> None:
    others = [one for one in refusals(lab) if one not in problems(lab)]
    if others:
        raise NotOffered(f"not everywhere: {others[0]}")


@promise("Who wants JSON gets no HTML, not even for an error.", "RFC 9110 §12.5.1", SENSE)
def no_html(lab: Lab) -> None:
    for one in refusals(lab):
        expect("html" not in one.media_type and b"<html" not in one.body.lower(), "no HTML", one)


@promise("Nothing of the inside is told: no trace, no SQL.", "RFC 9457 §5", SENSE)
def no_inside(lab: Lab) -> None:
    for one in refusals(lab):
        found = TRACE.search(one.body.decode("utf-8", "replace"))
        expect(not found, "no trace, no SQL", f"{found and found[0]!r} in {one}")


@promise("None of these mistakes is a fault of the server.", "RFC 9110 §15.6", SENSE)
def no_fault(lab: Lab) -> None:
    for one in refusals(lab):
        expect_no_fault(one)


@promise("401 says in WWW-Authenticate how to come in.", "RFC 9110 §15.5.2")
def challenge(lab: Lab) -> None:
    nobody = [("Authorization", "Bearer frobnicate")]
    path = lab.standing().path
    answers = (lab.get(path, credentials=False), lab.get(path, nobody))
    refused = [one for one in answers if one.status == 401]
    if not refused:
        raise NotOffered(f"no 401, but {' and '.join(str(one.status) for one in answers)}")
    for one in refused:
        expect("WWW-Authenticate" in one, "a field WWW-Authenticate", one)
