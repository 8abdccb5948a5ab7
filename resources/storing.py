"""The lines of an import, stored batch by batch."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from models.bulk import Failed, Item, Unpermitted, failures_without, store_all
from models.expression import Rows, Rule
from models.lookup import Locked, find_some_to_write
from models.permission import judge_new, judge_stored
from models.record import changed
from models.record_key import new_key
from models.refusal import Failure, Refusal
from resources.access import closed, gates, refuse_where_not, rules_of, seen_failures
from resources.asked import Asked
from resources.writing import unseen_references
from schemas.failure import MOST_FAILURES
from schemas.record import settle_new, settle_replaced
from schemas.view import View

Line = tuple[int, Any, Any]
"""Its number, the key that it brings or None, and its values; for replacing, those that it names:
the others depend on what is stored."""


@dataclass
class Report:
    created: int = 0
    replaced: int = 0
    failures: int = 0
    listed: list[Failed] = field(default_factory=list)
    room: int = MOST_FAILURES

    def fail(self, line: int, errors: Sequence[Failure]) -> None:
        self.failures += 1
        if self.room > 0:
            self.listed.append(Failed(line, errors[: self.room]))
            self.room -= len(errors)

    @property
    def failed(self) -> dict[str, Any]:
        """``more``: how many beyond those that are listed."""
        listed = [
            {"line": line, "errors": [error._asdict() for error in errors]}
            for line, errors in sorted(self.listed, key=lambda failed: failed.line)
        ]
        more = self.failures - len(listed)
        return {"failed": listed} | ({"more": more} if more else {})

    def refuse_if_any(self) -> None:
        if self.failures:
            lines = "1 line is" if self.failures == 1 else f"{self.failures} lines are"
            detail = f"{lines} not valid, so nothing was stored."
            raise Refusal("validation-failed", detail, **self.failed)


class Store:
    """``replacing``: each line is a PUT, with its rules; else a POST."""

    def __init__(self, asked: Asked, view: View, report: Report, replacing: bool) -> None:
        self.asked = asked
        self.view = view
        self.definition = view.definition
        self.report = report
        self.replacing = replacing
        self.read, self.update = gates(asked, view, "update")
        self.create = asked.views.open_rows(self.definition, "create")
        self.times = {"created_at": asked.now, "updated_at": asked.now}

    @property
    def in_turn(self) -> bool:
        """Whether what one line stores may decide about the next one."""
        rules = rules_of(self.read, self.update, self.create)
        return any(rule.late for rule in rules)

    def batch(self, lines: Sequence[Line]) -> None:
        keys = [key for _, key, _ in lines if key is not None]
        stored: dict[Any, Locked] = {}
        if keys:
            rules = rules_of(self.read, self.update)
            stored = find_some_to_write(self.asked, self.definition, keys, rules)
        items = []
        for number, key, said in lines:
            try:
                item = self.item(number, key, said, stored.get(key))
            except Refusal as refusal:
                errors = refusal.errors or [Failure("", refusal.name, refusal.detail)]
                self.report.fail(number, errors)
                continue
            if item is None:
                self.report.replaced += 1
            else:
                items.append(item)
        self.store(items)

    def item(self, number: int, key: Any, said: Any, locked: Locked | None) -> Item | None:
        """None where the record is there already, just so."""
        if locked is None:
            values = settle_new(self.view, said, self.asked.moment, ()) if self.replacing else said
            if key is None and "id" in columns_of(self.create):
                key = new_key(self.asked.connection, self.definition)
            item = Item(number, key, values)
            self.demand_permitted(self.create, item, {"id": key, **self.times, **values})
            return item
        if not self.replacing:
            raise Refusal("conflict", "", [Failure("/id", "unique", "This value is taken.")])
        refuse_where_not(self.asked, self.read, self.update, locked.holding)
        if self.definition.require_if_match:
            detail = "It is there, and a line can carry no condition."
            raise Refusal("precondition-required", detail)
        values = settle_replaced(self.view, said, locked.record, self.asked.moment, ())
        if changed(self.definition, locked.record, values) is locked.record:
            return None
        item = Item(number, key, values, locked.record)
        record = {**locked.record, **values, "updated_at": self.asked.now}
        self.demand_permitted(self.update, item, record)
        return item

    def demand_permitted(self, rows: Rows | None, item: Item, record: dict[str, Any]) -> None:
        """A reference to what the caller may not read is answered like one to nothing."""
        unseen = unseen_references(self.asked, self.view, item.values, item.stored, item.key)
        rule = _rule(rows)
        early = () if rule is None or rule.late else (rule,)
        if early and not judge_new(self.asked, self.definition, record, early, unseen):
            raise closed(self.asked)
        if unseen:
            failures = failures_without(self.asked, self.definition, item, unseen)
            raise Refusal("conflict", "", [*seen_failures(self.view, failures)])

    def store(self, items: list[Item]) -> None:
        late = any(rule.late for rule in map(_rule, (self.create, self.update)) if rule)
        permit = self.permit if late else None
        done, failed = store_all(self.asked, self.definition, items, permit)
        self.report.created += sum(item.stored is None for item in done)
        self.report.replaced += sum(item.stored is not None for item in done)
        for line, errors in failed:
            self.report.fail(line, [*seen_failures(self.view, errors)])

    def permit(self, item: Item, key: Any) -> None:
        rule = _rule(self.create if item.stored is None else self.update)
        if rule is None or not rule.late:
            return
        if not judge_stored(self.asked, self.definition, key, (rule,)):
            raise Unpermitted


def columns_of(rows: Rows | None) -> tuple[str, ...]:
    rule = _rule(rows)
    return () if rule is None else rule.columns


def _rule(rows: Rows | None) -> Rule | None:
    return None if rows is None else rows.rule
