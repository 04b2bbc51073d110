"""A statement's JSON is read member by member; whatever has another shape stops the reading, by its path."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from app.domain.errors import Invalid
from app.services.statement_csv import FIELD, MOST, number_of

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Member:
    """A value with the path that leads to it; every method raises Invalid naming the path."""

    path: str
    value: object

    def get(self, key: str) -> "Member":
        """A member of an object; its value is None where it is absent."""
        if not isinstance(self.value, dict):
            raise self.fault("an object is expected")
        return Member(f"{self.path}.{key}" if self.path else key, self.value.get(key))

    def items(self) -> "list[Member]":
        """The items of a list."""
        if not isinstance(self.value, list):
            raise self.fault("a list is expected")
        return [Member(f"{self.path}[{position}]", item) for position, item in enumerate(self.value)]

    def text(self) -> str:
        """A text that is not empty."""
        if not isinstance(self.value, str) or not self.value:
            raise self.fault("a text is expected")
        return self.value

    def whole(self) -> int:
        """A whole number, at least 0; null is 0."""
        value = 0 if self.value is None else self.value
        if isinstance(value, Decimal) and value == value.to_integral_value():
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MOST:
            raise self.fault("a whole number is expected")
        return value

    def amount(self) -> Decimal:
        """An amount of money, as number or text; credits are below 0."""
        number = None if isinstance(self.value, bool) else number_of(str(self.value))
        if number is None:
            raise self.fault("an amount is expected")
        return number

    def moment(self) -> datetime:
        """A moment, as seconds since 1970 or as ISO text with its zone."""
        try:
            if isinstance(self.value, int) and not isinstance(self.value, bool):
                return datetime.fromtimestamp(self.value, UTC)
            found = datetime.fromisoformat(self.text())
        except (ValueError, OverflowError, OSError):
            raise self.fault("a moment is expected") from None
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)

    def fault(self, rule: str) -> Invalid:
        """The error to raise when this member breaks a rule."""
        return Invalid(f"{self.path or 'the statement'}: {rule}", field=FIELD)


def found_in(text: str, *, begin: str, end: str) -> Iterator[tuple[date, Member]]:
    """Every result with the UTC day of its bucket, of one page or of a list of pages. Raises Invalid.

    `begin` and `end` are the vendor's names for the ends of a bucket, which lies within one UTC day.
    """
    root = _parse(text)
    pages = root.items() if isinstance(root.value, list) else [root]
    if pages and pages[-1].get("has_more").value:
        raise pages[-1].get("has_more").fault("a page is missing; put all pages into one list")
    for page in pages:
        for bucket in page.get("data").items():
            first, last = bucket.get(begin).moment(), bucket.get(end).moment()
            if not first < last <= datetime.combine(first.date(), first.min.time(), UTC) + DAY:
                raise bucket.fault("a bucket of at most one UTC day is expected")
            for found in bucket.get("results").items():
                yield first.date(), found


def is_json(text: str) -> bool:
    """Whether the statement is meant as JSON."""
    return text.lstrip()[:1] in ("{", "[")


def _parse(text: str) -> Member:
    try:
        return Member("", json.loads(text, parse_float=Decimal, parse_constant=_refuse))
    except json.JSONDecodeError as error:
        raise Invalid(f"line {error.lineno}, column {error.colno}: {error.msg}", field=FIELD) from None
    except (ValueError, RecursionError):
        raise Invalid("the statement is no JSON of a usual depth with finite numbers", field=FIELD) from None


def _refuse(name: str) -> None:
    raise ValueError(name)
