"""Lines of name and value are data: sound by half, pure when alone, and complete without an end mark."""

import pytest

from app.domain.quality.scoring import score

PROMPT = "Extract name and age: Ann is 5."


@pytest.mark.parametrize(
    ("text", "validity", "purity", "completeness"),
    [
        ("name: Ann\nage: 5", 50, 100, 100),
        ("```yaml\nname: Ann\nage: 5\n```", 50, 100, 100),
        ("Here is what you asked for.\nname: Ann\nage: 5", 50, 50, 100),
        ("name: Ann\nage: 5 and then the", 50, 100, 0),
        ('{"name": "Ann", "age":', 0, 0, 0),
        ("I found nothing.", 0, 0, 100),
    ],
)
def test_lines_of_name_and_value_are_data(text: str, validity: float, purity: float, completeness: float) -> None:
    found = {each.name: each for each in score(text, PROMPT, "extraction").dimensions}

    assert [found[name].points for name in ("validity", "purity", "completeness")] == [validity, purity, completeness]
    assert (found["purity"].why == "no data are found") == (found["validity"].why == "no data are found")
