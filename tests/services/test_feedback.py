"""An opinion becomes a reward for the flow and the epoch that earned it, once per target, kind and rater."""

from pathlib import Path

import pytest

from app.db import evidence
from app.db.uow import Store
from app.domain.errors import Invalid, NotFound, StoreUnavailable
from app.domain.experiment import Experiment
from app.domain.message import Usage
from app.services import calls, experiments, feedback, generate, picks
from app.services.calls import Reported
from app.services.feedback import Given
from app.services.world import World
from tests.services.made import CODE, SMALL, ask, make_use_case, start
from tests.worlds import Clock, close_world, opened

HALVES = {"a": 5000, "b": 5000}


def give(world: World, value: float | None = 1, kind: str = "score", **given: object) -> feedback.Feedback:
    """An opinion on session c1 unless said otherwise."""
    target = {"use_case": CODE, "correlation_id": "c1"} if not given.keys() & {"call_id", "run_id", "use_case"} else {}
    return feedback.give(world, Given(kind, value, **{**target, **given}))  # type: ignore[arg-type]  # fields of Given by name


def earned(world: World, experiment: Experiment) -> list[tuple[int, int, int]]:
    """Sessions, opinions and sum of rewards in 1e-6, per row of evidence."""
    with world.store.read() as tx:
        return [(row.sessions, row.n, row.sum) for row in evidence.of_experiment(tx, experiment.id)]


@pytest.mark.parametrize(
    ("kind", "value", "reward"),
    [
        ("rating", 1, 0.0),
        ("rating", 4, 0.75),
        ("thumb", 1, 1.0),
        ("approved", 0, 0.0),
        ("score", 0.3, 0.3),
        ("conversion", 1, 1.0),
        ("comment", None, None),
        ("reference_link", None, None),
    ],
)
def test_each_kind_becomes_its_reward(world: World, kind: str, value: float | None, reward: float | None) -> None:
    make_use_case(world, weights=HALVES)
    experiment = start(world, scale="decimal")
    picked = picks.pick(world, CODE, correlation_id="c1")

    opinion = give(world, value, kind, comment="so so", reference_link="https://example.org")

    assert opinion.reward == reward
    assert (opinion.session_id, opinion.flow_id, opinion.flow_version) == (
        picked.session.id,
        picked.flow.id,
        picked.flow.version,
    )
    assert feedback.page(world, CODE, cursor=None, limit=5)[0] == [opinion]
    assert earned(world, experiment) == [(1, int(reward is not None), round((reward or 0) * 1_000_000))]


@pytest.mark.parametrize(
    ("given", "reward"), [({"value": 1}, 1.0), ({"value": 1, "edit_distance": 0.25}, 0.75), ({"value": 0}, 0.0)]
)
def test_an_edited_approval_is_worth_what_was_kept(world: World, given: dict[str, float], reward: float) -> None:
    make_use_case(world)
    picks.pick(world, CODE, correlation_id="c1")

    assert give(world, kind="approved", **given).reward == reward


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"kind": "thumb", "edit_distance": 0.1}, "edit_distance"),
        ({"kind": "approved", "edit_distance": 1.1}, "edit_distance"),
        ({"kind": "approved", "edit_distance": float("nan")}, "edit_distance"),
        ({"kind": "score", "value": float("nan")}, "value"),
        ({"kind": "rating", "value": 6}, "value"),
        ({"comment": "x" * 4097}, "comment"),
        ({"reference_link": "x" * 4097}, "reference_link"),
        ({"rater": ""}, "rater"),
        ({"use_case": CODE}, "correlation_id"),
        ({"correlation_id": "a\x00", "use_case": CODE}, "correlation_id"),
    ],
)
def test_what_breaks_a_rule_is_refused_and_not_stored(world: World, given: dict[str, object], field: str) -> None:
    make_use_case(world)
    picks.pick(world, CODE, correlation_id="c1")

    with pytest.raises(Invalid) as refused:
        give(world, **{"value": 1, **given})  # type: ignore[arg-type]  # fields of Given by name

    assert refused.value.field == field
    assert feedback.page(world, CODE, cursor=None, limit=5) == ([], None)


def test_a_repeat_replaces_and_is_counted_once(world: World) -> None:
    make_use_case(world, weights=HALVES)
    experiment = start(world)
    picks.pick(world, CODE, correlation_id="c1")
    give(world, 1)
    give(world, 1, rater="judge")

    last = give(world, 0)

    standing, _ = feedback.page(world, CODE, cursor=None, limit=5)
    assert {(opinion.rater, opinion.reward) for opinion in standing} == {("user", 0.0), ("judge", 1.0)}
    assert last.id in {opinion.id for opinion in standing}
    assert earned(world, experiment) == [(1, 2, 1_000_000)]


