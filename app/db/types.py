"""Column types behave alike on SQLite and PostgreSQL: ids are text, times are aware UTC, money is an integer."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

import orjson
from sqlalchemy import BigInteger, DateTime, Dialect, Text, TypeDecorator, Uuid

from app.domain.errors import Invalid

UUID: Final = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)


class Id(TypeDecorator[str]):
    """A UUID as text in and out. Refuses any other text with Invalid, on both stores."""

    impl = Uuid(as_uuid=False)
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """The lower-case text. Raises Invalid unless it is a UUID with its dashes."""
        return None if value is None else uuid(value)

    def bind_processor(self, dialect: Dialect) -> Callable[[str | None], str | None] | None:
        """One flat function where the store keeps 32 hex digits: half of all values that are bound are ids."""
        return _digits if dialect.name == "sqlite" else super().bind_processor(dialect)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[str | None], str | None] | None:
        """Dashes are put back by slicing, not by way of a UUID object."""
        return _dashed if dialect.name == "sqlite" else super().result_processor(dialect, coltype)


class Utc(TypeDecorator[datetime]):
    """An aware moment to the microsecond; refuses naive ones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The moment in UTC. Raises TypeError when it carries no zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise TypeError("a naive datetime cannot be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The moment, aware. SQLite keeps no zone: what was bound was UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Money(TypeDecorator[int]):
    """Integer nano-dollars; refuses floats, since SQLite would keep them."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: int | None, dialect: Dialect) -> int | None:
        """The amount. Raises TypeError for anything but an int."""
        if value is not None and type(value) is not int:
            raise TypeError("money is an integer of nano-dollars")
        return value


class JsonText(TypeDecorator[object]):
    """JSON as text with sorted keys, so that equal values are equal texts on both stores."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: object, dialect: Dialect) -> str | None:
        """The text. Raises TypeError for what JSON cannot say."""
        return None if value is None else dumps(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> object:
        """The parsed value."""
        return None if value is None else orjson.loads(value)


@lru_cache(maxsize=8192)
def _digits(value: str | None) -> str | None:
    """Most ids of a batch are those of the same flow, use case and epoch, again and again."""
    return None if value is None else uuid(value).replace("-", "")


def _dashed(value: str | None) -> str | None:
    if value is None:
        return None
    return f"{value[:8]}-{value[8:12]}-{value[12:16]}-{value[16:20]}-{value[20:]}"


def uuid(value: str) -> str:
    """The UUID in lower case. Raises Invalid unless the text is one, with its dashes."""
    if not UUID.fullmatch(value):
        raise Invalid("a UUID is expected", field="id")
    return value.lower()


def dumps(value: object) -> str:
    """Canonical JSON: sorted keys, dataclasses as objects. Raises TypeError for what JSON cannot say."""
    return orjson.dumps(value, default=_plain, option=orjson.OPT_SORT_KEYS).decode()


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} is not JSON")
