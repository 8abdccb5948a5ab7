"""``@me`` and ``@now``: what each request has its own of."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from models.caller import Moment
from models.folding import fold


@dataclass(frozen=True)
class Asked:
    """Stands among the values for what each request has its own of."""

    what: str
    folded: bool = False


VALUES: dict[str, Callable[[Moment], Any]] = {
    "@me": lambda moment: moment.caller.id,
    "@me.role": lambda moment: moment.caller.role,
    "@me.email": lambda moment: moment.caller.email,
    "@now": lambda moment: moment.now,
    "today": lambda moment: moment.now.date(),
}
# As what kinds they can be taken; the first where nothing else decides.
KINDS = {
    "@me": ("uuid", "string"),
    "@me.role": ("string",),
    "@me.email": ("string",),
    "@now": ("datetime", "date"),
}


def at_this(moment: Moment, givens: Iterable[Any]) -> list[Any]:
    """The values, with what ``@me`` and ``@now`` are."""
    return [_now(one, moment) if isinstance(one, Asked) else one for one in givens]


def folded(value: Any) -> Any:
    """Text without its case, which what is asked for with each request gets then."""
    return replace(value, folded=True) if isinstance(value, Asked) else fold(value)


def _now(asked: Asked, moment: Moment) -> Any:
    value = VALUES[asked.what](moment)
    return fold(value) if asked.folded and value is not None else value
