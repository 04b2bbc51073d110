"""Inputs of real runs are taken by chance, where the operator has agreed to that."""

import heapq
from collections.abc import Iterable, Iterator
from datetime import timedelta
from hashlib import sha256
from typing import Final

from app.db.run_inputs import real_inputs
from app.db.types import dumps
from app.domain.comparison.comparison import Input
from app.domain.errors import Conflict, Invalid
from app.domain.message import Json
from app.services.comparing.candidates import use_case_of
from app.services.comparing.wanted import Sample
from app.services.world import World

LOOKED_AT: Final = 20_000  # the newest runs; of those the sample is drawn


def sample(world: World, wanted: Sample, *, seed: str) -> tuple[Input, ...]:
    """Different inputs of served runs, the same ones for the same seed and runs; fewer when there are not as many.

    A shadow's runs are left out: they repeat what was served. Raises Conflict (`consent-missing`) unless
    `COMPARE_REAL_INPUTS` is on, NotFound, and Invalid when there is no input at all.
    """
    if not world.policy.compare_real_inputs:
        raise Conflict("COMPARE_REAL_INPUTS is off: inputs of users are not used", code="consent-missing")
    since = world.now() - timedelta(days=wanted.days)
    with world.store.read() as tx:
        use_case = use_case_of(tx, wanted.use_case, field="sample.use_case")
        found = real_inputs(tx, use_case.id, since, limit=LOOKED_AT)
        drawn = heapq.nsmallest(wanted.count, _different(found, seed), key=lambda one: one[0])
    if not drawn:
        raise Invalid("no run of that time has kept its inputs", field="sample")
    return tuple(Input(number, values) for number, (_, values) in enumerate(drawn))


def _different(found: Iterable[Json], seed: str) -> Iterator[tuple[bytes, Json]]:
    """Each input once, with the hash by which it is drawn."""
    seen: set[bytes] = set()
    for values in found:
        drawn = sha256(f"{seed}\x1fsample\x1f{dumps(values)}".encode()).digest()
        if drawn not in seen:
            seen.add(drawn)
            yield drawn, values
