"""What the rules say of somebody and a record, and why: for ``/auth/why``."""

from typing import Any, NamedTuple

from models.definition import Definition
from models.expression import rows_of
from models.lookup import find
from models.permission import judge_stored
from models.record import Record
from models.tombstone import deleted_at
from models.truth import is_true
from resources.asked import Asked
from schemas.explanation import Explanation, Unreadable
from schemas.record_key import key_in_path
from schemas.view import Views

READING = ("GET", "HEAD", "QUERY")
ACTIONS = {
    **dict.fromkeys(READING, "read"),
    "POST": "create",
    "PATCH": "update",
    "DELETE": "delete",
}


class Verdict(NamedTuple):
    """``allowed`` None: it depends on what is sent. ``status``: what is answered for want of
    access. ``failed``: the parts of ``rule`` that are not true."""

    allowed: bool | None
    status: int | None
    detail: str
    action: str | None = None
    rule: Any = None
    failed: tuple[str, ...] = ()


class Judgement:
    """``who``: as whom it is asked."""

    def __init__(self, who: Asked, definition: Definition) -> None:
        self.who = who
        self.views: Views = who.views
        self.definition = definition

    def of_all(self, method: str) -> Verdict:
        """Of the collection's own address."""
        action = ACTIONS[method]
        if not self.views.may(self.definition, action):
            return self.closed(action)
        truth, failed = self.judged(action, None)
        if action == "read":
            said = "What the rule is true of is listed." if failed else "All of it is listed."
            return self.verdict(True, None, said, action, failed)
        if truth is False:
            return self.refused(action, failed)
        if truth is None:
            said = "It depends on the record that is sent."
            return self.verdict(None, None, said, action, failed)
        return self.verdict(True, None, "It is allowed.", action)

    def of_one(self, method: str, text: str) -> Verdict:
        key = key_in_path(self.definition.key, text)
        everything = rows_of(self.definition, None)
        record = None if key is None else find(self.who, everything, key)
        if record is not None:
            return self.of_stored("update" if method == "PUT" else ACTIONS[method], record)
        if method == "PUT" and key is not None:
            return self.of_all("POST")
        action = ACTIONS.get(method, "update")
        if not self.views.may(self.definition, action):
            return self.closed(action)
        was = key is not None and deleted_at(self.who.connection, self.definition.name, key)
        said = "There is no such record" + (" any more: it was deleted." if was else ".")
        return self.verdict(False, 404, said, action)

    def of_stored(self, action: str, record: Record) -> Verdict:
        reads, acts = (self.views.may(self.definition, one) for one in ("read", action))
        if reads:
            truth, failed = self.judged("read", record)
            if not truth:
                return self.verdict(False, 404, "This record is hidden.", "read", failed)
        if not acts:
            return self.closed(action)
        truth, failed = self.judged(action, record)
        if not truth:
            return self.refused(action, failed, 403 if reads else 404)
        after = " What it becomes must be allowed, too." if action == "update" else ""
        return self.verdict(True, None, f"It is allowed.{after}", action)

    def judged(self, action: str, record: Record | None) -> tuple[bool | None, list[str]]:
        """Whether the rule is true, of the record if there is one, and what of it is not."""
        text = self.said(action)
        if not isinstance(text, str) or self.views.standing.admin:
            return True, []
        try:
            explanation = Explanation(self.who.definitions, self.definition, text)
        except Unreadable:
            return False, [text]
        truths: dict[str, bool | None] = {}
        for written, leaf in explanation.leaves():
            if not leaf.columns:
                truths[written] = is_true(leaf.question, self.who.moment)
            elif record is None:
                truths[written] = None
            else:
                true = judge_stored(self.who, self.definition, record["id"], (leaf,))
                truths[written] = bool(true)
        return explanation.failed(truths.__getitem__)

    def said(self, action: str) -> Any:
        return getattr(self.definition.access, action)

    def closed(self, action: str) -> Verdict:
        said = "It is closed to everyone but admins."
        return self.verdict(False, 403 if self.who.caller.known else 401, said, action)

    def refused(self, action: str, failed: list[str], known: int = 403) -> Verdict:
        status = 401 if known == 403 and not self.who.caller.known else known
        return self.verdict(False, status, "The rule does not allow it.", action, failed)

    def verdict(
        self,
        allowed: bool | None,
        status: int | None,
        detail: str,
        action: str,
        failed: list[str] | None = None,
    ) -> Verdict:
        rule = self.said(action)
        return Verdict(allowed, status, detail, action, rule, tuple(failed or ()))
