"""Eight requests at the same time: enough to tell whether a check and its write are one step."""

import threading
from collections.abc import Callable

from api.check.answer import Answer

RACERS = 8
SECONDS = 30
"""To wait for all to be there; each has a time-out of its own."""


def race(ask: Callable[[int], Answer]) -> list[Answer]:
    """``ask`` gets the number of the racer. Raises what any of them raises."""
    gate = threading.Barrier(RACERS)
    heard: list[Answer] = []
    raised: list[Exception] = []

    def run(number: int) -> None:
        try:
            gate.wait(SECONDS)
            heard.append(ask(number))
        except Exception as error:
            raised.append(error)

    threads = [threading.Thread(target=run, args=(n,), daemon=True) for n in range(RACERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if raised:
        raise raised[0]
    return heard
