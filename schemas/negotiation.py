"""What a client accepts (RFC 9110 section 12.5): media types and content codings, by weight."""

import re
from collections.abc import Sequence

WEIGHT = re.compile(r"q[ \t]*=[ \t]*(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)", re.IGNORECASE)
RANGE = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+/[!#$%&'*+.^_`|~0-9A-Za-z-]+")
ANYTHING = ("*/*", "")


def admits(accept: str | None, offered: str) -> bool:
    """Whether ``Accept`` admits the media type. Parameters of a range other than its weight do
    not matter; a field in which nothing can be understood is as good as none."""
    if accept is None or accept in ANYTHING:
        return True
    weights = {name: q for name, q in _weighed(accept) if RANGE.fullmatch(name)}
    if not weights:
        return True
    kind = offered.partition(";")[0]
    ranges = (kind, f"{kind.partition('/')[0]}/*", "*/*")
    return next((weights[one] for one in ranges if one in weights), 0.0) > 0


def best_coding(accept_encoding: str | None, offered: Sequence[str]) -> str | None:
    """The content coding of those ``offered`` that is liked best, of equals the first; None for
    none at all. Who says nothing wants none."""
    weights = dict(_weighed(accept_encoding or ""))
    rest = weights.get("*", 0.0)
    liked = {coding: weights.get(coding, rest) for coding in offered}
    best = max(offered, key=lambda coding: liked[coding])
    return best if liked[best] > 0 and liked[best] >= weights.get("identity", 0.0) else None


def admits_identity(accept_encoding: str | None) -> bool:
    if accept_encoding is None or ";" not in accept_encoding:
        return True
    weights = dict(_weighed(accept_encoding))
    return weights.get("identity", weights.get("*", 1.0)) > 0


def _weighed(text: str) -> list[tuple[str, float]]:
    """Each member with its weight; of one that is there twice the last counts."""
    found = []
    for member in text.split(","):
        name, *parameters = member.split(";")
        weight = 1.0
        for parameter in parameters:
            if said := WEIGHT.fullmatch(parameter.strip()):
                weight = float(said[1])
        if name.strip():
            found.append((name.strip().lower(), weight))
    return found
