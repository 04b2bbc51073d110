"""A readout tells what has been seen and how sure that is; a flow's standing is nothing that the shares contradict."""

from collections import Counter
from dataclasses import replace

import pytest

from app.db import experiments
from app.db.evidence import Increments
from app.db.uow import Store
from app.domain.experiment import Experiment
from app.services import experiments as runs_of
from app.services import readout
from app.services.rollouts import WantedRule
from app.services.world import World
from tests.services.made import all_flows, make_use_case, start
from tests.services.test_advancing import HALVES, THIRDS, live, moves_of
from tests.worlds import Clock


def standings(world: World, clock: Clock, *, means: dict[str, float], **wanted: object) -> tuple[str | None, list[str]]:
    """The outcome, and the standing of each flow, a first."""
    make_use_case(world, weights=HALVES)
    experiment = start(world, **wanted)  # type: ignore[arg-type]  # fields of Wanted by name
    live(world, clock, means=means, sessions=120)
    seen = readout.readout(world, experiment.id)
    return seen.experiment.outcome, [flow.standing for flow in seen.flows]


def earned(world: World, experiment: Experiment, counts: dict[str, dict[str, int]]) -> None:
    """These sums are added to the open epoch, by flow code."""
    by_code = all_flows(world)
    with world.store.write() as tx:
        epoch = experiments.epochs_of(tx, experiment.id)[-1]
        increments = Increments()
        increments.shown.update({(epoch.id, by_code[code].id, 1): Counter(each) for code, each in counts.items()})
        increments.write(tx)


def test_the_flow_that_keeps_the_traffic_without_a_verdict_is_kept(world: World, clock: Clock) -> None:
    outcome, found = standings(world, clock, means={"a": 0.5, "b": 0.5}, max_sessions=40, epsilon=0.0)

    assert (outcome, found) == ("inconclusive", ["kept", "not ruled out"])


def test_a_flow_within_epsilon_of_the_best_is_said_to_be_so(world: World, clock: Clock) -> None:
    outcome, found = standings(world, clock, means={"a": 0.5, "b": 0.5}, epsilon=0.9)

    assert (outcome, found) == ("equivalent", ["best or within epsilon", "not chosen"])


def test_a_winner_won_and_the_reason_is_that_of_the_move(world: World, clock: Clock) -> None:
    make_use_case(world, weights=HALVES)
    experiment = start(world)
    live(world, clock, means={"a": 0.95, "b": 0.05}, sessions=120)

    seen = readout.readout(world, experiment.id)

    assert [flow.standing.split(":")[0] for flow in seen.flows] == ["won", "dropped"]
    assert seen.reason == moves_of(world, experiment)[-1].reason
    assert seen.if_decided is None
    assert seen.forecast.sentence == "It has been decided."
    proof = seen.flows[0].against[0]
    assert proof.rival == "b"
    assert proof.bar == pytest.approx(2 / 0.05)
    assert proof.e >= proof.bar


def test_evidence_is_told_against_each_rival_with_a_forecast_and_what_deciding_now_costs(
    world: World, clock: Clock
) -> None:
    """W1, W10: interval, n, probability and evidence stand beside every mean."""
    make_use_case(world, weights=THIRDS)
    experiment = start(world)
    live(world, clock, means={"a": 0.5, "b": 0.6, "c": 0.4}, sessions=120)

    seen = readout.readout(world, experiment.id)

    assert seen.confidence == 0.95
    for flow in seen.flows:
        assert [one.rival for one in flow.against] == [code for code in "abc" if code != flow.flow]
        assert flow.mean is not None
        assert flow.interval[0] < flow.mean < flow.interval[1]
        assert flow.counted == flow.feedback
        assert [one.bar for one in flow.against] == pytest.approx([60, 60])
    assert sum(flow.p_best for flow in seen.flows) == pytest.approx(1)
    assert seen.forecast.sessions is None or seen.forecast.sessions > 0
    assert seen.if_decided is not None
    assert seen.if_decided.kept == "a"
    assert seen.if_decided.expected_loss >= seen.if_decided.best_expected_loss >= 0
    assert "would be kept" in seen.if_decided.sentence


def test_shares_and_moves_are_told_newest_first(world: World, clock: Clock) -> None:
    make_use_case(world, weights=THIRDS)
    experiment = start(world)
    live(world, clock, means={"a": 0.1, "b": 0.95, "c": 0.1}, sessions=220)
    made = moves_of(world, experiment)

    seen = readout.readout(world, experiment.id)

    assert seen.shares[0].weights == {"a": 0, "b": 10_000, "c": 0} == {flow.flow: flow.weight for flow in seen.flows}
    assert (seen.shares[-1].number, seen.shares[-1].weights) == (0, THIRDS)
    assert [(move.at, move.reason) for move in seen.moves] == [(move.at, move.reason) for move in reversed(made)]
    assert set(seen.moves[0].after) == {"a", "b", "c"}


