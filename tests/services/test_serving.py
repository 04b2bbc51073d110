"""Each run of an experiment's session is evidence for or against its flow; what is not the flow's doing is neither."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from app.db.uow import Store
from app.domain.errors import (
    BudgetExceeded,
    CallerLeft,
    LimitExceeded,
    ModelMatchError,
    Overloaded,
    PromptInvalid,
    ProviderError,
    ProviderRateLimited,
    ProviderTimeout,
    ProviderUnavailable,
    StepNotConfigured,
    StoreUnavailable,
    UnknownModel,
    Unpriced,
)
from app.domain.escape import EscapeRule
from app.domain.message import Delta, ModelRequest, Usage
from app.services import budgets, calls, experiments, generate, picks, serving
from app.services.budgets import Wanted
from app.services.calls import Reported
from app.services.generate import Event, Finished
from app.services.world import World
from tests.services.made import CODE, SMALL, ask, make_step, make_use_case, say, start
from tests.services.rolling import HALVES, opinions, seen, start_under
from tests.worlds import Clock, opened, with_script

BOTH = pytest.mark.parametrize("streamed", [True, False])
UNAVAILABLE = (make_step(faults={"unavailable": 1}),)


@pytest.fixture
def world(store: Store, tmp_path: Path, clock: Clock) -> Iterator[World]:
    """Terms are remembered by the experiment's id, so ids are new in every test."""
    with opened(store, tmp_path, clock=clock) as world:
        yield world


def run(world: World, correlation_id: str = "c1", *, streamed: bool = False) -> list[Event]:
    """The events of one run to its end."""
    return list(generate.events(world, CODE, ask(correlation_id), streamed=streamed))


def down(request: ModelRequest) -> Iterator[Delta]:
    """A provider that cannot be reached."""
    raise ProviderUnavailable("down", provider="simulated")


@BOTH
def test_a_run_that_succeeds_is_counted_with_its_cost_and_time(world: World, streamed: bool) -> None:
    make_use_case(world, weights=HALVES)
    experiment = start(world)

    *_, done = run(world, streamed=streamed)

    assert isinstance(done, Finished)
    found = seen(world, experiment)
    assert (found["runs"], found["failed"], found["slow"], found["n"]) == (1, 0, 0, 0)
    assert (found["cost"], found["latency_ms"]) == (done.run.cost, done.run.latency_ms)


@BOTH
def test_a_run_that_its_flow_failed_counts_as_reward_nought_once_per_session(world: World, streamed: bool) -> None:
    """Intention to treat, without W3: only the session that failed gets a 0, one without feedback gets nothing."""
    make_use_case(world, weights=HALVES)
    experiment = start(world)
    broken = with_script(world, down)
    run(with_script(world, lambda request: say("fine")), "well")

    for _ in range(3):
        with pytest.raises(ProviderError):
            run(broken, streamed=streamed)

    found = seen(world, experiment)
    assert (found["sessions"], found["runs"], found["failed"]) == (2, 4, 3)
    assert (found["n"], found["sum"]) == (1, 0)
    (opinion,) = opinions(world)
    assert (opinion.kind, opinion.rater, opinion.value) == ("failure", "model-match", None)
    assert (opinion.reward, opinion.counted, opinion.call_id) == (0.0, 0.0, None)


def test_a_metric_that_ignores_failures_counts_the_run_and_no_opinion(world: World) -> None:
    make_use_case(world, weights=HALVES, steps=UNAVAILABLE)
    experiment = start_under(world, metric={"failures": "ignore"})

    with pytest.raises(ProviderError):
        run(world)

    assert (seen(world, experiment)["failed"], seen(world, experiment)["n"], opinions(world)) == (1, 0, [])


def test_a_caller_who_leaves_is_neither_success_nor_failure(world: World) -> None:
    make_use_case(world, weights=HALVES)
    experiment = start(world)

    with closing(generate.events(world, CODE, ask(), streamed=True)) as walk:
        next(walk)
        next(walk)
    world.journal.close()

    assert (seen(world, experiment)["sessions"], seen(world, experiment)["runs"]) == (1, 0)


def test_a_budget_that_blocks_is_neither_success_nor_failure(world: World) -> None:
    make_use_case(world, weights=HALVES)
    experiment = start(world)
    budgets.create(world, Wanted(name="none", scope="global", unit="usd", limit=0, period="day"))

    with pytest.raises(BudgetExceeded):
        run(world)

    assert (seen(world, experiment)["sessions"], seen(world, experiment)["runs"], opinions(world)) == (1, 0, [])


