"""JSON values in memory: never by recursion, since they may nest deeper than Python's stack."""

from decimal import Decimal
from typing import Any

CONTAINERS = (dict, list)


def _inner(container: Any) -> Any:
    return container.values() if isinstance(container, dict) else container


def deeper(value: Any, most: int) -> bool:
    level, depth = [value], 0
    while level:
        containers = [one for one in level if isinstance(one, CONTAINERS)]
        if containers and depth == most:
            return True
        depth += 1
        level = [inner for one in containers for inner in _inner(one)]
    return False


def copied(value: Any) -> Any:
    """Two places never share an array or an object."""
    holder = [value]
    waiting: list[Any] = [holder]
    while waiting:
        one = waiting.pop()
        for name, inner in one.items() if isinstance(one, dict) else enumerate(one):
            if isinstance(inner, CONTAINERS):
                one[name] = inner.copy()
                waiting.append(one[name])
    return holder[0]


def size(value: Any, most: int) -> int:
    """About how many bytes it has as JSON; over ``most`` no more of it is looked at."""
    total = 0
    waiting = [value]
    while waiting and total <= most:
        one = waiting.pop()
        total += _own_size(one)
        if isinstance(one, CONTAINERS) and total <= most:
            waiting += _inner(one)
            if isinstance(one, dict):
                waiting += one
    return total


def _own_size(value: Any) -> int:
    """Of an array or an object: brackets and commas."""
    if isinstance(value, str):
        return len(value.encode(errors="surrogatepass")) + 2
    return len(value) + 2 if isinstance(value, CONTAINERS) else len(str(value))


def equal(one: Any, other: Any) -> bool:
    """RFC 6902 §4.6: numbers by value, objects whatever the order of their members."""
    waiting = [(one, other)]
    while waiting:
        one, other = waiting.pop()
        if isinstance(one, dict) and isinstance(other, dict):
            if one.keys() != other.keys():
                return False
            waiting += [(inner, other[name]) for name, inner in one.items()]
        elif isinstance(one, list) and isinstance(other, list):
            if len(one) != len(other):
                return False
            waiting += zip(one, other, strict=True)
        elif not _equal_scalars(one, other):
            return False
    return True


def _equal_scalars(one: Any, other: Any) -> bool:
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if not (_is_number(one) and _is_number(other)):
        return type(one) is type(other) and bool(one == other)
    if isinstance(one, float) or isinstance(other, float):
        return _double(one) == _double(other)
    return bool(one == other)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | Decimal)


def _double(number: Any) -> float:
    """What is stored as a double was sent as digits: 0.1 is no double, yet the same number."""
    try:
        return float(number)
    except OverflowError:
        return float("inf")
