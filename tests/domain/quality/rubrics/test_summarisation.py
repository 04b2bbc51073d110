"""A summary is held against its source, however short; without one the score says of what it knows nothing."""

import pytest

from app.domain.quality.dimension import Quality
from app.domain.quality.scoring import score
from app.domain.quality.work import Context

SHORT = (
    "The firm Oak Ltd sold 120 tables in May 2026. Sales rose by 15 percent. Ann Smith leads it. They come from the "
    "region."
)
TRUE = "Oak Ltd sold 120 tables in May 2026. Ann Smith leads it."
FALSE = "Oak Ltd sold 500 tables in May 2026. Bob Jones leads it."
PROMPT = "Summarise in two sentences."
HELD = {"faithfulness", "coverage"}


def of(text: str, source: str | None, prompt: str = PROMPT) -> Quality:
    """The quality of the summary."""
    return score(text, prompt, "summarisation", Context(facts={} if source is None else {"source": source}))


def test_a_false_summary_of_a_short_source_is_worth_less_than_a_true_one() -> None:
    false, true = of(FALSE, SHORT), of(TRUE, SHORT)

    points = {each.name: each.points for each in false.dimensions}
    assert points["faithfulness"] == 60
    assert set(points) >= HELD
    assert false.total < 80 < true.total
    assert false.unmeasured["compression"] == "the source has fewer than 40 words"


@pytest.mark.parametrize("source", [None, "", " \n", "!!!"])
def test_without_a_source_the_score_says_that_faithfulness_is_not_measured(source: str | None) -> None:
    found = of(FALSE, source)

    assert not HELD & {each.name for each in found.dimensions}
    assert {found.unmeasured[name] for name in HELD} == {"the source is not known, so nothing can be said of it"}


def test_a_long_prompt_is_the_source() -> None:
    found = of(FALSE, None, f"{PROMPT} {SHORT} {SHORT}")

    assert set(found.unmeasured) == {"variety"}


def test_a_summary_without_names_in_another_language_says_so_too() -> None:
    plain = of("it sold many more of its tables than in the year before.", SHORT)
    foreign = of("Die Firma hat in dem Jahr mehr Tische verkauft als im Jahr davor und es ist gut.", SHORT, SHORT)

    assert plain.unmeasured["faithfulness"] == "the summary states no number and no name"
    assert foreign.unmeasured["coverage"] == "summary and prompt are of two languages"
