"""An answer, and the little languages of its header fields (RFC 9110, RFC 8288)."""

import json
import re
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

TAG = re.compile(r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"')
IMF_DATE = re.compile(
    r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) "
    r"\d{4} \d\d:\d\d:\d\d GMT"
)
WORD = r"[!#$%&'*+.^_`|~\w-]+"
LINK = re.compile(rf'\s*<([^<>"\s]*)>((?:\s*;\s*{WORD}(?:\s*=\s*(?:{WORD}|"[^"]*"))?)*)\s*(?:,|$)')
PARAMETER = re.compile(rf';\s*({WORD})\s*=\s*(?:"([^"]*)"|({WORD}))')


@dataclass(frozen=True)
class Answer:
    asked: str
    status: int
    fields: tuple[tuple[str, str], ...]
    body: bytes

    def __getitem__(self, name: str) -> str:
        """All fields of that name in one, as RFC 9110 §5.3 joins them; "" if there is none."""
        return ", ".join(v.strip() for n, v in self.fields if n.lower() == name.lower())

    def __contains__(self, name: str) -> bool:
        return any(n.lower() == name.lower() for n, _ in self.fields)

    def names(self, field: str) -> set[str]:
        """The members of a list of tokens, in lower case."""
        return {part.strip().lower() for part in self[field].split(",") if part.strip()}

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def refused(self) -> bool:
        return 400 <= self.status < 500

    @property
    def media_type(self) -> str:
        return self["Content-Type"].partition(";")[0].strip().lower()

    @property
    def is_json(self) -> bool:
        return self.media_type == "application/json" or self.media_type.endswith("+json")

    @property
    def directives(self) -> set[str]:
        return {name.partition("=")[0].strip() for name in self.names("Cache-Control")}

    @property
    def value(self) -> Any:
        """What the body says as JSON; None if it is none, or none by the grammar of RFC 8259."""
        try:
            return json.loads(self.body.decode(), parse_constant=refuse_constant)
        except (ValueError, RecursionError):
            return None

    def __str__(self) -> str:
        # What is wrong with a success is not in its body, mostly.
        length = 40 if self.ok else 160
        text = self.body[:length].decode("utf-8", "replace").replace("\n", " ")
        more = "…" if len(self.body) > length else ""
        return f"{self.asked[:60]}: {self.status} {self.media_type} {text}{more}".rstrip()


def refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def at(value: Any, pointer: str) -> Any:
    """What a JSON Pointer (RFC 6901) points to, None if there is nothing."""
    for part in pointer.split("/")[1:]:
        part = part.replace("~1", "/").replace("~0", "~")
        if isinstance(value, list) and part.isdigit() and int(part) < len(value):
            value = value[int(part)]
        elif isinstance(value, dict):
            value = value.get(part)
        else:
            return None
    return value


def links(field: str) -> dict[str, str] | None:
    """Relation -> target of a Link field; None if it does not parse."""
    found: dict[str, str] = {}
    position = 0
    while position < len(field):
        link = LINK.match(field, position)
        if not link:
            return None
        for name, quoted, bare in PARAMETER.findall(link[2]):
            if name.lower() == "rel":
                found |= {relation.lower(): link[1] for relation in (quoted or bare).split()}
        position = link.end()
    return found


def date(field: str) -> datetime | None:
    """Of an IMF-fixdate, the only form that may be sent (RFC 9110 §5.6.7)."""
    return parsedate_to_datetime(field) if IMF_DATE.fullmatch(field) else None
