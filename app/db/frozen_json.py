"""Frozen dataclasses become JSON and come back equal, by their fields and type hints alone."""

import types
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Any, Final, Literal, Union, get_args, get_origin, get_type_hints

Turn = Callable[[Any], Any]  # what a hint says, one way; the values are of that hint


@dataclass(frozen=True, slots=True)
class Codec:
    """`encode` gives what JSON can hold, `decode` the value back or raises ValueError, KeyError or TypeError."""

    encode: Turn
    decode: Turn


def _same(value: Any) -> Any:
    return value


def _is(*kinds: type) -> Codec:
    """Values that JSON holds as they are, checked when they come back."""

    def check(value: Any) -> Any:
        if type(value) not in kinds:
            raise TypeError(f"{type(value).__name__} stands where {kinds[0].__name__} belongs")
        return value

    return Codec(_same, check)


AS_THEY_ARE: Final = Codec(_same, _same)
PLAIN: Final[Mapping[object, Codec]] = {
    str: _is(str),
    int: _is(int),
    float: _is(float, int),
    bool: _is(bool),
    type(None): _is(type(None)),
    object: AS_THEY_ARE,  # JSON inside: whatever it is, it came out of JSON
    datetime: Codec(datetime.isoformat, datetime.fromisoformat),
    date: Codec(date.isoformat, date.fromisoformat),
    timedelta: Codec(
        lambda value: [value.days, value.seconds, value.microseconds],
        lambda stored: timedelta(*stored),
    ),
    Decimal: Codec(str, Decimal),
}


@cache
def codec(hint: Any) -> Codec:
    """How values of this type are stored. Raises TypeError, naming it, for a type that is not supported."""
    if hint in PLAIN:
        return PLAIN[hint]
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Literal:
        return _literal(arguments)
    if origin in (Union, types.UnionType):
        return _union(arguments)
    if origin in (tuple, frozenset):
        return _series(origin, arguments)
    if origin is Mapping:
        return _mapping(*arguments)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return Codec(lambda value: value.value, hint)
    if isinstance(hint, type) and is_dataclass(hint):
        return _dataclass(hint)
    raise TypeError(f"{hint} is not supported")


def _literal(allowed: tuple[Any, ...]) -> Codec:
    def check(value: Any) -> Any:
        if value not in allowed:
            raise ValueError(f"{value!r} is none of {allowed}")
        return value

    return Codec(_same, check)


def _union(members: tuple[Any, ...]) -> Codec:
    """None is told from the rest by itself; of the others each says its name, unless there is one only."""
    others = [member for member in members if member is not type(None)]
    if len(others) == 1:
        inner = codec(others[0])
        return Codec(
            lambda value: None if value is None else inner.encode(value),
            lambda stored: None if stored is None else inner.decode(stored),
        )
    if not all(isinstance(member, type) for member in others):
        raise TypeError(f"a union of {others} is not supported")
    named = {member.__name__: codec(member) for member in others}

    def encode(value: Any) -> Any:
        return None if value is None else [type(value).__name__, named[type(value).__name__].encode(value)]

    def decode(stored: Any) -> Any:
        return None if stored is None else named[stored[0]].decode(stored[1])

    return Codec(encode, decode)


def _series(kind: type, arguments: tuple[Any, ...]) -> Codec:
    if kind is frozenset or (len(arguments) == 2 and arguments[1] is Ellipsis):
        inner = codec(arguments[0])
        return Codec(
            lambda value: [inner.encode(item) for item in value],
            lambda stored: kind(inner.decode(item) for item in stored),
        )
    places = [codec(argument) for argument in arguments]
    return Codec(
        lambda value: [place.encode(item) for place, item in zip(places, value, strict=True)],
        lambda stored: tuple(place.decode(item) for place, item in zip(places, stored, strict=True)),
    )


def _mapping(key: Any, value: Any) -> Codec:
    keys, values = codec(key), codec(value)
    if key is str:
        return Codec(
            lambda given: {name: values.encode(item) for name, item in given.items()},
            lambda stored: {name: values.decode(item) for name, item in stored.items()},
        )
    return Codec(
        lambda given: [[keys.encode(name), values.encode(item)] for name, item in given.items()],
        lambda stored: {keys.decode(name): values.decode(item) for name, item in stored},
    )


def _dataclass(kind: type) -> Codec:
    """A field that is not stored takes its default; one that has none is missing, which is an error."""
    hints = get_type_hints(kind)
    known = {field.name: codec(hints[field.name]) for field in fields(kind)}
    needed = {field.name for field in fields(kind) if field.default is MISSING and field.default_factory is MISSING}

    def encode(value: Any) -> Any:
        return {name: inner.encode(getattr(value, name)) for name, inner in known.items()}

    def decode(stored: Any) -> Any:
        given = {name: inner.decode(stored[name]) for name, inner in known.items() if name in stored or name in needed}
        return kind(**given)

    return Codec(encode, decode)
