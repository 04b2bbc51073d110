"""The newest of a history comes first, as much as is asked for, and without what weighs."""

from datetime import timedelta

from app.db import experiments, histories, moves
from app.db.uow import Store
from app.domain.experiment import Epoch, Move
from app.services.ids import new_id
from tests.db.makers import NOW, open_epoch, seeded


def test_the_last_epochs_come_newest_first_and_no_more_than_asked(store: Store) -> None:
    owner, _ = seeded(store)
    first = open_epoch(store, owner)
    with store.write() as tx:
        for number in range(1, 6):
            later = NOW + timedelta(minutes=number)
            experiments.add_epoch(tx, Epoch(new_id(), owner.id, first.experiment_id, number, {"f": number}, later))

    with store.read() as tx:
        found = histories.newest_epochs(tx, first.experiment_id, limit=3)
        every = histories.newest_epochs(tx, first.experiment_id, limit=100)

    assert [(epoch.number, epoch.weights) for epoch in found] == [(5, {"f": 5}), (4, {"f": 4}), (3, {"f": 3})]
    assert every[-1] == first


def test_the_last_moves_come_newest_first_without_their_inputs(store: Store) -> None:
    owner, _ = seeded(store)
    experiment_id = open_epoch(store, owner).experiment_id

    def move(number: int, of: str | None) -> Move:
        at = NOW + timedelta(minutes=number)
        heavy = {"much": [number]}
        return Move(
            new_id(), at, owner.id, of, {"f": 0}, {"f": number}, "adaptive", "because", "allocator", heavy, heavy
        )

    with store.write() as tx:
        for number in range(4):
            moves.add(tx, move(number, experiment_id))
        moves.add(tx, move(9, None))

    with store.read() as tx:
        found = histories.newest_moves(tx, owner.id, experiment_id, limit=2)

    assert [(one.after, one.reason, one.inputs, one.outputs) for one in found] == [
        ({"f": 3}, "because", {}, {}),
        ({"f": 2}, "because", {}, {}),
    ]
