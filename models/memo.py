"""Memos of what is derived from definitions: all of them are forgotten when a definition changes,
or what was replaced would live as long as they do."""

from __future__ import annotations

from collections.abc import Callable
from functools import _lru_cache_wrapper, lru_cache
from typing import Any, TypeVar

T = TypeVar("T")
_memos: list[_lru_cache_wrapper[Any]] = []


def memo(most: int) -> Callable[[Callable[..., T]], _lru_cache_wrapper[T]]:
    """Of ``most`` values, those that were used last."""

    def remembering(function: Callable[..., T]) -> _lru_cache_wrapper[T]:
        _memos.append(lru_cache(most)(function))
        return _memos[-1]

    return remembering


def forget() -> None:
    for one in _memos:
        one.cache_clear()
