"""Every route: the list of blueprints."""

from resources import collection, docs, health, home, openapi, problem, record

BLUEPRINTS = (
    home.blp,
    docs.blp,
    openapi.blp,
    collection.blp,
    record.blp,
    problem.blp,
    health.blp,
)
