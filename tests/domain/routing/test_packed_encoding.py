"""An encoding survives as bytes, and other bytes are refused."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import Invalid
from app.domain.routing.encoding import encode
from app.domain.routing.packed_encoding import packed, unpacked
from tests.domain.routing.prompts import OPEN


@given(st.text(max_size=400))
def test_what_was_packed_comes_back_to_the_last_bit(prompt: str) -> None:
    before = encode(prompt)
    after = unpacked(packed(before))

    assert after.figures == before.figures
    assert np.array_equal(after.dense, before.dense)
    assert np.array_equal(after.places, before.places)
    assert after.places.dtype == before.places.dtype


def test_a_prompt_takes_half_a_kilobyte_and_its_words_cannot_be_read() -> None:
    state = packed(encode("My secret is Wolpertinger. " + OPEN))

    assert len(state) < 1024
    assert b"Wolpertinger" not in state
    assert b"olper" not in state.lower()


@pytest.mark.parametrize(
    "state",
    [
        b"",
        b"another mark",
        packed(encode(OPEN))[:100],
        packed(encode(OPEN)) + b"\x00",
        packed(encode(OPEN)) + b"\xff\xff",
        b"\x00" + packed(encode(OPEN))[1:],
    ],
)
def test_other_bytes_are_refused(state: bytes) -> None:
    with pytest.raises(Invalid, match=r"encoding|place"):
        unpacked(state)
