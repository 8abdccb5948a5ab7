"""A promise: what is tried, which section makes it, and how it ends."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from api.check.answer import Answer

if TYPE_CHECKING:
    from api.check.lab import Lab

MUST, SHOULD, SENSE, MAY = "MUST", "SHOULD", "sense", "MAY"
"""SENSE: no RFC says it in capitals, yet no client can do without it. MAY: is never broken."""

KEPT, BROKEN, NOT_OFFERED, NOT_TRIED = "kept", "broken", "not offered", "not tried"


class Broken(Exception):
    def __init__(self, expected: str, seen: str) -> None:
        super().__init__(expected, seen)
        self.expected = expected
        self.seen = seen


class NotOffered(Exception):
    """Its text says what the server does not have."""


class NotTried(Exception):
    """Its text says why nothing can be told: it is no fault of the server."""


@dataclass(frozen=True)
class Promise:
    id: str
    sentence: str
    section: str
    level: str
    needs: tuple[str, ...]
    keep: Callable[["Lab"], None]


class Outcome(NamedTuple):
    promise: Promise
    group: str
    verdict: str
    expected: str = ""
    seen: str = ""


def promise(
    sentence: str, section: str, level: str = MUST, needs: str = ""
) -> Callable[[Callable[["Lab"], None]], Promise]:
    """The function's name is the promise's id. ``needs``: names in ``offers.OFFERS``."""

    def made(keep: Callable[["Lab"], None]) -> Promise:
        name = keep.__name__.strip("_").replace("_", "-")
        return Promise(name, sentence, section, level, tuple(needs.split()), keep)

    return made


def expect(holds: bool, expected: str, seen: Answer | str) -> None:
    if not holds:
        raise Broken(expected, str(seen) or "nothing")


def expect_status(answer: Answer, *statuses: int) -> None:
    expect(answer.status in statuses, " or ".join(map(str, statuses)), answer)


def only_where(answer: Answer, status: int) -> None:
    """Nothing is promised of an answer that has another status."""
    if answer.status != status:
        raise NotOffered(f"{answer.status} instead of a {status}")


def expect_refused(answer: Answer) -> None:
    expect(answer.refused, "4xx", answer)


def expect_no_fault(answer: Answer) -> None:
    """501 says what the server cannot do, so it is no fault (RFC 9110 §15.6.2)."""
    expect(answer.status < 500 or answer.status == 501, "no 5xx", answer)
