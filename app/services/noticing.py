"""What a person should know of a running experiment before trusting its verdict is told once a day, as an event."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from app.db import events as event_rows
from app.db import evidence_sums
from app.db.evidence_sums import Served
from app.domain.experiment import Experiment
from app.domain.response_rates import UnequalResponse, unequal_response
from app.services import experiment_events
from app.services.observing import flow_ids, plan_of
from app.services.world import World

PAUSE: Final = timedelta(days=1)
TELLING: Final = 1e-5  # looks are many: what they find by chance must stay rare over all of them


def notice(world: World, experiment: Experiment) -> Iterator[str]:
    """Records that feedback comes at different rates from different flows, unless that was told within a day."""
    with world.store.read() as tx:
        found = _unequal(evidence_sums.by_flow(tx, experiment.id), experiment)
        if found is None or found.p_value >= TELLING:
            return
        last = event_rows.last_of(tx, experiment.id, "experiment.warning")
    if last is not None and world.now() - last.at < PAUSE:
        return
    with world.store.write() as tx:
        experiment_events.record(tx, world, experiment, "warning", found.sentence, {"rates": dict(found.rates)})
    yield f"warned of {experiment.use_case_id}: feedback comes at different rates"


def _unequal(sums: dict[str, Served], experiment: Experiment) -> UnequalResponse | None:
    ids, flows = flow_ids(experiment), plan_of(experiment).flows
    served = [sums.get(ids[code], Served()) for code in flows]
    return unequal_response(flows, sessions=[one.sessions for one in served], rated=[one.rated for one in served])