def test_opinions_on_two_runs_of_a_session_stand_side_by_side(world: World) -> None:
    make_use_case(world, weights=HALVES)
    experiment = start(world, scale="decimal")
    one, other = (generate.run(world, CODE, ask("c1")) for _ in range(2))
    for value in (0.0, 1.0):  # the second replaces the first
        give(world, value, run_id=one.run.id)

    give(world, 0.25, run_id=other.run.id)
    give(world, 0.5)

    standing, _ = feedback.page(world, CODE, cursor=None, limit=5)
    assert one.session.id == other.session.id
    assert {(each.run_id, each.reward) for each in standing} == {(one.run.id, 1), (other.run.id, 0.25), (None, 0.5)}
    assert earned(world, experiment) == [(1, 3, 1_750_000)]


def test_a_call_a_run_and_a_session_are_targets(world: World) -> None:
    make_use_case(world)
    done = generate.run(world, CODE, ask())

    by_call, by_run, by_session = (
        give(world, call_id=done.calls[0].id),
        give(world, run_id=done.run.id),
        give(world, rater="other"),
    )

    assert {opinion.session_id for opinion in (by_call, by_run, by_session)} == {done.session.id}
    assert (by_call.call_id, by_run.call_id) == (done.calls[0].id, None)
    assert (by_call.run_id, by_run.run_id, by_session.run_id) == (done.run.id, done.run.id, None)


@pytest.mark.parametrize(
    "target",
    [
        {"call_id": "01a1fc9c-8b30-728e-9d5e-5d917ef58ec1"},
        {"run_id": "01a1fc9c-8b30-728e-9d5e-5d917ef58ec1"},
        {"use_case": "nobody", "correlation_id": "c1"},
        {"use_case": CODE, "correlation_id": "nobody"},
    ],
)
def test_an_unknown_target_is_not_found(world: World, target: dict[str, str]) -> None:
    make_use_case(world)

    with pytest.raises(NotFound):
        give(world, **target)


def test_opinions_on_a_call_without_session_and_on_an_unknown_use_case_are_refused(world: World) -> None:
    call = calls.report(world, Reported(SMALL, 5, Usage(1)))

    with pytest.raises(Invalid, match="no session"):
        give(world, call_id=call.id)
    with pytest.raises(NotFound):
        feedback.page(world, "nobody", cursor=None, limit=5)


def test_late_feedback_counts_for_the_epoch_in_which_the_session_was_assigned(world: World, clock: Clock) -> None:
    make_use_case(world, weights=HALVES)
    first = start(world)
    session = picks.pick(world, CODE, correlation_id="c1").session
    experiments.stop(world, first.id)
    second = start(world)
    clock.forward(hours=10)

    opinion = give(world, 1)

    assert opinion.epoch_id == session.epoch_id
    assert (earned(world, first), earned(world, second)) == ([(1, 1, 1_000_000)], [])


def test_an_expired_session_is_still_judged_and_the_newest_of_its_id_first(world: World, clock: Clock) -> None:
    make_use_case(world)
    old = picks.pick(world, CODE, correlation_id="c1").session
    clock.forward(hours=7)
    after_expiry = give(world, 1)
    new = picks.pick(world, CODE, correlation_id="c1").session

    assert after_expiry.session_id == old.id
    assert give(world, 1).session_id == new.id


def test_with_the_store_gone_opinions_on_known_sessions_are_spooled_and_counted_once(
    store_url: str, tmp_path: Path
) -> None:
    store = Store(store_url)
    with opened(store, tmp_path) as world:
        make_use_case(world, weights=HALVES)
        experiment = start(world)
        picks.pick(world, CODE, correlation_id="c1")
        store.close()

        give(world, 1)
        give(world, 1)
        with pytest.raises(StoreUnavailable):
            give(world, 1, use_case=CODE, correlation_id="unknown here")
        with pytest.raises(StoreUnavailable):
            give(world, 1, call_id="01a1fc9c-8b30-728e-9d5e-5d917ef58ec1")
        with pytest.raises(NotFound):
            give(world, 1, use_case="nobody", correlation_id="c1")

    again = Store(store_url)
    with opened(again, tmp_path) as reborn:
        close_world(reborn)  # the journal replays before it ends
        assert earned(reborn, experiment) == [(1, 1, 1_000_000)]
    again.close()
