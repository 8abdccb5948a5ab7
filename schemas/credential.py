"""Sessions and keys: what comes in, and what goes out."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from marshmallow import Schema, ValidationError, fields

from models.definition import Items
from models.refusal import Failure
from schemas.failure import failures_of
from schemas.option import ListOf, flag, shape, text
from schemas.record import invalid
from schemas.scalar import Strict, refuse
from schemas.value import strict_field

NAME = r"[a-z][a-z0-9_]{0,47}"
SCOPE = re.compile(rf"admin|(?:\*|{NAME}):(?:read|write)", re.ASCII)
MOST_SCOPES = 100
LONGEST_NAME = 200


def _needed(field: Strict | fields.Field[Any]) -> fields.Field[Any]:
    field.required = True
    return field


class _Scope(fields.Field[Any]):
    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> str:
        if not isinstance(value, str):
            refuse("type", "Must be a string.")
        if not SCOPE.fullmatch(value):
            refuse("scope", "Must be admin, or one of *:read, *:write, books:read, books:write….")
        return value


class _Scopes(ListOf):
    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> list[Any]:
        scopes = super()._deserialize(value, attr, data, **kwargs)
        if not scopes:
            refuse("min_items", "Must name at least one scope.")
        twice = {i: [("unique", "Is there twice.")] for i, one in enumerate(scopes)
                 if one in scopes[:i]}  # fmt: skip
        if twice:
            raise ValidationError(twice)
        return scopes


SIGNING_IN = shape(
    {"email": _needed(text()), "password": _needed(text()), "cookie": flag()},
)
KEY = shape(
    {
        "name": _needed(text(LONGEST_NAME, min_length=1)),
        "scopes": _needed(_Scopes(_Scope(), MOST_SCOPES)),
        "expires_at": strict_field(Items("datetime", {})),
    }
)


def to_sign_in(body: Any) -> dict[str, Any]:
    read, failures = _read(SIGNING_IN, body)
    if failures:
        raise invalid(failures)
    return read


def to_make_key(body: Any, now: datetime) -> dict[str, Any]:
    read, failures = _read(KEY, body)
    expires_at = read.setdefault("expires_at", None)
    if expires_at is not None and expires_at <= now:
        failures.append(Failure("/expires_at", "minimum", "Must be in the future."))
    if failures:
        raise invalid(failures)
    return read


def _read(schema: Schema, body: Any) -> tuple[dict[str, Any], list[Failure]]:
    """What is valid, and what is wrong with the rest."""
    if not isinstance(body, dict):
        raise invalid([Failure("", "type", "Must be a JSON object.")])
    try:
        return schema.load(body), []
    except ValidationError as error:
        valid = error.valid_data if isinstance(error.valid_data, dict) else {}
        return valid, failures_of(error)


def present_session(session: Mapping[str, Any], current: str | None) -> dict[str, Any]:
    """``current``: the id of the session that this is asked in."""
    return {**session, "current": session["id"] == current}


KEY_SHOWN = ("id", "name", "scopes", "expires_at", "created_at")


def present_key(key: Mapping[str, Any]) -> dict[str, Any]:
    return {name: key[name] for name in KEY_SHOWN}
