"""Accounts. What a reference ``to`` users leads to."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from models.column_type import INTEGER, TEXT, UUID, Instant, Truth
from models.database import Base


class User(Base):
    """``email`` is as it was sent, ``address`` its normal form; ``password`` an argon2id hash."""

    __tablename__ = "pw__users"

    id: Mapped[str] = mapped_column(UUID, primary_key=True)
    email: Mapped[str] = mapped_column(TEXT)
    name: Mapped[str | None] = mapped_column(TEXT)
    role: Mapped[str | None] = mapped_column(TEXT)
    password: Mapped[str] = mapped_column(TEXT)
    disabled: Mapped[bool] = mapped_column(Truth)
    created_at: Mapped[datetime] = mapped_column(Instant)
    updated_at: Mapped[datetime] = mapped_column(Instant)
    address: Mapped[str] = mapped_column(TEXT, unique=True)
    revision: Mapped[int] = mapped_column(INTEGER)
