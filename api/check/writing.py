"""PUT and PATCH (RFC 9110 §9.3.4, RFC 5789, RFC 7396, RFC 6902)."""

from typing import Any

from api.check.answer import Answer
from api.check.lab import Lab, Record
from api.check.offers import JSON_PATCH, MERGE, operations, patch_type, replaced, special
from api.check.promise import (
    SHOULD,
    NotOffered,
    expect,
    expect_no_fault,
    expect_refused,
    expect_status,
    only_where,
    promise,
)

GROUP = "PUT and PATCH"
FROBNICATE = "application/x-frobnicate"


@promise("PUT that makes a record is 201.", "RFC 9110 §9.3.4", needs="put-creates")
def put_creates(lab: Lab) -> None:
    expect_status(lab.ask("PUT", lab.missing(), lab.body()), 201)


@promise("PUT that replaces a record is 200 or 204.", "RFC 9110 §9.3.4", needs="put")
def put_replaces(lab: Lab) -> None:
    record, body = lab.new(), lab.changed()
    expect_status(lab.ask("PUT", record.path, body), 200, 204)
    expect_members(lab, record, body)


def expect_members(lab: Lab, record: Record, body: dict[str, Any]) -> None:
    stored = lab.read(record)
    for name, value in body.items():
        expect(stored.get(name) == value, f"{name}: {value!r}", repr(stored.get(name)))


@promise("The same PUT again leaves the same record.", "RFC 9110 §9.2.2", needs="put")
def put_is_idempotent(lab: Lab) -> None:
    record, body = lab.new(), lab.changed()
    first, second = [lab.ask("PUT", record.path, body) for _ in range(2)]
    expect(second.ok, f"{first.status} or another 2xx", second)
    expect_members(lab, record, body)


@promise("PUT is no merge: what is absent does not stay.", "RFC 9110 §9.3.4", needs="put optional")
def put_is_no_merge(lab: Lab) -> None:
    name, record = lab.profile.optional, lab.new()
    body = {n: value for n, value in lab.body().items() if n != name}
    answer = lab.ask("PUT", record.path, body)
    if answer.refused:
        raise NotOffered(f"PUT without {name} is {answer.status}")
    stored = lab.read(record)
    expect(stored.get(name) != record.sent[name], f"no {name}", f"{name}: {stored.get(name)!r}")


def foreign_patch(lab: Lab) -> Answer:
    return lab.ask("PATCH", lab.new().path, lab.changed(), type=FROBNICATE)


@promise("PATCH refuses a patch of a type it does not know.", "RFC 5789 §2.2", SHOULD, "patch")
def patch_of_no_type(lab: Lab) -> None:
    expect_refused(foreign_patch(lab))


@promise("415 to a PATCH names the right types in Accept-Patch.", "RFC 5789 §2.2", SHOULD, "patch")
def patch_415(lab: Lab) -> None:
    answer = foreign_patch(lab)
    only_where(answer, 415)
    expect("Accept-Patch" in answer, "a field Accept-Patch", answer)


@promise("OPTIONS names the types of PATCH.", "RFC 5789 §3.1", SHOULD, "patch options")
def patch_in_options(lab: Lab) -> None:
    answer = lab.ask("OPTIONS", lab.standing().path)
    expect("Accept-Patch" in answer, "a field Accept-Patch", answer)


@promise("PATCH accepts the types that Accept-Patch names.", "RFC 5789 §3.1", needs="patch")
def patch_types_hold(lab: Lab) -> None:
    answers = (lab.ask("OPTIONS", lab.standing().path), foreign_patch(lab))
    said = next((one["Accept-Patch"] for one in answers if "Accept-Patch" in one), "")
    if not said:
        raise NotOffered("no Accept-Patch")
    for type in said.split(","):
        answer = lab.ask("PATCH", lab.new().path, lab.changed(), type=type.strip())
        expect(answer.status != 415, f"{type.strip()} is accepted", answer)


@promise("PATCH is all or nothing.", "RFC 5789 §2", needs="patch")
def patch_is_atomic(lab: Lab) -> None:
    record = lab.new()
    before = lab.read(record)
    right = {n: v for n, v in lab.changed().items() if n not in lab.profile.invalid}
    for body in (right | lab.profile.invalid, lab.profile.invalid | right):
        answer = lab.ask("PATCH", record.path, body, type=patch_type(lab))
        if answer.ok:
            raise NotOffered("what the profile calls `invalid` is no invalid patch")
        expect_unchanged(lab, record, before)


