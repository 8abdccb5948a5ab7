"""Random questions to random collections: SQLite, PostgreSQL and plain Python agree, in values and
order, page by page; and they refuse alike. ``make questions`` asks for longer."""

from random import Random
from typing import Any

from both import Both
from conftest import Client
from generating import Asker, chance, draft
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

QUESTIONS = 30
CHECKED = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]


@settings(max_examples=12, deadline=None, derandomize=True, suppress_health_check=CHECKED)
@given(rng=st.randoms(use_true_random=False))
def test_all_three_agree(apps: Any, rng: Random) -> None:
    both = Both([Client(apps("sqlite")), Client(apps("postgresql"))])
    try:
        both.load(draft(rng))
        ask(both, rng, QUESTIONS)
    finally:
        both.drop()


def ask(both: Both, rng: Random, questions: int) -> None:
    """Each collection in turn, mostly as an admin."""
    for _ in range(questions):
        for here in both.worlds[0].values():
            admin = not here.is_open(False) or not chance(rng, 30)
            asker = Asker(rng, here, admin)
            question = asker.question()
            if chance(rng, 20):
                both.refuse(asker, question)
            else:
                both.compare(question, rng)
