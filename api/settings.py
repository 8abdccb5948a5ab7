"""Every setting in one table: its environment variable, default, meaning, and what makes sense."""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from api.limits import rate
from api.proxies import Proxies, proxies
from models.limit import Quota

PREFIX = "PENNYWORTH_"
UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
SIZES = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30}
ORIGIN = re.compile(
    r"([a-z][a-z0-9+.-]*)://(?:[a-z0-9_-]+(?:\.[a-z0-9_-]+)*|\[[0-9a-f:]+\])(?::([1-9][0-9]{0,4}))?"
)
UNSENT = {"http": 80, "https": 443}
SYNCHRONOUS = ("OFF", "NORMAL", "FULL", "EXTRA")


class Nonsense(ValueError):
    """A setting that makes no sense; the message is a sentence for whoever set it."""


def database_url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("sqlite", "postgresql"):
        raise ValueError("must begin with sqlite:/// or postgresql://")
    if parts.scheme == "sqlite" and not re.match(r"sqlite:///.", text):
        raise ValueError("must name a file, as in sqlite:///instance/pennyworth.db")
    return text


def admin_key(text: str) -> str | None:
    if not text:
        return None
    if len(text) < 16:
        raise ValueError("must have at least 16 characters")
    if not text.isascii() or not text.isprintable() or " " in text:
        raise ValueError("must be printable ASCII without spaces")
    return text


