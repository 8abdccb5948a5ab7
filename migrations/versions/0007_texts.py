"""Searched texts, anew on SQLite: to drop a column of any table had spoilt the views of them.

Until models/search_ddl.py named the table before each column, SQLite took the column for a text in
its place, and what was searched for was looked for in the field's name.
"""

import sqlalchemy as sa
from alembic import op

from models.collection import Collection, definition_stored
from models.search_ddl import drop_search, make_search

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    connection = op.get_bind()
    if connection.dialect.name != "sqlite":
        return
    for name in connection.execute(sa.select(Collection.name)).scalars().all():
        definition = definition_stored(connection, name)
        for statement in (*drop_search(definition), *make_search(definition, "sqlite")):
            connection.exec_driver_sql(statement)


def downgrade() -> None:
    """What is right now was right before, too."""
