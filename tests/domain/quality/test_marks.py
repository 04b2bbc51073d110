"""Refusals, hedges and places to be filled in are seen, and what only looks like them is not."""

import pytest

from app.domain.quality.marks import directness, placeholders, refuses
from tests.domain.quality.working import work


@pytest.mark.parametrize(
    "text",
    [
        "I'm sorry, but I can't help with that.",
        "As an AI language model, I have no opinion.",
        "I am unable to provide this.",
        "I don't have access to your files.",
        "Ich kann Ihnen leider nicht weiterhelfen.",
    ],
)
def test_a_refusal_is_no_direct_answer(text: str) -> None:
    assert refuses(work(text))
    assert directness(work(text)).points == 0


@pytest.mark.parametrize(
    "text",
    [
        "I'm sorry for the delay, but the parcel is on its way.",
        "As an AI company we build tools.",
        "The shop cannot help before Monday.",
        "It works. It is fast. It is cheap. Some say: I cannot help it.",
    ],
)
def test_what_only_sounds_like_a_refusal_is_none(text: str) -> None:
    assert not refuses(work(text))


def test_the_more_sentences_hedge_the_fewer_points() -> None:
    firm = "It rains. It is cold. It is dark. It is late."
    some = "It rains. It is cold. Maybe it is dark. It is late."
    most = "Perhaps it rains. It might be cold. Maybe it is dark. It is late."

    assert directness(work(firm)).points == 100 > directness(work(some)).points > directness(work(most)).points == 0


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Dear [Your Name], see {{ company }} and <insert date>.", 3),
        ("See [the manual](https://example.com) and [1].", 0),
        ("Lorem ipsum dolor", 1),
        ("Dear Anna", 0),
    ],
)
def test_places_to_be_filled_in_are_counted(text: str, count: int) -> None:
    assert placeholders(text) == count
