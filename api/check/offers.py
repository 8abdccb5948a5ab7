"""What a server offers, found out by trying it once. An offer returns why it is none, or ""."""

from collections.abc import Callable
from typing import Any

from api.check.answer import Answer, at, links
from api.check.lab import JSON, Lab, NoRecord, Record
from api.check.promise import NotOffered
from api.check.wire import NoAnswer

MERGE, JSON_PATCH = "application/merge-patch+json", "application/json-patch+json"
GZIP = (("Accept-Encoding", "gzip"),)


def lacks(lab: Lab, offer: str) -> str:
    """Raises NoAnswer, once."""
    try:
        return lab.once(("offer", offer), lambda: OFFERS[offer](lab))
    except NoAnswer as error:
        # It is told now; to wait for it again and again would take for ever.
        lab.found["offer", offer] = str(error)
        raise


def heads(lab: Lab) -> str:
    answer = lab.ask("HEAD", lab.standing().path)
    return "" if answer.ok else f"HEAD of a record is {answer.status}"


def puts(lab: Lab) -> str:
    answer = lab.ask("PUT", lab.new().path, lab.changed())
    return "" if answer.ok else f"PUT of a record is {answer.status}"


def puts_create(lab: Lab) -> str:
    answer = lab.ask("PUT", lab.missing(), lab.body())
    return "" if answer.ok else f"PUT of a new record is {answer.status}"


def deletes(lab: Lab) -> str:
    answer = lab.ask("DELETE", lab.new().path)
    return "" if answer.ok else f"DELETE of a record is {answer.status}"


def patches_as(type: str) -> Callable[[Lab], str]:
    def offer(lab: Lab) -> str:
        answer = lab.ask("PATCH", lab.new().path, lab.changed(), type=type)
        return "" if answer.ok else f"PATCH with {type} is {answer.status}"

    return offer


def patches_by_operations(lab: Lab) -> str:
    """Some take any type for a merge: it counts only if the operation was carried out."""
    member, record = lab.profile.first(str), lab.new()
    if not member:
        return "the profile's `body` has no text to patch"
    answer = lab.ask("PATCH", record.path, operations(lab, replaced(lab)), type=JSON_PATCH)
    done = answer.ok and at(lab.read(record), f"/{member}") == lab.profile.changed.get(member)
    return "" if done else f"PATCH with {JSON_PATCH} is {answer.status}"


def replaced(lab: Lab) -> dict[str, Any]:
    member = lab.profile.first(str)
    return {"op": "replace", "path": f"/{member}", "value": lab.profile.changed.get(member)}


def operations(lab: Lab, *given: dict[str, Any]) -> bytes:
    """A JSON Patch of the record, wherever it lies in the body."""
    wrapper = lab.profile.wrapper
    prefix = f"/{wrapper}" if wrapper else ""
    paths = ({k: prefix + v if k in ("path", "from") else v for k, v in o.items()} for o in given)
    return Lab.plain(list(paths))


def patch_type(lab: Lab) -> str:
    return next((type for type in (MERGE, JSON) if not lacks(lab, type)), "")


def patches(lab: Lab) -> str:
    return "" if patch_type(lab) else "no PATCH of a record"


def writes(lab: Lab) -> str:
    return lacks(lab, "put") and lacks(lab, "patch") and "neither PUT nor PATCH of a record"


def special(lab: Lab, value: dict[str, Any]) -> Record:
    """A record that not every server need accept."""
    try:
        return lab.new(value)
    except NoRecord as refused:
        raise NotOffered(str(refused)) from refused


def change(lab: Lab, record: Record | str, *fields: tuple[str, str], body: Any = None) -> Answer:
    """A write, by PUT where there is one, else by PATCH."""
    path = record if isinstance(record, str) else record.path
    body = lab.changed() if body is None else body
    if not lacks(lab, "put"):
        return lab.ask("PUT", path, body, fields)
    return lab.ask("PATCH", path, body, fields, type=patch_type(lab))


def tag_of(lab: Lab, record: Record) -> str:
    return lab.get(record.path)["ETag"]


