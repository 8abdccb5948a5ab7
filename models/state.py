"""What the whole server shares: one row, and the revision counter."""

from sqlalchemy import LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from models.column_type import INTEGER
from models.database import Base


class State(Base):
    """``definitions`` is the revision of the last change of any definition: what a worker compares
    to learn whether the definitions it has frozen still hold. ``secret`` signs cursors."""

    __tablename__ = "pw__state"

    id: Mapped[int] = mapped_column(INTEGER, primary_key=True)
    definitions: Mapped[int] = mapped_column(INTEGER)
    secret: Mapped[bytes] = mapped_column(LargeBinary)


class Revision(Base):
    """SQLite's counter: one writer at a time, so revisions are in the order of commits.
    PostgreSQL has the sequence ``pw__revision`` instead (see models/revision.py)."""

    __tablename__ = "pw__revision"

    value: Mapped[int] = mapped_column(INTEGER, primary_key=True)