@pytest.mark.parametrize(
    ("error", "failed"),
    [
        (ProviderTimeout("late", provider="x"), True),
        (ProviderRateLimited("the vendor's own", provider="x", status=429), True),
        (ProviderRateLimited("ours", provider="x"), False),
        (PromptInvalid("bad", field="prompt"), True),
        (StepNotConfigured("none", field="step"), True),
        (UnknownModel("acme/none"), True),
        (Unpriced("unknown", field="model"), False),
        (LimitExceeded("wait", limit="requests", cap=1, window_s=60, retry_after_s=1), False),
        (Overloaded("full", retry_after_s=1), False),
        (StoreUnavailable("gone"), False),
        (CallerLeft("left"), False),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_stood_in_the_way_decides_whether_the_flow_failed(error: ModelMatchError, failed: bool) -> None:
    assert serving.failed_by_flow(error) is failed


def test_a_run_slower_than_the_flows_limit_is_slow(world: World) -> None:
    make_use_case(world, weights=HALVES, steps=(make_step(latency_ms=30),))
    experiment = start_under(world, limits={"a": {"slow_ms": 1}, "b": {"slow_ms": 1}})

    run(world)

    assert (seen(world, experiment)["runs"], seen(world, experiment)["slow"]) == (1, 1)


@pytest.mark.parametrize(
    ("terms", "summed"),
    [
        ({}, False),
        ({"limits": {"a": {"cost": 5}, "b": {"cost": 5}}}, True),
        ({"objective": {"cost": 1.0, "dearest": 10}}, True),
    ],
)
def test_a_session_is_summed_only_where_the_terms_ask_for_it(
    world: World, terms: dict[str, dict[str, object]], summed: bool
) -> None:
    make_use_case(world, weights=HALVES)
    start_under(world, **terms)  # type: ignore[arg-type]  # terms by name

    session = generate.run(world, CODE, ask()).session
    facts = serving.evidence(world, session, of="x", failed=False, latency_ms=1, cost=1)

    assert [fact.summed for fact in facts if isinstance(fact, serving.Served)] == [summed]


def test_sessions_outside_of_the_running_experiment_are_no_evidence(world: World, clock: Clock) -> None:
    make_use_case(world, weights=HALVES)
    run(world, "before")
    first = start(world)
    run(world, "during")
    experiments.stop(world, first.id)
    clock.forward(seconds=1)
    second = start(world)

    *_, before = run(world, "before")
    *_, during = run(world, "during")

    assert isinstance(before, Finished)
    assert isinstance(during, Finished)
    assert (before.calls[0].experiment_id, during.calls[0].experiment_id) == (None, None)
    assert (seen(world, first)["runs"], seen(world, second)["runs"]) == (1, 0)


@pytest.mark.parametrize(("error", "failed"), [(None, 0), ("timeout", 1)])
def test_a_reported_call_is_evidence_like_a_run(world: World, error: str | None, failed: int) -> None:
    make_use_case(world, weights=HALVES)
    experiment = start(world)
    picks.pick(world, CODE, correlation_id="c1")

    call = calls.report(world, Reported(SMALL, 70, Usage(5), use_case=CODE, correlation_id="c1", cost=40, error=error))
    calls.report(world, Reported(SMALL, 70, Usage(5), use_case=CODE))

    found = seen(world, experiment)
    assert call.experiment_id == experiment.id
    assert (found["runs"], found["failed"], found["cost"], found["latency_ms"]) == (1, failed, 40, 70)
    assert [opinion.kind for opinion in opinions(world)] == ["failure"] * failed


def test_a_flow_that_fails_every_session_escapes_by_its_failures_alone(world: World) -> None:
    """W3 and W10 in part: nobody rates the failing flow, and it loses its traffic all the same."""
    make_use_case(world, weights=HALVES, own={"b": UNAVAILABLE})
    rule = EscapeRule(0.5, 10)
    experiment = start(world, escape={"b": rule})

    for number in range(60):
        try:
            run(world, f"c{number}")
        except ProviderError:
            continue

    flows_now = {flow.code: flow for flow in world.snapshots.current.flows[experiment.use_case_id]}
    assert flows_now["b"].weight == 0
