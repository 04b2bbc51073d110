"""A session gets one flow and keeps it, whatever is edited and whoever asks."""

import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from app.db.uow import Store
from app.domain.errors import Invalid, NoFlowAvailable, NotFound, UseCaseInactive
from app.services import experiments, flows, runs, traffic, use_cases
from app.services.flows import FlowEdit
from app.services.use_cases import UseCaseEdit
from app.services.world import World
from tests.services.made import CODE, make_step, make_use_case, start
from tests.worlds import Clock, close_world, opened

HALVES = {"a": 5000, "b": 5000}
ROOT = Path(__file__).resolve().parents[2]


def assign(world: World, correlation_id: str, *, user_id: str | None = None) -> str:
    """The code of the flow that serves the session."""
    use_case = traffic.active_use_case(world, CODE)
    session, _ = traffic.assign(world, use_case, correlation_id, user_id=user_id)
    return traffic.flow_of(world, session).code


def test_a_session_keeps_its_flow_when_weights_change(world: World) -> None:
    make_use_case(world, weights=HALVES)
    before = {f"c{i}": assign(world, f"c{i}") for i in range(30)}

    flows.set_weights(world, CODE, {"a": 10_000}, actor="test")

    assert {name: assign(world, name) for name in before} == before
    assert set(before.values()) == {"a", "b"}
    assert {assign(world, f"new{i}") for i in range(10)} == {"a"}


def test_a_session_is_served_by_the_version_it_was_given(world: World) -> None:
    make_use_case(world, weights={"a": 10_000})
    use_case = traffic.active_use_case(world, CODE)
    session, _ = traffic.assign(world, use_case, "c1", user_id=None)
    flows.change(world, CODE, "a", FlowEdit(steps=(make_step(prompt="Now say {{ text }}"),)), actor="test")

    old = traffic.flow_of(world, session)
    new = traffic.flow_of(world, traffic.assign(world, use_case, "c2", user_id=None)[0])

    assert (old.version, old.served, old.steps[0].prompt) == (1, True, "Say {{ text }}")
    assert (new.version, new.steps[0].prompt) == (2, "Now say {{ text }}")


def test_a_session_outlives_the_deactivation_of_its_flow(world: World) -> None:
    make_use_case(world, weights=HALVES)
    name = next(f"c{i}" for i in range(100) if assign(world, f"c{i}") == "b")

    flows.change(world, CODE, "b", FlowEdit(active=False), actor="test")

    assert assign(world, name) == "b"


def test_a_session_of_a_deleted_flow_is_given_another_one(world: World, tmp_path: Path, store: Store) -> None:
    with opened(store, tmp_path / "other") as other:
        make_use_case(world, weights=HALVES)
        other.snapshots.refresh()
        name = next(f"c{i}" for i in range(100) if assign(world, f"c{i}") == "b")
        assert assign(other, name) == "b"
        flows.change(world, CODE, "b", FlowEdit(active=False), actor="test")

        flows.delete(world, CODE, "b")
        other.snapshots.refresh()

        assert assign(world, name) == "a"
        assert assign(other, name) == "a"


def test_a_flow_that_went_while_its_session_was_served_is_not_found(world: World) -> None:
    make_use_case(world, weights=HALVES)
    session, _ = traffic.assign(world, traffic.active_use_case(world, CODE), "c1", user_id=None)
    code = traffic.flow_of(world, session).code
    flows.change(world, CODE, code, FlowEdit(active=False), actor="test")
    flows.delete(world, CODE, code)

    with pytest.raises(NotFound):
        traffic.flow_of(world, session)


def test_a_session_expires_and_its_correlation_id_is_picked_anew(world: World, clock: Clock) -> None:
    make_use_case(world, weights={"a": 10_000, "b": 0})
    use_case = traffic.active_use_case(world, CODE)
    first, opened_first = traffic.assign(world, use_case, "c1", user_id=None)
    flows.set_weights(world, CODE, {"b": 10_000}, actor="test")
    clock.forward(hours=5.9)
    again, opened_again = traffic.assign(world, use_case, "c1", user_id=None)

    clock.forward(hours=0.2)
    second, opened_second = traffic.assign(world, use_case, "c1", user_id=None)

    assert (opened_first, opened_again, opened_second) == (True, False, True)
    assert again == first
    assert (traffic.flow_of(world, first).code, traffic.flow_of(world, second).code) == ("a", "b")
    assert [session.id for session in runs.sessions(world, "c1")] == [second.id, first.id]


