"""All that is stored of an experiment says the same thing: moves, epochs, weights, evidence, events."""

from collections import Counter
from dataclasses import dataclass

from app.db import events as event_rows
from app.db import evidence as evidence_rows
from app.db import experiments as rows
from app.db import flows as flow_rows
from app.db import moves as move_rows
from app.db import use_cases as use_case_rows
from app.domain.experiment import Epoch, Experiment, Move
from app.services import feedback, replays
from app.services.world import World
from tests.services.made import CODE

Place = tuple[str, str]  # epoch id and flow id


@dataclass(frozen=True, slots=True)
class Recorded:
    """What the store holds at one moment. `evidence`: opinions that count, by epoch and flow."""

    experiment: Experiment
    moves: tuple[Move, ...]
    epochs: tuple[Epoch, ...]
    weights: dict[str, int]
    epoch_id: str | None
    evidence: Counter[Place]
    rewards: Counter[Place]
    events: tuple[str, ...]


def recorded(world: World, experiment_id: str) -> Recorded:
    """Read in one look."""
    with world.store.read() as tx:
        experiment = rows.get(tx, experiment_id)
        earned = evidence_rows.of_experiment(tx, experiment_id)
        return Recorded(
            experiment=experiment,
            moves=tuple(move_rows.of_experiment(tx, experiment_id)),
            epochs=tuple(rows.epochs_of(tx, experiment_id)),
            weights={flow.id: flow.weight for flow in flow_rows.of_use_case(tx, experiment.use_case_id)},
            epoch_id=use_case_rows.get(tx, experiment.use_case_id).epoch_id,
            evidence=Counter({(row.epoch_id, row.flow_id): row.n for row in earned if row.n}),
            rewards=Counter({(row.epoch_id, row.flow_id): row.sum for row in earned if row.sum}),
            events=tuple(event.what for event in event_rows.after(tx, experiment_id, None, limit=10_000)),
        )


def agree(world: World, experiment_id: str) -> Recorded:
    """What is recorded, once it has been found to agree; nobody may write meanwhile."""
    known = recorded(world, experiment_id)
    _moves(known)
    _epochs(known)
    _evidence(world, known)
    assert [one.problems for one in replays.replay(world, experiment_id)] == [()] * len(known.moves)
    return known


def _moves(known: Recorded) -> None:
    """Each begins where the one before has ended, and the last is what traffic is shared by."""
    assert sum(known.weights.values()) == 10_000
    starts = [known.epochs[0].weights, *(move.after for move in known.moves)]
    assert [move.before for move in known.moves] == starts[:-1]
    assert known.weights == starts[-1]
    assert len({move.id for move in known.moves}) == len(known.moves)
    changed = [move for move in known.moves if move.before != move.after]
    assert known.events.count("moved") == len(changed)


def _epochs(known: Recorded) -> None:
    """Numbered without gaps; while it runs the last alone is open, and afterwards none is."""
    assert [epoch.number for epoch in known.epochs] == list(range(len(known.epochs)))
    assert [epoch.ended_at is None for epoch in known.epochs[:-1]] == [False] * (len(known.epochs) - 1)
    last, running = known.epochs[-1], known.experiment.status == "running"
    assert (last.ended_at is None) == running
    assert known.epoch_id == (last.id if running else None)
    assert last.weights == known.weights


def _evidence(world: World, known: Recorded) -> None:
    """The sums are those of the opinions that stand."""
    count, rewards, own = Counter[Place](), Counter[Place](), {epoch.id for epoch in known.epochs}
    cursor: str | None = None
    while True:
        page, cursor = feedback.page(world, CODE, cursor=cursor, limit=200)
        for opinion in page:
            if opinion.counted is not None and opinion.epoch_id in own:
                count[opinion.epoch_id, opinion.flow_id] += 1
                rewards[opinion.epoch_id, opinion.flow_id] += round(opinion.counted * 1_000_000)
        if cursor is None:
            break
    assert known.evidence == count
    assert known.rewards == rewards
