"""Which limit removes which model: hard limits are always kept, soft ones (quality, latency) where a model keeps them.

Limits that a candidate is `barred` by have the names that whoever barred it gives them.
"""

from collections.abc import Sequence
from typing import Final

from app.domain.auto import Auto
from app.domain.money import to_usd
from app.domain.route import Removed
from app.domain.routing.candidate import Candidate
from app.domain.routing.needs import Needs

HARD: Final = (
    "excluded",
    "among",
    "capability",
    "context",
    "max_output",
    "unpriced",
    "max_cost",
    "stakes",
)
SOFT: Final = ("min_quality", "max_latency")
UNCONFIGURED: Final = "provider"  # of the server itself: told to who asks, not kept with each route
# How far below the best of the top tier a model's lower bound may lie that has proven itself for high stakes.
AS_GOOD: Final = 0.02

Why = tuple[str, str]


def hard(
    auto: Auto, candidates: Sequence[Candidate], needs: Needs, *, high: bool
) -> tuple[list[Candidate], list[Removed]]:
    """Those that can be asked, and those that cannot, each with the first limit that it does not meet.

    `high`: the request is one of high stakes, so that only the top tier is asked, and models whose own record says
    that they are as good.
    """
    wanted = needs.capabilities.union(auto.capabilities)
    asked = _asked(candidates) if high else None
    able: list[Candidate] = []
    removed: list[Removed] = []
    for each in candidates:
        why = _named(auto, each) or _unable(each, wanted, needs)
        if why is None and auto.max_cost is not None:
            why = _dear(each, auto.max_cost, strict=auto.strict)
        if why is None and asked is not None:
            why = _risky(each, asked)
        if why is None:
            able.append(each)
        else:
            removed.append(Removed(each.slug, *why))
    return able, removed


def soft(auto: Auto, candidates: Sequence[Candidate]) -> tuple[list[Candidate], list[Removed]]:
    """Those that meet the soft limits as well, and those that do not."""
    fit: list[Candidate] = []
    removed: list[Removed] = []
    for each in candidates:
        if not keeps_quality(auto, each):
            least, asked = _apart(each.low, auto.min_quality or 0.0)
            removed.append(Removed(each.slug, "min_quality", f"expects {least} at least, {asked} is asked"))
        elif not keeps_latency(auto, each):
            why = f"takes {each.latency_ms} ms, {auto.max_latency_ms} ms are allowed"
            removed.append(Removed(each.slug, "max_latency", why))
        else:
            fit.append(each)
    return fit, removed


def hopeful(auto: Auto, candidates: Sequence[Candidate]) -> list[Candidate]:
    """Those of whom only the lower bound misses the least quality: asked now and then, or they would never be learned.

    None where the wish is to reject rather than to break a limit.
    """
    least = auto.min_quality
    if least is None or auto.on_unsatisfiable == "reject":
        return []
    return [each for each in candidates if each.low < least <= each.quality and keeps_latency(auto, each)]


def keeps_quality(auto: Auto, candidate: Candidate) -> bool:
    """Whether its lower bound reaches the least quality."""
    return auto.min_quality is None or candidate.low >= auto.min_quality


def keeps_latency(auto: Auto, candidate: Candidate) -> bool:
    """Whether it is expected to answer in time."""
    return auto.max_latency_ms is None or candidate.latency_ms <= auto.max_latency_ms


def _named(auto: Auto, candidate: Candidate) -> Why | None:
    if candidate.slug in auto.excluded:
        return "excluded", "is among the excluded models"
    if auto.among and candidate.slug not in auto.among:
        return "among", "is none of the models in question"
    return candidate.barred


def _unable(candidate: Candidate, wanted: frozenset[str], needs: Needs) -> Why | None:
    if not wanted <= candidate.capabilities:
        return "capability", f"lacks {', '.join(sorted(wanted - candidate.capabilities))}"
    tokens = needs.prompt_tokens + (needs.max_tokens or 1)
    if tokens > candidate.context_window:
        return "context", f"takes {candidate.context_window} tokens, {tokens} are needed"
    if needs.max_tokens is not None and needs.max_tokens > candidate.max_output_tokens:
        return "max_output", f"answers with {candidate.max_output_tokens} tokens at most, {needs.max_tokens} are asked"
    return None


def _dear(candidate: Candidate, most: int, *, strict: bool) -> Why | None:
    """An unpriced model is never taken for a free one."""
    cost = candidate.worst_cost if strict else candidate.cost
    if cost is None:
        return "unpriced", f"has no price, and ${to_usd(most)} is the most that is allowed"
    if cost <= most:
        return None
    return "max_cost", f"{'can' if strict else 'is expected to'} cost ${to_usd(cost)}, ${to_usd(most)} is allowed"


def _asked(candidates: Sequence[Candidate]) -> float:
    """What a model below the top tier must reach at least; the top tier's best sets it, whether it can be asked or not.

    Without one nobody can say what is as good.
    """
    best = max((each.quality for each in candidates if each.tier == "best"), default=None)
    return 2.0 if best is None else best - AS_GOOD


def _risky(candidate: Candidate, asked: float) -> Why | None:
    if candidate.tier == "best" or (candidate.learned and candidate.low >= asked):
        return None
    if not candidate.learned:
        return "stakes", f"is of tier {candidate.tier} and not learned yet, and stakes are high"
    return "stakes", f"is of tier {candidate.tier} and expects {candidate.low:.2f} at least, and stakes are high"


def _apart(one: float, other: float) -> tuple[str, str]:
    """Two different figures with as many decimals as it takes to tell them apart."""
    digits = next((digits for digits in range(2, 7) if f"{one:.{digits}f}" != f"{other:.{digits}f}"), 7)
    return f"{one:.{digits}f}", f"{other:.{digits}f}"
