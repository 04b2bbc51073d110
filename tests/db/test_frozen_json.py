"""Whatever a snapshot may hold comes back equal, for every field that any of its classes has."""

import json
import string
import types
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.db.frozen_json import codec
from app.db.snapshot import Snapshot
from app.domain.limits import NAMES, KeyLimits

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
PLAIN: dict[Any, st.SearchStrategy[Any]] = {
    str: st.text(max_size=20) | st.sampled_from(["", "\u2028", "0", "null"]),
    int: st.integers(),
    float: st.floats(allow_nan=False),
    bool: st.booleans(),
    type(None): st.none(),
    object: JSON,
    datetime: st.datetimes(timezones=st.just(UTC)),
    date: st.dates(),
    timedelta: st.timedeltas(),
    Decimal: st.decimals(allow_nan=False),
    KeyLimits: st.builds(KeyLimits, **dict.fromkeys(NAMES, st.none() | st.integers(1, 1_000_000_000))),
}


class Colour(Enum):
    RED = "red"


@dataclass(frozen=True)
class Left:
    value: int


@dataclass(frozen=True)
class Right:
    value: int


@dataclass(frozen=True)
class Everything:
    """One field of each kind that is supported."""

    number: float | None
    when: datetime | None
    day: date
    length: timedelta
    money: Decimal
    colour: Colour
    side: Left | Right | None
    pair: tuple[int, str]
    many: tuple[Left, ...]
    some: frozenset[str]
    by_pair: Mapping[tuple[str, int], Left]
    word: Literal["a", "b"]
    inside: Mapping[str, object]


@cache
def values(hint: Any) -> st.SearchStrategy[Any]:
    """Any value of the type; collections are small, for a snapshot has many of them inside each other."""
    origin, arguments = get_origin(hint), get_args(hint)
    if hint in PLAIN:
        return PLAIN[hint]
    if origin is Literal:
        return st.sampled_from(arguments)
    if origin in (Union, types.UnionType):
        return st.one_of(values(argument) for argument in arguments)
    if origin is frozenset:
        return st.frozensets(values(arguments[0]), max_size=1)
    if origin is tuple and arguments[-1] is Ellipsis:
        return st.lists(values(arguments[0]), max_size=1).map(tuple)
    if origin is tuple:
        return st.tuples(*(values(argument) for argument in arguments))
    if origin is Mapping:
        return st.dictionaries(values(arguments[0]), values(arguments[1]), max_size=1)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return st.sampled_from(hint)
    assert is_dataclass(hint), f"{hint} has no strategy here"
    hints = get_type_hints(hint)
    return st.builds(hint, **{field.name: values(hints[field.name]) for field in fields(hint)})


def back(kind: Any, value: Any) -> Any:
    """The value after a way through the file."""
    inner = codec(kind)
    return inner.decode(json.loads(json.dumps(inner.encode(value))))


@pytest.mark.parametrize("field", [field.name for field in fields(Snapshot)])
@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large], max_examples=15, deadline=None)
@given(data=st.data())
def test_each_field_of_a_snapshot_comes_back_equal(field: str, data: st.DataObject) -> None:
    hint = get_type_hints(Snapshot)[field]
    value = data.draw(values(hint))

    assert back(hint, value) == value


@given(given_=values(Everything))
def test_every_supported_kind_of_field_comes_back_equal(given_: Everything) -> None:
    assert back(Everything, given_) == given_


def test_a_field_of_a_snapshot_that_cannot_be_kept_is_named_before_it_is_served() -> None:
    codec(Snapshot)  # builds the way of every field of every class it reaches

    @dataclass(frozen=True)
    class Odd:
        handle: bytearray

    with pytest.raises(TypeError, match="bytearray"):
        codec(Odd)


def test_a_field_that_was_not_stored_takes_its_default_and_one_without_is_missed() -> None:
    @dataclass(frozen=True)
    class Grown:
        old: int
        new: int = 7

    assert codec(Grown).decode({"old": 1}) == Grown(1, 7)
    with pytest.raises(KeyError):
        codec(Grown).decode({"new": 1})


def test_letters_are_no_numbers() -> None:
    with pytest.raises(TypeError):
        codec(Left).decode({"value": string.ascii_letters})
