"""A short analysis needs no parts, and a long one is told how many it has and how many are enough."""

import pytest

from app.domain.quality.scoring import score
from tests.domain.quality.answers import SITE

SHORT = "The homepage is slow because the banner has 4 MB."


@pytest.mark.parametrize("text", [SHORT, f"# One\n{SHORT}\n# Two\nIt should be less."])
def test_a_short_analysis_is_not_measured_by_its_parts(text: str) -> None:
    found = score(text, None, "website_analysis")

    assert found.unmeasured["structure"] == "short enough to need no parts"
    assert "structure" not in {each.name for each in found.dimensions}


@pytest.mark.parametrize(("heads", "points"), [(0, 0), (2, 66.67), (3, 100)])
def test_the_parts_of_a_long_one_are_counted(heads: int, points: float) -> None:
    paragraphs = [line for line in SITE.splitlines() if line and not line.startswith("#")]
    text = "\n\n".join(f"## Part {at}\n{said}" if at < heads else said for at, said in enumerate(paragraphs))

    found = next(each for each in score(text, None, "website_analysis").dimensions if each.name == "structure")

    assert found.points == pytest.approx(points, abs=0.01)
    assert found.why.startswith(f"{heads} parts, 3 are enough; ")
