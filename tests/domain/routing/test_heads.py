"""A model's own head learns which prompts it fails at, and goes on from its state."""

import numpy as np
import pytest

from app.domain.errors import Invalid
from app.domain.routing.encoding import encode
from app.domain.routing.heads import Head, WordHead
from app.domain.routing.length import LengthHead

EASY, HARD = "Name the capital of France", "Prove the theorem about prime gaps"


def taught(times: int) -> Head:
    head = Head()
    for _ in range(times):
        head.observe(encode(EASY), 1.0)
        head.observe(encode(HARD), 0.0)
    return head


def test_before_the_first_outcome_it_expects_a_half() -> None:
    assert Head().forecast(encode(EASY)) == 0.5


def test_it_learns_which_prompts_fail() -> None:
    head = taught(30)

    assert head.forecast(encode(EASY)) > 0.75
    assert head.forecast(encode(HARD)) < 0.25


def test_an_outcome_moves_no_word_that_the_prompt_lacks() -> None:
    head, seen = WordHead(), encode(EASY)
    head.observe(seen, 1.0)

    changed = np.flatnonzero(head.arrays()["words"])
    assert set(changed.tolist()) == set(seen.places.tolist())


def test_it_goes_on_from_its_state() -> None:
    head = taught(5)
    again = Head().take({name: array.copy() for name, array in head.arrays().items()})

    assert again.forecast(encode(HARD)) == head.forecast(encode(HARD))
    again.observe(encode(HARD), 0.0)
    head.observe(encode(HARD), 0.0)
    assert again.forecast(encode(HARD)) == head.forecast(encode(HARD))


def test_a_state_that_lacks_a_part_or_has_another_size_is_refused() -> None:
    arrays = Head().arrays()

    with pytest.raises(Invalid):
        Head().take({name: array for name, array in arrays.items() if name != "words.squares"})
    with pytest.raises(Invalid):
        Head().take(arrays | {"words.words": np.zeros(3, np.float32)})


def test_the_expert_of_length_learns_that_long_prompts_fail() -> None:
    head = LengthHead()
    for _ in range(50):
        head.observe(encode("short"), 1.0)
        head.observe(encode("long " * 300), 0.0)

    assert head.forecast(encode("brief")) > 0.7
    assert head.forecast(encode("wordy " * 300)) < 0.3


def test_the_expert_of_length_goes_on_from_its_state_and_refuses_another() -> None:
    head = LengthHead()
    head.observe(encode("short"), 1.0)

    assert LengthHead().take(head.arrays()).forecast(encode("brief")) == head.forecast(encode("brief"))
    with pytest.raises(Invalid):
        LengthHead().take({})
