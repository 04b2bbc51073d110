"""A correlation id is any printable string of at most 255 characters."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import Invalid
from app.domain.session import check_correlation_id

PRINTABLE = st.text(st.characters(exclude_categories=("Cc", "Cs")), min_size=1, max_size=255)


@given(PRINTABLE)
def test_any_printable_id_passes_unchanged(value: str) -> None:
    assert check_correlation_id(value) == value


@given(PRINTABLE, st.sampled_from([*map(chr, range(0x20)), "\x7f"]), st.integers(0, 255))
def test_a_control_character_anywhere_is_refused(value: str, control: str, place: int) -> None:
    with pytest.raises(Invalid):
        check_correlation_id((value[:place] + control + value[place:])[:255] if place < 255 else control)


@pytest.mark.parametrize("value", ["", "x" * 256, "x" * 300])
def test_too_short_and_too_long_ids_are_refused_by_their_field(value: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_correlation_id(value, field="user_id")

    assert refused.value.field == "user_id"
