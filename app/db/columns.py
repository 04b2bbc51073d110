"""Every table hangs on this metadata, whose constraint names are the same on both stores."""

from typing import Final

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Integer, MetaData, Text, false

from app.db.types import Id, JsonText, Utc

metadata: Final = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def own_id() -> Column[str]:
    """The primary key `id`, a UUIDv7 made by the caller."""
    return Column("id", Id, primary_key=True)


def owner(name: str, target: str, *, key: bool = False, index: bool = False) -> Column[str]:
    """A reference to the row that owns this one: it goes when its owner goes."""
    return Column(name, Id, ForeignKey(target, ondelete="CASCADE"), primary_key=key, nullable=False, index=index)


def text(name: str, *, null: bool = False) -> Column[str]:
    """Text of any length."""
    return Column(name, Text, nullable=null)


def integer(name: str, *, null: bool = False) -> Column[int]:
    """A 32-bit integer."""
    return Column(name, Integer, nullable=null)


def total(name: str) -> Column[int]:
    """A 64-bit running sum that begins at 0."""
    return Column(name, BigInteger, nullable=False, server_default="0")


def flag(name: str) -> Column[bool]:
    """Yes or no."""
    return Column(name, Boolean, nullable=False)


def moment(name: str, *, null: bool = False) -> Column[object]:
    """An aware moment."""
    return Column(name, Utc, nullable=null)


def json(name: str, *, null: bool = False) -> Column[object]:
    """A JSON value."""
    return Column(name, JsonText, nullable=null)


def off(name: str) -> Column[bool]:
    """Yes or no, no unless said."""
    return Column(name, Boolean, nullable=False, server_default=false())
