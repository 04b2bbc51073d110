"""Steps are stored as JSON and come back as the same steps."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from app.domain.flow import Choice, Params, Step

Stored = Mapping[str, Any]  # JSON that we wrote ourselves


def steps_from(stored: object) -> tuple[Step, ...]:
    """The steps that were stored."""
    return tuple(_step(step) for step in cast(Sequence[Stored], stored))


def _step(stored: Stored) -> Step:
    choice, params = stored["choice"], stored["params"]
    fields: Stored = {
        **stored,
        "choice": Choice(**{**choice, "models": tuple(choice["models"]), "weights": tuple(choice.get("weights", ()))}),
        "params": Params(**{**params, "stop": tuple(params["stop"])}),
    }
    return Step(**fields)
