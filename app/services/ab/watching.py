"""With each beat a running A/B test is looked at: what it has proven stays, what is wrong is told, and it may end."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Final

from app.db import events as event_rows
from app.db import experiments as rows
from app.db.uow import Tx
from app.domain.ab import planned
from app.domain.ab.design import Design
from app.domain.ab.readout import Least, TestReadout
from app.domain.ab.sums import ArmSums
from app.domain.errors import Conflict
from app.domain.experiment import Experiment
from app.domain.experiment_event import Kind
from app.domain.statistics.split import THRESHOLD
from app.services import ending, experiment_events
from app.services.ab import past
from app.services.ab.designs import design_of
from app.services.ab.readout import Looked, looked_of, read_in
from app.services.editing import edit
from app.services.world import World

PAUSE: Final = timedelta(days=1)  # between two warnings
SURE: Final = 1e-5  # looks are many: what they find by chance must stay rare over all of them


def watch(world: World, experiment: Experiment) -> Iterator[str]:
    """What was done, a line each. Twice, late or in two places: same result."""
    design = design_of(experiment)
    found = past.look(world, experiment, design)
    if found:
        yield f"looked up what {found} units did before {design.name}"
    try:
        with world.store.write() as tx:
            lines, due = _look(tx, world, experiment.id, design)
        yield from lines
        if due:
            yield from edit(world, lambda tx: _end(tx, world, experiment.id, design))
    except Conflict:
        return  # somebody changed it meanwhile: the next beat looks again


def _look(tx: Tx, world: World, experiment_id: str, design: Design) -> tuple[list[str], bool]:
    """What was done, and whether the test must end: that is an edit of its own, which others hear of."""
    experiment = rows.held(tx, experiment_id)
    if experiment.status != "running":
        return [], False
    before = looked_of(experiment)
    found = read_in(tx, world, experiment, design)
    known = found.readout
    after = Looked(_least(known), before.at_plan if before.at_plan is not None else _fulfilled(design, found.sums))
    if after != before:
        rows.update_state(tx, experiment, replace(experiment, state=after.to_json()))
    if after.at_plan is not None and before.at_plan is None:
        experiment_events.record(tx, world, experiment, "planned", "the planned number of values is reached", {})
    return list(_warn(tx, world, experiment, known)), _is_due(world, experiment, design, known)


def _least(known: TestReadout) -> dict[str, Least]:
    """Of the primary metric, by treatment. Without trust in the split nothing is proven."""
    found = {one.arm: Least(one.now.running_p, one.now.running_diff) for one in known.metrics[0].against_control}
    return found if known.trusted else {}


def _fulfilled(design: Design, sums: Mapping[str, ArmSums]) -> dict[str, ArmSums] | None:
    whole = {arm.name: sums.get(arm.name, ArmSums()) for arm in design.arms}
    return whole if planned.reached(design, whole) else None


def _warn(tx: Tx, world: World, experiment: Experiment, known: TestReadout) -> Iterator[str]:
    response = known.unequal_response
    lost = known.split_now.p_value < THRESHOLD or (known.split.srm and known.split.p_value < SURE)
    serious = lost or (response is not None and response.p_value < SURE)
    if not serious or not known.warnings:
        return
    last = event_rows.last_of(tx, experiment.id, "experiment.warning")
    if last is not None and world.now() - last.at < PAUSE:
        return
    experiment_events.record(tx, world, experiment, "warning", known.warnings[0], {"trusted": known.trusted})
    yield f"warned of {known.design.name}"


def _is_due(world: World, experiment: Experiment, design: Design, known: TestReadout) -> bool:
    """By what holds at every look, or by its longest duration; an A/A test only by the latter."""
    return _is_over(world, experiment, design) or _is_decided(design, known)


def _is_over(world: World, experiment: Experiment, design: Design) -> bool:
    return design.max_days is not None and world.now() - experiment.started_at >= timedelta(days=design.max_days)


def _is_decided(design: Design, known: TestReadout) -> bool:
    return design.auto_stop and not design.same and known.decided


def _end(tx: Tx, world: World, experiment_id: str, design: Design) -> list[str]:
    experiment = rows.held(tx, experiment_id)
    if experiment.status != "running":
        return []
    known = read_in(tx, world, experiment, design, over=_is_over(world, experiment, design)).readout
    if not _is_due(world, experiment, design, known):
        return []
    outcome = _outcome(known)
    arm = None if known.best is None else design.arm(known.best)
    after = replace(
        experiment,
        phase="completed",
        outcome=outcome,
        decided_by="rule",
        winner_flow_id=None if arm is None else arm.flow_id,
    )
    rows.update_state(tx, experiment, after)
    decided = _is_decided(design, known)
    why = known.recommendation if decided else f"its longest duration is over. {known.recommendation}"
    data = {"actor": "rule", "outcome": outcome, "arm": known.best, "flow": None if arm is None else arm.flow}
    experiment_events.record(tx, world, after, outcome, why, data)
    ending.end(tx, world, after, why, told=True)
    return [f"ended {design.name}: {outcome}"]


def _outcome(known: TestReadout) -> Kind:
    """`completed`: an arm is proven better or all others worse; `equivalent`: nothing that matters between them."""
    if known.best is None:
        return "inconclusive"
    words = {verdict.word for verdict in known.verdicts}
    return "completed" if "win" in words or words == {"lose"} else "equivalent"
