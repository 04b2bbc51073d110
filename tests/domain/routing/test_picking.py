"""A pick keeps every hard limit, tells every chance exactly, and says what it could not keep."""

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.auto import STRATEGIES, Auto, Council, Escalation, Strategy
from app.domain.errors import NoModelFits
from app.domain.routing.candidate import Candidate
from app.domain.routing.ladder import next_rung
from app.domain.routing.picking import LONGEST, Picked, pick
from tests.domain.routing.candidates import ALL, BEST, CHEAP, FAST, MID, NEEDS, lists

DRAWS = st.floats(0, 1, exclude_max=True)
AUTOS = st.builds(
    Auto,
    strategy=st.sampled_from(STRATEGIES),
    fallback=st.sampled_from([None, "fastest"]),
    min_quality=st.sampled_from([None, 0.3, 0.9]),
    max_cost=st.sampled_from([None, 3_000_000]),
    max_latency_ms=st.sampled_from([None, 5_000]),
    stakes=st.sampled_from(["normal", "normal", "high"]),
)


def picked(auto: Auto | None = None, candidates: tuple[Candidate, ...] = ALL, **more: Any) -> Picked:
    """A pick at a medium prompt without chance."""
    given_: dict[str, Any] = {"level": "medium", "hold_out": 0.0, "draw": 0.5} | more
    return pick(auto or Auto(), candidates, NEEDS, **given_)


def tried(auto: Auto, candidates: list[Candidate], **more: Any) -> Picked | None:
    """A pick, None where no model fits."""
    try:
        return picked(auto, tuple(candidates), **more)
    except NoModelFits:
        return None


@given(AUTOS, lists(), DRAWS, st.floats(0, 1))
def test_chances_sum_to_one_and_the_first_could_be_drawn(
    auto: Auto, candidates: list[Candidate], draw: float, hold_out: float
) -> None:
    found = tried(auto, candidates, draw=draw, hold_out=hold_out)
    if found:
        chances = {each.model: each.chance for each in found.rated}

        assert sum(chances.values()) == pytest.approx(1.0)
        assert chances[found.order[0].slug] > 0
        assert found.by_router in chances


@given(AUTOS, lists(), DRAWS)
def test_no_hard_limit_is_ever_broken_and_no_soft_one_in_silence(
    auto: Auto, candidates: list[Candidate], draw: float
) -> None:
    found = tried(auto, candidates, draw=draw, hold_out=0.3)
    if found:
        kept = [
            (auto.max_cost is None or (each.cost is not None and each.cost <= auto.max_cost))
            and (auto.stakes == "normal" or each.tier == "best" or each.learned)
            for each in found.order
        ]
        first = found.order[0]
        soft = (auto.min_quality is None or first.low >= auto.min_quality) and (
            auto.max_latency_ms is None or first.latency_ms <= auto.max_latency_ms
        )

        assert all(kept)
        assert found.met == soft
        assert found.met or "is not kept" in found.reasoning


@given(AUTOS, lists(), st.randoms(use_true_random=False), DRAWS)
def test_the_order_of_the_catalogue_decides_nothing(
    auto: Auto, candidates: list[Candidate], shuffled: Any, draw: float
) -> None:
    listed = sorted(candidates, key=lambda each: shuffled.random())

    assert tried(auto, candidates, draw=draw, hold_out=0.3) == tried(auto, listed, draw=draw, hold_out=0.3)


@given(AUTOS, lists())
def test_every_model_is_rated_or_removed(auto: Auto, candidates: list[Candidate]) -> None:
    found = tried(auto, candidates)
    if found:
        rated, removed = {each.model for each in found.rated}, {each.model for each in found.removed}

        assert rated | removed == {each.slug for each in candidates}
        assert rated & removed == set()


def test_chances_are_what_draws_come_to() -> None:
    draws = [picked(draw=(at + 0.5) / 1_000, hold_out=0.2) for at in range(1_000)]
    counts = Counter(each.order[0].slug for each in draws)

    assert counts == {"a/mid": 850, "a/cheap": 50, "b/best": 50, "c/fast": 50}
    assert {each.model: each.chance for each in draws[0].rated} == pytest.approx(
        {slug: count / 1_000 for slug, count in counts.items()}
    )
    assert sum(each.drawn == "hold-out" for each in draws) == 200
    assert {each.by_router for each in draws} == {"a/mid"}


def test_the_hold_out_never_leaves_the_limits() -> None:
    def drawn(auto: Auto) -> set[str]:
        return {picked(auto, draw=at / 100, hold_out=1.0).order[0].slug for at in range(100)}

    assert drawn(Auto(max_cost=300_000, excluded=("c/fast",))) == {"a/cheap", "a/mid"}
    assert drawn(Auto(min_quality=0.63)) == {"a/mid", "b/best"}
    assert drawn(Auto(max_latency_ms=500)) == {"c/fast"}


