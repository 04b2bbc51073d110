"""A/B tests are drafted, started beside each other in disjoint slots, widened, and ended by what holds."""

from dataclasses import replace

import pytest

from app.domain.ab import slots
from app.domain.ab.metric import metric_of
from app.domain.errors import Conflict, Invalid, NotFound
from app.services import experiments, flows, operating, picks
from app.services.ab import tests
from app.services.ab.designs import design_of
from app.services.ab.wanted import WantedArm
from app.services.flows import FlowEdit
from app.services.rollouts import Wanted
from app.services.world import World
from tests.services.ab.testing import (
    RATING,
    arm_of,
    beat,
    come,
    judged,
    known,
    started,
    two_flows,
    wanted,
)
from tests.services.made import CODE, make_step, make_use_case
from tests.services.steering import kinds, stored
from tests.worlds import Clock


def test_arms_get_units_as_their_weights_say(world: World) -> None:
    two_flows(world)
    arms = (WantedArm("a", weight=2_000), WantedArm("b", weight=8_000))
    experiment = tests.start(world, CODE, replace(wanted(), arms=arms))

    sessions = come(world, [f"c{number}" for number in range(500)])

    part = sum(arm_of(world, experiment, session) == "b" for session in sessions) / 500
    assert part == pytest.approx(0.8, abs=0.06)


def test_only_the_share_takes_part_and_others_follow_the_weights(world: World) -> None:
    two_flows(world)
    experiment = started(world, share=3_000)

    sessions = come(world, [f"c{number}" for number in range(400)])

    taking_part = [session for session in sessions if session.epoch_id is not None]
    assert len(taking_part) / 400 == pytest.approx(0.3, abs=0.08)
    flow_a = design_of(experiment).arms[0].flow_id
    assert all(session.flow_id == flow_a for session in sessions if session.epoch_id is None)


def test_a_draft_waits_and_starts_as_it_was_written(world: World) -> None:
    two_flows(world)
    draft = tests.draft(world, CODE, wanted(name="first"))
    before = design_of(draft)
    changed = tests.change(world, draft.id, wanted(name="second", share=5_000))

    running = experiments.begin(world, draft.id)

    assert (draft.status, changed.status, running.status) == ("draft", "draft", "running")
    assert (before.name, design_of(changed).name, design_of(changed).slots) == ("first", "second", ())
    assert design_of(running).name == "second"
    assert design_of(running).slots == ((0, 5_000),)
    with pytest.raises(Conflict, match="frozen"):
        tests.change(world, draft.id, wanted())


def test_two_tests_of_one_use_case_have_no_unit_in_common(world: World) -> None:
    make_use_case(world, weights={"a": 10_000, "b": 0, "c": 0})
    first = tests.start(world, CODE, wanted(share=4_000))
    second = tests.start(world, CODE, wanted(("a", "c"), share=4_000))

    sessions = come(world, [f"c{number}" for number in range(300)])

    epochs = [session.epoch_id for session in sessions]
    assert epochs.count(str(first.config["epoch_id"])) > 80
    assert epochs.count(str(second.config["epoch_id"])) > 80
    with pytest.raises(Conflict) as full:
        tests.start(world, CODE, wanted(("b", "c"), share=4_000))
    with pytest.raises(Conflict) as elsewhere:
        tests.start(world, CODE, wanted(("b", "c"), share=1_000, layer="another"))
    assert (full.value.code, elsewhere.value.code) == ("layer-full", "layer-differs")


def test_tests_of_two_use_cases_in_one_layer_share_no_unit_and_in_two_are_independent(world: World) -> None:
    two_flows(world)
    make_use_case(world, "other", weights={"a": 10_000, "b": 0})
    started(world, share=5_000, layer="ours")
    tests.start(world, "other", wanted(share=5_000, layer="ours"))
    units = [f"u{number}" for number in range(200)]

    def takes_part(code: str) -> set[str]:
        found = [picks.pick(world, code, correlation_id=unit, user_id=unit).session for unit in units]
        return {session.unit for session in found if session.epoch_id is not None}

    assert takes_part(CODE).isdisjoint(takes_part("other"))


def test_a_test_by_user_passes_over_those_without_one(world: World) -> None:
    two_flows(world)
    started(world, unit="user_id")

    without = picks.pick(world, CODE, correlation_id="c1").session
    within = picks.pick(world, CODE, correlation_id="c2", user_id="u1").session

    assert without.epoch_id is None
    assert within.epoch_id is not None


