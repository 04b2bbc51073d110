"""Record and pick together: what models really do at easy and hard prompts decides, in the end, who is asked."""

from collections import defaultdict
from dataclasses import replace

import pytest

from app.domain.auto import Auto
from app.domain.chance import share
from app.domain.model import Model
from app.domain.routing.candidate import Candidate
from app.domain.routing.level import Level
from app.domain.routing.picking import pick
from app.domain.routing.record import Sums, expected, total
from tests.domain.routing.candidates import BEST, CHEAP, MID, NEEDS

LEVELS: tuple[Level, ...] = ("easy", "hard")
REQUESTS = 1_500


def model_of(candidate: Candidate) -> Model:
    """The model of the catalogue that the candidate is."""
    return Model(
        slug=candidate.slug,
        title=candidate.slug,
        provider=candidate.provider,
        provider_model_id=candidate.slug,
        capabilities=candidate.capabilities,
        tier=candidate.tier,
        context_window=candidate.context_window,
        max_output_tokens=candidate.max_output_tokens,
        latency_ms=candidate.latency_ms,
    )


def settled(auto: Auto, truth: dict[str, tuple[float, float]], *, hold_out: float = 0.05) -> dict[Level, str]:
    """Whom the router asks at each level after REQUESTS outcomes, half of them at either level."""
    record: defaultdict[str, dict[str, Sums]] = defaultdict(dict)

    def candidates(level: Level) -> list[Candidate]:
        found = []
        for each in (CHEAP, MID, BEST):
            now = expected(model_of(each), level, own=record[each.slug], everywhere=total(record[each.slug].values()))
            found.append(replace(each, quality=now.quality, low=now.low, outcomes=now.outcomes))
        return found

    for at in range(REQUESTS):
        level = LEVELS[at % 2]
        picked = pick(auto, candidates(level), NEEDS, level=level, hold_out=hold_out, draw=share(f"draw {at}"))
        asked = picked.order[0].slug
        right = float(share(f"outcome {at} {asked}") < truth[asked][at % 2])
        one = Sums(calls=1, answered=1, outcomes=1, weight=1, quality=right)
        record[asked][level] = total([record[asked].get(level, Sums()), one])
    return {
        level: pick(auto, candidates(level), NEEDS, level=level, hold_out=0.0, draw=0.5).by_router for level in LEVELS
    }


@pytest.mark.parametrize("auto", [Auto(strategy="best_cost", min_quality=0.75), Auto(preference=0.7)])
def test_where_a_cheap_model_does_as_well_it_is_asked_and_elsewhere_not(auto: Auto) -> None:
    truth = {"a/cheap": (0.98, 0.15), "a/mid": (0.90, 0.40), "b/best": (0.97, 0.92)}

    assert settled(auto, truth) == {"easy": "a/cheap", "hard": "b/best"}


def test_a_top_model_that_is_not_worth_its_price_is_dropped() -> None:
    truth = {"a/cheap": (0.60, 0.20), "a/mid": (0.92, 0.80), "b/best": (0.92, 0.80)}

    assert settled(Auto(preference=0.7), truth) == {"easy": "a/mid", "hard": "a/mid"}


def test_the_best_is_found_where_the_catalogue_is_wrong_about_tiers() -> None:
    truth = {"a/cheap": (0.95, 0.90), "a/mid": (0.60, 0.30), "b/best": (0.70, 0.40)}

    assert settled(Auto(strategy="best_quality"), truth) == {"easy": "a/cheap", "hard": "a/cheap"}
