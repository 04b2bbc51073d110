"""What the allocator is shown: the stored evidence of each epoch, by flow, as totals."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from app.db.evidence import Earned
from app.db.evidence import Evidence as Row
from app.domain import allocation_json
from app.domain.allocation import Observation, Plan
from app.domain.errors import Conflict
from app.domain.evidence import Evidence, Kind, empty
from app.domain.experiment import Epoch, Experiment


def observation(
    experiment: Experiment, plan: Plan, *, epochs: Sequence[Epoch], rows: Iterable[Row], moment: datetime
) -> Observation:
    """All evidence by epoch number, each in the order of the plan's flows; the tick is counted from the start."""
    numbers = {epoch.id: epoch.number for epoch in epochs}
    ids = flow_ids(experiment)
    places = {ids[code]: place for place, code in enumerate(plan.flows)}
    guarded = any(rule.guarded for rule in plan.escape.values())
    seen: dict[int, list[Evidence]] = defaultdict(lambda: [empty(plan.scale)] * len(plan.flows))
    for row in rows:
        if row.flow_id in places:
            by_flow = seen[numbers[row.epoch_id]]
            by_flow[places[row.flow_id]] = by_flow[places[row.flow_id]].plus(
                _evidence(row, plan.scale.kind, guarded=guarded)
            )
    tick_s = float(str(experiment.config["tick_s"]))
    tick = int((moment - experiment.started_at).total_seconds() / tick_s)
    return Observation(tick=max(tick, 0), evidence={number: tuple(each) for number, each in sorted(seen.items())})


def flow_ids(experiment: Experiment) -> Mapping[str, str]:
    """Flow id by the code that the flow had when the experiment began, under which its plan and reasons know it."""
    ids = experiment.config["flow_ids"]
    return {str(code): str(flow_id) for code, flow_id in ids.items()} if isinstance(ids, Mapping) else {}


def plan_of(experiment: Experiment) -> Plan:
    """The plan the experiment began with. Raises Conflict when the stored one cannot be read."""
    stored = experiment.config.get("plan")
    if not isinstance(stored, Mapping):
        raise Conflict("the experiment has no plan", code="experiment-broken")
    return allocation_json.plan_from_json(stored)


def _evidence(row: Row, kind: Kind, *, guarded: bool) -> Evidence:
    served = (row.runs, row.failed, row.slow, *row.costs) if guarded else ()
    return Evidence(row.sessions, row.n, row.sum, row.sum_sq, cells(row, kind), served)


def cells(row: Earned, kind: Kind) -> tuple[int, ...]:
    """The five stored cells as the scale has them: all for ratings, the two halves for binary, none for decimals."""
    match kind:
        case "rating":
            return row.cells
        case "binary":
            return (row.cells[0] + row.cells[1], row.cells[2] + row.cells[3] + row.cells[4])
        case "decimal":
            return ()
