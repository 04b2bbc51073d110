"""A statement's CSV is read row by row; whatever is not what its column says stops the reading, by line and column."""

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Final

from app.domain.errors import Invalid

FIELD: Final = "content"
MOST: Final = 10**15
DEAREST: Final = 10**9
SMALLEST: Final = Decimal(1).scaleb(-18)
NUMBER: Final = re.compile(r"[+-]?[0-9]{1,40}(\.[0-9]{1,40})?([eE][+-]?[0-9]{1,2})?")
SINCE_1970: Final = 10**9  # so many seconds and more are a moment; fewer digits are a date without dashes


@dataclass(frozen=True, slots=True)
class Row:
    """One row; every method raises Invalid naming line and column."""

    line: int
    cells: Mapping[str, str]

    def has(self, *columns: str) -> bool:
        """Whether one of these columns says something."""
        return any(self.cells.get(column, "") for column in columns)

    def text(self, column: str) -> str:
        """A text that is not empty."""
        found = self.cells.get(column, "")
        if not found:
            raise self.fault(column, "a value is expected")
        return found

    def whole(self, column: str) -> int:
        """A whole number, at least 0; `10.0` is one, an empty cell is 0."""
        found = self.cells.get(column, "")
        number = number_of(found or "0")
        if number is None or number < 0 or number > MOST or number != number.to_integral_value():
            raise self.fault(column, f"a whole number is expected, not {found[:40]!r}")
        return int(number)

    def amount(self, column: str) -> Decimal:
        """An amount of money; credits are below 0."""
        number = number_of(self.text(column))
        if number is None:
            raise self.fault(column, f"an amount is expected, not {self.text(column)[:40]!r}")
        return number

    def day(self, column: str) -> date:
        """The UTC day of a date or of a moment."""
        day = day_of(self.text(column))
        if day is None:
            raise self.fault(column, f"a day as 2026-11-01 is expected, not {self.text(column)[:40]!r}")
        return day

    def fault(self, column: str, rule: str) -> Invalid:
        """The error to raise when a cell breaks a rule."""
        return Invalid(f"line {self.line}, column {column}: {rule}", field=FIELD)


def rows(text: str, *, needs: tuple[str, ...]) -> Iterator[Row]:
    """Every row that is not empty; commas or tabs, as the header has them. Raises Invalid without a needed column."""
    header: list[str] | None = None
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    try:
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if header is None:
                header = _header(cells, needs)
                continue
            if len(cells) > len(header):
                raise Invalid(f"line {reader.line_num}: more cells than the header names", field=FIELD)
            named = zip(header, (cell.strip() for cell in cells), strict=False)
            yield Row(reader.line_num, dict(named))
    except csv.Error as error:
        raise Invalid(f"line {reader.line_num}: {error}", field=FIELD) from None
    if header is None:
        raise Invalid("the statement is empty", field=FIELD)


def number_of(text: str) -> Decimal | None:
    """The number to eighteen decimals, or None when it is none or absurd."""
    if not NUMBER.fullmatch(text):
        return None
    number = Decimal(text)
    if abs(number) <= DEAREST:
        return number.quantize(SMALLEST)
    return number if abs(number) <= MOST and number == number.to_integral_value() else None


def day_of(text: str) -> date | None:
    """The UTC day of an ISO date, an ISO moment (UTC where it names no zone) or seconds since 1970."""
    number = number_of(text)
    try:
        if number is not None and number >= SINCE_1970:
            return datetime.fromtimestamp(int(number), UTC).date()
        moment = datetime.fromisoformat(text)
    except (ValueError, OverflowError, OSError):
        return None
    return (moment if moment.tzinfo is None else moment.astimezone(UTC)).date()


def _header(cells: list[str], needs: tuple[str, ...]) -> list[str]:
    header = [cell.strip().lower() for cell in cells]
    missing = [name for name in needs if name not in header]
    if missing:
        raise Invalid(f"line 1: no column {missing[0]}", field=FIELD)
    if len(set(header)) < len(header):
        raise Invalid("line 1: a column stands twice", field=FIELD)
    return header


def _delimiter(text: str) -> str:
    first = text.lstrip().partition("\n")[0]
    return "\t" if first.count("\t") > first.count(",") else ","