def has_field(name: str, path: Callable[[Lab], str]) -> Callable[[Lab], str]:
    return lambda lab: "" if name in lab.get(path(lab)) else f"no {name}"


def has_strong_tag(lab: Lab) -> str:
    tag = tag_of(lab, lab.standing())
    return "" if tag.startswith('"') else "no strong ETag" if tag else "no ETag"


def has_location(lab: Lab) -> str:
    return "" if "Location" in lab.standing().answer else "no Location in the answer to POST"


def answers_options(lab: Lab) -> str:
    answer = lab.ask("OPTIONS", lab.standing().path)
    return "" if answer.ok else f"OPTIONS is {answer.status}"


def compresses(lab: Lab) -> str:
    return "" if compressed(lab)["Content-Encoding"] == "gzip" else "no answer in gzip"


def compressed(lab: Lab) -> Answer:
    """Of a list, long enough to be worth it."""
    lab.once("enough", lambda: [lab.new() for _ in range(12)])
    return lab.get(lab.profile.records, GZIP)


def short_list(lab: Lab) -> str:
    """The path of a list that is longer than its first page."""
    lab.once("enough", lambda: [lab.new() for _ in range(12)])
    return f"{lab.profile.records}?{lab.profile.limit or 'limit'}=2"


def pages(lab: Lab) -> str:
    if not lab.profile.limit:
        return "the profile names no `limit` of a list"
    return "" if next_page(lab, lab.get(short_list(lab))) else "no link to a next page"


def links_pages(lab: Lab) -> str:
    return "" if "Link" in lab.get(short_list(lab)) else "no Link"


def next_page(lab: Lab, answer: Answer) -> str:
    """The path of the next page, "" if there is none."""
    pointed = at(answer.value, lab.profile.next) if lab.profile.next else None
    field = answer[lab.profile.next_field] if lab.profile.next_field else ""
    linked = (links(answer["Link"]) or {}).get("next", "")
    reference = linked or field or (pointed if isinstance(pointed, str) else "")
    return lab.local(reference, answer.asked.split()[1]) if reference else ""


def own_record(lab: Lab, answer: Answer) -> str:
    """The path of one on this page of a list that we made: others are not ours to change."""
    paths = [lab.path_of(at(item, lab.profile.id)) for item in lab.items(answer)]
    mine = [path for path in paths if path in lab.made]
    if not mine:
        raise NotOffered("none of the first records of the list is ours")
    return mine[0]


def has_credentials(lab: Lab) -> str:
    names = {name.lower() for name in lab.profile.credentials}
    return "" if names & {n.lower() for n in lab.profile.headers} else "the profile has none"


def has_member(kind: type, words: str) -> Callable[[Lab], str]:
    return lambda lab: "" if lab.profile.first(kind) else f"the profile's `body` has no {words}"


def names_optional(lab: Lab) -> str:
    return "" if lab.profile.optional else "the profile names no `optional` member"


def claims(name: str) -> Callable[[Lab], str]:
    return lambda lab: "" if getattr(lab.profile.claims, name) else "not claimed"


OFFERS: dict[str, Callable[[Lab], str]] = {
    "head": heads,
    "put": puts,
    "put-creates": puts_create,
    "delete": deletes,
    "patch": patches,
    MERGE: patches_as(MERGE),
    JSON: patches_as(JSON),
    JSON_PATCH: patches_by_operations,
    "write": writes,
    "tag": has_field("ETag", lambda lab: lab.standing().path),
    "strong-tag": has_strong_tag,
    "modified": has_field("Last-Modified", lambda lab: lab.standing().path),
    "list-tag": has_field("ETag", lambda lab: lab.profile.records),
    "location": has_location,
    "options": answers_options,
    "gzip": compresses,
    "pages": pages,
    "link": links_pages,
    "credentials": has_credentials,
    "optional": names_optional,
    "text": has_member(str, "text"),
    "integer": has_member(int, "integer"),
    "member": lambda lab: lacks(lab, "integer") and lacks(lab, "text"),
    "object": has_member(dict, "object"),
    "array": has_member(list, "array"),
    "idempotency": claims("idempotency_key"),
    "prefer": claims("prefer"),
    "cors": claims("cors_origin"),
}
