"""What is wanted of a rollout survives JSON: a draft is stored as its author wrote it."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from app.domain.errors import Conflict
from app.domain.experiment import Experiment
from app.domain.rollout import Metric, Objective, Terms
from app.services.rollouts import Wanted, WantedRule, WantedWarmup


def wanted_to_json(wanted: Wanted) -> dict[str, object]:
    """As plain values."""
    return asdict(wanted)


def wanted_from_json(plain: Mapping[str, Any]) -> Wanted:
    """What `wanted_to_json` wrote. Any: decoded JSON, put into typed fields here."""
    warmup = plain["warmup"]
    return Wanted(
        **{
            **plain,
            "metric": Metric(**plain["metric"]),
            "objective": Objective(**plain["objective"]),
            "warmup": None if warmup is None else WantedWarmup(**warmup),
            "escape": {code: WantedRule(**rule) for code, rule in plain["escape"].items()},
        }
    )


def wanted_of(experiment: Experiment) -> Wanted:
    """What the author of the experiment wanted. Raises Conflict when the stored one cannot be read."""
    stored = experiment.config.get("wanted")
    if not isinstance(stored, Mapping):
        raise Conflict("the experiment does not say what was wanted", code="experiment-broken")
    return wanted_from_json(stored)


def terms_to_json(terms: Terms) -> dict[str, object]:
    """As plain values; `services.terms` reads them."""
    return asdict(terms)
