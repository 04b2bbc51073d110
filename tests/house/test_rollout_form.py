"""The table of docs/experiments.md names every field of a rollout's form with its default, and no other."""

import json
import re
from collections.abc import Iterator

import pytest
from pydantic import BaseModel

from app.services.rollout_form import EscapeForm, MetricForm, ObjectiveForm, RolloutForm, WarmupForm
from tests.house.tree import ROOT

TEXT = (ROOT / "docs" / "experiments.md").read_text(encoding="utf-8")
SECTION = TEXT.partition("\n## Configuration\n")[2].partition("\n## ")[0]
ROWS = re.findall(r"^\| `([\w.*]+)` \| (.+?) \| (?:`(.+?)`)? \| (.+) \|$", SECTION, re.M)
UNLISTED = {"metric", "objective"}  # never absent: their fields say all
FORMS: dict[str, type[BaseModel]] = {
    "": RolloutForm,
    "metric.": MetricForm,
    "objective.": ObjectiveForm,
    "warmup.": WarmupForm,
    "escape.*.": EscapeForm,
}


def fields() -> Iterator[tuple[str, str]]:
    """Every field by its path, with its default as JSON."""
    for before, form in FORMS.items():
        for name, field in form.model_fields.items():
            if before + name not in UNLISTED:
                yield before + name, json.dumps(field.get_default(call_default_factory=True))


FIELDS = dict(fields())


@pytest.mark.parametrize("name", FIELDS)
def test_a_field_stands_in_the_table_with_its_default(name: str) -> None:
    assert {path: default for path, _, default, _ in ROWS}.get(name) == FIELDS[name]


def test_the_table_names_no_field_twice_and_none_that_does_not_exist() -> None:
    assert sorted(path for path, *_ in ROWS) == sorted(FIELDS)


def test_every_form_within_the_form_is_looked_at() -> None:
    within = RolloutForm.model_json_schema()["$defs"]

    assert {*within, "RolloutForm"} == {form.__name__ for form in FORMS.values()}


def test_every_field_has_a_unit_and_a_meaning() -> None:
    assert [path for path, unit, _, meaning in ROWS if not (unit.strip() and meaning.strip())] == []
