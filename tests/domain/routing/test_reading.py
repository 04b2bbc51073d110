"""What is read of a prompt is bounded, and its two ends are in it."""

from app.domain.routing.reading import HEAD_CHARACTERS, TAIL_CHARACTERS, read


def test_a_short_prompt_is_read_whole() -> None:
    reading = read("Why is the sky blue?")

    assert reading.text == "Why is the sky blue?"
    assert reading.words == ("why", "is", "the", "sky", "blue")
    assert reading.scale == 1.0


def test_of_a_megabyte_a_bounded_part_is_read_from_both_ends() -> None:
    reading = read("first " + "x" * 1_000_000 + " last")

    assert reading.length == 1_000_011
    assert len(reading.text) == HEAD_CHARACTERS + TAIL_CHARACTERS + 1
    assert reading.words[0] == "first"
    assert reading.words[-1] == "last"
    assert reading.scale > 100


def test_half_of_a_surrogate_pair_can_be_encoded_afterwards() -> None:
    assert read("a \ud800 b").text.encode() == b"a ? b"
