"""Every route: the list of blueprints."""

from resources import collection, health, home, problem, record

BLUEPRINTS = (home.blp, collection.blp, record.blp, problem.blp, health.blp)
