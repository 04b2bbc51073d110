"""Steps are stored as JSON and come back as the same steps."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from app.domain.auto import Auto, Council, Escalation
from app.domain.flow import Choice, Params, Step

Stored = Mapping[str, Any]  # JSON that we wrote ourselves


def steps_from(stored: object) -> tuple[Step, ...]:
    """The steps that were stored."""
    return tuple(_step(step) for step in cast(Sequence[Stored], stored))


def _step(stored: Stored) -> Step:
    choice, params = stored["choice"], stored["params"]
    fields: Stored = {
        **stored,
        "choice": _choice(choice),
        "params": Params(**{**params, "stop": tuple(params["stop"])}),
    }
    return Step(**fields)


def _choice(stored: Stored) -> Choice:
    given = {**stored, "models": tuple(stored["models"]), "weights": tuple(stored.get("weights", ()))}
    auto = stored.get("auto")
    return Choice(**{**given, "auto": None if auto is None else auto_from(auto)})


def auto_from(stored: Stored) -> Auto:
    """The wish that was stored."""
    escalation, council = stored.get("escalation"), stored.get("council")
    several = {name: tuple(stored.get(name, ())) for name in ("among", "excluded", "capabilities", "triggers")}
    return Auto(
        **{
            **stored,
            **several,
            "escalation": None if escalation is None else Escalation(**escalation),
            "council": None if council is None else Council(**council),
        }
    )
