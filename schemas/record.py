"""Records: what comes in, what is stored of it, and what goes out.

A body becomes values in two steps: each member is read by its strict field (``read_members``),
and then they are settled against what is there already: defaults, immutables, what may not be
written (``to_create``, ``to_replace``; patches: schemas/record_patch.py).
"""

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from itertools import islice
from typing import Any

from marshmallow import RAISE, Schema, ValidationError
from uuid_utils import uuid7

from models.caller import Moment
from models.definition import Definition, Field, Items
from models.memo import memo
from models.record import Record, same
from models.refusal import Failure, Refusal
from models.table import MEMO, SYSTEM
from schemas.failure import MOST_FAILURES, UNKNOWN, failures_of
from schemas.record_key import read_key
from schemas.value import strict_field
from schemas.view import View

Values = dict[str, Any]
DYNAMIC = ("@now", "@me", "@uuid")


@memo(MEMO)
def record_schema(view: View) -> Schema:
    """The marshmallow schema of what a body may hold, without id and system members."""
    fields = {name: strict_field(field) for name, field in view.accepted.items()}
    return Schema.from_dict(fields)(unknown=RAISE)  # type: ignore[arg-type]


def invalid(failures: list[Failure]) -> Refusal:
    n = len(failures)
    detail = "1 field is not valid." if n == 1 else f"{n} fields are not valid."
    if n > MOST_FAILURES:
        failures, detail = failures[:MOST_FAILURES], f"Over {MOST_FAILURES} fields are not valid."
    return Refusal("validation-failed", detail, failures)


def read_members(view: View, body: Any) -> tuple[Values, list[Failure]]:
    """Each member that is valid, and what is wrong with the others. 422 for what is no object."""
    if not isinstance(body, dict):
        raise invalid([Failure("", "type", "Must be a JSON object.")])
    members = {n: v for n, v in body.items() if n in view.accepted}
    failures = unknown_failures(view, body)
    try:
        return record_schema(view).load(members), failures
    except ValidationError as error:
        valid = error.valid_data if isinstance(error.valid_data, dict) else {}
        return valid, [*failures_of(error), *failures]


def unknown_failures(view: View, body: dict[str, Any]) -> list[Failure]:
    """In the order in which they were sent."""
    unknown = (n for n in body if n not in view.accepted and n != "id" and n not in SYSTEM)
    named = dict.fromkeys(islice(unknown, MOST_FAILURES + 1), UNKNOWN)
    return failures_of(ValidationError(named)) if named else []


def to_create(view: View, body: Any, moment: Moment) -> tuple[Any, Values]:
    """The key that the client brought, or None, and all values."""
    key, failures = brought_key(view.definition, body)
    return key, _created(view, body, failures, moment)


def to_create_at(view: View, body: Any, key: Any, moment: Moment) -> Values:
    return _created(view, body, same_key(view, body, key), moment)


def _created(view: View, body: Any, failures: list[Failure], moment: Moment) -> Values:
    sent, more = read_members(view, body)
    return settle_new(view, sent, moment, [*failures, *more])


def settle_new(view: View, sent: Values, moment: Moment, failures: Sequence[Failure]) -> Values:
    """``sent``: what ``read_members`` has read."""
    fallback = {n: default_of(f, moment) for n, f in view.definition.fields.items()}
    return settled(view, sent, fallback, None, [*failures])


def to_replace(view: View, body: Any, stored: Record, moment: Moment) -> Values:
    sent, failures = read_members(view, body)
    failures = [*same_key(view, body, stored["id"]), *failures]
    return settle_replaced(view, sent, stored, moment, failures)


def settle_replaced(
    view: View, sent: Values, stored: Record, moment: Moment, failures: Sequence[Failure]
) -> Values:
    """What PUT makes of ``stored``: what is absent returns to its default, but an immutable field
    keeps its value, and so does one that the caller cannot see, and one whose default differs from
    time to time (``@now``), since the same PUT again must change nothing."""
    fields = view.definition.fields.items()
    fallback = {n: _returned(view, f, stored[n], moment) for n, f in fields}
    return settled(view, sent, fallback, stored, [*failures])


def default_of(field: Field, moment: Moment) -> Any:
    if not field.has_default:
        return None
    if field.default == "@now" and field.type in ("date", "datetime"):
        return moment.now if field.type == "datetime" else moment.now.date()
    if field.default == "@me":
        return moment.caller.id
    if field.default == "@uuid":
        return str(uuid7())
    return _static_default(field)


