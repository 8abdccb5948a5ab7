"""Answers kept under an Idempotency-Key."""

import sqlalchemy as sa
from alembic import op

from models.column_type import INTEGER, TEXT, Instant

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "pw__answers",
        sa.Column("key", TEXT, primary_key=True),
        sa.Column("request", TEXT, nullable=False),
        sa.Column("status", INTEGER, nullable=False),
        sa.Column("headers", TEXT, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("created_at", Instant(), nullable=False, index=True),
        sqlite_strict=True,
    )


def downgrade() -> None:
    op.drop_table("pw__answers")
