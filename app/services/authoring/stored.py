"""What stands in the store of all that files can say, as it was at one moment."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeVar
from uuid import UUID

from app.db import budgets, experiments, flows, tasks, use_cases, webhooks
from app.db.uow import Tx
from app.domain.budget import Budget
from app.domain.experiment import Experiment
from app.domain.flow import Flow
from app.domain.use_case import UseCase
from app.domain.webhook import Webhook
from app.services.world import World

T = TypeVar("T")
PAGE: Final = 200


@dataclass(frozen=True, slots=True)
class Stored:
    """Use cases by code; flows and experiments by use case id, flows by code and experiments newest first.

    `budgets` are those that people made, `kept` the names of the others; `webhooks` are the oldest first.
    """

    use_cases: Mapping[str, UseCase]
    flows: Mapping[str, tuple[Flow, ...]]
    experiments: Mapping[str, tuple[Experiment, ...]]
    tasks: Mapping[str, str]
    budgets: tuple[Budget, ...]
    kept: frozenset[str]
    webhooks: tuple[Webhook, ...]

    def rollout_runs(self, use_case: UseCase) -> bool:
        """Whether a rollout owns the use case's weights now."""
        own = self.experiments.get(use_case.id, ())
        return any(each.policy == "progressive" and each.status == "running" for each in own)

    def code_of(self, use_case_id: str | None) -> str | None:
        """The code of the use case, None of none."""
        return next((code for code, use_case in self.use_cases.items() if use_case.id == use_case_id), None)


def stored(world: World) -> Stored:
    """Everything, read at one moment."""
    with world.store.read() as tx:
        every = use_cases.all_of(tx)
        known = budgets.all_of(tx)
        own = tuple(sorted((each for each in known if _by_people(each)), key=lambda each: each.name))
        return Stored(
            use_cases={use_case.code: use_case for use_case in every},
            flows=_grouped(flows.all_of(tx), lambda flow: flow.use_case_id),
            experiments=_grouped(_experiments(tx), lambda experiment: experiment.use_case_id),
            tasks=tasks.all_of(tx),
            budgets=own,
            kept=frozenset(each.name for each in known) - {each.name for each in own},
            webhooks=_webhooks(tx),
        )


def _by_people(budget: Budget) -> bool:
    """Not the environment's, and not one that a shadow, a comparison or a batch keeps for calls with its own id."""
    if budget.source == "environment" or budget.scope == "experiment":
        return False
    return budget.scope != "tag" or not _is_id((budget.scope_value or "").partition("=")[2])


def _is_id(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False


def _experiments(tx: Tx) -> list[Experiment]:
    found, cursor = experiments.page(tx, use_case_id=None, status=None, policy=None, cursor=None, limit=PAGE)
    while cursor is not None:
        more, cursor = experiments.page(tx, use_case_id=None, status=None, policy=None, cursor=cursor, limit=PAGE)
        found += more
    return found


def _webhooks(tx: Tx) -> tuple[Webhook, ...]:
    found, cursor = webhooks.page(tx, limit=PAGE)
    while cursor is not None:
        more, cursor = webhooks.page(tx, cursor=cursor, limit=PAGE)
        found += more
    return tuple(reversed(found))


def _grouped(found: list[T], owner: Callable[[T], str]) -> dict[str, tuple[T, ...]]:
    groups: dict[str, list[T]] = {}
    for each in found:
        groups.setdefault(owner(each), []).append(each)
    return {key: tuple(group) for key, group in groups.items()}
