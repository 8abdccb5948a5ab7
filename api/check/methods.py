"""Methods, and the statuses that answer them (RFC 9110 §9, RFC 9112 §3.2)."""

from api.check.answer import Answer
from api.check.lab import Lab
from api.check.offers import lacks
from api.check.promise import SHOULD, Broken, NotOffered, expect, expect_status, only_where, promise

GROUP = "Methods"
# Each answer has its own, or a HEAD need not compute them (§9.3.2).
OWN = {"date", "age", "connection", "keep-alive", "server-timing", "set-cookie", "expires"}
LATE = {"content-length", "transfer-encoding", "vary", "content-encoding", "trailer"}


@promise("HEAD answers with the status and the header fields of GET.", "RFC 9110 §9.3.2")
def head_is_get(lab: Lab) -> None:
    path = lab.standing().path
    head, gets = lab.ask("HEAD", path), [lab.get(path) for _ in range(2)]
    expect_status(head, gets[0].status)
    for name in {name.lower() for name, _ in gets[0].fields} - OWN:
        if gets[0][name] != gets[1][name] or (name in LATE and name not in head):
            continue
        saw = f"{name}: {head[name] or '(absent)'} for HEAD, {gets[0][name]} for GET"
        expect(head[name] == gets[0][name], "the same fields", saw)


@promise("HEAD has no body.", "RFC 9110 §9.3.2", needs="head")
def head_has_no_body(lab: Lab) -> None:
    for path in (lab.standing().path, lab.missing()):
        head = lab.ask("HEAD", path)
        expect(not head.body, "no byte after the head", head)


@promise("Content-Length of HEAD is that of GET.", "RFC 9110 §8.6", needs="head")
def head_length(lab: Lab) -> None:
    path = lab.standing().path
    head, get = lab.ask("HEAD", path), lab.get(path)
    if not head["Content-Length"]:
        raise NotOffered("no Content-Length for HEAD")
    length = str(len(get.body))
    expect(head["Content-Length"] == length, length, head["Content-Length"])


@promise("HEAD of what is not there is refused as GET is.", "RFC 9110 §9.3.2", needs="head")
def head_of_nothing(lab: Lab) -> None:
    path = lab.missing()
    expect_status(lab.ask("HEAD", path), lab.get(path).status)


@promise("What is not there is 404 or 410.", "RFC 9110 §15.5.5", SHOULD)
def unknown_record(lab: Lab) -> None:
    expect_status(lab.get(lab.missing()), 404, 410)


@promise("GET changes nothing.", "RFC 9110 §9.2.1")
def get_is_safe(lab: Lab) -> None:
    path = lab.new().path
    first, _, third = [lab.get(path) for _ in range(3)]
    expect(first["ETag"] == third["ETag"], f"ETag {first['ETag']}", third["ETag"])
    expect(first.value == third.value, f"the same record: {first}", third)


def not_allowed(lab: Lab) -> Answer:
    """A method that HTTP knows and the resource does not have."""
    for method, path in (("POST", lab.standing().path), ("PATCH", lab.profile.records)):
        answer = lab.ask(method, path, lab.body())
        if not answer.ok:
            return answer
    raise NotOffered("every method that was tried is allowed")


@promise("A method that a resource does not have is 405.", "RFC 9110 §9.1", SHOULD)
def method_405(lab: Lab) -> None:
    expect_status(not_allowed(lab), 405)


@promise("405 says in Allow what would be allowed.", "RFC 9110 §15.5.6")
def allow_of_405(lab: Lab) -> None:
    answer = not_allowed(lab)
    only_where(answer, 405)
    expect("Allow" in answer, "a field Allow", answer)


@promise("OPTIONS says in Allow what 405 says.", "RFC 9110 §9.3.7", SHOULD, "options")
def allow_of_options(lab: Lab) -> None:
    refused = not_allowed(lab)
    options = lab.ask("OPTIONS", refused.asked.split()[1])
    expect("Allow" in options, "a field Allow", options)
    if "Allow" in refused:
        said = refused.names("Allow") - {"head", "options"}
        expect(options.names("Allow") - {"head", "options"} == said, refused["Allow"],
               options["Allow"])  # fmt: skip


