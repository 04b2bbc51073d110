"""A head remembers which calls it was taught, so that each counts once, and says when it should be built anew."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import Invalid
from app.domain.routing import learned as module
from app.domain.routing.encoding import encode
from app.domain.routing.forecaster import Forecaster, Seen
from app.domain.routing.learned import LATE, Learned
from app.domain.routing.shipped import SHIPPED

SEEN = Seen(encode("Name the capital of France"))


def fresh() -> Learned:
    return Learned(Forecaster(SHIPPED, 0.5, scored=False))


def call(number: int) -> str:
    return str(UUID(int=number))


@given(st.lists(st.integers(1, 6), max_size=20))
def test_a_call_is_learned_once_however_often_it_is_taught(numbers: list[int]) -> None:
    one = fresh()
    for number in numbers:
        one.teach(call(number), SEEN, 1.0, 0.5)

    assert one.forecaster.outcomes == 0.5 * len(set(numbers))
    assert one.late == len(numbers) - len(set(numbers))


def test_it_goes_on_from_its_state_to_the_last_bit() -> None:
    one = fresh()
    for number in (1, 2, 3, 2):
        one.teach(call(number), SEEN, 0.0, 1.0)
    again = fresh().load(one.state())
    again.teach(call(3), SEEN, 0.0, 1.0)

    assert again.late == 2
    assert again.forecaster.outcomes == 3.0
    assert again.forecaster.forecast(SEEN) == one.forecaster.forecast(SEEN)
    assert len(one.state()) < len(one.forecaster.state()) / 2


def test_it_is_outdated_once_enough_of_what_it_was_taught_was_replaced() -> None:
    one = fresh()
    taught = round(2 / LATE)
    for number in range(taught):
        one.teach(call(number), SEEN, 1.0, 1.0)
    said = []
    for number in range(3):
        one.teach(call(number), SEEN, 0.0, 1.0)
        said.append(one.outdated)

    assert said == [False, False, True]
    assert not fresh().outdated


def test_of_very_many_calls_the_last_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "REMEMBERED", 2)
    one = fresh()
    for number in (1, 2, 3, 3, 1):
        one.teach(call(number), SEEN, 1.0, 1.0)

    assert (one.forecaster.outcomes, one.late) == (4.0, 1)


@pytest.mark.parametrize("wrong", [b"", b"state", Forecaster(None, 0.0, scored=False).state(), fresh().state()[:-9]])
def test_other_bytes_are_refused(wrong: bytes) -> None:
    with pytest.raises(Invalid):
        fresh().load(wrong)
