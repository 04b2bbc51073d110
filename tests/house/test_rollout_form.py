"""The table of docs/experiments.md names every field of a rollout's form with its default, and no other."""

import pytest
from pydantic import BaseModel

from app.services.rollout_form import EscapeForm, MetricForm, ObjectiveForm, RolloutForm, WarmupForm
from tests.house.form_table import FormTable
from tests.house.tree import ROOT

TEXT = (ROOT / "docs" / "experiments.md").read_text(encoding="utf-8")
SECTION = TEXT.partition("\n## Configuration\n")[2].partition("\n## ")[0]
FORMS: dict[str, type[BaseModel]] = {
    "": RolloutForm,
    "metric.": MetricForm,
    "objective.": ObjectiveForm,
    "warmup.": WarmupForm,
    "escape.*.": EscapeForm,
}
# What is unlisted is never absent: its fields say all.
TABLE = FormTable(SECTION, FORMS, unlisted=frozenset({"metric", "objective"}))


@pytest.mark.parametrize("name", TABLE.fields)
def test_a_field_stands_in_the_table_with_its_default(name: str) -> None:
    assert TABLE.defaults.get(name) == TABLE.fields[name]


def test_the_table_names_each_field_once_and_says_what_it_is() -> None:
    assert sorted(TABLE.paths) == sorted(TABLE.fields)
    assert TABLE.wordless == []


def test_every_form_within_the_form_is_looked_at() -> None:
    assert TABLE.unseen == set()
