"""What PostgreSQL is taught: text without its case, and exact averages."""

from alembic import op

from models.exact import POSTGRESQL_AVERAGE, POSTGRESQL_DECIMAL
from models.folding import postgresql_function

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        version = (connection.dialect.server_version_info or (0,))[0]
        for function in (postgresql_function(version), POSTGRESQL_DECIMAL, POSTGRESQL_AVERAGE):
            connection.exec_driver_sql(function.replace("%", "%%"))


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION pw__casefold(text)")
        op.execute("DROP FUNCTION pw__average(numeric, bigint, integer)")
        op.execute("DROP FUNCTION pw__decimal(double precision)")
