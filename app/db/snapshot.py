"""The snapshot is all configuration as it stood at one revision, small enough to be held in memory whole."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from app.db import budgets, experiments, flow_labels, flows, keys, preferences, prices, tasks, use_cases
from app.db.uow import Tx, revision
from app.domain.access import ApiKey
from app.domain.budget import Budget
from app.domain.experiment import Experiment
from app.domain.flow import Flow
from app.domain.model import Price
from app.domain.use_case import UseCase


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Snapshot:
    """Everything serving needs to know.

    `use_cases` by code, `use_cases_by_id` by id; `flows` by use case id, each at its current version, by code, also
    inactive ones, and an empty tuple for a use case without flows; `tasks` model slug by task name; `experiments` the
    running rollout, `tests` the running A/B tests, oldest first, by use case id; `keys` by digest, also revoked and
    expired ones; `prices` those set here
    by model slug, ascending by day; `budgets` all, also inactive ones; `preferences` model slug by task, kind and who.
    `labels` version by label by flow id, without `live`, which is the version of the flow itself.
    """

    revision: int
    use_cases: Mapping[str, UseCase]
    use_cases_by_id: Mapping[str, UseCase]
    flows: Mapping[str, tuple[Flow, ...]]
    tasks: Mapping[str, str]
    experiments: Mapping[str, Experiment]
    keys: Mapping[str, ApiKey]
    prices: Mapping[str, tuple[Price, ...]] = field(default_factory=dict)
    budgets: tuple[Budget, ...] = ()
    tests: Mapping[str, tuple[Experiment, ...]] = field(default_factory=dict)
    preferences: Mapping[tuple[str, str, str], str] = field(default_factory=dict)
    labels: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


def load(tx: Tx) -> Snapshot:
    """The snapshot that this connection sees."""
    number = revision(tx)  # read first: what is written meanwhile makes this snapshot look old, never new
    every = use_cases.all_of(tx)
    by_use_case: dict[str, list[Flow]] = defaultdict(list)
    for flow in flows.all_of(tx):
        by_use_case[flow.use_case_id].append(flow)
    running = experiments.all_running(tx)
    tests: dict[str, list[Experiment]] = defaultdict(list)
    for experiment in running:
        if experiment.policy == "fixed":
            tests[experiment.use_case_id].append(experiment)
    return Snapshot(
        revision=number,
        use_cases={use_case.code: use_case for use_case in every},
        use_cases_by_id={use_case.id: use_case for use_case in every},
        flows={use_case.id: tuple(by_use_case[use_case.id]) for use_case in every},
        tasks=tasks.all_of(tx),
        experiments={rollout.use_case_id: rollout for rollout in running if rollout.policy == "progressive"},
        keys={key.digest: key for key in keys.all_of(tx)},
        prices=prices.all_of(tx),
        budgets=tuple(budgets.all_of(tx)),
        tests={owner: tuple(own) for owner, own in tests.items()},
        preferences=preferences.all_of(tx),
        labels=flow_labels.all_of(tx),
    )
