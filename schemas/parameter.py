"""Parameters of a question. Whatever is not understood is named, with what would be valid."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from models.refusal import Failure, Refusal

DEFAULT_LIMIT, HIGHEST_LIMIT = 20, 500
HIGHEST_OFFSET = 2**53
MOST_SHOWN = 100
# To list what would be valid makes each of them long.
MOST_FAULTS = 20
Pairs = Iterable[tuple[str, str]]


class Invalid(Exception):
    """One parameter's fault."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


class Bounds(Protocol):
    """How much may be asked at once."""

    @property
    def max_filter(self) -> int: ...
    @property
    def max_conditions(self) -> int: ...
    @property
    def max_expand(self) -> int: ...


def invalid_parameters(failures: list[Failure]) -> Refusal:
    named = ", ".join(dict.fromkeys(failure.pointer for failure in failures))
    return Refusal("invalid-parameter", f"Not valid: {named[:200]}.", failures)


def once(pairs: Pairs) -> tuple[dict[str, str], list[Failure]]:
    """A parameter that is given twice has no meaning."""
    parameters: dict[str, str] = {}
    failures = []
    for name, value in pairs:
        if name in parameters:
            failures.append(Failure(name[:MOST_SHOWN], "twice", "Is given twice."))
        parameters[name] = value
    return parameters, failures


@dataclass(frozen=True)
class Window:
    """Which part of what was found."""

    limit: int = DEFAULT_LIMIT
    offset: int = 0
    count: bool = False


def limit(text: str) -> int:
    number = _whole(text)
    if number is None or not 1 <= number <= HIGHEST_LIMIT:
        raise Invalid("range", f"Must be an integer from 1 to {HIGHEST_LIMIT}.")
    return number


def offset(text: str) -> int:
    number = _whole(text)
    if number is None or number > HIGHEST_OFFSET:
        raise Invalid("range", f"Must be an integer from 0 to {HIGHEST_OFFSET}.")
    return number


def count(text: str) -> bool:
    if text not in ("true", "false"):
        raise Invalid("type", "Must be true or false.")
    return text == "true"


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 20 else None
