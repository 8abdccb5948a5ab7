"""The shared state, the revision counter, definitions, tombstones, accounts and keys."""

import secrets

import sqlalchemy as sa
from alembic import op

from models.column_type import INTEGER, TEXT, UUID, Instant, Sequence, Truth

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    state = op.create_table(
        "pw__state",
        sa.Column("id", INTEGER, primary_key=True),
        sa.Column("definitions", INTEGER, nullable=False),
        sa.Column("secret", sa.LargeBinary, nullable=False),
        sqlite_strict=True,
    )
    op.bulk_insert(state, [{"id": 1, "definitions": 0, "secret": secrets.token_bytes(32)}])
    _count_revisions()
    op.create_table(
        "pw__collections",
        sa.Column("name", TEXT, primary_key=True),
        sa.Column("body", TEXT, nullable=False),
        sa.Column("revision", INTEGER, nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.Column("last_key", INTEGER, nullable=False),
        sqlite_strict=True,
    )
    op.create_table(
        "pw__tombstones",
        sa.Column("collection", TEXT, primary_key=True),
        sa.Column("id", TEXT, primary_key=True),
        sa.Column("revision", INTEGER, nullable=False, unique=True),
        sa.Column("deleted_at", Instant(), nullable=False, index=True),
        sqlite_strict=True,
    )
    op.create_table(
        "pw__users",
        sa.Column("id", UUID, primary_key=True),
        sa.Column("email", TEXT, nullable=False, unique=True),
        sa.Column("name", TEXT),
        sa.Column("role", TEXT),
        sa.Column("password", TEXT, nullable=False),
        sa.Column("disabled", Truth(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sqlite_strict=True,
    )
    op.create_table(
        "pw__keys",
        sa.Column("id", UUID, primary_key=True),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("hash", TEXT, nullable=False, unique=True),
        sa.Column("scopes", Sequence("string", TEXT), nullable=False),
        sa.Column("user_id", UUID, sa.ForeignKey("pw__users.id", ondelete="CASCADE")),
        sa.Column("expires_at", Instant()),
        sa.Column("created_at", Instant(), nullable=False),
        sqlite_strict=True,
    )


def _count_revisions() -> None:
    """A counter on SQLite, a sequence on PostgreSQL (see models/revision.py)."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("CREATE SEQUENCE pw__revision")
        op.execute("SELECT nextval('pw__revision')")
        return
    counter = op.create_table(
        "pw__revision", sa.Column("value", INTEGER, primary_key=True), sqlite_strict=True
    )
    op.bulk_insert(counter, [{"value": 1}])


def downgrade() -> None:
    for table in ("keys", "users", "tombstones", "collections", "state"):
        op.drop_table(f"pw__{table}")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP SEQUENCE pw__revision")
    else:
        op.drop_table("pw__revision")
