"""Who asks a model: tasks that are given to it, users and teams who prefer it, and flows that name it."""

from dataclasses import dataclass

from app.services import tasks
from app.services.world import World


@dataclass(frozen=True, slots=True)
class Uses:
    """`tasks` by name, how many `preferences`, and `flows` as `use-case/flow`, inactive ones too."""

    tasks: tuple[str, ...]
    preferences: int
    flows: tuple[str, ...]


def uses(world: World, slug: str) -> Uses:
    """Who asks the model. Raises UnknownModel."""
    model = world.catalogue.get(slug)
    snapshot = world.snapshots.current
    names = {model.slug, *model.aliases}
    flows = [
        f"{snapshot.use_cases_by_id[owner].code}/{flow.code}"
        for owner, several in snapshot.flows.items()
        for flow in several
        if any(names.intersection(step.choice.models) for step in flow.steps)
    ]
    return Uses(
        tuple(assignment.task for assignment in tasks.assignments(world) if assignment.model == model.slug),
        sum(preferred == model.slug for preferred in snapshot.preferences.values()),
        tuple(sorted(flows)),
    )
