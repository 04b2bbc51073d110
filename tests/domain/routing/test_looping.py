"""Going in circles and echoing are seen, unless repeating was asked for."""

import pytest

from app.domain.routing.looping import looping


def signs(text: str, asked: str = "Tell me about the sea.") -> list[str]:
    """The signs that are found."""
    return [doubt.sign for doubt in looping(text, asked=asked)]


@pytest.mark.parametrize(
    "text", ["The sea is deep and blue. " * 5, "The sea" + " is deep and wide" * 20, "la" * 60, "好的" * 40]
)
def test_a_circle_is_seen(text: str) -> None:
    assert signs(text) == ["loop"]


@pytest.mark.parametrize(
    "text",
    [
        "The sea is deep. The sea is blue. The sea is wide. The sea is salty.",
        "|---|---|---|---|---|---|---|---|---|---|---|",
        "No. No. No. No. No. No.",
        "0000000000000000000000000000",
        "- [ ] one\n- [ ] two\n- [ ] three\n- [ ] four\n- [ ] five\n- [ ] six\n",
    ],
)
def test_what_is_alike_is_no_circle(text: str) -> None:
    assert signs(text) == []


def test_what_was_asked_to_be_repeated_may_be() -> None:
    assert signs("I will not talk in class. " * 9, "Repeat: I will not talk in class.") == []


def test_an_echo_is_seen() -> None:
    asked = "Tell me all you know about the sea"

    assert signs(asked.upper() + "!", asked) == ["echo"]
    assert signs("Tell me more", "Tell me more") == []
