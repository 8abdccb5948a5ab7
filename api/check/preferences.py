"""Prefer (RFC 7240) and Idempotency-Key (draft-ietf-httpapi-idempotency-key-header)."""

import secrets
from typing import Any

from api.check.answer import Answer
from api.check.lab import Lab
from api.check.offers import change
from api.check.promise import SHOULD, expect, expect_status, promise
from api.check.race import race

GROUP = "Preferences and repetition"
MINIMAL = ("Prefer", "return=minimal")


@promise("A preference that nobody knows is ignored.", "RFC 7240 §2")
def unknown_preference(lab: Lab) -> None:
    answer = lab.get(lab.standing().path, [("Prefer", 'frobnicate="yes"; a=b, c')])
    expect_status(answer, 200)


@promise("return=minimal gets no body, and is acknowledged.", "RFC 7240 §4.2", SHOULD,
         "prefer write")  # fmt: skip
def minimal(lab: Lab) -> None:
    for answer in (lab.ask("POST", lab.profile.records, lab.body(), [MINIMAL]),
                   change(lab, lab.new(), MINIMAL)):  # fmt: skip
        expect(answer.ok and not answer.body, "2xx without a body", answer)
        said = answer["Preference-Applied"]
        expect("return=minimal" in said, "Preference-Applied: return=minimal", said or "(absent)")


@promise("return=minimal still says where the record is.", "RFC 9110 §15.3.2", SHOULD, "prefer")
def minimal_has_location(lab: Lab) -> None:
    answer = lab.ask("POST", lab.profile.records, lab.body(), [MINIMAL])
    expect("Location" in answer, "a field Location", answer)


@promise("return=representation gets the record.", "RFC 7240 §4.2", SHOULD, "prefer write")
def representation(lab: Lab) -> None:
    answer = change(lab, lab.new(), ("Prefer", "return=representation"))
    expect(answer.ok and answer.is_json, "2xx with the record", answer)


def new_key() -> tuple[str, str]:
    return "Idempotency-Key", f'"{secrets.token_hex(16)}"'


def post(lab: Lab, body: Any, key: tuple[str, str]) -> Answer:
    return lab.ask("POST", lab.profile.records, body, [key])


@promise("The same POST under the same key gets the same answer.", "Idempotency-Key §2.6",
         needs="idempotency")  # fmt: skip
def replay(lab: Lab) -> None:
    key, body = new_key(), lab.body()
    first, second = (post(lab, body, key) for _ in range(2))
    expect(second.status == first.status and second.body == first.body, str(first), second)
    expect(second["Location"] == first["Location"], first["Location"], second["Location"])


@promise("Another POST under the same key is 422.", "Idempotency-Key §2.7", SHOULD, "idempotency")
def key_reused(lab: Lab) -> None:
    key = new_key()
    post(lab, lab.body(), key)
    expect_status(post(lab, lab.changed(), key), 422)


@promise("Another key is another record.", "Idempotency-Key §2.6", needs="idempotency")
def another_key(lab: Lab) -> None:
    body = lab.body()
    first, second = (lab.place_of(post(lab, body, new_key())) for _ in range(2))
    expect(first != second, "two records", f"{first[0]} and {second[0]}")


@promise("Eight POSTs at once under one key make one record.", "Idempotency-Key §2.6",
         needs="idempotency")  # fmt: skip
def race_of_repeats(lab: Lab) -> None:
    key, body = new_key(), lab.body()
    answers = race(lambda _: post(lab, body, key))
    places = {lab.place_of(one)[0] for one in answers if one.ok}
    statuses = ", ".join(str(one.status) for one in answers)
    expect(len(places) == 1, "one record", f"{len(places)} records: {statuses}")
    expect(all(one.ok or one.status == 409 for one in answers), "2xx or 409", statuses)