def test_what_was_served_is_told_per_flow(world: World) -> None:
    """W10: errors, cost and latency are told beside the score."""
    make_use_case(world, weights=HALVES)
    experiment = start(world, escape={"a": WantedRule(max_error_rate=0.5, max_cost=10_000, max_latency_p95_ms=100)})
    earned(world, experiment, {"a": {"sessions": 4, "runs": 8, "failed": 2, "slow": 4, "cost": 2002, "latency_ms": 88}})

    seen = readout.readout(world, experiment.id)
    a, b = seen.flows

    assert (a.sessions, a.runs, a.error_rate, a.slow_rate, a.cost, a.latency_ms) == (4, 8, 0.25, 0.5, 500, 11.0)
    assert [(one.watched, one.seen) for one in a.guardrails] == [
        ("error_rate", 0.25),
        ("latency_p95_ms", 0.5),
        ("cost", 500),
    ]
    assert (b.error_rate, b.slow_rate, b.cost, b.latency_ms, b.response_rate, b.guardrails) == (*[None] * 5, ())


def test_unequal_response_is_warned_of(world: World) -> None:
    """W10: a bias of missing feedback does not pass in silence."""
    make_use_case(world, weights=HALVES)
    experiment = start(world)
    earned(world, experiment, {"a": {"sessions": 500, "rated": 200}, "b": {"sessions": 500, "rated": 90}})

    seen = readout.readout(world, experiment.id)

    assert [flow.response_rate for flow in seen.flows] == [0.4, 0.18]
    assert seen.unequal_response is not None
    assert seen.unequal_response.rates == {"a": 0.4, "b": 0.18}


def test_a_flow_without_feedback_has_no_mean_and_may_be_anything(world: World, clock: Clock) -> None:
    """W3: no feedback is no score of 0: an unrated flow is neither the worst nor ruled out."""
    make_use_case(world, weights=HALVES)
    experiment = start(world)
    earned(world, experiment, {"a": {"n": 90, "sum": 30_000_000, "sum_sq": 30_000_000, "cell_0": 60, "cell_4": 30}})
    earned(world, experiment, {"b": {"sessions": 90}})

    seen = readout.readout(world, experiment.id)

    assert (seen.flows[1].mean, seen.flows[1].interval) == (None, (0.0, 1.0))
    assert seen.supported == ("a", "b")
    assert seen.forecast.sentence == "There is no feedback for b yet."
    assert 0.2 < seen.flows[1].p_best < 0.8


def test_a_draft_is_read_without_evidence(world: World, store: Store) -> None:
    make_use_case(world, weights=HALVES)
    running = start(world)
    runs_of.stop(world, running.id)
    drafts = [
        replace(running, id=world.new_id(), status="draft"),
        replace(running, id=world.new_id(), status="draft", config={"flow_ids": running.config["flow_ids"]}, state={}),
        replace(running, id=world.new_id(), status="draft", config={}, state={}),
    ]
    with store.write() as tx:
        for draft in drafts:
            experiments.add(tx, draft)

    seen = [readout.readout(world, draft.id) for draft in drafts]

    for known in seen[:2]:
        assert [(flow.flow, flow.sessions, flow.mean, flow.interval) for flow in known.flows] == [
            ("a", 0, None, (0.0, 1.0)),
            ("b", 0, None, (0.0, 1.0)),
        ]
    assert seen[2].flows == ()
    assert {known.forecast.sentence for known in seen} == {"It has not started."}


def test_an_ended_experiment_is_read_as_of_its_end(world: World, clock: Clock) -> None:
    make_use_case(world, weights=HALVES)
    experiment = start(world)
    live(world, clock, means={"a": 0.4, "b": 0.6}, sessions=30)
    before = readout.readout(world, experiment.id)
    runs_of.stop(world, experiment.id)
    clock.forward(days=30)

    seen = readout.readout(world, experiment.id)

    assert (seen.flows, seen.shares, seen.moves) == (before.flows, before.shares, before.moves)
    assert (seen.if_decided, seen.forecast.sentence) == (None, "It has ended.")


def test_a_paused_experiment_has_no_forecast(world: World, clock: Clock) -> None:
    make_use_case(world, weights=HALVES)
    experiment = start(world)
    with world.store.write() as tx:
        experiments.update_state(tx, experiment, replace(experiment, paused_at=clock()))

    assert readout.readout(world, experiment.id).forecast.sentence.startswith("It is paused")
