"""A use case's own weights are set, taken back, or learned from feedback, and then only where they are better."""

from collections.abc import Callable, Iterator

import pytest

from app.db.facts import Scored
from app.domain.errors import Invalid, NotFound
from app.domain.quality.lesson import LEAST
from app.services import scoring_weights, use_cases
from app.services.use_cases import UseCaseEdit
from app.services.world import World
from tests.services.made import CODE, make_use_case
from tests.services.scored import ANSWERS, rate, run, scores_of, scoring_world

RUNS = 60


@pytest.fixture
def scored(world: World) -> Iterator[World]:
    with scoring_world(world) as made:
        make_use_case(made)
        yield made


def test_without_any_of_its_own_the_rubrics_weights_are_in_force(scored: World) -> None:
    found = scoring_weights.get(scored, CODE)

    assert (found.rubric, found.source, found.answers, found.updated_at) == ("generic", "shipped", 0, None)
    assert found.weights["relevance"] == 35


def test_weights_are_set_and_taken_back(scored: World) -> None:
    put = scoring_weights.put(scored, CODE, {"clarity": 50.0})

    assert scoring_weights.get(scored, CODE) == put
    assert (put.source, put.weights["clarity"], put.weights["relevance"]) == ("set", 50.0, 35.0)
    scoring_weights.clear(scored, CODE)
    assert scoring_weights.get(scored, CODE).source == "shipped"
    scoring_weights.clear(scored, CODE)


def test_each_rubric_has_its_own(scored: World) -> None:
    scoring_weights.put(scored, CODE, {"tone": 90.0}, rubric="email_writing")

    assert scoring_weights.get(scored, CODE).source == "shipped"
    assert scoring_weights.get(scored, CODE, "email_writing").weights["tone"] == 90


@pytest.mark.parametrize(
    ("weights", "field"),
    [
        ({"beauty": 1.0}, "weights.beauty"),
        ({"clarity": -1.0}, "weights.clarity"),
        ({"clarity": float("nan")}, "weights.clarity"),
        (
            dict.fromkeys(
                ("relevance", "directness", "instructions", "completeness", "clarity", "variety", "language"), 0.0
            ),
            "weights",
        ),
    ],
)
def test_wrong_weights_are_refused_by_name(scored: World, weights: dict[str, float], field: str) -> None:
    with pytest.raises(Invalid) as raised:
        scoring_weights.put(scored, CODE, weights)

    assert raised.value.field == field
    assert scoring_weights.get(scored, CODE).source == "shipped"


def test_a_use_case_that_is_not_there_is_not_found(scored: World) -> None:
    with pytest.raises(NotFound):
        scoring_weights.get(scored, "nowhere")


def test_a_rubric_that_is_not_known_here_has_no_weights(scored: World) -> None:
    use_cases.change(scored, CODE, UseCaseEdit(rubric="exact"))

    with pytest.raises(Invalid, match="no rubric 'exact'"):
        scoring_weights.get(scored, CODE)


def test_few_opinions_teach_nothing(scored: World) -> None:
    _judge(scored, LEAST - 1, lambda each: each.total / 100)

    found = scoring_weights.learn_from_feedback(scored, CODE)

    assert (found.lesson.outcome, found.kept, found.lesson.n) == ("too-few", True, LEAST - 1)
    assert scoring_weights.get(scored, CODE).source == "shipped"


def test_people_who_mind_one_thing_alone_are_learned_from(scored: World) -> None:
    _judge(scored, RUNS, _completeness)

    dry = scoring_weights.learn_from_feedback(scored, CODE, dry_run=True)
    assert (dry.lesson.outcome, dry.kept, dry.in_force.source) == ("better", True, "shipped")
    assert scoring_weights.get(scored, CODE).source == "shipped"

    found = scoring_weights.learn_from_feedback(scored, CODE)
    assert (found.lesson, found.kept) == (dry.lesson, False)
    assert found.lesson.gain.after == pytest.approx(1)
    assert found.lesson.gain.before == pytest.approx(1 / 3)
    assert scoring_weights.get(scored, CODE) == found.in_force
    assert (found.in_force.source, found.in_force.answers) == ("learned", RUNS)
    assert found.in_force.weights["completeness"] > 15

    good, cut = scores_of(scored, run(scored, 1_000, answer=2), run(scored, 1_001, answer=1))
    assert good.total > cut.total


def test_learning_again_from_the_same_feedback_gives_the_same_weights(scored: World) -> None:
    _judge(scored, RUNS, _completeness)
    first = scoring_weights.learn_from_feedback(scored, CODE)

    again = scoring_weights.learn_from_feedback(scored, CODE)

    assert again.lesson == first.lesson


def test_weights_that_a_person_set_stay_unless_learned_ones_are_better(scored: World) -> None:
    _judge(scored, RUNS, _completeness)
    other = {name: 0.0 for name in scoring_weights.get(scored, CODE).weights if name != "completeness"}
    put = scoring_weights.put(scored, CODE, other)

    found = scoring_weights.learn_from_feedback(scored, CODE)

    assert (found.lesson.outcome, found.kept) == ("no-better", True)
    assert scoring_weights.get(scored, CODE) == put


def test_opinions_in_the_order_of_the_score_change_nothing(scored: World) -> None:
    _judge(scored, RUNS, lambda each: each.total / 100)

    found = scoring_weights.learn_from_feedback(scored, CODE)

    assert (found.lesson.outcome, found.kept, found.in_force.source) == ("no-better", True, "shipped")
    assert found.lesson.gain.before == 1


def test_opinions_that_are_all_the_same_teach_nothing(scored: World) -> None:
    _judge(scored, LEAST, lambda _: 1.0)

    found = scoring_weights.learn_from_feedback(scored, CODE)

    assert (found.lesson.outcome, found.kept, found.lesson.gain.value) == ("no-better", True, None)


def _judge(world: World, runs: int, opinion: Callable[[Scored], float]) -> None:
    """So many runs, answered by each answer in turn, each with the opinion of a person who sees its score."""
    finished = [run(world, number, answer=number % len(ANSWERS)) for number in range(runs)]
    for each, score in zip(finished, scores_of(world, *finished), strict=True):
        rate(world, each, opinion(score))


def _completeness(score: Scored) -> float:
    return score.dimensions["completeness"] / 100