def expect_unchanged(lab: Lab, record: Record, before: Any) -> None:
    after = lab.read(record)
    expect(after == before, f"unchanged: {before}"[:200], str(after)[:200])


def merged(lab: Lab, patch: dict[str, Any], record: Record | None = None) -> tuple[Record, Any]:
    """The record that was merged into, and what is stored then."""
    record = record or lab.new()
    answer = lab.ask("PATCH", record.path, patch, type=MERGE)
    expect(answer.ok, "2xx", answer)
    return record, lab.read(record)


@promise("A merge patch keeps what it does not name.", "RFC 7396 §2", needs=MERGE)
def merge_keeps(lab: Lab) -> None:
    name, value = next(iter(lab.changed().items()))
    record, stored = merged(lab, {name: value})
    for other in set(record.sent) - {name}:
        expect(stored.get(other) == record.sent[other], f"{other} as it was",
               repr(stored.get(other)))  # fmt: skip


@promise("null in a merge patch removes.", "RFC 7396 §2", needs=f"{MERGE} optional")
def merge_removes(lab: Lab) -> None:
    name = lab.profile.optional
    record, stored = merged(lab, {name: None})
    expect(stored.get(name) != record.sent[name], f"no {name}", f"{name}: {stored.get(name)!r}")


@promise("A merge patch reaches into objects.", "RFC 7396 §2", needs=f"{MERGE} object")
def merge_nests(lab: Lab) -> None:
    name = lab.profile.first(dict)
    record = special(lab, lab.body() | {name: {"a": {"b": 1, "c": 2}}})
    _, stored = merged(lab, {name: {"a": {"b": None, "d": [1]}}}, record)
    right = {"a": {"c": 2, "d": [1]}}
    expect(stored.get(name) == right, f"{name}: {right}", repr(stored.get(name)))


@promise("A merge patch replaces arrays.", "RFC 7396 §2", needs=f"{MERGE} array")
def merge_replaces_arrays(lab: Lab) -> None:
    name = lab.profile.first(list)
    whole = lab.body()[name]
    _, stored = merged(lab, {name: whole[:1]})
    expect(stored.get(name) == whole[:1], f"{name}: {whole[:1]}", repr(stored.get(name)))


@promise("A JSON Patch does what it says.", "RFC 6902 §4", needs=JSON_PATCH)
def json_patch_works(lab: Lab) -> None:
    record, new = lab.new(), replaced(lab)
    tested = {"op": "test", "path": new["path"], "value": record.sent[new["path"][1:]]}
    answer = lab.ask("PATCH", record.path, operations(lab, tested, new), type=JSON_PATCH)
    expect(answer.ok, "2xx", answer)
    expect_members(lab, record, {new["path"][1:]: new["value"]})


def expect_no_effect(lab: Lab, wrong: dict[str, Any]) -> None:
    record = lab.new()
    before = lab.read(record)
    body = operations(lab, replaced(lab), wrong)
    expect_refused(lab.ask("PATCH", record.path, body, type=JSON_PATCH))
    expect_unchanged(lab, record, before)


@promise("A `test` that fails undoes the JSON Patch.", "RFC 6902 §5", needs=JSON_PATCH)
def json_patch_test(lab: Lab) -> None:
    expect_no_effect(lab, {"op": "test", "path": f"/{lab.profile.first(str)}", "value": "frob"})


@promise("`remove` of nothing undoes the JSON Patch.", "RFC 6902 §4.2", needs=JSON_PATCH)
def json_patch_of_nothing(lab: Lab) -> None:
    expect_no_effect(lab, {"op": "remove", "path": "/frobnicate/9"})


@promise("~1 and ~0 in a pointer are / and ~.", "RFC 6901 §4", needs=f"{JSON_PATCH} object")
def json_patch_escapes(lab: Lab) -> None:
    name = lab.profile.first(dict)
    record = special(lab, lab.body() | {name: {"a/b": 1, "m~n": 2}})
    body = operations(lab, {"op": "replace", "path": f"/{name}/a~1b", "value": 3},
                      {"op": "remove", "path": f"/{name}/m~0n"})  # fmt: skip
    answer = lab.ask("PATCH", record.path, body, type=JSON_PATCH)
    expect(answer.ok, "2xx", answer)
    expect_members(lab, record, {name: {"a/b": 3}})


@promise("PATCH of what is not there makes no 5xx.", "RFC 9110 §15.5.5", SHOULD, "patch")
def patch_of_nothing(lab: Lab) -> None:
    answer = lab.ask("PATCH", lab.missing(), lab.body(), type=patch_type(lab))
    expect_no_fault(answer)
