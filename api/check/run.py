"""Tries every promise on one server."""

from collections.abc import Iterator

from api.check.catalogue import CATALOGUE
from api.check.lab import Lab, NoRecord
from api.check.offers import lacks
from api.check.profile import BadProfile, Profile
from api.check.promise import (
    BROKEN,
    KEPT,
    NOT_OFFERED,
    NOT_TRIED,
    Broken,
    NotOffered,
    NotTried,
    Outcome,
    Promise,
)
from api.check.wire import NoAnswer, Server

HANGING = 3
"""Promises in a row without any answer, after which the server is taken for gone."""


class Unreachable(Exception):
    """Its text is a sentence."""


def check(server: Server, profile: Profile, seconds: float) -> list[Outcome]:
    """Raises Unreachable if there is no server, BadProfile if it is not as the profile says."""
    lab = Lab(server, profile, seconds)
    try:
        begin(lab)
        return list(outcomes(lab))
    finally:
        lab.clean_up()


def begin(lab: Lab) -> None:
    try:
        lab.set_up()
        record = lab.standing()
        answer = lab.get(record.path)
    except NoAnswer as error:
        raise Unreachable(f"{lab.server.authority} gives {error}.") from error
    except (NoRecord, NotTried) as error:
        raise BadProfile(str(error)) from error
    if not answer.ok or not isinstance(lab.unwrap(answer), dict):
        raise BadProfile(f"The record that was made is not at `record`. {answer}")


def outcomes(lab: Lab) -> Iterator[Outcome]:
    silent = 0
    for group, one in CATALOGUE:
        if silent >= HANGING:
            yield Outcome(one, group, NOT_TRIED, seen="the server does not answer any more")
            continue
        try:
            told = outcome(lab, group, one)
            # Nothing need have been asked for that.
            silent = silent if told.verdict == NOT_OFFERED else 0
            yield told
        except NoAnswer as error:
            silent += 1
            yield Outcome(one, group, BROKEN, "an answer", str(error))


def outcome(lab: Lab, group: str, one: Promise) -> Outcome:
    """Raises NoAnswer."""
    lab.begin()
    try:
        for need in one.needs:
            if reason := lacks(lab, need):
                raise NotOffered(reason)
        one.keep(lab)
    except Broken as broken:
        return Outcome(one, group, BROKEN, broken.expected, broken.seen)
    except NotOffered as reason:
        return Outcome(one, group, NOT_OFFERED, seen=str(reason))
    except NoAnswer:
        raise
    except NoRecord as error:
        return Outcome(one, group, BROKEN, "a record", str(error))
    # A server so odd that a probe stumbles over it must not end the run.
    except Exception as error:
        return Outcome(one, group, NOT_TRIED, seen=f"{type(error).__name__}: {error}")
    return Outcome(one, group, KEPT)
