"""Steps and limits of runs are stored as JSON and come back as they were."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from app.domain.auto import Auto, Council, Escalation
from app.domain.flow import Choice, Each, Hook, OnError, Params, Repeat, RunLimits, Step

Stored = Mapping[str, Any]  # JSON that we wrote ourselves


def steps_from(stored: object) -> tuple[Step, ...]:
    """The steps that were stored."""
    return tuple(_step(step) for step in cast(Sequence[Stored], stored))


def _step(stored: Stored) -> Step:
    choice, params = stored["choice"], stored["params"]
    after, each, repeat = stored.get("after"), stored.get("each"), stored.get("repeat")
    fields: Stored = {
        **stored,
        "choice": _choice(choice),
        "params": Params(**{**params, "stop": tuple(params["stop"])}),
        "after": None if after is None else tuple(after),
        "on_error": OnError(**stored.get("on_error", {})),
        "each": None if each is None else Each(**each),
        "repeat": None if repeat is None else Repeat(**repeat),
        "hooks": tuple(Hook(**hook) for hook in stored.get("hooks", ())),
    }
    return Step(**fields)


def limits_from(stored: object) -> RunLimits:
    """The limits that were stored; none where nothing was."""
    return RunLimits() if stored is None else RunLimits(**cast(Stored, stored))


def limits_row(limits: RunLimits) -> RunLimits | None:
    """What is stored: nothing where nothing is bounded."""
    return None if limits == RunLimits() else limits


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
