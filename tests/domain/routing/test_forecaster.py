"""A forecaster hedges its experts, learns, and survives as bytes."""

import pytest

from app.domain.errors import Invalid
from app.domain.routing.encoding import encode
from app.domain.routing.forecaster import Forecaster, Seen
from app.domain.routing.prior import Prior
from app.domain.routing.shipped import SHIPPED
from tests.domain.routing.prompts import OPEN

EASY, HARD = "Name the capital of France", "Prove the theorem about prime gaps"
# A prior that takes the strong model for the weak one and the other way round.
WRONG = Prior(weak=SHIPPED.strong, strong=SHIPPED.weak)


def seen(prompt: str, own: float | None = None) -> Seen:
    return Seen(encode(prompt), own)


def test_without_a_prior_it_expects_a_half_and_is_in_doubt() -> None:
    found = Forecaster(None, 1.0, scored=False).forecast(seen(OPEN))

    assert found.quality == 0.5
    assert found.low < 0.2
    assert found.outcomes == 0
    assert sorted(found.experts) == ["length", "own"]


def test_a_prior_is_believed_until_outcomes_speak_against_it() -> None:
    one = Forecaster(SHIPPED, 0.0, scored=False)
    before = one.forecast(seen(EASY))
    for _ in range(150):
        one.observe(seen(EASY), 0.0)
    after = one.forecast(seen(EASY))

    assert before.belief["prior"] > 0.7
    assert after.belief["prior"] < 0.01
    assert after.quality < 0.1
    assert after.experts["prior"] == before.experts["prior"]


def test_what_is_learned_narrows_the_doubt() -> None:
    one = Forecaster(None, 0.0, scored=False)
    for count in range(200):
        one.observe(seen(EASY), float(count % 5 != 0))
    found = one.forecast(seen(EASY))

    assert found.quality == pytest.approx(0.8, abs=0.05)
    assert 0.6 < found.low < found.quality
    assert found.outcomes == 200
    assert 0 < one.loss / 200 < 0.7


def test_a_scorer_that_knows_joins_and_a_scorer_that_does_not_is_dropped() -> None:
    wise, fool = Forecaster(None, 0.0, scored=True), Forecaster(None, 0.0, scored=True)
    for count in range(400):
        right, topic = float(count % 2), f"topic {count * 7919 % 101}"
        wise.observe(seen(topic, own=right), right)
        fool.observe(seen(topic, own=float(count * 31 % 17)), right)

    assert wise.forecast(seen("topic 3", own=1.0)).quality > 0.9
    assert wise.forecast(seen("topic 3", own=0.0)).quality < 0.1
    assert abs(fool.forecast(seen("topic 3", own=16.0)).quality - 0.5) < 0.15


def test_a_scorer_that_falls_silent_leaves_the_word_to_the_others_and_keeps_its_place() -> None:
    one, never = (Forecaster(None, 0.0, scored=scored) for scored in (True, False))
    for count in range(60):
        right = float(count * 7 % 5 > 2)
        one.observe(seen(f"topic {count % 5}", own=right), right)
        never.observe(seen(f"topic {count % 5}"), right)
    before = one.forecast(seen("topic 3", own=1.0)).belief["scorer"]

    silent = one.forecast(seen("topic 3"))
    one.observe(seen("topic 3"), 1.0)

    assert before > 0.9
    assert "scorer" not in silent.experts
    assert silent.quality == pytest.approx(never.forecast(seen("topic 3")).quality, abs=1e-9)
    assert one.forecast(seen("topic 3", own=1.0)).belief["scorer"] == pytest.approx(before, abs=0.01)


@pytest.mark.parametrize("own", [None, float("nan"), float("inf"), 1e300, -1e300])
def test_a_scorer_that_says_no_number_does_no_harm(own: float | None) -> None:
    one = Forecaster(None, 0.0, scored=True)
    one.observe(seen(EASY, own), 1.0)

    assert 0 < one.forecast(seen(EASY, own)).quality < 1


