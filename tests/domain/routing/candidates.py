"""Candidates of every kind that a pick may meet."""

from dataclasses import replace

from hypothesis import strategies as st

from app.domain.routing.candidate import Candidate
from app.domain.routing.needs import Needs

NEEDS = Needs(frozenset({"chat"}), 500, None)
MID = Candidate(
    slug="a/mid",
    provider="a",
    tier="mid",
    capabilities=frozenset({"chat", "json"}),
    context_window=128_000,
    max_output_tokens=8_000,
    quality=0.75,
    low=0.70,
    outcomes=100.0,
    cost=250_000,
    worst_cost=2_000_000,
    latency_ms=800,
)
CHEAP = replace(MID, slug="a/cheap", tier="cheap", quality=0.60, low=0.55, cost=80_000, worst_cost=600_000)
BEST = replace(
    MID, slug="b/best", provider="b", tier="best", quality=0.88, low=0.85, cost=5_000_000, worst_cost=40_000_000
)
FAST = replace(CHEAP, slug="c/fast", provider="c", quality=0.62, low=0.50, cost=120_000, latency_ms=200)
ALL = (CHEAP, MID, BEST, FAST)

SHARES = st.floats(0, 1, allow_subnormal=False)
COSTS = st.one_of(st.none(), st.integers(0, 10_000_000))


def lists(*, priced: bool = False, least: int = 1) -> st.SearchStrategy[list[Candidate]]:
    """Candidates of different slugs, all priced where asked."""
    one = st.builds(
        Candidate,
        slug=st.sampled_from([f"{vendor}/{name}" for vendor in "abc" for name in "klmnopq"]),
        provider=st.sampled_from(["a", "b", "c"]),
        tier=st.sampled_from(["cheap", "mid", "best"]),
        capabilities=st.just(frozenset({"chat"})),
        context_window=st.just(8_000),
        max_output_tokens=st.just(4_000),
        quality=st.one_of(SHARES, st.sampled_from([0.6, 0.7, 0.8])),
        low=SHARES,
        outcomes=st.sampled_from([0.0, 10.0, 60.0, 500.0]),
        cost=st.integers(0, 10_000_000) if priced else COSTS,
        worst_cost=COSTS,
        latency_ms=st.integers(1, 20_000),
        error_share=st.sampled_from([0.0, 0.01, 0.5]),
    )
    return st.lists(one, min_size=least, max_size=10, unique_by=lambda each: each.slug)