def test_a_user_gets_one_flow_over_all_correlation_ids(world: World) -> None:
    make_use_case(world, weights=HALVES)

    assert len({assign(world, f"c{i}", user_id="ann") for i in range(20)}) == 1


def test_new_sessions_are_shared_in_the_proportion_of_the_weights(world: World) -> None:
    make_use_case(world, weights={"a": 8000, "b": 2000})
    use_case = traffic.active_use_case(world, CODE)

    picked = Counter(traffic.propose(world, use_case, f"c{i}", user_id=None).propensity for i in range(2000))

    assert picked.keys() == {8000, 2000}
    assert 300 < picked[2000] < 500  # 400 expected, standard deviation 18


def test_the_propensity_is_the_weight_at_the_moment_of_assignment(world: World) -> None:
    make_use_case(world, weights={"a": 10_000, "b": 0})
    use_case = traffic.active_use_case(world, CODE)
    first, _ = traffic.assign(world, use_case, "c1", user_id=None)

    flows.set_weights(world, CODE, {"b": 10_000}, actor="test")

    assert traffic.assign(world, use_case, "c1", user_id=None)[0].propensity == first.propensity == 10_000


def test_a_session_counts_for_the_epoch_in_which_it_was_assigned(world: World) -> None:
    make_use_case(world, weights=HALVES)
    before, _ = traffic.assign(world, traffic.active_use_case(world, CODE), "before", user_id=None)
    experiment = start(world)
    during, _ = traffic.assign(world, traffic.active_use_case(world, CODE), "during", user_id=None)
    experiments.stop(world, experiment.id)
    after, _ = traffic.assign(world, traffic.active_use_case(world, CODE), "after", user_id=None)

    assert (before.epoch_id, after.epoch_id) == (None, None)
    assert during.epoch_id is not None


def test_twenty_parallel_first_requests_in_two_worlds_open_one_session(
    world: World, store_url: str, tmp_path: Path
) -> None:
    """Without C1: first picks at the same time get the same flow and count as one session."""
    make_use_case(world, weights=HALVES)
    other_store = Store(store_url)
    with opened(other_store, tmp_path / "other") as other, ThreadPoolExecutor(20) as pool:
        names = [f"c{i}" for i in range(4)]

        def first(number: int) -> tuple[str, str, str, bool]:
            at = (world, other)[number % 2]
            name = names[number % len(names) // 2]  # both worlds ask for both ids
            use_case = traffic.active_use_case(at, CODE)
            session, opened_it = traffic.assign(at, use_case, name, user_id=None)
            return name, session.id, session.flow_id, opened_it

        answers = list(pool.map(first, range(20)))
    other_store.close()

    for name in {answer[0] for answer in answers}:
        own = [answer for answer in answers if answer[0] == name]
        assert len({answer[1:3] for answer in own}) == 1
        assert sum(answer[3] for answer in own) == 1
        assert len(runs.sessions(world, name)) == 1


def test_first_requests_meet_in_one_flow_even_when_their_snapshots_disagree(
    world: World, store: Store, tmp_path: Path
) -> None:
    make_use_case(world, weights={"a": 10_000, "b": 0})
    with opened(store, tmp_path / "stale") as stale:
        flows.set_weights(world, CODE, {"b": 10_000}, actor="test")

        assert assign(world, "c1") == "b"
        assert assign(stale, "c1") == "b"
        assert assign(stale, "c2") == "a"
        assert assign(world, "c2") == "a"


def test_a_lost_race_is_told_as_not_first(world: World) -> None:
    make_use_case(world, weights=HALVES)
    use_case = traffic.active_use_case(world, CODE)
    late = traffic.propose(world, use_case, "c1", user_id=None)
    won, first = traffic.assign(world, use_case, "c1", user_id=None)

    assert first
    assert traffic.pin(world, late) == won


@pytest.mark.slow
def test_parallel_first_requests_of_several_processes_agree(world: World, store_url: str, tmp_path: Path) -> None:
    make_use_case(world, weights=HALVES)
    command = [sys.executable, "-m", "tests.services.assigning", store_url, str(tmp_path / "spool-of-others")]
    others = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) for _ in range(2)
    ]
    for other in others:
        assert other.stdout is not None
        assert other.stdout.readline() == "ready\n"

    for other in others:  # all are open, now they run
        assert other.stdin is not None
        other.stdin.write("go\n")
        other.stdin.flush()
    answers = [other.communicate(timeout=60)[0].split() for other in others]

    assert all(other.returncode == 0 for other in others)
    assert len(answers[0]) == 40
    assert answers[0] == answers[1]