def test_a_model_that_may_turn_out_good_enough_is_drawn_though_nobody_is_sure_yet() -> None:
    """Or no outcome would ever raise its lower bound."""
    hope = replace(CHEAP, quality=0.80, low=0.60, outcomes=0.0)
    auto = Auto(strategy="best_cost", min_quality=0.7)
    found = picked(auto, (hope, MID, BEST), hold_out=0.3, draw=0.05)

    assert (found.order[0], found.drawn, found.by_router, found.met) == (hope, "hold-out", "a/mid", False)
    assert {each.model: each.chance for each in found.rated} == pytest.approx(
        {"a/mid": 0.8, "b/best": 0.1, "a/cheap": 0.1}
    )
    assert [(each.model, each.limit) for each in found.removed] == [("a/cheap", "min_quality")]
    assert found.reasoning.endswith("min_quality 0.7 is not kept for sure (at least 0.60 is expected).")


def test_nobody_is_drawn_who_might_not_be_good_enough_where_the_wish_is_to_reject() -> None:
    hope = replace(CHEAP, quality=0.80, low=0.60)
    auto = Auto(strategy="best_cost", min_quality=0.7, on_unsatisfiable="reject")

    assert {picked(auto, (hope, MID, BEST), hold_out=1.0, draw=at / 50).order[0].slug for at in range(50)} == {
        "a/mid",
        "b/best",
    }


def test_where_nobody_is_sure_to_be_good_enough_those_who_may_be_are_drawn() -> None:
    hope = replace(MID, quality=0.95, low=0.60)
    found = picked(Auto(min_quality=0.9), (CHEAP, hope, replace(BEST, quality=0.96)), hold_out=0.2, draw=0.0)

    assert {each.model: each.chance for each in found.rated} == pytest.approx(
        {"a/mid": 0.1, "b/best": 0.9, "a/cheap": 0.0}
    )
    assert (found.order[0], found.drawn, found.met) == (hope, "hold-out", False)


@pytest.mark.parametrize("how", [{"auto": Auto(stakes="high")}, {"triggered": "diagnosis"}])
def test_nothing_is_left_to_chance_at_high_stakes(how: dict[str, Any]) -> None:
    more = (replace(BEST, slug="b/other", cost=6_000_000), *ALL)
    found = picked(candidates=more, draw=0.0, hold_out=1.0, **how)

    assert (found.order[0].slug, found.drawn) == ("b/best", "router")
    assert {each.slug for each in found.order} == {"b/best", "b/other"}
    assert "Stakes are high" in found.reasoning
    assert {each.limit for each in found.removed} == {"stakes"}


def test_the_only_model_is_no_hold_out() -> None:
    found = picked(candidates=(MID,), draw=0.0, hold_out=1.0)

    assert (found.drawn, found.rated[0].chance) == ("router", 1.0)


def test_the_single_model_is_asked_while_the_router_stands_down() -> None:
    found = picked(Auto(min_quality=0.63), single="b/best", hold_out=0.1)

    assert (found.order[0].slug, found.by_router, found.drawn) == ("b/best", "a/mid", "best-single")
    assert {each.model: each.chance for each in found.rated} == pytest.approx({"a/mid": 0.05, "b/best": 0.95})
    assert "stands down" in found.reasoning
    assert picked(single="b/best", hold_out=0.1, draw=0.01).drawn == "hold-out"


def test_a_single_model_that_does_not_meet_the_limits_is_not_asked() -> None:
    found = picked(Auto(strategy="best_quality", max_cost=300_000), single="b/best")

    assert (found.order[0].slug, found.drawn) == ("a/mid", "router")


def test_without_a_model_within_the_hard_limits_every_reason_is_told() -> None:
    with pytest.raises(NoModelFits) as raised:
        picked(Auto(max_cost=100, excluded=("a/mid",)))

    assert raised.value.field == "auto"
    assert {(model, limit) for model, limit, _ in raised.value.removed} == {
        ("a/cheap", "max_cost"),
        ("a/mid", "excluded"),
        ("b/best", "max_cost"),
        ("c/fast", "max_cost"),
    }
    assert str(raised.value) == "No model meets the request and its limits: max_cost removed 3, excluded removed 1."


def test_without_any_model_there_is_nothing_to_pick() -> None:
    with pytest.raises(NoModelFits, match="There is no model"):
        picked(candidates=())


def test_a_wish_that_rejects_is_refused_where_a_soft_limit_cannot_be_kept() -> None:
    with pytest.raises(NoModelFits) as raised:
        picked(Auto(min_quality=0.95, on_unsatisfiable="reject", fallback="fastest"))

    assert {limit for _, limit, _ in raised.value.removed} == {"min_quality"}


