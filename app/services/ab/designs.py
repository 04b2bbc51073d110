"""The design of an A/B test, of a started one read from its configuration once: what is frozen is parsed no more."""

from collections import OrderedDict
from threading import Lock
from typing import Final

from app.db.frozen_json import codec
from app.domain.ab.design import Design
from app.domain.errors import Conflict
from app.domain.experiment import Experiment
from app.domain.message import Json

KEPT: Final = 1_000
_known: OrderedDict[tuple[str, int], Design] = OrderedDict()
_lock: Final = Lock()


def design_of(experiment: Experiment) -> Design:
    """The design. Raises Conflict (`experiment-broken`) when there is none that can be read."""
    if experiment.status == "draft":  # may be written anew
        return _read(experiment)
    key = (experiment.id, _edition(experiment))
    with _lock:
        known = _known.get(key)
        if known is not None:
            _known.move_to_end(key)
            return known
    found = _read(experiment)
    with _lock:
        _known[key] = found
        if len(_known) > KEPT:
            _known.popitem(last=False)
    return found


def to_json(design: Design) -> Json:
    """The design as it stands in a configuration."""
    encoded: Json = codec(Design).encode(design)
    return encoded


def epoch_of(experiment: Experiment) -> str | None:
    """The epoch for which sessions of the test count; None before it was started."""
    found = experiment.config.get("epoch_id")
    return found if isinstance(found, str) else None


def _edition(experiment: Experiment) -> int:
    """Counts how often what may change while the test runs has changed."""
    found = experiment.config.get("edition")
    return found if isinstance(found, int) else 0


def _read(experiment: Experiment) -> Design:
    try:
        found: Design = codec(Design).decode(experiment.config["design"])
    except (KeyError, TypeError, ValueError) as error:
        raise Conflict("the experiment has no design", code="experiment-broken") from error
    return found
