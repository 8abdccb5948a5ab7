"""Every route: the list of blueprints."""

from resources import (
    collection,
    docs,
    health,
    home,
    key,
    me,
    openapi,
    problem,
    record,
    session,
    user,
    why,
)

BLUEPRINTS = (
    home.blp,
    docs.blp,
    openapi.blp,
    collection.blp,
    record.blp,
    user.blp,
    me.blp,
    session.blp,
    key.blp,
    why.blp,
    problem.blp,
    health.blp,
)
