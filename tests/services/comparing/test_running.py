"""A comparison is run to its end: every answer once, in the drawn order, scored, booked and counted."""

from collections.abc import Iterator
from typing import cast

from sqlalchemy import QueuePool

from app.domain.comparison.comparison import Judge, Scoring
from app.domain.comparison.order import drawn_order
from app.domain.message import Delta, ModelRequest
from app.services.comparing import progress
from app.services.world import World
from tests.services.comparing.compared import DOLLAR, LARGE, SMALL, answers, calls, inputs, make, run
from tests.services.made import say
from tests.waiting import until
from tests.worlds import with_script


def test_every_candidate_answers_every_input_in_every_repeat(world: World) -> None:
    made = make(world, repeats=2)

    ended = run(world, made)

    found = answers(world, made)
    assert (ended.status, ended.error) == ("succeeded", None)
    assert ended.started_at is not None
    assert ended.ended_at is not None
    assert len({(each.candidate, each.input, each.repeat) for each in found}) == 12
    assert all(each.done and each.text and each.error is None for each in found)
    assert all(each.latency_ms is not None and each.output_tokens > 0 for each in found)


def test_answers_are_asked_in_the_order_that_the_seed_draws(world: World) -> None:
    made = make(world, seed="fair", concurrency=1)

    run(world, made)

    drawn = drawn_order(seed="fair", candidates=made.candidates, inputs=inputs(), repeats=1)
    assert [(each.candidate, each.input, each.repeat) for each in answers(world, made)] == drawn
    assert [call.model for call in calls(world)] == [(SMALL, LARGE)[candidate] for candidate, _, _ in drawn]


def test_calls_are_booked_as_the_comparisons_own(world: World) -> None:
    made = make(world)

    run(world, made)

    found = calls(world)
    assert {str(call.tags["comparison"]) for call in found} == {made.id}
    assert {call.id for call in found} == {each.call_id for each in answers(world, made)}
    assert {(call.session_id, call.key_id, call.outcome) for call in found} == {(None, None, "ok")}


def test_answers_are_scored_by_the_rule(world: World) -> None:
    world = with_script(world, lambda request: say("7" if "1" in request.messages[-1].text else "8"))
    made = make(world, inputs=inputs(reference="7"), scoring=Scoring("first_integer"))

    run(world, made)

    assert {each.input: each.score for each in answers(world, made)} == {0: 0.0, 1: 1.0, 2: 0.0}


def test_no_transaction_is_open_while_a_model_speaks(world: World) -> None:
    def speak(request: ModelRequest) -> Iterator[Delta]:
        until(lambda: pool.checkedout() == 0)  # other threads look at the store now and then, for a moment
        yield from say("yes")

    pool = cast(QueuePool, world.store.engine.pool)
    made = make(with_script(world, speak), concurrency=1, judge=Judge(LARGE, max_pairs=1), budget=DOLLAR)

    ended = run(with_script(world, speak), made)

    assert ended.status == "succeeded"
    assert progress.of(world, made.id).judged == 2


def test_progress_counts_what_is_recorded(world: World) -> None:
    made = make(world)
    before = progress.of(world, made.id)

    run(world, made)

    after = progress.of(world, made.id)
    assert (before.status, before.answers, before.answered, before.over) == ("queued", 6, 0, False)
    assert (after.status, after.answered, after.failed, after.judgements, after.over) == ("succeeded", 6, 0, 0, True)
    assert after.spent == sum(call.cost or 0 for call in calls(world))
