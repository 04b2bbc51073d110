"""State survives as bytes; other bytes are refused."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import Invalid
from app.domain.routing.packing import pack, unpack

PACKED = pack({"loss": 0.1}, {"b": np.arange(6, dtype=np.float32).reshape(2, 3), "a": np.array([1.5])})


def test_facts_and_arrays_come_back_as_they_were() -> None:
    facts, arrays = unpack(PACKED)

    assert facts == {"loss": 0.1}
    assert arrays["b"].tolist() == [[0, 1, 2], [3, 4, 5]]
    assert arrays["a"].tolist() == [1.5]
    arrays["b"][0, 0] = 7  # a copy, which learning may change


@given(st.integers(0, len(PACKED) - 1))
def test_cut_bytes_are_refused(length: int) -> None:
    with pytest.raises(Invalid):
        unpack(PACKED[:length])


@pytest.mark.parametrize(
    "wrong", [b"", b"nothing", PACKED + b"x", PACKED.replace(b"<f4", b"|O8"), b"MMR1\xff\xff\xff\xff"]
)
def test_other_bytes_are_refused(wrong: bytes) -> None:
    with pytest.raises(Invalid):
        unpack(wrong)
