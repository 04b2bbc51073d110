"""A replay takes every recorded step of an experiment again and finds any figure that does not come out the same."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from app.db import experiments as rows
from app.db import moves as move_rows
from app.domain.errors import ModelMatchError
from app.domain.experiment import Move
from app.domain.replaying import again, differences
from app.services.world import World

# What a step may raise whose stored inputs somebody has spoilt.
SPOILT: Final = (
    ModelMatchError,
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
)


@dataclass(frozen=True, slots=True)
class Replayed:
    """A move and where its replay differs from what was stored; `problems` is empty when it is the same bit for bit."""

    move: Move
    problems: tuple[str, ...]


def replay(world: World, experiment_id: str) -> Iterator[Replayed]:
    """Each move, oldest first. Raises NotFound. Also checks that each begins with the weights the one before left."""
    with world.store.read() as tx:
        rows.get(tx, experiment_id)
        last: Move | None = None
        for move in move_rows.of_experiment(tx, experiment_id):
            problems = _problems(move)
            if last is not None and dict(last.after) != dict(move.before) and not _after_an_end(move):
                problems.append("before: the weights are not those that the move before has left")
            yield Replayed(move, tuple(problems))
            last = move


def _after_an_end(move: Move) -> bool:
    """Whether it opened the experiment again: while that had ended, anybody could change the weights."""
    command = move.inputs.get("command")
    return isinstance(command, Mapping) and command.get("kind") == "reopen"


def _problems(move: Move) -> list[str]:
    """Where it differs. A step that cannot be taken at all differs too."""
    try:
        taken = again(move.inputs)
    except SPOILT as gone:
        return [f"inputs: the step cannot be taken again ({type(gone).__name__}: {gone})"]
    return differences(move.outputs, json.loads(json.dumps(taken)))
