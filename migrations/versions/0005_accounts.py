"""Accounts: their revision, the normal form of their e-mail address, and sessions.

The addresses that are unique are those in normal form. SQLite keeps the constraint on the others,
too, which says nothing more: it drops no constraint, and a table that is referred to is better not
made anew. Nor is a column renamed: that spoils views with a recursive query in them.
"""

import sqlalchemy as sa
from alembic import op

from models.address import normal_form
from models.column_type import INTEGER, TEXT, UUID, Instant, Truth

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None
users = sa.table("pw__users", sa.column("id", UUID), sa.column("email"), sa.column("address"))


def upgrade() -> None:
    op.add_column("pw__users", sa.Column("address", TEXT, nullable=False, server_default=""))
    op.add_column("pw__users", sa.Column("revision", INTEGER, nullable=False, server_default="1"))
    _fill()
    op.create_index("uq_pw__users_address", "pw__users", ["address"], unique=True)
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint("pw__users_email_key", "pw__users")
        # SQLite needs them to add the columns, and keeps them.
        for column in ("address", "revision"):
            op.alter_column("pw__users", column, server_default=None)
    op.create_index("ix_pw__keys_user_id", "pw__keys", ["user_id"])
    op.create_table(
        "pw__sessions",
        sa.Column("id", UUID, primary_key=True),
        sa.Column("hash", TEXT, nullable=False, unique=True),
        sa.Column(
            "user_id",
            UUID,
            sa.ForeignKey("pw__users.id", ondelete="CASCADE"),
            nullable=False,
            index=True,
        ),
        sa.Column("cookie", Truth(), nullable=False),
        sa.Column("user_agent", TEXT),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False, index=True),
        sqlite_strict=True,
    )


def _fill() -> None:
    connection = op.get_bind()
    for id, email in connection.execute(sa.select(users.c.id, users.c.email)).all():
        normal = users.update().where(users.c.id == id).values(address=normal_form(email) or email)
        connection.execute(normal)


def downgrade() -> None:
    op.drop_table("pw__sessions")
    op.drop_index("ix_pw__keys_user_id", "pw__keys")
    op.drop_index("uq_pw__users_address", "pw__users")
    op.drop_column("pw__users", "revision")
    op.drop_column("pw__users", "address")
    if op.get_bind().dialect.name == "postgresql":
        op.create_unique_constraint("pw__users_email_key", "pw__users", ["email"])
