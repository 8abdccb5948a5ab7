"""What a client would prefer (RFC 7240): ``Prefer`` is a wish, and what is unknown is ignored."""

import re
from dataclasses import dataclass

from models.refusal import Refusal

NAME = r"[!#$%&'*+.^_`|~0-9A-Za-z-]++"
QUOTED = r'"(?:[^"\\]|\\.)*+"'
VALUE = rf"(?:[ \t]*+=[ \t]*+({NAME}|{QUOTED}))?+"
PARAMETERS = rf"(?:[ \t]*+;[ \t]*+(?:{NAME}{VALUE})?+)*+"
# Nothing in it is tried twice, however odd the text.
PREFERENCE = re.compile(rf"[ \t,]*+({NAME}){VALUE}{PARAMETERS}[ \t]*+(?:,|$)")
RETURNS = ("minimal", "representation")


@dataclass(frozen=True, slots=True)
class Preferences:
    """``returns``: "minimal" or "representation", where it was said. ``strict``: what cannot be
    honoured is refused."""

    returns: str | None = None
    strict: bool = False

    @property
    def minimal(self) -> bool:
        return self.returns == "minimal"

    def applied(self, *, whole: bool) -> dict[str, str]:
        """The header field that says what was honoured; ``whole``: whether a representation could
        be sent."""
        honoured = [f"return={self.returns}"] if self.minimal or (self.returns and whole) else []
        honoured += ["handling=strict"] if self.strict else []
        return {"Preference-Applied": ", ".join(honoured)} if honoured else {}


NO_PREFERENCE = Preferences()


def read_preferences(text: str | None) -> Preferences:
    """400 where ``handling=strict`` goes with what is unknown here (section 4.4)."""
    if not text:
        return NO_PREFERENCE
    said = _said(text)
    returns = said.get("return")
    strict = said.get("handling") == "strict"
    found = Preferences(returns if returns in RETURNS else None, strict)
    unknown = [n for n in said if n not in KNOWN] + (["return"] if returns != found.returns else [])
    if strict and unknown:
        raise Refusal("malformed-request", f"Prefer: not known here: {', '.join(unknown)[:200]}.")
    return found


KNOWN = ("return", "handling")


def _said(text: str) -> dict[str, str]:
    """Of a preference that is there twice the first counts."""
    said: dict[str, str] = {}
    at = 0
    while match := PREFERENCE.match(text, at):
        value = match[2] or ""
        if value.startswith('"'):
            value = re.sub(r"\\(.)", r"\1", value[1:-1])
        said.setdefault(match[1].lower(), value)
        at = match.end()
    return said
