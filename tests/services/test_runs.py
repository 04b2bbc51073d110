"""Runs come with their calls, sessions with every use case they were opened in."""

import pytest

from app.domain.errors import Invalid, NotFound
from app.services import generate, picks, runs
from app.services.world import World
from tests.services.made import CODE, SMALL, ask, make_step, make_use_case


def test_a_run_comes_with_its_calls_first_attempt_first(world: World) -> None:
    make_use_case(world, steps=(make_step(models=("openai/gpt-4o-mini", SMALL)),))
    done = generate.run(world, CODE, ask())

    read = runs.get(world, done.run.id)

    assert (read.run, [call.attempt for call in read.calls]) == (done.run, [1, 2])


def test_sessions_of_a_correlation_id_are_found_in_all_use_cases_or_one(world: World) -> None:
    make_use_case(world)
    make_use_case(world, "other")
    here = picks.pick(world, CODE, correlation_id="c1").session
    there = picks.pick(world, "other", correlation_id="c1").session

    assert {session.id for session in runs.sessions(world, "c1")} == {here.id, there.id}
    assert [session.id for session in runs.sessions(world, "c1", use_case="other")] == [there.id]


@pytest.mark.parametrize("use_case", ["nobody", "empty", None])
def test_what_is_not_there_is_not_found(world: World, use_case: str | None) -> None:
    make_use_case(world)
    make_use_case(world, "empty")
    picks.pick(world, CODE, correlation_id="c1")

    with pytest.raises(NotFound):
        runs.sessions(world, "c1" if use_case else "c2", use_case=use_case)
    with pytest.raises(NotFound):
        runs.get(world, world.new_id())


def test_a_bad_correlation_id_is_refused_by_its_field(world: World) -> None:
    with pytest.raises(Invalid) as refused:
        runs.sessions(world, "a\x00b")

    assert refused.value.field == "correlation_id"