def whole(lowest: int, highest: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not text.isascii() or not text.isdigit() or not lowest <= int(text) <= highest:
            raise ValueError(f"must be a whole number from {lowest} to {highest}")
        return int(text)

    return parse


def size(lowest: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        match = re.fullmatch(r"([0-9]{1,15}) ?([kmg]?)(?:i?b)?", text.lower())
        if match is None:
            raise ValueError("must be a number of bytes, as in 65536, 64k or 1m")
        n = int(match[1]) * SIZES[match[2]]
        if n < lowest:
            raise ValueError(f"must be at least {lowest} bytes")
        return n

    return parse


def duration(text: str) -> timedelta:
    match = re.fullmatch(r"([0-9]{1,6})([smhd])", text)
    if match is None or not int(match[1]):
        raise ValueError("must be a time such as 90s, 15m, 12h or 30d")
    return timedelta(**{UNITS[match[2]]: int(match[1])})


def host(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_.:\-]+", text):
        raise ValueError("must be an address or a host name")
    return text


def readable_file(text: str) -> Path | None:
    if not text:
        return None
    path = Path(text)
    if not path.is_file() or not os.access(path, os.R_OK):
        raise ValueError(f"must be a file that can be read, and {text} is none")
    return path


def origins(text: str) -> frozenset[str]:
    found = text.replace(",", " ").split()
    if "*" in found and len(found) > 1:
        raise ValueError("must be a list of origins or * alone, not both")
    return frozenset(one if one == "*" else _origin(one) for one in found)


def _origin(text: str) -> str:
    """As a browser would send it, since it is compared byte for byte."""
    match = ORIGIN.fullmatch(text)
    if match is None or int(match[2] or 0) > 65535:
        raise ValueError(
            "must be origins as browsers send them, such as https://app.example.com: in lower "
            f"case, without a path or a slash at the end; and {text[:100]!r} is none"
        )
    if UNSENT.get(match[1]) == int(match[2] or 0):
        raise ValueError(f"must be origins as browsers send them, without the port in {text!r}")
    return text


def synchronous(text: str) -> str:
    if text.upper() not in SYNCHRONOUS:
        raise ValueError(f"must be one of {', '.join(SYNCHRONOUS)}")
    return text.upper()


def signup(text: str) -> str:
    if text not in ("open", "closed"):
        raise ValueError("must be open or closed")
    return text


def setting(default: str, parse: Callable[[str], Any], help: str) -> Any:
    return field(metadata={"default": default, "parse": parse, "help": help})


@dataclass(frozen=True, kw_only=True)
class Settings:
    database_url: str = setting(
        "sqlite:///instance/pennyworth.db",
        database_url,
        "`sqlite:///…` or `postgresql://user:password@host:port/name`.",
    )
    admin_key: str | None = setting(
        "",
        admin_key,
        "An API key of an admin that always works, at least 16 characters. If unset, the first "
        "start makes one and prints it once.",
    )
    host: str = setting("127.0.0.1", host, "The address to listen on.")
    port: int = setting("8000", whole(0, 65535), "The port to listen on; 0 takes a free one.")
    workers: int = setting("2", whole(1, 64), "Processes that answer requests.")
    threads: int = setting(
        "16",
        whole(1, 512),
        "Connections to the database that one process keeps, so many requests use it at a time.",
    )
    tls_cert: Path | None = setting("", readable_file, "A PEM file: the certificate and its chain.")
    tls_key: Path | None = setting("", readable_file, "A PEM file: the certificate's private key.")
    cors_origins: frozenset[str] = setting(
        "",
        origins,
        "Whose pages may call from a browser: origins such as `https://app.example.com`, with "
        "commas or spaces between them. `*` alone lets any page call, without credentials.",
    )
    signup: str = setting(
        "closed", signup, "Whether anyone may make an account (`open`), or admins only."
    )
    session_lifetime: timedelta = setting("14d", duration, "How long a session lasts.")
    trusted_proxies: Proxies = setting(
        "",
        proxies,
        "Addresses and networks of proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are "
        "believed, such as `127.0.0.1, 10.0.0.0/8`.",
    )
    rate_limit: Quota | None = setting(
        "",
        rate,
        "How often each caller, or each address where nobody says who asks, may ask in a second, "
        "minute, hour or day, such as `600/minute`. If unset, as often as it likes.",
    )
    sqlite_synchronous: str = setting(
        "FULL",
        synchronous,
        "SQLite's `synchronous`. With `FULL` an acknowledged write survives a power cut.",
    )
    retention: timedelta = setting(
        "30d", duration, "How long it is remembered that a record was deleted."
    )
    max_body: int = setting("1m", size(1024), "The largest body; an import has no total limit.")
    max_line: int = setting("1m", size(1024), "The longest line of an import.")
    max_depth: int = setting("64", whole(4, 200), "How deep JSON may be nested.")
    max_fields: int = setting("500", whole(1, 1500), "The most fields of a collection.")
    max_filter: int = setting("4096", whole(16, 100_000), "The most characters of a `filter`.")
    max_conditions: int = setting("64", whole(1, 1000), "The most conditions of one question.")
    max_expand: int = setting("3", whole(1, 8), "How many references deep `expand` may go.")
    max_url: int = setting("16k", size(256), "The longest path and query.")
    max_header: int = setting("32k", size(1024), "The largest header block.")


def variable(name: str) -> str:
    return PREFIX + name.upper()


def read_settings(environ: Mapping[str, str] = os.environ) -> Settings:
    """Raises ``Nonsense``, with a sentence for each setting that makes none."""
    values, faults = {}, []
    for one in fields(Settings):
        name = variable(one.name)
        text = environ.get(name, "") or one.metadata["default"]
        try:
            values[one.name] = one.metadata["parse"](text)
        except ValueError as error:
            faults.append(f"{name} {error}.")
    if not faults and (values["tls_cert"] is None) != (values["tls_key"] is None):
        faults.append(f"{PREFIX}TLS_CERT and {PREFIX}TLS_KEY must be set together.")
    if faults:
        raise Nonsense("\n".join(faults))
    return Settings(**values)


def settings_table() -> str:
    """In Markdown, for the documentation."""
    rows = [
        f"| `{variable(one.name)}` | {_shown(one.metadata['default'])} | {one.metadata['help']} |"
        for one in fields(Settings)
    ]
    return "\n".join(["| setting | default | meaning |", "|---|---|---|", *rows])


def _shown(default: str) -> str:
    return f"`{default}`" if default else "unset"
