"""How often one may try to sign in, and what is said to who has asked too often.

An attempt is counted before anything is looked up or hashed, so that of many at once none slips
through, and taken back when it succeeds. From an address that has signed in to this account before,
attempts are counted apart: so nobody who guesses, from elsewhere, can lock its owner out.
"""

from dataclasses import dataclass

from sqlalchemy import Engine

from models.limit import Quota, Usage, count, is_remembered, remember, take_back
from models.refusal import Refusal
from resources.address import address
from resources.transaction import prepared_engine

QUARTER = 15 * 60
OF_ACCOUNT = Quota(20, QUARTER)
OF_ADDRESS = Quota(200, QUARTER)
KNOWN_SECONDS = 30 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Attempt:
    engine: Engine
    by_address: str
    by_account: str
    known: str

    def succeeded(self) -> None:
        """It was the owner, who is then known from here."""
        for bucket in (self.by_address, self.by_account):
            take_back(self.engine, bucket)
        remember(self.engine, self.known, KNOWN_SECONDS)


def attempt(account: str) -> Attempt:
    """Of signing in to an account, whether it exists or not. ``account``: the normal form of its
    e-mail. 429; 503 where it cannot be counted."""
    engine, here = prepared_engine(), address()
    pair = f"{here} {account}"
    known = f"signed in {pair}"
    seen = is_remembered(engine, known)
    made = Attempt(
        engine,
        by_address=f"attempt {here}",
        by_account=f"attempt by owner {pair}" if seen else f"attempt by anyone {account}",
        known=known,
    )
    for bucket, quota in ((made.by_address, OF_ADDRESS), (made.by_account, OF_ACCOUNT)):
        demand_within(count(engine, bucket, quota), "There were too many attempts to sign in.")
    return made


def demand_within(usage: Usage, detail: str) -> None:
    if not usage.allowed:
        again = f"Try again in {usage.seconds} seconds."
        headers = {"Retry-After": str(usage.seconds)}
        raise Refusal("too-many-requests", f"{detail} {again}", headers=headers)
