"""A difference made smaller: fewer records and fields, and a shorter question."""

import time
from collections.abc import Iterator
from dataclasses import replace
from random import Random

from both import Both, Difference
from generating import Draft
from reading import And, Not, Or, Question, names_in


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


def smallest(both: Both, difference: Difference, seconds: float) -> Difference:
    """One after the other is left out, as long as there still is a difference."""
    ends = time.monotonic() + seconds
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
