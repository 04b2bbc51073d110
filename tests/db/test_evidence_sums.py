"""The sums of an experiment are one row per flow, over all its epochs and all versions of the flow."""

from collections import Counter

from app.db import evidence_sums, experiments
from app.db.evidence import Increments, Place
from app.db.evidence_sums import Served
from app.db.uow import Store, Tx
from app.domain.experiment import Epoch
from app.services.ids import new_id
from tests.db.makers import NOW, open_epoch, seeded


def add(tx: Tx, counts: dict[Place, dict[str, int]]) -> None:
    """These counts are added to their places."""
    increments = Increments()
    increments.shown.update({place: Counter(each) for place, each in counts.items()})
    increments.write(tx)


def test_all_epochs_and_versions_of_a_flow_are_one_sum(store: Store) -> None:
    owner, (first, second, _) = seeded(store, flow_count=3)
    epoch = open_epoch(store, owner)
    later = Epoch(new_id(), owner.id, epoch.experiment_id, 1, {}, NOW)
    with store.write() as tx:
        experiments.add_epoch(tx, later)
        add(
            tx,
            {
                (epoch.id, first.id, 1): {"sessions": 4, "n": 2, "runs": 5, "failed": 1, "rated": 2, "cost": 9},
                (epoch.id, first.id, 2): {"sessions": 1, "n": 1, "slow": 1, "rated": 1, "latency_ms": 70},
                (later.id, first.id, 2): {"sessions": 10, "cost": 2**40},
                (later.id, second.id, 1): {"sessions": 3},
            },
        )

    with store.read() as tx:
        found = evidence_sums.by_flow(tx, epoch.experiment_id)

    assert found == {
        first.id: Served(sessions=15, n=3, runs=5, failed=1, slow=1, rated=3, cost=2**40 + 9, latency_ms=70),
        second.id: Served(sessions=3),
    }
    assert all(isinstance(one.cost, int) for one in found.values())


def test_another_experiment_has_its_own_sums(store: Store) -> None:
    owner, (flow,) = seeded(store)
    epoch = open_epoch(store, owner)
    with store.write() as tx:
        add(tx, {(epoch.id, flow.id, 1): {"sessions": 4}})

    with store.read() as tx:
        assert evidence_sums.by_flow(tx, new_id()) == {}
