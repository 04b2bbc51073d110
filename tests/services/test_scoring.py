"""What a use case answers is scored in the background by its rubric, once, as numbers alone."""

from collections.abc import Iterator
from dataclasses import replace
from unittest.mock import patch

import pytest

from app.db import scores
from app.db.uow import Store
from app.domain.auto import Auto, Escalation
from app.domain.errors import StoreUnavailable
from app.domain.flow import Choice
from app.domain.message import ToolCall
from app.domain.quality.scoring import score
from app.domain.quality.work import Context
from app.services import generate, runs, scoring, scoring_weights, use_cases
from app.services.generate import Finished
from app.services.scorings import Answer
from app.services.use_cases import UseCaseEdit
from app.services.world import World
from tests.services.made import CODE, ask, make_step, make_use_case
from tests.services.scored import ANSWERS, QUESTION, run, scores_of, scoring_world

PROMPT = "Say {{ text }}"


@pytest.fixture
def scored(world: World) -> Iterator[World]:
    with scoring_world(world) as made:
        make_use_case(made)
        yield made


def test_the_answer_of_a_run_has_its_score(scored: World) -> None:
    finished = run(scored, 1, answer=0)

    (found,) = scores_of(scored, finished)

    expected = score(ANSWERS[0], f"Say {QUESTION} (0)?", "generic", Context({"text": f"{QUESTION} (0)?"}))
    assert found.total == pytest.approx(expected.total, abs=0.01)
    assert set(found.dimensions) == {each.name for each in expected.dimensions}
    assert (found.rubric, found.model) == ("generic", "simulated/small")
    assert (found.run_id, found.session_id) == (finished.run.id, finished.session.id)
    assert runs.get(scored, finished.run.id).scores == [found]


def test_better_answers_have_better_scores(scored: World) -> None:
    finished = [run(scored, number, answer=number) for number in range(len(ANSWERS))]

    totals = [each.total for each in scores_of(scored, *finished)]

    assert totals == sorted(totals, reverse=True)
    assert len(set(totals)) == len(totals)


def test_numbers_are_kept_where_texts_are_not(scored: World) -> None:
    world = replace(scored, policy=replace(scored.policy, keep_texts=False))

    assert scores_of(world, run(world, 1, answer=0))


def test_a_streamed_answer_is_scored_too(scored: World) -> None:
    *_, finished = generate.events(scored, CODE, ask("c1", text=f"{QUESTION} (0)?"), streamed=True)

    assert isinstance(finished, Finished)
    assert scores_of(scored, finished)


def test_only_the_last_step_is_scored(world: World) -> None:
    with scoring_world(world) as scored:
        make_use_case(scored, steps=(make_step("draft", PROMPT), make_step("final", "Improve {{ text }}")))
        finished = run(scored, 1, answer=0)

        (found,) = scores_of(scored, finished)

    assert found.call_id == finished.calls[-1].id
    assert len(finished.calls) == 2
    with world.store.read() as tx:
        assert len(scores.of_calls(tx, [call.id for call in finished.calls])) == 1


@pytest.mark.parametrize("rubric", ["exact", "my own rule"])
def test_a_rubric_that_is_not_known_here_scores_nothing(scored: World, rubric: str) -> None:
    use_cases.change(scored, CODE, UseCaseEdit(rubric=rubric))

    run(scored, 1, answer=0)

    _nothing_was_offered(scored)


def test_the_setting_switches_scores_off(scored: World) -> None:
    world = replace(scored, policy=replace(scored.policy, score_answers=False))

    run(world, 1, answer=0)

    _nothing_was_offered(world)


def test_an_answer_that_only_wants_a_tool_called_is_not_scored(scored: World) -> None:
    finished = run(scored, 1, answer=0)
    before = scores_of(scored, finished)
    wants = replace(finished, reply=replace(finished.reply, text="", tool_calls=(ToolCall("1", "find", "{}"),)))
    use_case = scored.snapshots.current.use_cases[CODE]

    seen = scored.scorings.figures()
    scoring.offer(scored, use_case, finished.run, wants, inputs={}, request=None)

    assert (scored.scorings.figures(), scores_of(scored, finished)) == (seen, before)


def test_an_answer_out_of_the_cache_is_scored_once(world: World) -> None:
    with scoring_world(world) as scored:
        make_use_case(scored, steps=(replace(make_step(), cache_ttl_s=60.0),))
        asked = [ask(f"c{number}", text=f"{QUESTION} (0)?") for number in range(2)]
        first, second = (generate.run(scored, CODE, each) for each in asked)
        scores_of(scored, first)
        scored.scorings.close()

    assert second.by.outcome == "cached"
    assert scored.scorings.figures().scored == 1


def test_the_use_cases_own_weights_count_from_then_on(scored: World) -> None:
    before = run(scored, 1, answer=2)
    (old,) = scores_of(scored, before)
    scoring_weights.put(scored, CODE, {name: 0.0 for name in old.dimensions if name != "relevance"})

    (new,) = scores_of(scored, run(scored, 2, answer=2))

    assert new.dimensions == old.dimensions
    assert new.total == new.dimensions["relevance"] != old.total
    assert scores_of(scored, before) == [old]


def test_weights_that_nothing_can_be_measured_by_drop_the_answer(scored: World) -> None:
    scoring_weights.put(scored, CODE, {**dict.fromkeys(scoring_weights.get(scored, CODE).weights, 0.0), "language": 1})

    fate = scoring.perform(scored, _answer(scored, text="42"))

    assert fate == "unfit"


def test_with_the_store_away_an_answer_goes_without_a_score_and_nobody_waits(scored: World) -> None:
    with patch.object(Store, "read", side_effect=StoreUnavailable("gone")):
        assert scoring.perform(scored, _answer(scored)) == "store"

    assert scoring.perform(scored, _answer(scored)) == "scored"


def test_what_the_inputs_tell_are_texts_and_numbers() -> None:
    inputs = {"company": "Acme", "seats": 12, "fields": ["name", "age"], "vip": True, "raw": {"a": 1}, "note": None}

    assert scoring.facts_of(inputs) == {"company": "Acme", "seats": "12", "fields": "name, age"}


def test_of_an_answer_that_was_asked_anew_the_call_that_gave_it_bears_the_score(world: World) -> None:
    auto = Auto("best_cost", among=("simulated/small", "simulated/large"), escalation=Escalation())
    step = replace(make_step(), choice=Choice((), auto=auto))
    with scoring_world(world) as scored:
        make_use_case(scored, steps=(step,))
        finished = run(scored, 1, answer=3)

        (found,) = scores_of(scored, finished)

    assert len(finished.calls) == 2
    assert (found.call_id, found.model) == (finished.by.id, finished.by.model)


def test_a_scorer_that_was_never_started_stands_in_nobodys_way(world: World) -> None:
    make_use_case(world)

    generate.run(world, CODE, ask())

    assert world.scorings.figures().dropped == {"closed": 1}


def _answer(world: World, text: str = ANSWERS[0]) -> Answer:
    use_case = world.snapshots.current.use_cases[CODE]
    name = world.new_id()
    return Answer(use_case.id, name, name, name, "simulated/small", "generic", text, "", {})


def _nothing_was_offered(world: World) -> None:
    seen = world.scorings.figures()
    assert (seen.waiting, seen.scored, seen.dropped) == (0, 0, {})
