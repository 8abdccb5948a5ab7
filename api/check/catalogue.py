"""Every promise, in the order in which they are tried and told."""

from api.check import (
    bodies,
    caching,
    conditional,
    cors,
    errors,
    lists,
    methods,
    negotiation,
    preconditions,
    preferences,
    urls,
    writing,
)
from api.check.promise import Promise

MODULES = (methods, writing, negotiation, conditional, preconditions, caching, errors, bodies,
           urls, lists, preferences, cors)  # fmt: skip
CATALOGUE: tuple[tuple[str, Promise], ...] = tuple(
    (module.GROUP, one)
    for module in MODULES
    for one in vars(module).values()
    if isinstance(one, Promise)
)
"""(group, promise)."""
