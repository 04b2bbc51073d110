"""The snapshot holds all configuration as it was written."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from app.db import experiments, flows, keys, leases, moves, prices, sessions, snapshot, tasks, use_cases
from app.db.apply import apply
from app.db.facts import Pin
from app.db.uow import Store
from app.domain.access import ApiKey
from app.domain.errors import Conflict, Invalid, NotFound
from app.domain.experiment import Move
from app.domain.flow import RunLimits
from app.domain.model import LongPrompt, Price, Rates
from app.services.ids import new_id
from tests.db import makers

RATES = Rates.of(input=2, output=3, cache_read=1)
PRICE = Price(
    valid_from=date(2026, 3, 1),
    source="contract",
    checked=date(2026, 3, 1),
    rates=RATES,
    tiers=(LongPrompt(above=9, rates=Rates.of(input=4, output=6)),),
)


def test_a_snapshot_holds_everything_that_was_written(store: Store) -> None:
    owner, made = makers.seeded(store, flow_count=2)
    running = makers.experiment(owner)
    key = ApiKey(new_id(), "ci", "mm_1", "d" * 64, ("read", "run"), makers.NOW)
    with store.write() as tx:
        experiments.add(tx, running)
        keys.add(tx, key)
        tasks.assign(tx, "chat", "vendor/a", makers.NOW)
        tasks.assign(tx, "chat", "vendor/b", makers.NOW)
        prices.put(tx, "vendor/b", replace(PRICE, source="corrected later"), actor="ci", moment=makers.NOW)
        prices.put(tx, "vendor/b", PRICE, actor="ci", moment=makers.NOW)
        number = store.bump(tx)

    with store.read() as tx:
        loaded = snapshot.load(tx)

    assert loaded == snapshot.Snapshot(
        revision=number,
        use_cases={owner.code: owner},
        use_cases_by_id={owner.id: owner},
        flows={owner.id: tuple(made)},
        tasks={"chat": "vendor/b"},
        experiments={owner.id: running},
        keys={key.digest: key},
        prices={"vendor/b": (PRICE,)},
    )


def test_a_new_version_leaves_the_served_one_as_it_was(store: Store) -> None:
    _, (flow,) = makers.seeded(store)
    new = replace(makers.STEP, prompt="Whisper {{ word }}")

    with store.write() as tx:
        apply(tx, [[Pin(makers.session(flow))]])
        flows.add_version(tx, flow.id, 2, [new], makers.NOW, limits=flow.limits)

        assert flows.steps_of_version(tx, flow.id, 1) == (makers.STEP,)
        assert [version.version for version in flows.versions(tx, flow.id)] == [2, 1]
        current = flows.get(tx, flow.id)
    assert (current.version, current.served, current.steps) == (2, False, (new,))


def test_limits_belong_to_the_version(store: Store) -> None:
    _, (flow,) = makers.seeded(store)
    first, second = RunLimits(deadline_s=9), RunLimits(max_cost=5)

    with store.write() as tx:
        flows.replace_steps(tx, flow.id, 1, flow.steps, limits=first)
        flows.add_version(tx, flow.id, 2, flow.steps, makers.NOW, limits=second)

        assert [flows.version_of(tx, flow.id, number).limits for number in (1, 2)] == [first, second]
        assert [version.limits for version in flows.versions(tx, flow.id)] == [second, first]
        assert flows.get(tx, flow.id).limits == second
        flows.replace_steps(tx, flow.id, 2, flow.steps, limits=RunLimits())
        assert flows.get(tx, flow.id).limits == RunLimits()
        with pytest.raises(NotFound):
            flows.version_of(tx, flow.id, 3)


def test_use_cases_are_searched_and_paged_in_both_directions(store: Store) -> None:
    with store.write() as tx:
        for number in range(5):
            use_cases.add(tx, makers.use_case(id=new_id(), code=f"code-{number}", title="50% Off" if number else "x"))

        first, cursor = use_cases.page(tx, search="50% code", order="-code", limit=2)
        rest, end = use_cases.page(tx, search="50% code", order="-code", cursor=cursor, limit=2)

    assert [each.code for each in first + rest] == ["code-4", "code-3", "code-2", "code-1"]
    assert end is None


def test_an_order_that_is_not_offered_is_refused(store: Store) -> None:
    with pytest.raises(Invalid) as raised, store.read() as tx:
        use_cases.page(tx, order="salt")

    assert raised.value.field == "order"


def test_a_deleted_use_case_takes_its_flows_and_sessions_along(store: Store) -> None:
    owner, (flow,) = makers.seeded(store)
    session = makers.session(flow)

    with store.write() as tx:
        apply(tx, [[Pin(session)]])
        use_cases.delete(tx, owner.id)

        assert flows.all_of(tx) == []
        assert sessions.get_by_id(tx, session.id) is None


def test_weights_of_a_flow_of_another_use_case_are_not_written(store: Store) -> None:
    _, (flow,) = makers.seeded(store)

    with pytest.raises(NotFound), store.write() as tx:
        flows.set_weights(tx, new_id(), {flow.id: 1})


def test_a_use_case_runs_one_experiment_at_a_time(store: Store) -> None:
    owner, _ = makers.seeded(store)

    with store.write() as tx:
        experiments.add(tx, makers.experiment(owner))

    with pytest.raises(Conflict) as raised, store.write() as tx:
        experiments.add(tx, makers.experiment(owner))

    assert raised.value.code == "experiment-running"


def test_a_state_is_written_only_over_the_one_it_was_computed_from(store: Store) -> None:
    owner, _ = makers.seeded(store)
    before = makers.experiment(owner)
    after = replace(before, phase="adaptive", state={"b": 0.2, "c": [1]})

    with store.write() as tx:
        experiments.add(tx, before)
        experiments.update_state(tx, before, after)
        assert experiments.get(tx, before.id) == after
    with pytest.raises(Conflict), store.write() as tx:
        experiments.update_state(tx, before, after)


def test_moves_come_newest_first(store: Store) -> None:
    owner, _ = makers.seeded(store)
    made = [
        Move(new_id(), makers.NOW + timedelta(minutes=n), owner.id, None, {"a": 1}, {"a": 2}, "manual", "", "me")
        for n in range(3)
    ]

    with store.write() as tx:
        for move in made:
            moves.add(tx, move)
        found, _ = moves.page(tx, owner.id)

    assert found == made[::-1]


def test_a_lease_has_one_holder_until_it_runs_out(store: Store) -> None:
    later = makers.NOW + timedelta(seconds=11)

    with store.write() as tx:
        taken = [
            leases.acquire(tx, "tick", "a", makers.NOW, 10),
            leases.acquire(tx, "tick", "b", makers.NOW, 10),
            leases.acquire(tx, "tick", "a", makers.NOW, 10),
            leases.acquire(tx, "tick", "b", later, 10),
            leases.release(tx, "tick", "a"),
        ]

    assert taken == [True, False, True, True, False]


def test_a_revoked_key_keeps_its_first_moment(store: Store) -> None:
    key = ApiKey(new_id(), "ci", "mm_1", "d" * 64, ("read",), makers.NOW)

    with store.write() as tx:
        keys.add(tx, key)
        keys.revoke(tx, key.id, makers.NOW)
        keys.revoke(tx, key.id, makers.NOW + timedelta(days=1))

        assert keys.get(tx, key.id).revoked_at == makers.NOW
