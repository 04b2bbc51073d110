"""JSON is found in what stands around it and compared by its own types."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.comparison.found_json import found_json, same_json

NUMBERS = st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)
PROSE = st.text(alphabet="abc .:\n", max_size=12)


@given(VALUES)
def test_a_value_alone_or_in_a_fence_is_read_back(value: object) -> None:
    text = json.dumps(value, indent=1)

    assert same_json(list(found_json(f" {text}\n")), [value])
    assert same_json(list(found_json(f"Here it is:\n```json\n{text}\n```\nDone.")), [value])


@given(PROSE, st.lists(VALUES) | st.dictionaries(st.text(max_size=3), VALUES), PROSE)
def test_an_object_or_array_is_found_between_words(before: str, value: object, after: str) -> None:
    assert same_json(list(found_json(before + json.dumps(value) + after)), [value])


@pytest.mark.parametrize("text", ["", "no idea", "NaN", "[1, 2", "{'a': 1}", '{"a": Infinity}', "[" * 100_000])
def test_a_text_without_json_has_no_value(text: str) -> None:
    assert found_json(text) == ()


def test_the_first_of_several_counts() -> None:
    assert found_json('see [note] {"a": 1} and {"a": 2}') == ({"a": 1},)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ({"a": 1, "b": [2]}, {"b": [2.0], "a": 1}, True),
        (True, 1, False),
        ([False], [0], False),
        ([1, 2], [2, 1], False),
        ({"a": None}, {}, False),
        ("1", 1, False),
        (None, False, False),
        (None, None, True),
    ],
)
def test_values_are_the_same_by_type_and_content(one: object, other: object, same: bool) -> None:
    assert same_json(one, other) is same


def test_a_text_of_brackets_does_not_take_long() -> None:
    begun = time.process_time()

    assert found_json("[1," * 100_000) == ()
    assert found_json("```\n" * 50_000) == ()

    assert time.process_time() - begun < 5
