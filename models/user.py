"""Accounts. What a reference ``to`` users leads to."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from models.column_type import TEXT, UUID, Instant, Truth
from models.database import Base


class User(Base):
    """``password`` is an argon2id hash; ``email`` is normalised."""

    __tablename__ = "pw__users"

    id: Mapped[str] = mapped_column(UUID, primary_key=True)
    email: Mapped[str] = mapped_column(TEXT, unique=True)
    name: Mapped[str | None] = mapped_column(TEXT)
    role: Mapped[str | None] = mapped_column(TEXT)
    password: Mapped[str] = mapped_column(TEXT)
    disabled: Mapped[bool] = mapped_column(Truth)
    created_at: Mapped[datetime] = mapped_column(Instant)
    updated_at: Mapped[datetime] = mapped_column(Instant)
