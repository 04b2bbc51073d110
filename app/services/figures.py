"""Figures are what a process can be asked about itself as numbers; those of several processes become one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

Kind = Literal["counter", "gauge", "histogram"]
Merge = Literal["sum", "max"]
Values = tuple[float, ...]

# Seconds of a call, from a short answer of a fast model to the longest run.
BUCKETS_S: Final = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0)


@dataclass(frozen=True, slots=True)
class Reading:
    """A number under its labels; of a histogram the counts per bucket, the last above all of them, and the sum."""

    labels: tuple[str, ...]
    values: Values


@dataclass(frozen=True, slots=True)
class Family:
    """Readings of one kind; `merge` says what the numbers of two processes make together."""

    name: str
    told: str
    kind: Kind
    labels: tuple[str, ...]
    readings: tuple[Reading, ...]
    merge: Merge = "sum"


def counter(name: str, told: str, value: float) -> Family:
    """A count without labels."""
    return Family(name, told, "counter", (), (Reading((), (value,)),))


def gauge(name: str, told: str, value: float, *, merge: Merge = "sum") -> Family:
    """A number without labels that rises and falls."""
    return Family(name, told, "gauge", (), (Reading((), (value,)),), merge)


def merged(told: Iterable[Sequence[Family]]) -> list[Family]:
    """The families of several processes as one list, by name in the order in which they first come."""
    found: dict[str, Family] = {}
    for families in told:
        for family in families:
            known = found.get(family.name)
            found[family.name] = family if known is None else _together(known, family)
    return list(found.values())


def _together(one: Family, other: Family) -> Family:
    readings = {reading.labels: reading.values for reading in one.readings}
    for reading in other.readings:
        known = readings.get(reading.labels)
        readings[reading.labels] = reading.values if known is None else _both(known, reading.values, one.merge)
    return replace(one, readings=tuple(Reading(labels, values) for labels, values in readings.items()))


def _both(one: Values, other: Values, merge: Merge) -> Values:
    pairs = zip(one, other, strict=False)
    return tuple(max(pair) if merge == "max" else sum(pair) for pair in pairs)
