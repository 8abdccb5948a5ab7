"""Conditions of a request (RFC 9110 section 13): read from its header fields, and weighed against
what is there. Pure: what a failed condition is answered with is the resource's business."""

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from models.refusal import Refusal

CODINGS = ("zstd", "br", "gzip")
"""A representation in one of these content codings has another tag: ``"x"`` becomes ``"x.br"``."""
TAG = re.compile(r'(W/)?"([\x21\x23-\x7e\x80-\xff]*)"')
GAP = re.compile(r"[ \t,]*")
SEPARATOR = re.compile(r"[ \t]*(?:,|$)")
DATES = ("%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %d %H:%M:%S %Y")
"""What a recipient must read (RFC 9110 section 5.6.7); the first is what is sent."""
SECOND = timedelta(seconds=1)
HEADERS = ("If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since")


@dataclass(frozen=True, slots=True)
class Validators:
    """Of what there is: ``tag`` is its entity tag without quotes and content coding, None where
    the caller may not read it; ``modified`` where it has that. What was deleted has nothing but
    the time of its deletion."""

    tag: str | None = None
    modified: datetime | None = None
    exists: bool = True

    def is_called(self, tag: str) -> bool:
        """By its tag, or by the revision that this begins with; or by the tag that it has where
        those that it refers to are shown with it."""
        if self.tag is None:
            return False
        if tag.isdecimal():
            return tag == self.tag.partition("-")[0]
        return uncoded(tag) == self.tag or tag.startswith(f"{self.tag}-")


NOTHING = Validators(exists=False)


class Tags(NamedTuple):
    """What a field lists, each with whether it is weak; ``anything`` for ``*``."""

    listed: tuple[tuple[bool, str], ...] = ()
    anything: bool = False

    def match(self, there: Validators) -> bool:
        """By strong comparison. Any coding of a representation is that representation, to whoever
        wants to change it; and a bare number means its revision."""
        if self.anything:
            return there.exists
        return any(not weak and there.is_called(tag) for weak, tag in self.listed)

    def match_weakly(self, there: Validators) -> bool:
        """By weak comparison, in any coding; a bare number is no name here."""
        known = self.anything or any(uncoded(tag) == there.tag for _, tag in self.listed)
        return there.exists and known

    def name(self, there: Validators, coding: str | None) -> str | None:
        """By weak comparison, the tag that calls it by its name, in ``coding`` or as it is."""
        if there.tag is None or not there.exists:
            return None
        if self.anything:
            return there.tag
        names = (there.tag, coded(there.tag, coding))
        return next((tag for _, tag in self.listed if tag in names), None)


def coded(tag: str, coding: str | None) -> str:
    return f"{tag}.{coding}" if coding else tag


def uncoded(tag: str) -> str:
    name, dot, coding = tag.rpartition(".")
    return name if dot and coding in CODINGS else tag


@dataclass(frozen=True, slots=True)
class Conditions:
    match: Tags | None = None
    none_match: Tags | None = None
    modified_since: datetime | None = None
    unmodified_since: datetime | None = None

    @property
    def guard_a_write(self) -> bool:
        """Whether there is one that a write depends on."""
        return bool(self.match or self.none_match or self.unmodified_since)

    @property
    def guard_a_read(self) -> bool:
        return self.guard_a_write or self.modified_since is not None

    def failed(self, there: Validators) -> str | None:
        """The field for which the answer is 412, of those that concern every method."""
        if self.match is not None:
            return None if self.match.match(there) else "If-Match"
        since = self.unmodified_since
        if since and there.modified and _whole_second(there.modified) > since:
            return "If-Unmodified-Since"
        return None

    def failed_to_write(self, there: Validators, now: datetime) -> str | None:
        """What changed within the last second may have changed twice under one date."""
        if failed := self.failed(there):
            return failed
        dated = self.match is None and self.unmodified_since is not None
        if dated and there.modified and now - there.modified < SECOND:
            return "If-Unmodified-Since"
        if self.none_match is not None and self.none_match.match_weakly(there):
            return "If-None-Match"
        return None

    def unmodified(self, there: Validators, coding: str | None) -> str | None:
        """For GET and HEAD: the tag under which the client has it already, for a 304."""
        if self.none_match is not None:
            return self.none_match.name(there, coding)
        if self.modified_since is None or there.modified is None or there.tag is None:
            return None
        fresh = _whole_second(there.modified) <= self.modified_since
        return there.tag if fresh else None


def read_conditions(headers: Mapping[str, str]) -> Conditions:
    """400 where tags are none; a date that is none is ignored, as the RFC asks."""
    return Conditions(
        match=_tags(headers, "If-Match"),
        none_match=_tags(headers, "If-None-Match"),
        modified_since=_date(headers.get("If-Modified-Since")),
        unmodified_since=_date(headers.get("If-Unmodified-Since")),
    )


NONE = Conditions()


def _tags(headers: Mapping[str, str], name: str) -> Tags | None:
    if name not in headers:
        return None
    text = headers[name].strip(" \t")
    if text == "*":
        return Tags(anything=True)
    listed = []
    at = GAP.match(text).end()  # type: ignore[union-attr]
    while at < len(text):
        tag = TAG.match(text, at)
        if tag is None or not SEPARATOR.match(text, tag.end()):
            break
        listed.append((tag[1] is not None, tag[2]))
        at = GAP.match(text, tag.end()).end()  # type: ignore[union-attr]
    if at < len(text) or not listed:
        example = '`*`, or entity tags in quotes as in `"412-7"`'
        raise Refusal("malformed-request", f"{name} must be {example}.")
    return Tags(tuple(listed))


def _date(text: str | None) -> datetime | None:
    for form in DATES if text else ():
        with suppress(ValueError):
            return datetime.strptime(text.strip(" \t"), form).replace(tzinfo=UTC)  # type: ignore[union-attr]
    return None


def _whole_second(at: datetime) -> datetime:
    """As Last-Modified tells it."""
    return at.replace(microsecond=0)
