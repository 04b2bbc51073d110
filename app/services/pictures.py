"""Pictures of stored flows, and of runs as they stand now."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from app.db import flows as flow_rows
from app.db import use_cases as use_case_rows
from app.domain.errors import Invalid
from app.domain.flow import Flow, Step
from app.domain.flow_label import LIVE
from app.domain.picture.picture import Picture, Sight, picture_of
from app.domain.run_step import RunStep
from app.domain.use_case import UseCase
from app.services import runs, versions
from app.services.runs import RunRead
from app.services.world import World


@dataclass(frozen=True, slots=True)
class RunPicture:
    """A run with its picture, and what it is a run of."""

    picture: Picture
    read: RunRead
    use_case: UseCase
    flow: Flow


def of_flow(world: World, use_case: str, flow: str, *, version: str = LIVE, run: str | None = None) -> Picture:
    """The flow at the version of that number or label; with a `run`, that run at the version that it walked.

    Raises NotFound, Invalid for a run of another flow.
    """
    if run is not None:
        found = of_run(world, run)
        if (found.use_case.code, found.flow.code) != (use_case, flow):
            raise Invalid("this run is one of another flow", field="run")
        return found.picture
    at = versions.get(world, use_case, flow, version)
    return picture_of(f"{use_case}/{flow}, version {at.version}", at.steps)


def of_run(world: World, run_id: str) -> RunPicture:
    """How each step of the run stands now. Raises NotFound."""
    read = runs.get(world, run_id)
    run = read.run
    with world.store.read() as tx:
        flow = flow_rows.get(tx, run.flow_id)
        use_case = use_case_rows.get(tx, run.use_case_id)
        steps = flow_rows.version_of(tx, run.flow_id, run.flow_version).steps
    title = f"Run of {use_case.code}/{flow.code}, version {run.flow_version}: {run.status}"
    return RunPicture(picture_of(title, _walked(steps, run.step), sights=_sights(read.steps)), read, use_case, flow)


def _walked(steps: tuple[Step, ...], only: str | None) -> tuple[Step, ...]:
    """All steps, or the one that alone was asked."""
    if only is None:
        return steps
    return tuple(replace(step, after=None, on_error=type(step.on_error)()) for step in steps if step.code == only)


def _sights(steps: list[RunStep]) -> Mapping[str, Sight]:
    return {
        step.step: Sight(
            state=step.state,
            latency_ms=step.latency_ms if step.ended_at is not None else None,
            cost=step.cost,
            tries=step.tries,
            rounds=step.rounds,
            items=step.items,
            error=step.error,
        )
        for step in steps
    }
