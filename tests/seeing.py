"""Definitions as one kind of caller sees them, without a server."""

from collections.abc import Mapping
from datetime import UTC, datetime

from models.caller import ADMIN, ANONYMOUS, Moment
from models.collection import Definitions
from models.definition import Definition
from schemas.rule import views_at
from schemas.view import Views


def seen_by(named: Mapping[str, Definition], admin: bool) -> Views:
    return views_at(Definitions(named), Moment(datetime.now(UTC), ADMIN if admin else ANONYMOUS))
