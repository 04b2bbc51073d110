"""What is wanted of an A/B test survives JSON: a draft is stored as its author wrote it."""

from app.db.frozen_json import codec
from app.domain.errors import Conflict
from app.domain.experiment import Experiment
from app.domain.message import Json
from app.services.ab.wanted import WantedTest


def wanted_to_json(wanted: WantedTest) -> Json:
    """As plain values."""
    encoded: Json = codec(WantedTest).encode(wanted)
    return encoded


def wanted_of(experiment: Experiment) -> WantedTest:
    """What the author of the A/B test wanted. Raises Conflict (`experiment-broken`) when that cannot be read."""
    try:
        found: WantedTest = codec(WantedTest).decode(experiment.config["wanted"])
    except (KeyError, TypeError, ValueError) as error:
        raise Conflict("the experiment does not say what was wanted", code="experiment-broken") from error
    return found
