"""What a run says: to a person, to a machine, and in a table."""

import json
from collections import Counter
from collections.abc import Iterable
from itertools import groupby

from api.check.promise import BROKEN, KEPT, NOT_OFFERED, NOT_TRIED, Outcome

MARKS = {KEPT: "✓", BROKEN: "✗", NOT_OFFERED: "–", NOT_TRIED: "?"}  # noqa: RUF001


def score(outcomes: Iterable[Outcome]) -> tuple[Counter[str], int]:
    """(verdict -> how many, percent kept of what is offered)."""
    counts = Counter(one.verdict for one in outcomes)
    tried = counts[KEPT] + counts[BROKEN]
    return counts, counts[KEPT] * 100 // tried if tried else 0


def summary(name: str, outcomes: list[Outcome]) -> str:
    counts, percent = score(outcomes)
    words = [f"{counts[verdict]} {verdict}" for verdict in MARKS if counts[verdict]]
    return f"{name}: {', '.join(words)}. Score: {counts[KEPT]} of {counts[KEPT] + counts[BROKEN]} \
promises it could keep, {percent} %."


def as_text(name: str, outcomes: list[Outcome]) -> str:
    lines = []
    for group, ones in groupby(outcomes, key=lambda one: one.group):
        lines += ["", group]
        for one in ones:
            lines.append(f"  {MARKS[one.verdict]} {one.promise.sentence}  [{one.promise.section}]")
            lines += [f"      {line}" for line in remarks(one)]
    return "\n".join([*lines[1:], "", summary(name, outcomes)])


def remarks(one: Outcome) -> list[str]:
    if one.verdict == BROKEN:
        return [f"{one.promise.level}. expected: {one.expected}", f"seen: {one.seen}"]
    return [one.seen] if one.seen else []


def as_json(name: str, outcomes: list[Outcome]) -> str:
    counts, percent = score(outcomes)
    promises = [
        {
            "id": one.promise.id,
            "group": one.group,
            "promise": one.promise.sentence,
            "section": one.promise.section,
            "level": one.promise.level,
            "verdict": one.verdict,
            "expected": one.expected or None,
            "seen": one.seen or None,
        }
        for one in outcomes
    ]
    whole = {"name": name, "counts": dict(counts), "percent": percent, "promises": promises}
    return json.dumps(whole, indent=1, ensure_ascii=False)


def as_markdown(name: str, outcomes: list[Outcome]) -> str:
    """A table of one server."""
    return table({name: outcomes})


def table(servers: dict[str, list[Outcome]]) -> str:
    """Promise x server, with a footnote of what was seen for each broken one."""
    notes: list[str] = []
    head = ["promise", "section", *servers]
    lines = [row(head), row(["---", "---", *[":-:"] * len(servers)])]
    group = ""
    for ones in zip(*servers.values(), strict=True):
        if ones[0].group != group:
            group = ones[0].group
            lines.append(row([f"**{group}**", *[""] * (len(servers) + 1)]))
        marks = [mark(name, one, notes) for name, one in zip(servers, ones, strict=True)]
        said = ones[0].promise
        lines.append(row([said.sentence, f"{said.section}, {said.level}", *marks]))
    lines.append(row(["**Offered**", "", *map(offered, servers.values())]))
    lines.append(row(["**Kept, of what is offered**", "", *map(fraction, servers.values())]))
    return "\n".join([*lines, "", *notes])


def mark(name: str, one: Outcome, notes: list[str]) -> str:
    if one.verdict not in (BROKEN, NOT_TRIED):
        return MARKS[one.verdict]
    number = len(notes) + 1
    wanted = f"expected {code(one.expected)}, " if one.expected else ""
    notes.append(f"{number}. {name}, {one.promise.id}: {wanted}seen {code(one.seen)}")
    return f"{MARKS[one.verdict]} ({number})"


def code(text: str) -> str:
    """As Markdown shows it unchanged, whatever a server said."""
    return f"`{' '.join(text.replace('`', chr(39)).split())}`"


def offered(outcomes: list[Outcome]) -> str:
    counts, _ = score(outcomes)
    return f"**{counts[KEPT] + counts[BROKEN]} of {len(outcomes)}**"


def fraction(outcomes: list[Outcome]) -> str:
    counts, percent = score(outcomes)
    return f"**{counts[KEPT]} of {counts[KEPT] + counts[BROKEN]}, {percent} %**"


def row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
