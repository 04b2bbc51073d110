"""An experiment is a period in which one use case's weights are owned by a policy; each change of weights is a move."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from app.domain.message import Json

Policy = Literal["fixed", "progressive"]
Status = Literal["draft", "running", "ended"]
Decider = Literal["rule", "operator"]


@dataclass(frozen=True, slots=True)
class Experiment:
    """One period of a use case. `state` is the allocator's own JSON; `outcome` is None until something was decided.

    `started_at` of a draft is when it was written. `decided_by` says who brought the outcome about.
    """

    id: str
    use_case_id: str
    policy: Policy
    status: Status
    phase: str
    config: Json
    state: Json
    outcome: str | None
    winner_flow_id: str | None
    started_at: datetime
    ended_at: datetime | None
    paused_at: datetime | None = None
    decided_by: Decider | None = None


@dataclass(frozen=True, slots=True)
class Epoch:
    """A period of constant weights; feedback counts for the epoch in which its session was assigned."""

    id: str
    use_case_id: str
    experiment_id: str
    number: int
    weights: Mapping[str, int]
    started_at: datetime
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Move:
    """One recorded change of weights: from, to, phase, why, and the stored inputs that reproduce it bit for bit."""

    id: str
    at: datetime
    use_case_id: str
    experiment_id: str | None
    before: Mapping[str, int]
    after: Mapping[str, int]
    phase: str
    reason: str
    actor: str
    inputs: Json = field(default_factory=dict)
    outputs: Json = field(default_factory=dict)
