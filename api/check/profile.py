"""A profile: where the things of a server are, read from TOML. docs/check.md has its language."""

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import Any, get_args, get_origin

VARIABLE = re.compile(r"\$\{(\w+)(?::-([^}]*))?\}")
OWN = Path(__file__).parent / "pennyworth.toml"


class BadProfile(Exception):
    """Its text is a sentence for whoever wrote the profile."""


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    save: dict[str, str] = field(default_factory=dict)
    accept: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class Claims:
    idempotency_key: bool = False
    prefer: bool = False
    cors_origin: str = ""


@dataclass(frozen=True)
class Profile:
    name: str
    records: str
    record: str
    body: dict[str, Any]
    changed: dict[str, Any]
    invalid: dict[str, Any]
    id: str = "/id"
    wrapper: str = ""
    items: str = ""
    optional: str = ""
    text: str = ""
    integer: str = ""
    limit: str = ""
    next: str = ""
    next_field: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    credentials: list[str] = field(default_factory=lambda: ["Authorization", "Cookie"])
    setup: tuple[Request, ...] = ()
    teardown: tuple[Request, ...] = ()
    claims: Claims = Claims()

    def first(self, kind: type) -> str:
        """The first member of ``body`` whose value is of that type; "" if there is none."""
        named = {str: self.text, int: self.integer}.get(kind)
        return named or next((n for n, value in self.body.items() if type(value) is kind), "")


def read_profile(path: Path, environ: Mapping[str, str], headers: Mapping[str, str]) -> Profile:
    """``headers`` win over those of the file. Raises BadProfile."""
    try:
        document = tomllib.loads(path.read_text())
    except (OSError, UnicodeError) as error:
        raise BadProfile(f"The profile {path} cannot be read: {error}.") from error
    except tomllib.TOMLDecodeError as error:
        raise BadProfile(f"The profile {path} is no TOML: {error}.") from error
    document["headers"] = override(document.get("headers", {}), headers)
    return profile_of(document, environ)


def override(headers: Any, others: Mapping[str, str]) -> Any:
    if not isinstance(headers, dict):
        return headers
    names = {name.lower() for name in others}
    return {n: value for n, value in headers.items() if n.lower() not in names} | dict(others)


def profile_of(document: dict[str, Any], environ: Mapping[str, str]) -> Profile:
    steps = {name: requests(document, name) for name in ("setup", "teardown")}
    saved = {name for step in steps["setup"] for name in step.save}
    document = expand(document, {**environ, **{name: f"${{{name}}}" for name in saved}})
    claims = build(Claims, document.get("claims", {}), "claims.")
    steps = {name: requests(document, name) for name in steps}
    profile: Profile = build(Profile, document | steps | {"claims": claims}, "")
    demand_sense(profile)
    return profile


def requests(document: dict[str, Any], name: str) -> tuple[Request, ...]:
    listed = document.get(name, [])
    if not isinstance(listed, list):
        raise BadProfile(f"`{name}` must be tables: write [[{name}]].")
    return tuple(build(Request, one, f"{name}.") for one in listed)


def build(kind: type, given: Any, where: str) -> Any:
    if not isinstance(given, dict):
        raise BadProfile(f"`{where.rstrip('.')}` must be a table.")
    known = {one.name: one for one in fields(kind)}
    for name, value in given.items():
        if name not in known:
            raise BadProfile(f"`{where}{name}` is unknown. There are: {', '.join(known)}.")
        demand_type(f"{where}{name}", known[name].type, value)
    for name, one in known.items():
        if name not in given and one.default is MISSING and one.default_factory is MISSING:
            raise BadProfile(f"`{where}{name}` is missing.")
    return kind(**given)


WORDS = {str: "text", int: "a number", bool: "true or false", dict: "a table", list: "a list"}


def demand_type(name: str, wanted: Any, value: Any) -> None:
    kind, inner = get_origin(wanted) or wanted, get_args(wanted)[-1:]
    if kind in WORDS and not isinstance(value, kind):
        raise BadProfile(f"`{name}` must be {WORDS[kind]}.")
    if kind in (dict, list) and inner and inner[0] is not Any:
        for one in value.values() if isinstance(value, dict) else value:
            demand_type(name, inner[0], one)


def demand_sense(profile: Profile) -> None:
    for name in ("records", "record"):
        if not re.fullmatch("/[!-~]*", getattr(profile, name)):
            raise BadProfile(f"`{name}` must be a path: a slash, and no spaces or umlauts.")
    if "{id}" not in profile.record:
        raise BadProfile("`record` must have {id} where the id of a record goes.")
    for name in ("id", "items", "next"):
        if not re.fullmatch("(/.*)?", getattr(profile, name)):
            raise BadProfile(f"`{name}` must be a JSON Pointer, such as /data/id.")
    if not profile.body:
        raise BadProfile("`body` must have a member.")
    if profile.changed == profile.body:
        raise BadProfile("`changed` must differ from `body`.")
    if profile.optional and profile.optional not in profile.body:
        raise BadProfile("`optional` must be a member of `body`.")


def expand(value: Any, variables: Mapping[str, str]) -> Any:
    """Puts in ``${NAME}`` and ``${NAME:-default}``, however deep."""
    if isinstance(value, dict):
        return {name: expand(one, variables) for name, one in value.items()}
    if isinstance(value, list):
        return [expand(one, variables) for one in value]
    if not isinstance(value, str):
        return value
    return VARIABLE.sub(lambda found: variable(found, variables), value)


def variable(found: re.Match[str], variables: Mapping[str, str]) -> str:
    name, default = found.groups()
    if name in variables:
        return variables[name]
    if default is None:
        raise BadProfile(f"The environment has no {name}, which the profile wants.")
    return str(default)


def numbered(value: Any, number: str) -> Any:
    """Puts a number in for ``{unique}``, so that no two records need be alike."""
    return json.loads(json.dumps(value).replace("{unique}", number))