def test_it_goes_on_from_its_state_to_the_last_bit() -> None:
    one = Forecaster(SHIPPED, 1.0, scored=True)
    for count in range(20):
        one.observe(seen(HARD, 0.3), float(count % 3 == 0), weight=0.5)
    again = Forecaster(SHIPPED, 1.0, scored=True).load(one.state())

    assert again.forecast(seen(EASY, 0.1)) == one.forecast(seen(EASY, 0.1))
    one.observe(seen(EASY), 1.0)
    again.observe(seen(EASY), 1.0)
    assert again.state() == one.state()
    assert again.outcomes == 11.0


def test_an_expert_that_the_state_does_not_know_starts_anew() -> None:
    one = Forecaster(None, 0.0, scored=False)
    one.observe(seen(EASY), 1.0)
    again = Forecaster(SHIPPED, 0.0, scored=True).load(one.state())

    assert set(again.forecast(seen(EASY)).belief) == {"prior", "length", "own", "scorer"}
    assert again.outcomes == 1.0


@pytest.mark.parametrize("wrong", [b"", b"state", Forecaster(None, 0.0, scored=False).state()[:-1]])
def test_other_bytes_are_refused(wrong: bytes) -> None:
    with pytest.raises(Invalid):
        Forecaster(None, 0.0, scored=False).load(wrong)


def test_a_wrong_prior_loses_its_weight() -> None:
    one = Forecaster(WRONG, 0.0, scored=False)
    for count in range(400):
        one.observe(seen(EASY), float(count % 3 == 0))

    assert one.forecast(seen(EASY)).belief["prior"] < 0.05


def logged(number: int) -> list[tuple[str, float, float]]:
    """A log in which the model fails at numbers of two digits when it is also asked why."""
    return [
        (f"Tell of {row * 37 % 100}{'? Why?' if row % 2 else '.'}", float(not (row % 2 and row * 37 % 100 > 9)), 1.0)
        for row in range(number)
    ]


def test_trees_fitted_to_a_log_join_what_was_learned() -> None:
    one = Forecaster(None, 0.0, scored=False)
    before = one.forecast(seen("Tell of 77? Why?")).quality
    one.refit(logged(1200))

    assert one.forecast(seen("Tell of 77? Why?")).quality < before
    assert one.forecast(seen("Tell of 77.")).quality > before
    again = Forecaster(None, 0.0, scored=False).load(one.state())
    assert again.forecast(seen("Tell of 77.")) == one.forecast(seen("Tell of 77."))


def test_trees_are_not_fitted_to_a_handful() -> None:
    with pytest.raises(Invalid):
        Forecaster(None, 0.0, scored=False).refit(logged(100))


def test_a_forecaster_that_remembers_fits_its_trees_by_itself() -> None:
    remembering, forgetful = (Forecaster(None, 0.0, scored=False, remember=room) for room in (2000, 0))
    for prompt, quality, weight in logged(1020):
        remembering.observe(seen(prompt), quality, weight)
        forgetful.observe(seen(prompt), quality, weight)
    one, other = (each.forecast(seen("Tell of 77? Why?")) for each in (remembering, forgetful))

    assert one.experts["own"] != other.experts["own"]
    assert one.experts["length"] == other.experts["length"]


def test_a_new_model_begins_where_another_stands_but_not_as_sure() -> None:
    old = Forecaster(SHIPPED, 0.0, scored=True)
    for count in range(100):
        old.observe(seen(EASY, 1.0), float(count % 10 != 0))
        old.observe(seen(HARD, 0.0), float(count % 10 == 0))
    new = Forecaster(SHIPPED, 0.5, scored=True).begin_from(old.state())
    easy, hard = new.forecast(seen(EASY, 1.0)), new.forecast(seen(HARD, 0.0))

    assert easy.quality - hard.quality > 0.4
    assert new.outcomes == new.loss == 0.0
    assert easy.quality - easy.low > old.forecast(seen(EASY, 1.0)).quality - old.forecast(seen(EASY, 1.0)).low
    for _ in range(20):
        old.observe(seen(EASY, 1.0), 0.0)
        new.observe(seen(EASY, 1.0), 0.0)
    assert new.forecast(seen(EASY, 1.0)).quality < old.forecast(seen(EASY, 1.0)).quality


def test_beginning_from_other_bytes_is_refused() -> None:
    with pytest.raises(Invalid):
        Forecaster(None, 0.0, scored=False).begin_from(b"state")
