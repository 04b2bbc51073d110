"""A shadow is a flow that answers a part of the inputs of other flows too, unseen; which part is decided by a hash."""

from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from typing import Final
from uuid import UUID

from app.domain.budget import Budget
from app.domain.chance import share
from app.domain.flow import Flow
from app.domain.scoring import RULES, score
from app.domain.session import Session

WHOLE: Final = 10_000
TAG: Final = "shadow"  # of every call that a shadow makes; its value is the flow's id
RATER: Final = "rubric"  # who scores an answer by the use case's rule


def mirrored(salt: str, flow_id: str, session_id: str, part: int) -> bool:
    """Whether the flow answers the inputs of that session: so for `part` of 10 000 sessions, and always the same ones.

    A greater part only adds sessions, as the hash of the session stays where it is.
    """
    return share(f"{salt}\x1f{TAG}\x1f{flow_id}\x1f{session_id}") * WHOLE < part


def session_of(served: Session, flow: Flow, *, moment: datetime) -> Session:
    """The session of the shadow beside the one that is served; the same id for all runs, in whichever process."""
    name = f"{TAG}\x1f{flow.id}\x1f{flow.version}\x1f{served.id}"
    return replace(
        served,
        id=str(UUID(bytes=sha256(name.encode()).digest()[:16], version=5)),
        flow_id=flow.id,
        flow_version=flow.version,
        epoch_id=None,
        propensity=flow.shadow_share,
        assigned_at=moment,
        replaces=None,
        runs=0,
        cost=0,
        latency_ms=0,
        shadow=True,
    )


def scope_value(flow_id: str) -> str:
    """What the budget of a shadow is for: the calls with its tag."""
    return f"{TAG}={flow_id}"


def bounds(budget: Budget, flow_id: str) -> bool:
    """Whether the budget is the shadow's own and, as it stands, stops it: in dollars, by day, active and blocking."""
    return is_own(budget, flow_id) and budget.active and budget.action == "block"


def is_own(budget: Budget, flow_id: str) -> bool:
    """Whether the budget was made for this shadow, whatever has become of it."""
    return is_any(budget) and budget.scope_value == scope_value(flow_id)


def is_any(budget: Budget) -> bool:
    """Whether the budget was made for a shadow: a limit of dollars by day for one value of its tag."""
    tagged = budget.scope == "tag" and (budget.scope_value or "").startswith(f"{TAG}=")
    return tagged and budget.unit == "usd" and budget.period == "day"


def scored(rubric: str, answer: str | None, label: str) -> float | None:
    """1.0 when the answer says what the served one, its label, says under the use case's rule, else 0.0.

    None where no rule can tell: the rubric is not one, or the label does not even match itself (`first_integer` of a
    text without a number). No answer matches no label.
    """
    if rubric not in RULES or not score(label, label, rule=rubric):
        return None
    return 0.0 if answer is None else score(answer, label, rule=rubric)
