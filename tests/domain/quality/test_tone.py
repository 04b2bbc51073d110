"""Faults of tone cost, each kind up to a limit; one word of courtesy is enough."""

import pytest

from app.domain.quality.tone import professionalism, tone
from tests.domain.quality.working import work


@pytest.mark.parametrize(
    "fault",
    [
        "You idiot, read it.",
        "We're gonna do it.",
        "Act now and buy.",
        "It is here!!",
        "WHERE WHICH THERE is it.",
        "A! B! C!",
    ],
)
def test_a_fault_costs(fault: str) -> None:
    assert professionalism(work(f"The parcel is on its way. {fault}")).points < 100


def test_plain_words_have_no_fault() -> None:
    assert professionalism(work("The parcel is on its way. The API and the HTML are fine!")).points == 100


def test_one_kind_of_fault_takes_at_most_sixty() -> None:
    assert professionalism(work("dude " * 30)).points == 40


def test_courtesy_is_worth_a_fifth_once() -> None:
    plain, kind, kinder = "It is here.", "Thank you, it is here.", "Thank you, thank you, please, it is here."

    assert (tone(work(plain)).points, tone(work(kind)).points, tone(work(kinder)).points) == (80, 100, 100)
