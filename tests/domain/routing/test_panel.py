"""A panel says of each model what its forecaster says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.routing.encoding import encode
from app.domain.routing.forecaster import Forecaster, Seen
from app.domain.routing.panel import Panel
from app.domain.routing.prior import Prior
from app.domain.routing.shipped import SHIPPED
from tests.domain.routing.prompts import OPEN

TOPICS = ("Name the capital of France", "Prove the theorem about prime gaps", "What is 12 * 12? Why?", OPEN)


def taught(position: float, prior: Prior | None, *, scored: bool, outcomes: int) -> Forecaster:
    one = Forecaster(prior, position, scored=scored)
    for count in range(outcomes):
        seen = Seen(encode(TOPICS[count % 4]), count / 10 if count % 3 else None)
        one.observe(seen, float(count % (2 + round(2 * position)) == 0), 0.5 + count % 2 / 2)
    return one


def agrees(several: dict[str, Forecaster], prior: Prior | None, seen: Seen) -> None:
    found = Panel.of(several, prior).forecasts(seen, several)

    assert set(found) == {model for model, one in several.items() if one.outcomes > 0}
    for model, told in found.items():
        alone = several[model].forecast(seen)
        assert told.quality == pytest.approx(alone.quality, abs=1e-9)
        assert told.low == pytest.approx(alone.low, abs=1e-9)
        assert told.outcomes == alone.outcomes
        assert dict(told.experts) == pytest.approx(dict(alone.experts), abs=1e-9)
        assert dict(told.belief) == pytest.approx(dict(alone.belief), abs=1e-9)


SEVERAL = {
    scored: {
        "weak": taught(0.0, SHIPPED, scored=scored, outcomes=30),
        "mid": taught(0.5, SHIPPED, scored=scored, outcomes=12),
        "new": taught(1.0, SHIPPED, scored=scored, outcomes=0),
        "strong": taught(1.0, SHIPPED, scored=scored, outcomes=25),
    }
    for scored in (False, True)
}


@given(st.text(max_size=200), st.none() | st.floats(), st.booleans())
def test_a_panel_says_of_each_model_what_its_forecaster_says(prompt: str, own: float | None, scored: bool) -> None:
    agrees(SEVERAL[scored], SHIPPED, Seen(encode(prompt), own))


def test_trees_join_for_those_models_that_have_some() -> None:
    one, other = (taught(0.0, None, scored=False, outcomes=9) for _ in range(2))
    one.fit([(encode(f"Tell of {row % 50}").figures, float(row % 50 > 9), 1.0) for row in range(1000)])

    agrees({"one": one, "other": other}, None, Seen(encode("Tell of 7")))


def test_only_wanted_models_are_told_of_and_none_by_an_empty_panel() -> None:
    seen = Seen(encode(OPEN))

    assert set(Panel.of(SEVERAL[False], SHIPPED).forecasts(seen, {"mid", "unknown", "new"})) == {"mid"}
    assert Panel.of({}, SHIPPED).forecasts(seen, {"mid"}) == {}


def test_what_it_weighs_grows_with_its_models_and_trees() -> None:
    one = taught(0.0, None, scored=False, outcomes=9)
    before = Panel.of({"one": one}, None).size
    both = Panel.of({"one": one, "other": taught(1.0, None, scored=False, outcomes=1)}, None).size
    one.fit([(encode(f"Tell of {row % 50}").figures, float(row % 50 > 9), 1.0) for row in range(1000)])

    assert 128_000 < before < 160_000
    assert both == 2 * before
    assert Panel.of({"one": one}, None).size > before


def test_what_the_forecasters_learn_later_does_not_change_it() -> None:
    one = taught(0.0, SHIPPED, scored=False, outcomes=9)
    panel, seen = Panel.of({"one": one}, SHIPPED), Seen(encode(OPEN))
    before = panel.forecasts(seen, {"one"})
    one.observe(seen, 1.0)

    assert panel.forecasts(seen, {"one"}) == before
