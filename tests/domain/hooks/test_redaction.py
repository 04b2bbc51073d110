"""Values give way to marks, the same value to the same mark, and come back where the marks stand."""

from hypothesis import given
from hypothesis import strategies as st

from app.domain.hooks.redaction import Redaction, restored

VALUES = st.sampled_from(
    ["ann@example.org", "bob@example.org", "+44 20 7946 0958", "192.168.1.20", "no data", "[EMAIL_1]"]
)


def test_the_same_value_has_the_same_mark_in_every_text() -> None:
    redaction = Redaction()

    assert redaction.redacted("ann@example.org wrote to bob@example.org") == "[EMAIL_1] wrote to [EMAIL_2]"
    assert redaction.redacted("bob@example.org answered") == "[EMAIL_2] answered"
    assert redaction.redacted("from 192.168.1.20") == "from [IP_1]"


def test_a_mark_that_stands_in_the_text_already_is_not_given_out() -> None:
    text = "[EMAIL_1] is not ann@example.org"
    redaction = Redaction(in_use=lambda mark: mark in text)

    clean = redaction.redacted(text)

    assert clean == "[EMAIL_1] is not [EMAIL_2]"
    assert restored(clean, redaction.marks) == text


@given(st.lists(VALUES, max_size=8))
def test_what_was_redacted_can_be_restored(values: list[str]) -> None:
    text = ", ".join(values)
    redaction = Redaction(in_use=lambda mark: mark in text)

    clean = redaction.redacted(text)

    assert restored(clean, redaction.marks) == text
    assert not any(value in clean for value in redaction.marks)
