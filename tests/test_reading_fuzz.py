"""Filters of every kind get 200 or 400, soon, from both databases the same; and a 400 says where.
``make fuzz`` asks more of them."""

from random import Random
from typing import Any

from both import Both
from conftest import Client
from fuzzing import DRAFT, Fuzzer

FILTERS = 300


def test_whatever_is_asked_is_answered_or_refused(apps: Any) -> None:
    both = Both([Client(apps("sqlite")), Client(apps("postgresql"))])
    try:
        both.load(DRAFT)
        fuzzer = Fuzzer(both, Random(1))
        for _ in range(FILTERS):
            fuzzer.once()
    finally:
        both.drop()
