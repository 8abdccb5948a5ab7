"""The rules of ``access``: the language of ``filter=``, read in the scope of an admin."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from functools import lru_cache, partial
from typing import Any

from models.caller import ANONYMOUS, Moment
from models.collection import Definitions, leading_to
from models.definition import Access, Definition
from models.definition import Rule as Said
from models.expression import NEVER, Member, Question, Rule
from models.memo import memo
from models.refusal import Failure
from models.truth import is_true
from schemas import grammar
from schemas.expression import Faulty, expression
from schemas.parameter import Bounds
from schemas.reader import Reader
from schemas.scope import Named, Scope, Unknown
from schemas.syntax import Group, Malformed, Name, Node, Not
from schemas.view import Standing, Views

ACTIONS = ("read", "create", "update", "delete")
OF_ADMINS = Standing(True, True, None, frozenset())
MOST_FOLLOWED = 16


class Unbounded:
    """A rule that was stored stays one, whatever the limits are now."""

    max_filter = max_conditions = max_expand = 10**9


class CallerScope(Scope):
    """Where there is no record to ask about."""

    def __init__(self) -> None:
        pass

    def named(self, path: Any) -> Named:
        raise Unknown("Only the caller can be asked about here: @me, @me.role, @me.email, @now.")


@lru_cache(4096)
def about_caller(text: str) -> Question | None:
    """The rule, if it names no field. ``Faulty``."""
    try:
        tree = grammar.parse(text)
    except Malformed as fault:
        raise Faulty([fault]) from None
    return None if is_about_record(tree) else _read_about_caller(tree)


def _read_about_caller(tree: Node) -> Question:
    reader = Reader(CallerScope(), Unbounded.max_conditions)
    condition = reader.node(tree)
    if reader.faults:
        raise Faulty(reader.faults)
    return Question(condition, tuple(reader.givens))


def is_about_record(node: Node) -> bool:
    """Whether it names a field."""
    if isinstance(node, Not):
        return is_about_record(node.inner)
    if isinstance(node, Group):
        return any(map(is_about_record, node.parts))
    return any(isinstance(term, Name) for term in (node.left, *node.right))


def rule_of(definitions: Definitions, definition: Definition, text: str) -> Rule | None:
    """None where it is about the caller alone. What cannot be read, since whoever stored it knew
    more than this version does, is true of no record."""
    try:
        return _rule(definitions, definition, text)
    except Faulty:
        return NEVER


@memo(4096)
def _rule(definitions: Definitions, definition: Definition, text: str) -> Rule | None:
    return None if about_caller(text) else read_rule(definitions, definition, text, Unbounded)


def read_rule(definitions: Definitions, definition: Definition, text: str, bounds: Bounds) -> Rule:
    """About a record. ``Faulty``."""
    views = views_of_admins(definitions)
    bound = expression(Scope(views, views.view(definition)), text, bounds)
    followed = {m.steps[: n + 1] for m in bound.members for n in range(len(m.steps))}
    if len(followed) > MOST_FOLLOWED:
        detail = f"more than {MOST_FOLLOWED} references are followed."
        raise Faulty([Malformed(0, "max_items", detail)])
    columns = [m.steps[0].field if m.steps else m.name for m in bound.members]
    late = any(_is_late(definition, member) for member in bound.members)
    return Rule(bound.question, tuple(dict.fromkeys(columns)), late)


def _is_late(definition: Definition, member: Member) -> bool:
    if not member.steps:
        return member.name == "revision"
    return any(step.to.definition.name == definition.name for step in member.steps)


def views_at(definitions: Definitions, moment: Moment) -> Views:
    """As whoever asks sees them all."""
    caller = moment.caller
    scopes = None if caller.unlimited else caller.scopes
    if caller.admin:
        return _views(definitions, Standing(True, True, scopes, frozenset()))
    about = _about_callers(definitions).items()
    true = frozenset(text for text, question in about if is_true(question, moment))
    return _views(definitions, Standing(caller.known, False, scopes, true))


def views_of_admins(definitions: Definitions) -> Views:
    """Who see all: what rules are read with, too."""
    return _views(definitions, OF_ADMINS)


@memo(256)
def _views(definitions: Definitions, standing: Standing) -> Views:
    return Views(definitions, standing, rule_of)


@memo(8)
def _about_callers(definitions: Definitions) -> Mapping[str, Question]:
    """All rules that are about callers alone."""
    found = {}
    for definition in definitions.values():
        for _, text in texts(definition):
            if question := _readable_about_caller(text):
                found[text] = question
    return found


def ever_open(said: Said) -> bool:
    """Whether there could be a record for which it is true of the anonymous."""
    question = _readable_about_caller(said) if isinstance(said, str) else None
    if question is None:
        return said is not False
    return is_true(question, Moment(datetime.now(UTC), ANONYMOUS))


def _readable_about_caller(text: str) -> Question | None:
    try:
        return about_caller(text)
    except Faulty:
        return None


def texts(definition: Definition) -> Iterator[tuple[str, str]]:
    """The rules that are expressions, and where they stand."""
    yield from row_texts(definition.access)
    yield from field_texts(definition)


def row_texts(access: Access) -> Iterator[tuple[str, str]]:
    for action in ACTIONS:
        if isinstance(text := getattr(access, action), str):
            yield f"/access/{action}", text


def field_texts(definition: Definition) -> Iterator[tuple[str, str]]:
    for field in definition.fields.values():
        for action in ("read", "write"):
            if isinstance(text := getattr(field, action), str):
                yield _pointer(definition, field.name, action), text


def _pointer(definition: Definition, field: str, action: str) -> str:
    """A field's ``access`` may say one for both."""
    said = definition.body["fields"][field]["access"]
    return f"/fields/{field}/access" + (f"/{action}" if isinstance(said, dict) else "")


def rule_failures(
    definitions: Definitions, definition: Definition, bounds: Bounds
) -> Iterator[Failure]:
    """What is wrong with the rules of a definition that is among ``definitions``."""
    for pointer, text in row_texts(definition.access):
        read = partial(_read_row, definitions, definition, text, bounds)
        yield from _failures(pointer, read)
    for pointer, text in dict(field_texts(definition)).items():
        yield from _failures(pointer, partial(_read_field, text, bounds))


def unfit_rules(definitions: Definitions, name: str) -> Iterator[tuple[str, Failure]]:
    """Rules of other collections, by whose names they come, that lead to the collection ``name``
    and cannot be read any more as ``definitions`` has it now."""
    for definition in leading_to(definitions, name):
        for pointer, text in row_texts(definition.access):
            read = partial(_read_row, definitions, definition, text, Unbounded)
            for failure in _failures(pointer, read):
                yield definition.name, failure


def _read_row(definitions: Definitions, definition: Definition, text: str, bounds: Bounds) -> None:
    _demand_short(text, bounds)
    if about_caller(text) is None:
        read_rule(definitions, definition, text, bounds)


def _read_field(text: str, bounds: Bounds) -> None:
    _demand_short(text, bounds)
    if about_caller(text) is None:
        _read_about_caller(grammar.parse(text))


def _demand_short(text: str, bounds: Bounds) -> None:
    most = bounds.max_filter
    if len(text) > most:
        raise Faulty([Malformed(most, "max_length", f"longer than {most} characters.")])


def _failures(pointer: str, read: Callable[[], None]) -> list[Failure]:
    try:
        read()
    except Faulty as faulty:
        return [
            Failure(pointer, fault.code, f"At character {fault.at + 1}: {fault.detail}")
            for fault in faulty.faults
        ]
    return []
