"""A tester forces a flow: instead of drawing one, their session is given the flow and version that they name."""

from dataclasses import dataclass

from app.domain.errors import Invalid
from app.domain.flow_label import LIVE


@dataclass(frozen=True, slots=True)
class Force:
    """The flow by code, at a version by number or at the one where a label stands; `live` unless said otherwise."""

    flow: str
    version: int | None = None
    label: str = LIVE


def forced(flow: str | None, version: int | None, label: str | None) -> Force | None:
    """What is forced, None for nothing. Raises Invalid for a version without a flow, or by number and label at once."""
    if flow is None:
        if version is not None or label is not None:
            raise Invalid("a version is one of a flow: name the flow too", field="flow")
        return None
    if version is not None and label is not None:
        raise Invalid("a version is named by its number or by a label, not by both", field="label")
    return Force(flow, version, label or LIVE)
