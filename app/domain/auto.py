"""Auto is a choice that names no model: a strategy and limits by which the router picks one for each request."""

from dataclasses import dataclass
from typing import Final, Literal, get_args

from app.domain.errors import Invalid
from app.domain.model import CAPABILITIES

Strategy = Literal["best_quality", "best_cost", "balanced", "fastest", "tiers"]
Combine = Literal["vote", "judge", "synthesis"]
Diversity = Literal["provider", "tier"]
STRATEGIES: Final[tuple[Strategy, ...]] = get_args(Strategy)
AUTO: Final = "auto"
LARGEST_COUNCIL: Final = 8
MOST_STEPS: Final = 3


@dataclass(frozen=True, slots=True)
class Escalation:
    """An answer whose confidence (0…1) is below `min_score` is asked anew, one rung up, at most `max_steps` times.

    `judge`: the model that says how good the answer is, where rules alone shall not decide.
    """

    min_score: float = 0.5
    max_steps: int = 1
    judge: str | None = None


@dataclass(frozen=True, slots=True)
class Council:
    """`size` models answer at once and their answers become one.

    `judge` is the model that chooses among them or writes the common answer; the best of the council without one.
    """

    size: int = 3
    combine: Combine = "vote"
    diversity: Diversity = "provider"
    judge: str | None = None


@dataclass(frozen=True, slots=True)
class Auto:
    """How the router picks.

    `fallback` is the strategy where no model meets the soft limits (quality, latency) under the first one.
    `preference` weighs quality against cost with strategy `balanced`: 0 is cheapest, 1 is best. `among` are the models
    in question, empty for all that can be asked; `capabilities` are needed besides what the request itself needs.
    `min_quality` 0…1; `max_cost` nano-dollars a request, of what is expected, or with `strict` of the worst case.
    `stakes` high: never a model below the top tier unless its own record says it is as good. `triggers`: words that
    make a request one of high stakes.
    """

    strategy: Strategy = "balanced"
    fallback: Strategy | None = None
    preference: float | None = None
    among: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    capabilities: tuple[str, ...] = ()
    min_quality: float | None = None
    max_cost: int | None = None
    strict: bool = False
    max_latency_ms: int | None = None
    on_unsatisfiable: Literal["nearest", "reject"] = "nearest"
    stakes: Literal["normal", "high"] = "normal"
    triggers: tuple[str, ...] = ()
    escalation: Escalation | None = None
    council: Council | None = None


def check(auto: Auto, *, field: str) -> Auto:
    """The wish. Raises Invalid for what no request could ever meet, naming the field below `field`."""
    for name in auto.capabilities:
        if name not in CAPABILITIES:
            raise Invalid(f"no model has a capability {name!r}", field=f"{field}.capabilities")
    if auto.preference is not None and auto.strategy != "balanced":
        raise Invalid("a preference belongs to strategy balanced", field=f"{field}.preference")
    if auto.fallback == auto.strategy:
        raise Invalid("the fallback is another strategy than the first", field=f"{field}.fallback")
    if auto.strict and auto.max_cost is None:
        raise Invalid("strict belongs to max_cost", field=f"{field}.strict")
    if auto.among and not set(auto.among) - set(auto.excluded):
        raise Invalid("every model in question is excluded", field=f"{field}.excluded")
    for place, trigger in enumerate(auto.triggers):
        if not any(map(str.isalnum, trigger)):
            raise Invalid("a trigger has a letter or a digit", field=f"{field}.triggers[{place}]")
    if auto.council is not None and auto.escalation is not None:
        raise Invalid("a council is asked as a whole: it does not escalate", field=f"{field}.escalation")
    return auto


def auto_named(name: str, *, field: str) -> Auto | None:
    """What `auto` or `auto/<strategy>` names; None for any other name. Raises Invalid for an unknown strategy."""
    head, slash, wanted = name.partition("/")
    if head != AUTO:
        return None
    if not slash:
        return Auto()
    for strategy in STRATEGIES:
        if strategy == wanted:
            return Auto(strategy=strategy)
    raise Invalid(f"no strategy {wanted!r}: it is one of {', '.join(STRATEGIES)}", field=field)
