"""``@me`` and ``@now``: what each request has its own of, bound by name in any statement."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from models.caller import Moment
from models.folding import fold

# As what kinds they can be taken; the first where nothing else decides.
KINDS = {
    "@me": ("uuid", "string"),
    "@me.role": ("string",),
    "@me.email": ("string",),
    "@now": ("datetime", "date"),
}
VALUES: dict[str, Callable[[Moment], Any]] = {
    "@me": lambda moment: moment.caller.id,
    "@me.role": lambda moment: moment.caller.role,
    "@me.email": lambda moment: moment.caller.email,
    "@now": lambda moment: moment.now,
}


@dataclass(frozen=True)
class Momentary:
    """One of them, as a value of a kind; ``folded``: text without its case."""

    word: str
    kind: str
    folded: bool = False

    @property
    def name(self) -> str:
        """Under which it is bound."""
        word = self.word[1:].replace(".", "_").upper()
        return f"{word}_{self.kind}{'_folded' if self.folded else ''}"

    def value(self, moment: Moment) -> Any:
        value = VALUES[self.word](moment)
        if self.kind == "date":
            return value.date()
        return fold(value) if self.folded and value is not None else value


ALL = tuple(
    Momentary(word, kind, folded)
    for word, kinds in KINDS.items()
    for kind in kinds
    for folded in ((False, True) if kind == "string" else (False,))
)
ITEM = "_item"
"""At the end of a name: as an item of an array."""


def momentary_parameters(moment: Moment) -> dict[str, Any]:
    """All that statements may ask of the moment."""
    values = {one.name: one.value(moment) for one in ALL}
    return values | {f"{name}{ITEM}": value for name, value in values.items()}
