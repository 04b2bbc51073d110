"""A TOML table is read field by field; whatever is missing, misspelt or of another type stops the reading."""

import datetime as dt
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")
Table = Mapping[str, object]


class CatalogueInvalid(ValueError):
    """An entry of the catalogue breaks a rule; the message names both."""


@dataclass(frozen=True, slots=True)
class Fields:
    """One table; `where` names it in messages. All methods raise CatalogueInvalid."""

    table: Table
    where: str

    def only(self, known: frozenset[str]) -> None:
        """Refuses every key outside `known`."""
        strange = sorted(self.table.keys() - known)
        if strange:
            raise self.fault(f"unknown field {strange[0]!r}")

    def text(self, key: str, default: str | None = None) -> str:
        """A text that is not empty unless the default is."""
        value = self._typed(key, str, default)
        if not value and default is None:
            raise self.fault(f"{key} is empty")
        return value

    def optional_text(self, key: str) -> str | None:
        """A text, or None where the field is absent."""
        return self.text(key) if key in self.table else None

    def one_of(self, key: str, names: frozenset[str]) -> str:
        """One of these names."""
        value = self.text(key)
        if value not in names:
            raise self.fault(f"{key} must be one of {', '.join(sorted(names))}, is {value!r}")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts, empty where the field is absent."""
        values = self._typed(key, list, [])
        if not all(isinstance(value, str) for value in values):
            raise self.fault(f"{key} must hold texts only")
        return tuple(map(str, values))

    def count(self, key: str) -> int:
        """A whole number, at least 0."""
        value = self._typed(key, int, None)
        if isinstance(value, bool) or value < 0:
            raise self.fault(f"{key} must be a whole number, is {value!r}")
        return value

    def flag(self, key: str, *, default: bool) -> bool:
        """True or false."""
        return self._typed(key, bool, default)

    def optional_number(self, key: str) -> float | None:
        """A number, or None where the field is absent."""
        return self._typed(key, float, None) if key in self.table else None

    def day(self, key: str) -> dt.date:
        """A date without a time."""
        value = self._typed(key, dt.date, None)
        if isinstance(value, dt.datetime):
            raise self.fault(f"{key} must be a date, is a moment")
        return value

    def tables(self, key: str) -> tuple["Fields", ...]:
        """The tables under `key`, empty where the field is absent."""
        values = self._typed(key, list, [])
        if not all(isinstance(value, dict) for value in values):
            raise self.fault(f"{key} must hold tables only")
        return tuple(Fields(value, f"{self.where}, {key}[{position}]") for position, value in enumerate(values))

    def fault(self, rule: str) -> CatalogueInvalid:
        """The error to raise when this table breaks `rule`."""
        return CatalogueInvalid(f"{self.where}: {rule}")

    def _typed(self, key: str, kind: type[T], default: T | None) -> T:
        value = self.table.get(key, default)
        if value is None:
            raise self.fault(f"{key} is missing")
        if not isinstance(value, kind):
            raise self.fault(f"{key} must be {kind.__name__}, is {value!r}")
        return value


def read_toml(text: str, *, where: str) -> Fields:
    """The document's root table. Raises CatalogueInvalid when it is not TOML."""
    try:
        return Fields(tomllib.loads(text), where)
    except tomllib.TOMLDecodeError as fault:
        raise CatalogueInvalid(f"{where}: {fault}") from fault
