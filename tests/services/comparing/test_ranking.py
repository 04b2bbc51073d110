"""Rankings and recommendations rest on sums that each comparison leaves when it succeeds, and that votes move."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from app.domain.comparison.comparison import Judge, Scoring, Verdict, Weights
from app.domain.comparison.pairs import pairs_of
from app.domain.comparison.ranking import Met
from app.domain.comparison.tally import meetings_in
from app.domain.errors import Invalid, NotFound
from app.domain.message import Delta, ModelRequest
from app.services.comparing import comparisons, ranking, tallying, votes
from app.services.comparing.readout import readout
from app.services.comparing.wanted import WantedCandidate
from app.services.world import World
from tests.services.comparing.compared import DOLLAR, LARGE, MODELS, SMALL, inputs, make, run
from tests.services.made import CODE, make_step, make_use_case, say
from tests.worlds import Clock, with_script

RIGHT = Scoring("contains", expected="simulated")


def counted(world: World, comparison_id: str) -> tuple[Met, ...]:
    """What the stored answers and judgements say when they are all read again."""
    made = comparisons.get(world, comparison_id)
    answers, said = comparisons.outcomes(world, made.id), comparisons.judgements(world, made.id)
    return meetings_in(pairs_of(answers, said, candidates=len(made.candidates)), made.candidates)


def test_models_meet_in_what_has_succeeded_and_nowhere_else(world: World) -> None:
    run(world, make(world, scoring=RIGHT))
    make(world, scoring=RIGHT)

    found = ranking.meetings(world)

    assert (found.comparisons, found.cut) == (1, False)
    assert [(met.one, met.other, met.wins + met.losses + met.ties) for met in found.met] == [(LARGE, SMALL, 3)]


def test_a_deleted_comparison_counts_no_more(world: World) -> None:
    made = run(world, make(world, scoring=RIGHT))

    comparisons.delete(world, made.id)

    assert ranking.meetings(world).met == ()


def test_rankings_can_be_of_one_use_case_and_of_late(world: World, clock: Clock) -> None:
    make_use_case(world)
    run(world, make(world, scoring=RIGHT))
    clock.forward(days=2)
    run(world, make(world, scoring=RIGHT, use_case=CODE))

    assert ranking.meetings(world).comparisons == 2
    assert ranking.meetings(world, use_case=CODE).comparisons == 1
    assert ranking.meetings(world, since=world.now() - timedelta(days=1)).comparisons == 1
    with pytest.raises(NotFound):
        ranking.meetings(world, use_case="nowhere")


@pytest.mark.parametrize("repeats", [1, 3])
@pytest.mark.parametrize("candidates", [MODELS, MODELS[::-1]])
def test_a_vote_moves_the_sums_to_where_reading_everything_again_would_put_them(
    world: World, candidates: tuple[WantedCandidate, ...], repeats: int
) -> None:
    made = run(world, make(world, candidates=candidates, judge=Judge(LARGE), budget=DOLLAR, repeats=repeats))
    before = ranking.meetings(world).met
    assert before == counted(world, made.id)
    shown = votes.ballot(world, made.id, "ann")
    assert shown is not None
    seen = {before}

    given: tuple[tuple[str, Verdict], ...] = (("ann", "first"), ("ann", "second"), ("bob", "first"), ("cy", "tie"))
    for rater, verdict in given:
        mine = shown.pair if rater == "ann" else of_the_same(world, made.id, shown.input.number, rater)
        votes.vote(world, made.id, mine, rater, verdict)
        assert ranking.meetings(world).met == counted(world, made.id)
        seen.add(ranking.meetings(world).met)

    assert len(seen) > 1


def of_the_same(world: World, comparison_id: str, number: int, rater: str) -> str:
    """The rater's own name for the pair of answers to that input, found by voting through the others."""
    while (shown := votes.ballot(world, comparison_id, rater)) is not None:
        if shown.input.number == number:
            return shown.pair
        votes.vote(world, comparison_id, shown.pair, rater, "tie")
    raise AssertionError("no such pair")