def _static_default(field: Field) -> Any:
    return None if field.default is None else strict_field(field).deserialize(field.default)


def _returned(view: View, field: Field, stored: Any, moment: Moment) -> Any:
    dynamic = isinstance(field.default, str) and field.default in DYNAMIC
    unseen = not view.may_read(field)
    keeps = field.immutable or unseen or (dynamic and stored is not None)
    return stored if keeps else default_of(field, moment)


def settled(
    view: View, sent: Values, fallback: Values, stored: Record | None, failures: list[Failure]
) -> Values:
    wrong = {failure.pointer.split("/", 2)[1] for failure in failures if failure.pointer}
    values: Values = {}
    closed = []
    for name, field in view.definition.fields.items():
        if not view.may_write(field):
            values[name] = fallback[name] if stored is None else stored[name]
            if field.required and values[name] is None:
                closed.append(_lacking(view, field))
            elif name in sent and not same(sent[name], values[name]):
                closed.append(Failure(f"/{name}", "forbidden", "This field is not yours to write."))
            continue
        values[name] = sent.get(name, fallback[name])
        if name not in wrong:
            failures += _unfit(view, field, values[name], name in sent, stored)
    if failures:
        raise invalid(_in_order(view, failures))
    if closed:
        raise Refusal("forbidden", "Some fields are not yours to write.", closed)
    return values


def _lacking(view: View, field: Field) -> Failure:
    """What a record must have and this caller cannot give it. Whoever cannot see it is not told."""
    pointer = f"/{field.name}" if field.name in view.accepted else ""
    return Failure(pointer, "forbidden", "A record needs a value that is not yours to write.")


def _unfit(
    view: View, field: Field, value: Any, was_sent: bool, stored: Record | None
) -> Iterator[Failure]:
    pointer = f"/{field.name}"
    # Whoever does not see what is stored is not told whether this is it.
    guessed = was_sent and not view.may_read(field)
    if field.required and value is None:
        detail = "Must not be null." if was_sent else "Must be sent."
        yield Failure(pointer, "required", detail)
    elif stored is None or not field.immutable:
        return
    elif guessed or not same(value, stored[field.name]):
        yield Failure(pointer, "immutable", "Cannot be changed once it is set.")


def _in_order(view: View, failures: list[Failure]) -> list[Failure]:
    order = {name: i for i, name in enumerate(("", "id", *view.definition.fields))}
    last = len(order)
    return sorted(failures, key=lambda failure: order.get(failure.pointer[1:].split("/")[0], last))


def brought_key(definition: Definition, body: Any) -> tuple[Any, list[Failure]]:
    if not isinstance(body, dict):
        return None, []
    if "id" not in body:
        if definition.key.type == "string":
            return None, [Failure("/id", "required", "The client chooses the id: it must be sent.")]
        return None, []
    try:
        return read_key(definition.key, body["id"]), []
    except ValidationError as error:
        return None, failures_of(error, "/id")


def same_key(view: View, body: Any, key: Any) -> list[Failure]:
    """``id`` may be sent along, if it is that of the path."""
    if not isinstance(body, dict) or "id" not in body:
        return []
    try:
        if read_key(view.definition.key, body["id"]) == key:
            return []
    except ValidationError:
        pass
    return [Failure("/id", "id", "Must be the id of the path, or be left out.")]


Shown = Callable[[Any], Any]


def _decimal_text(value: Decimal) -> str:
    return format(value, "f")


def shown_by(field: Field | Items) -> Shown | None:
    """How a value goes out, where the JSON writer does not know it already."""
    if field.type == "decimal":
        return _decimal_text
    if isinstance(field, Field) and field.items is not None and field.items.type == "decimal":
        return lambda items: [_decimal_text(item) for item in items]
    return None


@memo(MEMO)
def _converters(view: View) -> tuple[tuple[str, Shown], ...]:
    found = ((name, shown_by(field)) for name, field in view.readable.items())
    return tuple((name, shown) for name, shown in found if shown is not None)


def present(view: View, record: Record, columns: Sequence[str] | None = None) -> dict[str, Any]:
    """What goes out: JSON but for dates and times, which the JSON writer knows."""
    shown = {name: record[name] for name in columns or view.columns}
    for name, convert in _converters(view):
        if shown.get(name) is not None:
            shown[name] = convert(shown[name])
    return shown
