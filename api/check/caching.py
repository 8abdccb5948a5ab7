"""What may be kept, by whom, and since when (RFC 9111, RFC 9110 §6.6.1 and §8.8.2)."""

from api.check.answer import date
from api.check.lab import Lab
from api.check.promise import MAY, NotOffered, expect, promise

GROUP = "Caching"
SHARED = {"public", "s-maxage", "must-revalidate"}
OWN = {"private", "no-store"}


@promise("What was answered to a credential is not for shared caches.", "RFC 9111 §3.5",
         needs="credentials")  # fmt: skip
def answers_are_private(lab: Lab) -> None:
    for path in (lab.standing().path, lab.profile.records):
        if lab.get(path, credentials=False).ok:
            raise NotOffered("it is answered without a credential, too")
        answer = lab.get(path)
        said = f"Cache-Control: {answer['Cache-Control'] or '(absent)'}"
        # A shared cache must not store answers to Authorization anyway, unless one of these.
        by_itself = "authorization" in {name.lower() for name in lab.profile.headers}
        safe = answer.directives & OWN or (by_itself and not answer.directives & SHARED)
        expect(bool(safe), "private or no-store", said)


@promise("An answer to a credential says so, by Vary or by Cache-Control.", "RFC 9110 §12.5.5",
         MAY, "credentials")  # fmt: skip
def answers_say_who_they_are_for(lab: Lab) -> None:
    names = {name.lower() for name in lab.profile.credentials} | {"*"}
    answer = lab.get(lab.standing().path)
    if not (answer.names("Vary") & names or answer.directives & OWN):
        raise NotOffered("neither Vary: Authorization nor Cache-Control: private")


@promise("An error is not kept by a cache.", "RFC 9110 §15.1", MAY)
def errors_are_not_kept(lab: Lab) -> None:
    answer = lab.get(lab.missing())
    lasting = [one for one in answer.names("Cache-Control") if one.startswith("max-age=")]
    fresh = not answer.directives & {"no-store", "no-cache", "private", "max-age"}
    if fresh or lasting not in ([], ["max-age=0"]):
        said = answer["Cache-Control"] or "no Cache-Control"
        raise NotOffered(f"{answer.status} with {said}, so a cache may keep it")


@promise("Every answer has a Date.", "RFC 9110 §6.6.1")
def there_is_a_date(lab: Lab) -> None:
    for path in (lab.standing().path, lab.missing()):
        answer = lab.get(path)
        expect("Date" in answer, "a field Date", answer)


@promise("Dates have the one form that may be sent.", "RFC 9110 §5.6.7")
def dates_have_their_form(lab: Lab) -> None:
    answer = lab.get(lab.standing().path)
    for name in ("Date", "Last-Modified"):
        if name in answer:
            expect(date(answer[name]) is not None, "Sun, 06 Nov 1994 08:49:37 GMT",
                   f"{name}: {answer[name]}")  # fmt: skip


@promise("Last-Modified is not in the future.", "RFC 9110 §8.8.2.1", needs="modified")
def last_modified_is_past(lab: Lab) -> None:
    answer = lab.get(lab.new().path)
    changed, sent = date(answer["Last-Modified"]), date(answer["Date"])
    if changed is None or sent is None:
        raise NotOffered("no two dates to compare")
    expect(changed <= sent, f"at most {answer['Date']}", answer["Last-Modified"])
