"""Who learns: a use case, a task, or all direct questions together."""

from app.domain.errors import Invalid
from app.domain.route import learner_of
from app.services import traffic
from app.services.world import World


def named(world: World, *, use_case: str | None = None, task: str | None = None) -> str:
    """The learner of the use case of that code, else of that task, else of direct questions.

    Raises NotFound for an unknown use case, Invalid when both are named.
    """
    if use_case is not None and task is not None:
        raise Invalid("a use case or a task is expected, not both", field="task")
    use_case_id = None if use_case is None else traffic.known_use_case(world, use_case).id
    return learner_of(use_case_id=use_case_id, task=task)