def test_testers_get_their_arm_and_count_for_nothing(world: World) -> None:
    two_flows(world)
    experiment = started(world, overrides={"tester": "b"}, share=1)

    first = picks.pick(world, CODE, correlation_id="c1", user_id="tester")
    tests.override(world, experiment.id, {"tester": "a"})
    second = picks.pick(world, CODE, correlation_id="c2", user_id="tester")

    assert (first.flow.code, second.flow.code) == ("b", "a")
    assert first.session.epoch_id is None
    assert sum(arm.units for arm in known(world, experiment).metrics[0].arms) == 0


def test_more_units_may_take_part_and_nobody_changes_arms(world: World) -> None:
    two_flows(world)
    experiment = started(world, share=2_000)
    units = [f"u{number}" for number in range(200)]

    def arms(turn: int) -> dict[str, str]:
        found = [picks.pick(world, CODE, correlation_id=f"{turn}-{unit}", user_id=unit) for unit in units]
        return {one.session.unit: one.flow.code for one in found if one.session.epoch_id is not None}

    before = arms(0)
    tests.widen(world, experiment.id, share=9_000, actor="somebody")
    after = arms(1)

    assert len(after) > 2 * len(before)
    assert all(after[unit] == arm for unit, arm in before.items())
    with pytest.raises(Invalid):
        tests.widen(world, experiment.id, share=9_000, actor="somebody")
    assert "widened" in kinds(world, experiment)


def test_arms_do_not_change_while_they_are_compared(world: World) -> None:
    two_flows(world)
    started(world)

    for edit in (FlowEdit(active=False), FlowEdit(steps=(make_step(prompt="Other {{ text }}"),))):
        with pytest.raises(Conflict) as refused:
            flows.change(world, CODE, "b", edit, actor="somebody")
        assert refused.value.code == "experiment-running"
    flows.set_weights(world, CODE, {"a": 9_000, "b": 1_000}, actor="somebody")  # of those who do not take part


def test_a_rollout_and_a_test_do_not_run_side_by_side(world: World) -> None:
    make_use_case(world, weights={"a": 5_000, "b": 5_000})
    rollout = experiments.start(world, CODE, Wanted())
    with pytest.raises(Conflict) as under_way:
        started(world)
    experiments.stop(world, rollout.id)
    started(world)

    with pytest.raises(Conflict) as testing:
        experiments.start(world, CODE, Wanted())

    assert (under_way.value.code, testing.value.code) == ("experiment-running", "experiment-running")


def test_what_is_done_with_rollouts_is_refused_for_a_test(world: World) -> None:
    two_flows(world)
    experiment = started(world)

    with pytest.raises(Conflict) as refused:
        operating.pause(world, experiment.id, actor="somebody")

    assert refused.value.code == "not-a-rollout"


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"arms": ("a",)}, "arms"),
        ({"arms": ("a", "a")}, "arms[1].flow"),
        ({"arms": ("a", "z")}, "arms[1].flow"),
        ({"control": "z"}, "control"),
        ({"mde": 0}, "mde"),
        ({"mde": 0.9}, "mde"),
        ({"alpha": 0.5}, "alpha"),
        ({"power": 0.01}, "power"),
        ({"overrides": {"u": "z"}}, "overrides.u"),
        ({"secondary": (metric_of("conversion"),)}, "secondary[0].name"),
        ({"margin": 0}, "margin"),
    ],
)
def test_what_does_not_fit_is_refused_by_its_field(world: World, more: dict[str, object], field: str) -> None:
    two_flows(world)

    with pytest.raises((Invalid, NotFound)) as refused:
        tests.start(world, CODE, wanted(**more))

    assert refused.value.field == field


def test_weights_that_do_not_sum_are_refused(world: World) -> None:
    two_flows(world)
    arms = (WantedArm("a", weight=2_000), WantedArm("b", weight=2_000))

    with pytest.raises(Invalid) as refused:
        tests.start(world, CODE, replace(wanted(), arms=arms))

    assert refused.value.field == "arms"


