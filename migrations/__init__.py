VERSIONS = "pw__migrations"
"""The table that says how far a database is."""
