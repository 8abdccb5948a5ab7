"""Filters of every kind, to both databases: see tests/fuzzing.py.

    python benchmarks/fuzz_filter.py [--count 100000] [--seed 1] [--only NUMBER]

Prints how many of which answer, and the slowest; stops at the first that is not as it must be.
"""

import argparse
import sys
import time
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
sys.path.insert(1, str(Path(__file__).resolve().parent.parent / "tests"))

from both import Both, Difference
from fuzzing import DRAFT, Fuzzer

from benchmarks.questions import clients


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--only", type=int, help="the number of one that went wrong")
    arguments = parser.parse_args()
    begun = time.monotonic()
    with clients() as both_clients:
        both = Both(both_clients)
        both.load(DRAFT)
        numbers = range(arguments.count) if arguments.only is None else [arguments.only]
        for number in numbers:
            try:
                Fuzzer(both, Random(f"{arguments.seed}-{number}")).once()
            except Difference as difference:
                print(difference, f"\nAgain: --seed {arguments.seed} --only {number}")
                return 1
        both.drop()
    seconds, asked = both.slowest
    answers = ", ".join(f"{count:,} of {status}" for status, count in both.statuses.items())
    print(f"Seed {arguments.seed}: {len(numbers):,} filters in {time.monotonic() - begun:.0f} s")
    print(
        f"Answers of both databases: {answers}; the slowest took {seconds:.3f} s:\n{asked[:2000]}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
