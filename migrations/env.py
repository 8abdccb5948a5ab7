"""Alembic's entry: for the system's own tables; those of collections are made by models/ddl.py."""

from alembic import context

import models.collection
import models.idempotency
import models.key
import models.revision
import models.session
import models.state
import models.tombstone
import models.user
from migrations import VERSIONS
from models.database import Base

__all__ = ["models"]

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    version_table=VERSIONS,
    include_name=lambda name, type, _: type != "table" or (name or "").startswith("pw__"),
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