def test_a_session_unknown_here_is_read_from_the_store(world: World, store: Store, tmp_path: Path) -> None:
    make_use_case(world, weights=HALVES)
    expected = {f"c{i}": assign(world, f"c{i}") for i in range(5)}

    with opened(store, tmp_path / "second") as second:
        assert {name: assign(second, name) for name in expected} == expected
        assert len(second.sessions) == 5


def test_inactive_and_unknown_use_cases_take_no_traffic(world: World) -> None:
    make_use_case(world)
    use_cases.change(world, CODE, UseCaseEdit(active=False))

    with pytest.raises(UseCaseInactive) as inactive:
        traffic.active_use_case(world, CODE)
    with pytest.raises(NotFound) as unknown:
        traffic.active_use_case(world, "nobody")

    assert inactive.value.field == "use_case"
    assert (unknown.value.noun, unknown.value.key) == ("use case", "nobody")


def test_without_any_weight_no_session_is_opened(world: World) -> None:
    make_use_case(world)
    use_case = traffic.active_use_case(world, CODE)
    use_cases.change(world, CODE, UseCaseEdit(active=False))
    flows.change(world, CODE, "a", FlowEdit(active=False), actor="test")

    with pytest.raises(NoFlowAvailable):
        traffic.assign(world, use_case, "c1", user_id=None)

    with pytest.raises(NotFound):
        runs.sessions(world, "c1")


@pytest.mark.parametrize("bad", ["", "x" * 256, "a\x00b", "a\nb", "\x7f"])
def test_bad_ids_are_refused_by_their_field_and_pin_nothing(world: World, bad: str) -> None:
    make_use_case(world)
    use_case = traffic.active_use_case(world, CODE)

    with pytest.raises(Invalid) as correlation:
        traffic.assign(world, use_case, bad, user_id=None)
    with pytest.raises(Invalid) as user:
        traffic.assign(world, use_case, "c1", user_id=bad)

    assert (correlation.value.field, user.value.field) == ("correlation_id", "user_id")
    assert len(world.sessions) == 0


def test_the_longest_correlation_id_is_a_good_one(world: World) -> None:
    make_use_case(world)

    assert assign(world, "é" * 255) == "a"


def test_with_the_store_gone_known_and_new_sessions_are_served(store_url: str, tmp_path: Path) -> None:
    store = Store(store_url)
    with opened(store, tmp_path) as world:
        make_use_case(world, weights=HALVES)
        known = assign(world, "known")
        store.close()

        fresh = assign(world, "fresh")

        assert assign(world, "known") == known
        assert assign(world, "fresh") == fresh
        assert world.journal.figures().spooled == 1

    again = Store(store_url)
    with opened(again, tmp_path) as reborn:
        close_world(reborn)  # the journal replays before it ends
        assert assign_stored(reborn, "fresh") == fresh
    again.close()


def assign_stored(world: World, correlation_id: str) -> str:
    """The flow that the store holds for the session."""
    (session,) = runs.sessions(world, correlation_id)
    return traffic.flow_of(world, session).code
