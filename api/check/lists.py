"""Lists, and the links from page to page (RFC 8288)."""

from collections import Counter

from api.check.answer import at, links
from api.check.lab import Lab
from api.check.offers import next_page, own_record, short_list
from api.check.promise import (
    MAY,
    SENSE,
    NotOffered,
    expect,
    expect_no_fault,
    expect_status,
    promise,
)

GROUP = "Lists"
NONSENSE = ("0", "-1", "abc", "1e30", "99999999999999999999", "", "1.5", "%00")
PAGES = 200


def walk(lab: Lab) -> list[str]:
    """The ids of all pages, as often as they come. Where the list is long it ends sooner."""
    path, seen = short_list(lab), []
    for _ in range(PAGES):
        answer = lab.get(path)
        expect_status(answer, 200)
        ids = [at(item, lab.profile.id) for item in lab.items(answer)]
        if None in ids:
            raise NotOffered("what a list shows has no id")
        seen += [str(id) for id in ids]
        path = next_page(lab, answer)
        if not path:
            return seen
    raise NotOffered(f"more than {PAGES} pages")


@promise("Who follows `next` sees every record once.", "RFC 8288 §3.3", SENSE, "pages")
def next_leads_to_all(lab: Lab) -> None:
    made = {str(lab.new().id) for _ in range(5)}
    seen = Counter(walk(lab))
    twice = [id for id, times in seen.items() if times > 1]
    expect(not twice, "each record once", f"twice: {', '.join(twice[:3])}")
    missed = sorted(made - set(seen))
    expect(not missed, "every record", f"not there: {', '.join(missed[:3])}")


@promise("`next` is right though a record goes meanwhile.", "RFC 8288 §3.3", MAY, "pages delete")
def next_is_stable(lab: Lab) -> None:
    first = lab.get(short_list(lab))
    gone = own_record(lab, first)
    before = walk(lab)
    lab.ask("DELETE", gone)
    lab.forget(gone)
    after = lab.get(next_page(lab, first))
    seen = [str(at(item, lab.profile.id)) for item in lab.items(after)]
    if seen != before[2 : 2 + len(seen)]:
        raise NotOffered("pages are counted: when a record goes, the next one is skipped")


@promise("Link parses.", "RFC 8288 §3", needs="link")
def link_parses(lab: Lab) -> None:
    field = lab.get(short_list(lab))["Link"]
    expect(bool(links(field)), '<…>; rel="…"', field)


@promise("A limit that makes no sense makes no 5xx.", "RFC 9110 §15.6", SENSE)
def limit_is_no_fault(lab: Lab) -> None:
    for value in NONSENSE:
        expect_no_fault(lab.get(f"{lab.profile.records}?{lab.profile.limit or 'limit'}={value}"))


@promise("A limit that makes no sense is refused.", "RFC 9110 §15.5.1", MAY)
def limit_is_refused(lab: Lab) -> None:
    if not lab.profile.limit:
        raise NotOffered("the profile names no `limit` of a list")
    for value in ("-1", "abc"):
        answer = lab.get(f"{lab.profile.records}?{lab.profile.limit}={value}")
        if answer.ok:
            raise NotOffered(f"{lab.profile.limit}={value} is 200")
