"""The same request has the same fingerprint, and any difference another."""

from collections.abc import Callable
from dataclasses import fields, replace
from types import MappingProxyType

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from app.domain.fingerprint import fingerprint
from app.domain.message import ImagePart, Message, ModelRequest, ResponseFormat, TextPart, Tool, ToolCall

TEXTS = st.text(max_size=8)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
OBJECTS = st.dictionaries(TEXTS, JSON, max_size=3)
PARTS = st.lists(st.builds(TextPart, TEXTS) | st.builds(ImagePart, TEXTS), max_size=3).map(tuple)
CALLS = st.lists(st.builds(ToolCall, TEXTS, TEXTS, TEXTS), max_size=2).map(tuple)
MESSAGES = st.builds(
    Message,
    st.sampled_from(["system", "user", "assistant", "tool"]),
    TEXTS | PARTS,
    CALLS,
    st.none() | TEXTS,
    st.none() | TEXTS,
)
SHARES = st.none() | st.floats(0, 2)
REQUESTS = st.builds(
    ModelRequest,
    model=TEXTS,
    messages=st.lists(MESSAGES, max_size=3).map(tuple),
    max_tokens=st.none() | st.integers(1, 9),
    temperature=SHARES,
    top_p=SHARES,
    stop=st.lists(TEXTS, max_size=2).map(tuple),
    seed=st.none() | st.integers(),
    tools=st.lists(st.builds(Tool, TEXTS, TEXTS, OBJECTS), max_size=2).map(tuple),
    tool_choice=st.none() | TEXTS,
    response_format=st.none()
    | st.builds(ResponseFormat, st.just("json_schema"), TEXTS, st.none() | OBJECTS, st.booleans()),
    options=OBJECTS,
)
PLAIN = ModelRequest("m", (Message("user", "hello"),))
OTHERS: dict[str, Callable[[ModelRequest], ModelRequest]] = {
    "model": lambda r: replace(r, model="n"),
    "messages": lambda r: replace(r, messages=(Message("user", "hello "),)),
    "max_tokens": lambda r: replace(r, max_tokens=1),
    "temperature": lambda r: replace(r, temperature=0.0),
    "top_p": lambda r: replace(r, top_p=0.0),
    "stop": lambda r: replace(r, stop=("a",)),
    "seed": lambda r: replace(r, seed=0),
    "tools": lambda r: replace(r, tools=(Tool("t"),)),
    "tool_choice": lambda r: replace(r, tool_choice="auto"),
    "response_format": lambda r: replace(r, response_format=ResponseFormat("json_object")),
    "options": lambda r: replace(r, options={"top_k": 1}),
}


def mark(request: ModelRequest, *, slug: str = "v/m", partition: str = "p") -> str:
    """The fingerprint."""
    return fingerprint(slug, request, partition=partition)


def backwards(value: object) -> object:
    """The same JSON with the keys of every object in another order."""
    if isinstance(value, dict):
        return MappingProxyType({key: backwards(inner) for key, inner in reversed(value.items())})
    return [backwards(inner) for inner in value] if isinstance(value, list) else value


@given(REQUESTS, TEXTS, TEXTS)
def test_the_same_request_has_the_same_fingerprint(request: ModelRequest, slug: str, partition: str) -> None:
    again = replace(request, options=backwards(request.options))  # type: ignore[arg-type]  # an object stays one

    assert mark(request, slug=slug, partition=partition) == mark(again, slug=slug, partition=partition)


@given(REQUESTS, REQUESTS)
def test_different_requests_have_different_fingerprints(one: ModelRequest, other: ModelRequest) -> None:
    assume(one != other)

    assert mark(one) != mark(other)


@given(REQUESTS, st.tuples(TEXTS, TEXTS), st.tuples(TEXTS, TEXTS))
def test_model_and_partition_are_told_apart(
    request: ModelRequest, one: tuple[str, str], other: tuple[str, str]
) -> None:
    assume(one != other)

    assert mark(request, slug=one[0], partition=one[1]) != mark(request, slug=other[0], partition=other[1])


@pytest.mark.parametrize("name", [field.name for field in fields(ModelRequest)])
def test_every_field_of_a_request_counts(name: str) -> None:
    assert mark(OTHERS[name](PLAIN)) != mark(PLAIN)


@pytest.mark.parametrize(
    "other",
    [
        Message("system", "hello"),
        Message("user", (TextPart("hello"),)),
        Message("user", (ImagePart("hello"),)),
        Message("user", "hello", (ToolCall("a", "b", "{}"),)),
        Message("user", "hello", tool_call_id="a"),
        Message("user", "hello", name="a"),
    ],
)
def test_every_part_of_a_message_counts(other: Message) -> None:
    assert mark(replace(PLAIN, messages=(other,))) != mark(PLAIN)


def test_a_whole_temperature_is_the_same_however_it_is_written() -> None:
    assert mark(replace(PLAIN, temperature=1)) == mark(replace(PLAIN, temperature=1.0))
    assert mark(replace(PLAIN, options={"k": 1})) != mark(replace(PLAIN, options={"k": 1.0}))


def test_a_lone_surrogate_can_be_hashed() -> None:
    assert len(mark(replace(PLAIN, messages=(Message("user", "\ud800"),)))) == 64