def test_a_vote_given_while_the_sums_are_reckoned_is_in_them(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    made = make(world, judge=Judge(LARGE), budget=DOLLAR)
    reckon = tallying.tally

    def voted_meanwhile(*given: Any) -> tallying.Tallied:
        found = reckon(*given)
        shown = votes.ballot(world, made.id, "ann")
        assert shown is not None
        votes.vote(world, made.id, shown.pair, "ann", "first")
        return found

    monkeypatch.setattr(tallying, "tally", voted_meanwhile)
    run(world, made)

    assert readout(world, made.id).bases["votes"] == 1
    assert ranking.meetings(world).met == counted(world, made.id)


def test_models_in_different_flows_do_not_meet(world: World) -> None:
    make_use_case(world, weights={"a": 5000, "b": 5000})
    several = (WantedCandidate(SMALL, "a"), WantedCandidate(LARGE, "a"), WantedCandidate(LARGE, "b", "third"))
    given = tuple(replace(each, values={"text": f"text {each.number}"}) for each in inputs(2))

    run(world, make(world, use_case=CODE, candidates=several, inputs=given, scoring=RIGHT))

    (met,) = ranking.meetings(world).met
    assert met.wins + met.losses + met.ties == 2


def test_a_use_case_is_recommended_the_model_its_own_comparisons_speak_for(world: World) -> None:
    make_use_case(world)
    run(world, make(world, use_case=CODE, inputs=inputs(20), scoring=RIGHT))

    told = ranking.recommendation(world, CODE, weights=Weights(1, 1, 0))

    assert told.models == 2
    assert told.found is not None
    best = told.found.best.record
    assert (best.model, best.comparisons, best.inputs) == (SMALL, 1, 20)
    assert [other.record.model for other in told.found.alternatives] == [LARGE]
    rates = {rate.model: rate.rate for rate in ranking.win_rates(ranking.meetings(world, use_case=CODE))}
    assert best.win_rate == rates[SMALL]


def test_a_model_tried_with_bad_flows_is_recommended_when_it_is_better_where_it_met(world: World) -> None:
    def speak(request: ModelRequest) -> Iterator[Delta]:
        asked = request.messages[-1].text
        good = not asked.startswith("badly") and not (request.model == "large" and asked.endswith(" 7"))
        yield from say("right" if good else "wrong")

    scripted = with_script(world, speak)
    bad = tuple(make_step(prompt=f"badly {at}: {{{{ prompt }}}}") for at in range(2))
    make_use_case(scripted, weights={"a": 5000, "b": 5000}, own={"a": bad[:1], "b": bad[1:]})
    right: dict[str, Any] = {"use_case": CODE, "inputs": inputs(24), "scoring": Scoring("exact", expected="right")}
    flows = (WantedCandidate(flow="a"), WantedCandidate(flow="b"))
    run(scripted, make(scripted, candidates=(*MODELS, *flows), **right))
    run(scripted, make(scripted, candidates=flows, **right))

    told = ranking.recommendation(scripted, CODE).found

    assert told is not None
    best, (other,) = told.best.record, told.alternatives
    assert (best.model, other.record.model, told.proven) == (SMALL, LARGE, False)
    assert best.quality is not None
    assert other.record.quality is not None
    assert (best.quality.value, other.record.quality.value) == (pytest.approx(1.0), pytest.approx(23 / 24))


def test_without_enough_inputs_nothing_is_recommended(world: World) -> None:
    make_use_case(world)
    run(world, make(world, use_case=CODE, scoring=RIGHT))

    assert (ranking.recommendation(world, CODE).models, ranking.recommendation(world, CODE).found) == (2, None)


def test_weights_that_are_none_are_refused(world: World) -> None:
    make_use_case(world)

    with pytest.raises(Invalid):
        ranking.recommendation(world, CODE, weights=Weights(0, 0, 0))


def test_votes_at_the_same_time_move_the_sums_once_each(world: World) -> None:
    made = run(world, make(world, inputs=inputs(2)))
    raters = [f"rater {number}" for number in range(8)]

    def vote(rater: str) -> None:
        while (shown := votes.ballot(world, made.id, rater)) is not None:
            votes.vote(world, made.id, shown.pair, rater, "first")

    with ThreadPoolExecutor(len(raters)) as threads:
        list(threads.map(vote, raters))

    assert len(comparisons.judgements(world, made.id)) == 16
    assert ranking.meetings(world).met == counted(world, made.id)
    (met,) = ranking.meetings(world).met
    assert met.wins + met.losses + met.ties == 2
