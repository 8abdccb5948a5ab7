"""Paths and queries (RFC 3986, RFC 9110 §4)."""

from urllib.parse import urljoin, urlsplit

from api.check.answer import Answer
from api.check.lab import Lab
from api.check.promise import (
    SENSE,
    SHOULD,
    Broken,
    expect_no_fault,
    expect_refused,
    expect_status,
    promise,
)

GROUP = "URLs"
ELSEWHERE = "evil.example"
TRAPS = (f"//{ELSEWHERE}", f"//{ELSEWHERE}/x/", f"/\\{ELSEWHERE}", f"/%2f%2f{ELSEWHERE}",
         f"/%5c{ELSEWHERE}", f"//{ELSEWHERE}/%2e%2e", f"/.//{ELSEWHERE}/..")  # fmt: skip
BAD = ("%zz", "%", "%00", "%ff", "%c0%af", "a%00b")


@promise("A redirect of a write keeps its method.", "RFC 9110 §15.4", SHOULD)
def slash_at_the_end(lab: Lab) -> None:
    for method, path in (("POST", lab.profile.records), ("DELETE", lab.missing())):
        other = path.rstrip("/") if path.endswith("/") else f"{path}/"
        answer = lab.ask(method, other, lab.body())
        if answer.status in (301, 302, 303):
            raise Broken("307, 308, or no redirect", f"{answer} Location: {answer['Location']}")


@promise("No path leads to another site.", "RFC 3986 §4.2", SENSE)
def open_redirect(lab: Lab) -> None:
    for path in TRAPS:
        answer = lab.get(path)
        target = urljoin(f"http://{lab.server.authority}/", answer["Location"].replace("\\", "/"))
        if urlsplit(target).hostname == ELSEWHERE:
            raise Broken("no Location at another host", f"Location: {answer['Location']}")


@promise("%41 in a path is A.", "RFC 3986 §6.2.2.2")
def percent_encoded(lab: Lab) -> None:
    head, _, id = lab.standing().path.rpartition("/")
    expect_status(lab.get(f"{head}/%{ord(id[0]):02X}{id[1:]}"), 200)


@promise("A path that makes no sense is 4xx.", "RFC 9110 §15.5", SHOULD)
def bad_percent(lab: Lab) -> None:
    head = lab.standing().path.rpartition("/")[0]
    for bad in BAD:
        expect_refused(lab.get(f"{head}/{bad}"))


@promise("A query that makes no sense makes no 5xx.", "RFC 9110 §15.6", SENSE)
def bad_query(lab: Lab) -> None:
    for query in ("%zz", "a=%ff", "a=%00", "&&=&", "a=b=c;d", "%5B%5D=1", "a[b]=c"):
        expect_no_fault(lab.get(f"{lab.profile.records}?{query}"))


def long(lab: Lab, length: int) -> Answer:
    return lab.get(f"{lab.standing().path}?x={'x' * length}")


@promise("A URL of 7,900 octets is understood.", "RFC 9110 §4.1", SHOULD)
def long_url(lab: Lab) -> None:
    answer = long(lab, 7900 - len(lab.standing().path))
    if answer.status in (414, 431) or answer.status >= 500:
        raise Broken("no 414", str(answer))


@promise("A URL of 60,000 octets makes no 5xx.", "RFC 9110 §15.5.15", SENSE)
def longer_url(lab: Lab) -> None:
    expect_no_fault(long(lab, 60_000))


@promise("A header field of 30,000 octets makes no 5xx.", "RFC 6585 §5", SENSE)
def long_field(lab: Lab) -> None:
    expect_no_fault(lab.get(lab.standing().path, [("X-Frobnicate", "x" * 30_000)]))


@promise("A parameter sent twice makes no 5xx.", "RFC 9110 §15.6", SENSE)
def parameter_twice(lab: Lab) -> None:
    name = lab.profile.limit or "limit"
    expect_no_fault(lab.get(f"{lab.profile.records}?{name}=1&{name}=2"))
