"""Text without its case, on PostgreSQL (see models/folding.py)."""

from alembic import op

from models.folding import postgresql_function

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        version = (connection.dialect.server_version_info or (0,))[0]
        connection.exec_driver_sql(postgresql_function(version).replace("%", "%%"))


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION pw__fold(text)")