@promise("Allow names every method that works.", "RFC 9110 §10.2.1")
def allow_is_true(lab: Lab) -> None:
    answers = (lab.ask("OPTIONS", lab.standing().path), lab.ask("POST", lab.standing().path))
    said = next((one for one in answers if "Allow" in one), None)
    if said is None:
        raise NotOffered("no Allow")
    works = {"get"} | {name for name in ("put", "patch", "delete") if not lacks(lab, name)}
    expect(works <= said.names("Allow"), f"at least {', '.join(sorted(works)).upper()}",
           said["Allow"])  # fmt: skip


@promise("A method that nobody knows is refused, by 501 or 405.", "RFC 9110 §9.1", SHOULD)
def unknown_method(lab: Lab) -> None:
    expect_status(lab.ask("FROBNICATE", lab.standing().path), 501, 405, 400, 403)


@promise("`get` is not GET: methods are case-sensitive.", "RFC 9110 §9.1")
def method_case(lab: Lab) -> None:
    answer = lab.ask("get", lab.standing().path)
    expect(not answer.ok, "a refusal", answer)


@promise("TRACE sends no credentials back.", "RFC 9110 §9.3.8", SHOULD)
def trace(lab: Lab) -> None:
    answer = lab.ask("TRACE", lab.standing().path, fields=[("Cookie", "secret=frobnicate")])
    expect(b"frobnicate" not in answer.body, "no field that may hold a secret", answer)


@promise("A request without Host is 400.", "RFC 9112 §3.2")
def host_missing(lab: Lab) -> None:
    expect_status(lab.ask("GET", lab.standing().path, hosts=()), 400)


@promise("A request with two Host fields is 400.", "RFC 9112 §3.2")
def host_twice(lab: Lab) -> None:
    hosts = (lab.server.authority, "other.example")
    expect_status(lab.ask("GET", lab.standing().path, hosts=hosts), 400)


@promise("POST that makes a record is 201.", "RFC 9110 §9.3.3", SHOULD)
def post_is_201(lab: Lab) -> None:
    expect_status(lab.standing().answer, 201)


@promise("POST that makes a record says where, in Location.", "RFC 9110 §9.3.3", SHOULD)
def post_has_location(lab: Lab) -> None:
    answer = lab.standing().answer
    expect("Location" in answer, "a field Location", answer)


@promise("Location leads to what was made.", "RFC 9110 §10.2.2", needs="location")
def location_leads(lab: Lab) -> None:
    record = lab.standing()
    path = lab.local(record.answer["Location"], lab.profile.records)
    there, here = lab.get(path), lab.get(record.path)
    expect_status(there, 200)
    if there.value != here.value:
        raise Broken(f"the record that was made: {here}", str(there))


@promise("DELETE, and it is gone.", "RFC 9110 §9.3.5", needs="delete")
def deleted_is_gone(lab: Lab) -> None:
    record = lab.new()
    lab.ask("DELETE", record.path)
    expect_status(lab.get(record.path), 404, 410)


@promise("DELETE can be repeated.", "RFC 9110 §9.2.2", needs="delete")
def delete_again(lab: Lab) -> None:
    record = lab.new()
    lab.ask("DELETE", record.path)
    again = lab.ask("DELETE", record.path)
    expect(again.ok or again.status in (404, 410), "2xx, 404 or 410", again)


@promise("204 has no body and no Content-Length.", "RFC 9110 §8.6", needs="delete")
def no_content(lab: Lab) -> None:
    answer = lab.ask("DELETE", lab.new().path)
    if answer.status != 204:
        raise NotOffered(f"DELETE is {answer.status}")
    expect(not answer.body, "no body", answer)
    expect("Content-Length" not in answer, "no Content-Length", answer["Content-Length"])