def test_the_nearest_to_a_quality_that_nobody_reaches_is_the_best() -> None:
    found = picked(Auto(strategy="best_cost", min_quality=0.95), hold_out=1.0, draw=0.0)

    assert (found.order[0].slug, found.met, found.strategy, found.drawn) == ("b/best", False, "best_quality", "router")
    assert "min_quality 0.95 is not kept for sure (at least 0.85 is expected)" in found.reasoning


def test_the_nearest_to_a_latency_that_nobody_keeps_is_the_fastest() -> None:
    found = picked(Auto(max_latency_ms=100))

    assert (found.order[0].slug, found.met, found.strategy) == ("c/fast", False, "fastest")
    assert "max_latency 100 ms is not kept" in found.reasoning


def test_of_two_limits_that_exclude_each_other_the_quality_is_kept() -> None:
    found = picked(Auto(min_quality=0.84, max_latency_ms=300))

    assert (found.order[0].slug, found.met) == ("b/best", False)
    assert "min_quality" not in found.reasoning


def test_of_two_limits_the_latency_is_kept_where_nobody_reaches_the_quality() -> None:
    found = picked(Auto(min_quality=0.95, max_latency_ms=300))

    assert found.order[0].slug == "c/fast"
    assert "max_latency" not in found.reasoning


def test_the_fallback_strategy_decides_where_no_model_keeps_the_soft_limits() -> None:
    found = picked(Auto(strategy="best_quality", fallback="best_cost", min_quality=0.95))

    assert (found.order[0].slug, found.strategy, found.met) == ("a/cheap", "best_cost", False)


def test_fallbacks_follow_in_the_order_of_the_strategy_and_meet_the_limits() -> None:
    found = picked(Auto(strategy="best_quality", min_quality=0.55))

    assert [each.slug for each in found.order] == ["b/best", "a/mid", "a/cheap"]
    assert [(each.model, each.limit) for each in found.removed] == [("c/fast", "min_quality")]


def test_an_order_is_of_bounded_length() -> None:
    many = tuple(replace(MID, slug=f"a/{at:02}") for at in range(30))

    assert len(picked(candidates=many).order) == LONGEST
    assert len(picked(candidates=many).rated) == 30


def test_the_model_to_escalate_to_stands_in_the_order() -> None:
    many = (*(replace(CHEAP, slug=f"a/{at:02}", cost=1_000 + at) for at in range(30)), BEST)
    auto = Auto(strategy="best_cost", escalation=Escalation())
    found = picked(auto, many)

    assert BEST not in picked(replace(auto, escalation=None), many).order
    assert len(found.order) == LONGEST
    assert next_rung(found.order, found.order[0].slug) == BEST


def test_the_council_sits_in_the_order() -> None:
    many = (*(replace(MID, slug=f"a/{at:02}") for at in range(30)), replace(FAST, quality=0.5))
    found = picked(Auto(strategy="best_quality", council=Council(size=2)), many)

    assert [each.slug for each in found.order[:3]] == ["a/00", "c/fast", "a/01"]


@pytest.mark.parametrize(
    ("strategy", "told"),
    [
        ("best_quality", "b/best (quality 0.88, $0.005, 800 ms) is the best of 4 models."),
        ("best_cost", "a/cheap (quality 0.60, $0.00008, 800 ms) is the cheapest of 4 models."),
        ("fastest", "c/fast (quality 0.62, $0.00012, 200 ms) is the fastest of 4 models."),
        ("tiers", "a/mid (quality 0.75, $0.00025, 800 ms) is the middle rung of 4 models."),
        ("balanced", "is the best balance of quality and cost of 4 models, with preference 0.50."),
    ],
)
def test_the_reasoning_says_what_the_model_is_the_first_of(strategy: Strategy, told: str) -> None:
    assert told in picked(Auto(strategy=strategy)).reasoning


def test_the_reasoning_names_what_is_not_learned_yet() -> None:
    found = picked(candidates=(replace(CHEAP, outcomes=3.0, quality=0.75), MID, BEST))

    assert found.order[0].slug == "a/mid"
    assert "Not learned yet (fewer than 50 outcomes), a/cheap is not asked first." in found.reasoning


def test_the_reasoning_of_the_hold_out_names_the_routers_choice() -> None:
    found = picked(hold_out=1.0, draw=0.99)

    assert found.reasoning == (
        "Drawn by chance from 4 models: c/fast (quality 0.62, $0.00012, 200 ms). "
        "The router would have asked a/mid (quality 0.75, $0.00025, 800 ms)."
    )


def test_an_unpriced_model_is_called_so() -> None:
    assert "unpriced" in picked(candidates=(replace(MID, cost=None),)).reasoning
