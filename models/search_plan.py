"""What a changed definition means for full-text search: more statements in a plan's steps."""

from dataclasses import replace

from models.definition import Definition, Field
from models.search_ddl import (
    add_words,
    connect_search,
    disconnect_search,
    drop_search,
    drop_words,
    make_search,
    searched,
)
from models.step import Step

ABOUT_FIELDS = frozenset(("add_field", "drop_field", "change_search"))


def with_search(steps: list[Step], old: Definition, new: Definition, dialect: str) -> list[Step]:
    if dialect == "postgresql":
        return [_with_words(step, old, new) for step in steps]
    before, after = ({field.name for field in searched(one)} for one in (old, new))
    rebuilt = [i for i, step in enumerate(steps) if step.rebuilds]
    changed = [i for i, step in enumerate(steps)
               if step.action in ABOUT_FIELDS and step.field in before ^ after]  # fmt: skip
    if changed:
        ends = (*changed, *rebuilt)
        steps = _begun(steps, min(ends), drop_search(old))
        return _ended(steps, max(ends), make_search(new, dialect))
    for i in rebuilt:
        steps = _ended(_begun(steps, i, disconnect_search(old)), i, connect_search(new))
    return steps


def _begun(steps: list[Step], at: int, run: tuple[str, ...]) -> list[Step]:
    step = replace(steps[at], run=(*run, *steps[at].run))
    return [*steps[:at], step, *steps[at + 1 :]]


def _ended(steps: list[Step], at: int, run: tuple[str, ...]) -> list[Step]:
    step = replace(steps[at], run=(*steps[at].run, *run))
    return [*steps[:at], step, *steps[at + 1 :]]


def _with_words(step: Step, old: Definition, new: Definition) -> Step:
    if step.action not in ABOUT_FIELDS:
        return step
    was, now = _searched(old, step.field), _searched(new, step.field)
    dropped = drop_words(old, was) if was and not now else ()
    added = add_words(new, now) if now and not was else ()
    return replace(step, run=(*dropped, *step.run, *added))


def _searched(definition: Definition, name: str | None) -> Field | None:
    return next((field for field in searched(definition) if field.name == name), None)
