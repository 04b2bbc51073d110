"""The terms of an experiment, read from its configuration once: what is frozen at the start is parsed no more."""

from collections import OrderedDict
from collections.abc import Mapping
from threading import Lock
from typing import Any, Final

from app.domain.experiment import Experiment
from app.domain.rollout import FlowLimits, Metric, Objective, Terms

KEPT: Final = 1_000
_known: OrderedDict[str, Terms] = OrderedDict()
_lock: Final = Lock()


def terms_of(experiment: Experiment) -> Terms:
    """The terms of a running experiment; those of one that says nothing are the defaults."""
    with _lock:
        known = _known.get(experiment.id)
        if known is None:
            known = _known[experiment.id] = terms_from(experiment.config)
            if len(_known) > KEPT:
                _known.popitem(last=False)
        return known


def terms_from(config: Mapping[str, Any]) -> Terms:
    """The terms that a configuration states (see `terms_to`)."""
    stated = config.get("terms")
    if stated is None:
        return Terms()
    return Terms(
        metric=Metric(**stated["metric"]),
        objective=Objective(**stated["objective"]),
        on_escape=stated["on_escape"],
        limits={flow_id: FlowLimits(**limits) for flow_id, limits in stated["limits"].items()},
    )