def test_a_proven_winner_ends_the_test(world: World) -> None:
    two_flows(world)
    experiment = started(world)
    sessions = come(world, [f"c{number}" for number in range(300)])
    judged(world, experiment, sessions, "conversion", lambda arm, number: float(arm == "b" or number % 5 == 0))

    done = beat(world, experiment)

    ended = stored(world, experiment)
    assert (ended.status, ended.outcome, ended.decided_by) == ("ended", "completed", "rule")
    assert ended.winner_flow_id == design_of(experiment).arm("b").flow_id
    assert len(done) >= 1
    assert beat(world, experiment) == []


def test_without_auto_stop_it_goes_on(world: World) -> None:
    two_flows(world)
    experiment = started(world, auto_stop=False)
    sessions = come(world, [f"c{number}" for number in range(300)])
    judged(world, experiment, sessions, "conversion", lambda arm, number: float(arm == "b"))

    beat(world, experiment)

    assert stored(world, experiment).status == "running"
    assert known(world, experiment).verdicts[0].word == "win"
    assert known(world, experiment).best == "b"


def test_what_was_proven_stays_proven_until_the_difference_turns(world: World) -> None:
    two_flows(world)
    experiment = started(world, metric=RATING, mde=1.0, margin=0.05, auto_stop=False)
    words = []
    for name, better, units in (("x", "b", 120), ("y", "a", 90), ("z", "a", 60)):
        sessions = come(world, [f"{name}{number}" for number in range(units)])
        judged(world, experiment, sessions, "rating", lambda arm, _, better=better: 4.0 if arm == better else 3.0)
        beat(world, experiment)
        words.append(known(world, experiment).verdicts[0].word)

    assert words == ["win", "win", "keep running"]


def test_flows_that_do_not_differ_end_as_equivalent(world: World) -> None:
    two_flows(world)
    experiment = started(world, metric=RATING, mde=1.0, baseline_deviation=1.0)
    sessions = come(world, [f"c{number}" for number in range(600)])
    judged(world, experiment, sessions, "rating", lambda arm, number: float(3 + number % 2))

    beat(world, experiment)

    ended = stored(world, experiment)
    assert (ended.status, ended.outcome) == ("ended", "equivalent")
    assert known(world, experiment).verdicts[0].word == "no meaningful difference"


def test_a_test_whose_time_is_over_ends_without_a_winner(world: World, clock: Clock) -> None:
    two_flows(world)
    experiment = started(world, max_days=2.0)
    come(world, ["c1", "c2"])

    clock.forward(hours=47)
    beat(world, experiment)
    still = stored(world, experiment).status
    clock.forward(hours=1)
    beat(world, experiment)

    ended = stored(world, experiment)
    assert (still, ended.status, ended.outcome, ended.winner_flow_id) == ("running", "ended", "inconclusive", None)
    assert picks.pick(world, CODE, correlation_id="c3").session.epoch_id is None


def test_the_planned_look_is_taken_once_and_kept(world: World) -> None:
    two_flows(world)
    experiment = started(world, mde=0.4, auto_stop=False)
    need = max(design_of(experiment).required.by_arm.values())
    sessions = come(world, [f"c{number}" for number in range(4 * need)])
    before = known(world, experiment).metrics[0].against_control[0].planned

    judged(world, experiment, sessions, "conversion", lambda arm, number: float(number % 2))
    beat(world, experiment)
    at_plan = known(world, experiment).metrics[0].against_control[0].planned
    judged(world, experiment, come(world, ["late"]), "conversion", lambda arm, number: 1.0)
    beat(world, experiment)
    later = known(world, experiment).metrics[0].against_control[0].planned

    assert (before.reached, at_plan.reached) == (False, True)
    assert later == at_plan
    assert kinds(world, experiment).count("planned") == 1


def test_units_that_are_lost_on_the_way_are_told_and_nothing_is_proven(world: World) -> None:
    two_flows(world)
    experiment = started(world)
    weights = design_of(experiment).weights
    units = [f"u{number}" for number in range(300)]
    sessions = come(world, [unit for unit in units if slots.arm_of(experiment.id, unit, weights) == "b"])
    judged(world, experiment, sessions, "conversion", lambda arm, number: 1.0)

    beat(world, experiment)

    found = known(world, experiment)
    assert not found.trusted
    assert found.best is None
    assert "Do not use" in found.recommendation
    assert stored(world, experiment).status == "running"
    assert "warning" in kinds(world, experiment)
