"""Every limit removes exactly the models that do not meet it, and says by how much."""

from dataclasses import replace

import pytest

from app.domain.auto import Auto
from app.domain.routing.candidate import Candidate
from app.domain.routing.limits import HARD, SOFT, hard, soft
from app.domain.routing.needs import Needs
from tests.domain.routing.candidates import ALL, BEST, CHEAP, FAST, MID, NEEDS


def gone(auto: Auto, candidates: tuple[Candidate, ...] = ALL, needs: Needs = NEEDS, *, high: bool = False) -> set[str]:
    """The models that hard limits remove."""
    return {each.model for each in hard(auto, candidates, needs, high=high)[1]}


def why(auto: Auto, candidate: Candidate, needs: Needs = NEEDS) -> tuple[str, str]:
    """The limit that removes it, and why."""
    (removed,) = hard(auto, (candidate,), needs, high=False)[1]
    return removed.limit, removed.why


def test_without_limits_all_can_be_asked() -> None:
    assert hard(Auto(), ALL, NEEDS, high=False) == (list(ALL), [])
    assert soft(Auto(), ALL) == (list(ALL), [])


def test_an_excluded_model_is_removed() -> None:
    assert gone(Auto(excluded=("a/mid",))) == {"a/mid"}
    assert why(Auto(excluded=("a/mid",)), MID)[0] == "excluded"


def test_a_model_that_is_not_in_question_is_removed() -> None:
    assert gone(Auto(among=("a/mid", "b/best"))) == {"a/cheap", "c/fast"}
    assert why(Auto(among=("b/best",)), MID)[0] == "among"


def test_a_barred_model_is_removed_with_the_reason_it_came_with() -> None:
    assert why(Auto(), replace(MID, barred=("key", "the key may not ask it"))) == ("key", "the key may not ask it")


def test_a_model_that_lacks_a_capability_is_removed() -> None:
    seeing = replace(BEST, capabilities=MID.capabilities | {"vision"})

    assert gone(Auto(capabilities=("vision",)), (CHEAP, seeing)) == {"a/cheap"}
    assert gone(Auto(), (CHEAP, seeing), Needs(frozenset({"vision"}), 10)) == {"a/cheap"}
    assert why(Auto(capabilities=("vision", "reasoning")), MID) == ("capability", "lacks reasoning, vision")


def test_a_model_whose_window_is_too_small_is_removed() -> None:
    small = replace(CHEAP, context_window=1_000)

    assert why(Auto(), small, Needs(frozenset(), 900, 200)) == ("context", "takes 1000 tokens, 1100 are needed")
    assert gone(Auto(), (small,), Needs(frozenset(), 900, 100)) == set()
    assert gone(Auto(), (small,), Needs(frozenset(), 1_000)) == {"a/cheap"}


def test_a_model_that_cannot_answer_at_that_length_is_removed() -> None:
    limit, told = why(Auto(), MID, Needs(frozenset(), 10, 8_001))

    assert (limit, told) == ("max_output", "answers with 8000 tokens at most, 8001 are asked")


def test_a_model_over_the_cost_limit_is_removed() -> None:
    auto = Auto(max_cost=250_000)

    assert gone(auto) == {"b/best"}
    assert why(auto, BEST) == ("max_cost", "is expected to cost $0.005, $0.00025 is allowed")


def test_a_strict_limit_counts_what_the_call_could_cost() -> None:
    assert gone(Auto(max_cost=600_000, strict=True)) == {"a/mid", "b/best"}
    assert why(Auto(max_cost=600_000, strict=True), MID)[1].startswith("can cost $0.002")


@pytest.mark.parametrize("strict", [False, True])
def test_an_unpriced_model_is_never_taken_for_a_free_one(*, strict: bool) -> None:
    unpriced = replace(CHEAP, cost=None, worst_cost=None)

    assert why(Auto(max_cost=10**9, strict=strict), unpriced)[0] == "unpriced"
    assert gone(Auto(), (unpriced,)) == set()


def test_high_stakes_leave_only_the_top_tier() -> None:
    assert gone(Auto(), high=True) == {"a/cheap", "a/mid", "c/fast"}


def test_a_model_that_has_proven_itself_is_asked_at_high_stakes() -> None:
    proven = replace(MID, quality=0.90, low=0.87)

    assert gone(Auto(), (proven, BEST), high=True) == set()
    assert gone(Auto(), (replace(proven, outcomes=49.9), BEST), high=True) == {"a/mid"}
    assert gone(Auto(), (replace(proven, low=0.85), BEST), high=True) == {"a/mid"}


def test_nobody_has_proven_itself_against_a_top_tier_that_is_not_there() -> None:
    assert gone(Auto(), (CHEAP, replace(MID, low=1.0)), high=True) == {"a/cheap", "a/mid"}


def test_the_yardstick_of_high_stakes_holds_where_the_top_tier_is_too_dear() -> None:
    proven = replace(MID, quality=0.90, low=0.87)

    assert gone(Auto(max_cost=1_000_000), (CHEAP, proven, BEST), high=True) == {"a/cheap", "b/best"}


def test_a_model_whose_lower_bound_is_too_low_is_removed_softly() -> None:
    fit, removed = soft(Auto(min_quality=0.7), ALL)

    assert fit == [MID, BEST]
    assert removed[0].limit == "min_quality"
    assert removed[0].why == "expects 0.55 at least, 0.70 is asked"


def test_figures_that_nearly_agree_are_told_apart() -> None:
    assert soft(Auto(min_quality=0.7), [replace(MID, low=0.6996)])[1][0].why == (
        "expects 0.6996 at least, 0.7000 is asked"
    )


def test_a_model_that_is_too_slow_is_removed_softly() -> None:
    fit, removed = soft(Auto(max_latency_ms=500), ALL)

    assert fit == [FAST]
    assert (removed[0].limit, removed[0].why) == ("max_latency", "takes 800 ms, 500 ms are allowed")


def test_every_limit_that_removes_is_listed() -> None:
    harsh = Auto(excluded=("x/a",), among=("x/a", "x/b", "x/c", "x/d", "x/e", "x/f", "x/g"), max_cost=100)
    need = Needs(frozenset({"chat"}), 50, 10)
    able = replace(MID, slug="x/b", cost=1)
    candidates = (
        replace(able, slug="x/a"),
        able,
        replace(able, slug="x/c", capabilities=frozenset()),
        replace(able, slug="x/d", context_window=10),
        replace(able, slug="x/e", max_output_tokens=5),
        replace(able, slug="x/f", cost=None),
        replace(able, slug="x/g", cost=101),
        replace(able, slug="x/h"),
    )

    _, removed = hard(harsh, candidates, need, high=True)

    assert {each.limit for each in removed} == set(HARD)
    assert {each.limit for auto in (Auto(min_quality=1.0), Auto(max_latency_ms=1)) for each in soft(auto, ALL)[1]} == (
        set(SOFT)
    )
