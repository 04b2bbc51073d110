"""The table of docs/comparisons.md names every field of a comparison's form with its default, and every rule."""

import json
import re
from typing import get_args

import pytest

from app.domain.comparison.comparison import Rule
from app.services.comparing.form import ComparisonForm
from tests.house.tree import ROOT

TEXT = (ROOT / "docs" / "comparisons.md").read_text(encoding="utf-8")
SECTION = TEXT.partition("\n### Fields\n")[2].partition("\n## ")[0]
ROWS = dict(re.findall(r"^\| `(\w+)` \| (.*?) ?\| .+ \|$", SECTION, re.M))
RULES = re.findall(r"^\| `(\w+)` \| .+ \|$", TEXT.partition("\n| `rule` |")[2].partition("\n\n")[0], re.M)
WRITTEN_OUT = {"candidates", "prompt", "weights"}  # needed, or a form whose own defaults stand in the text


@pytest.mark.parametrize("name", ComparisonForm.model_fields)
def test_a_field_stands_in_the_table_with_its_default(name: str) -> None:
    field = ComparisonForm.model_fields[name]

    if name in WRITTEN_OUT:
        assert name in ROWS
    else:
        assert ROWS[name] == f"`{json.dumps(field.get_default(call_default_factory=True))}`"


def test_the_table_names_no_field_that_does_not_exist() -> None:
    assert set(ROWS) - set(ComparisonForm.model_fields) == set()


def test_every_rule_is_told() -> None:
    assert sorted(RULES) == sorted(get_args(Rule))
