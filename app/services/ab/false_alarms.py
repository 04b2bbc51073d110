"""What an A/A test has shown: how often identical arms would have seemed to differ on the traffic that came."""

from hashlib import sha256
from typing import Final

from app.db import ab_sums
from app.db import experiments as rows
from app.domain.ab.false_positives import FalsePositives, false_positives
from app.domain.ab.metric import UNIT
from app.domain.errors import Conflict
from app.domain.weights import TOTAL
from app.services.ab.designs import design_of
from app.services.world import World

MOST: Final = 20_000  # units, the newest


def of(world: World, experiment_id: str) -> FalsePositives | None:
    """The rates seen, None while there are too few values.

    Raises NotFound, Conflict (`not-an-aa-test`) for a test whose arms differ: what it finds may well be true.
    """
    with world.store.read() as tx:
        experiment = rows.get(tx, experiment_id)
        if experiment.policy != "fixed" or not design_of(experiment).same:
            raise Conflict("only arms that are one flow tell false alarms from true ones", code="not-an-aa-test")
        design = design_of(experiment)
        counted = ab_sums.values(tx, experiment_id, design.metric.name, limit=MOST)
    found = [design.metric.value(count=one.count, total=one.total) for one in counted]
    return false_positives(
        [value / UNIT for value in found if value is not None],
        alpha=design.goal.alpha,
        share=design.weights[design.control] / TOTAL,
        planned=max(1, design.required.values),
        seed=int.from_bytes(sha256(experiment_id.encode()).digest()[:8]),
    )
