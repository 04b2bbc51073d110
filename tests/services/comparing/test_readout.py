"""The readout tells what a comparison's answers, votes and judgements say, and holds a benchmark's run to its last."""

import pytest

from app.domain.comparison.comparison import Input, Judge, Scoring
from app.domain.errors import NotFound
from app.services.comparing import benchmarks, votes
from app.services.comparing.form import ComparisonForm
from app.services.comparing.readout import readout
from app.services.comparing.wanted import WantedCandidate
from app.services.world import World
from tests.services.comparing.compared import DOLLAR, LARGE, SMALL, UNPRICED, inputs, make, run

WORDS = Scoring("contains", expected="question")
TOLD = {
    "candidates": [{"model": SMALL}, {"model": LARGE}],
    "prompt": {"params": {"max_tokens": 4}},
    "scoring": {"rule": "contains", "expected": "simulated"},
}


def asked(*questions: str, **given: object) -> ComparisonForm:
    """A form with these questions."""
    return ComparisonForm.model_validate({**TOLD, "inputs": [{"prompt": each} for each in questions], **given})


def test_a_readout_has_figures_of_every_candidate_and_a_winner_or_why_not(world: World) -> None:
    made = run(world, make(world, scoring=WORDS, repeats=2))

    found = readout(world, made.id)

    assert found.names == (SMALL, LARGE)
    assert [each.n for each in found.figures] == [6, 6]
    assert sum(each.cost or 0 for each in found.figures) == found.progress.spent > 0
    assert found.winner.winner is None
    assert "3 inputs" in found.winner.sentence
    assert sum(each.wins + each.losses + each.ties for each in found.meetings) == found.bases["scores"] == 6
    assert found.pareto
    assert found.change is None


def test_a_comparison_that_waits_knows_nothing_and_says_so(world: World) -> None:
    found = readout(world, make(world).id)

    assert (found.winner.reason, found.winner.leader) == ("nothing-known", None)
    assert [each.n for each in found.figures] == [0, 0]
    assert (found.meetings, found.pareto, found.groups) == ((), (), ())


def test_an_unknown_price_is_told_as_unknown(world: World) -> None:
    made = run(world, make(world, candidates=(WantedCandidate(SMALL), WantedCandidate(UNPRICED))))

    found = readout(world, made.id)

    assert found.figures[0].cost is not None
    assert (found.figures[1].cost, found.figures[1].cost_each) == (None, None)


def test_inputs_with_a_label_have_figures_of_their_own(world: World) -> None:
    given = (*inputs(2, label="easy"), Input(2, {"prompt": "another"}, label="hard"), Input(3, {"prompt": "a fourth"}))

    found = readout(world, run(world, make(world, inputs=given, scoring=WORDS)).id)

    assert [(group.label, group.inputs, group.figures[0].n) for group in found.groups] == [
        ("easy", 2, 2),
        ("hard", 1, 1),
    ]


def test_votes_go_before_the_judge_in_pairs(world: World) -> None:
    made = run(world, make(world, judge=Judge(LARGE), budget=DOLLAR))
    assert readout(world, made.id).bases.get("votes") is None
    shown = votes.ballot(world, made.id, "ann")
    assert shown is not None

    votes.vote(world, made.id, shown.pair, "ann", "first")

    assert readout(world, made.id).bases["votes"] == 1


def test_a_benchmark_run_is_held_against_the_last_one_over_the_same_inputs(world: World) -> None:
    benchmarks.put(world, "nightly", asked(*(f"question {number}" for number in range(8))), actor="test")
    first = run(world, benchmarks.run(world, "nightly", actor="test"))
    assert readout(world, first.id).change is None
    benchmarks.put(world, "nightly", asked("new", *(f"question {number}" for number in range(7))), actor="test")

    second = run(world, benchmarks.run(world, "nightly", actor="test"))

    change = readout(world, second.id).change
    assert change is not None
    assert (change.before, change.inputs, change.comparable) == (first.id, 7, True)
    assert [(each.name, each.inputs, each.change) for each in change.candidates] == [
        (SMALL, 7, "level"),
        (LARGE, 7, "level"),
    ]


def test_runs_by_another_rule_are_not_compared(world: World) -> None:
    benchmarks.put(world, "nightly", asked("one"), actor="test")
    run(world, benchmarks.run(world, "nightly", actor="test"))
    other = asked("one", scoring={"rule": "contains", "expected": "else"})
    benchmarks.put(world, "nightly", other, actor="test")

    found = readout(world, run(world, benchmarks.run(world, "nightly", actor="test")).id)

    assert found.change is not None
    assert (found.change.comparable, found.change.candidates) == (False, ())


def test_who_asks_for_what_is_not_there_is_told(world: World) -> None:
    with pytest.raises(NotFound):
        readout(world, world.new_id())
