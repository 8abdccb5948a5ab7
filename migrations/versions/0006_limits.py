"""Where limits are counted on PostgreSQL; SQLite has a file for it (models/limit_store.py)."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


# A count finds room on its page, so no index learns of it.
TABLE = """CREATE UNLOGGED TABLE pw__limits (
  bucket bytea PRIMARY KEY, requests bigint NOT NULL, ends_at double precision NOT NULL
) WITH (fillfactor = 70)"""
INDEX = "CREATE INDEX ix_pw__limits_ends_at ON pw__limits (ends_at)"


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(TABLE)
        op.execute(INDEX)


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.drop_table("pw__limits")
