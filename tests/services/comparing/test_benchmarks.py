"""A benchmark is written down once, and each run of it is a comparison over the same inputs."""

from threading import Barrier, Thread

import pytest

from app.domain.errors import Invalid, NotFound, UnknownModel
from app.services import tick
from app.services.comparing import benchmarks, comparisons
from app.services.comparing.comparisons import ComparisonFilter
from app.services.comparing.form import ComparisonForm
from app.services.world import World
from tests.services.comparing.compared import LARGE, SMALL, answers, run
from tests.worlds import Clock

FORM = {
    "candidates": [{"model": SMALL}, {"model": LARGE}],
    "inputs": [{"prompt": "one", "reference": "1", "label": "easy"}, {"prompt": "two", "reference": "2"}],
    "scoring": {"rule": "exact"},
    "prompt": {"params": {"max_tokens": 4}},
}


def put(world: World, **given: object) -> benchmarks.Benchmark:
    form = ComparisonForm.model_validate({**FORM, **given})
    return benchmarks.put(world, "sums", form, title="Sums", actor="test")


def daily(world: World) -> benchmarks.Benchmark:
    return benchmarks.put(world, "sums", ComparisonForm.model_validate(FORM), every_hours=24, actor="test")


def runs(world: World) -> list[comparisons.Comparison]:
    return comparisons.page(world, ComparisonFilter(benchmark="sums"))[0]


def test_a_run_asks_the_inputs_that_were_written_down(world: World) -> None:
    put(world)

    made = benchmarks.run(world, "sums", actor="test")
    ended = run(world, made)

    assert (ended.status, ended.benchmark, ended.name) == ("succeeded", "sums", "Sums")
    given = comparisons.inputs(world, made.id)
    assert [(each.values, each.reference, each.label) for each in given] == [
        ({"prompt": "one"}, "1", "easy"),
        ({"prompt": "two"}, "2", None),
    ]
    assert len(answers(world, made)) == 4


def test_a_benchmark_is_written_anew_under_its_code(world: World) -> None:
    first = put(world)

    second = put(world, inputs=[{"prompt": "three", "reference": "3"}])

    assert second.id == first.id
    assert [each.values for each in benchmarks.inputs(world, "sums")] == [{"prompt": "three"}]
    assert benchmarks.get(world, "sums").inputs == 1


def test_what_could_not_be_run_is_not_written_down(world: World) -> None:
    with pytest.raises(UnknownModel, match="nobody/none"):
        put(world, candidates=[{"model": SMALL}, {"model": "nobody/none"}])
    with pytest.raises(Invalid, match="reference missing"):
        put(world, inputs=[{"prompt": "one"}])

    assert benchmarks.page(world) == ([], None)


def test_a_deleted_benchmark_leaves_its_runs(world: World) -> None:
    put(world)
    made = benchmarks.run(world, "sums", actor="test")

    benchmarks.delete(world, "sums")

    with pytest.raises(NotFound):
        benchmarks.get(world, "sums")
    assert comparisons.get(world, made.id).benchmark == "sums"


def test_its_time_comes_once_and_what_was_missed_is_not_made_up_for(world: World, clock: Clock) -> None:
    planned = daily(world)
    assert list(benchmarks.run_due(world)) == []

    clock.forward(hours=24 * 3 + 1)
    told = list(benchmarks.run_due(world))
    again = list(benchmarks.run_due(world))

    assert len(told) == 1
    assert again == []
    assert len(runs(world)) == 1
    assert planned.next_at is not None
    following = benchmarks.get(world, "sums").next_at
    assert following is not None
    assert (following - planned.next_at).days == 3


def test_a_run_that_has_not_ended_keeps_the_next_one_back(world: World, clock: Clock) -> None:
    daily(world)
    clock.forward(hours=25)
    list(benchmarks.run_due(world))
    clock.forward(hours=24)

    told = list(benchmarks.run_due(world))

    assert told == []
    assert len(runs(world)) == 1


def test_the_beat_begins_what_is_due(world: World, clock: Clock) -> None:
    daily(world)
    clock.forward(hours=25)

    told = [line for line in tick.beat(world) if "benchmark" in line]

    assert told == [f"began benchmark sums: comparison {runs(world)[0].id}"]


def test_two_processes_that_look_at_once_begin_one_run(world: World, clock: Clock) -> None:
    daily(world)
    clock.forward(hours=25)
    together = Barrier(3)

    def look() -> None:
        together.wait()
        list(benchmarks.run_due(world))

    threads = [Thread(target=look) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(runs(world)) == 1
