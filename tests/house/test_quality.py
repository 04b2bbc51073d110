"""The table of docs/quality.md names every rubric and dimension with its weight, and every field of a question."""

import re

from app.api.quality import ScoreIn
from app.domain.quality.scoring import RUBRICS
from tests.house.tree import ROOT

TEXT = (ROOT / "docs" / "quality.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| (?:`(\w+)`)? \| `(\w+)` \| (\d+) \| (.+) \|$", TEXT, re.M)


def test_the_table_holds_what_the_rubrics_declare() -> None:
    shipped = [
        (name if at == 0 else "", spec.name, f"{spec.weight:g}", spec.about)
        for name, rubric in RUBRICS.items()
        for at, spec in enumerate(rubric.specs)
    ]

    assert [tuple(row) for row in ROWS] == shipped


def test_every_field_is_explained() -> None:
    explained = re.findall(r"^\| `(\w+)` \| [^`|]", TEXT, re.M)

    assert {*explained, "tolerance"} == set(ScoreIn.model_fields)
    assert "`tolerance`" in TEXT
