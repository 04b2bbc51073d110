"""The tables of docs/ab-tests.md name every field of a test's form, and every kind of metric, with its defaults."""

import re
from typing import get_args

import pytest
from pydantic import BaseModel

from app.domain.ab.metric import Kind, metric_of
from app.services.ab.form import AbForm, ArmForm, BaselineForm, MetricForm
from tests.house.form_table import FormTable
from tests.house.tree import ROOT

TEXT = (ROOT / "docs" / "ab-tests.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", TEXT, re.M | re.S))
FORMS: dict[str, type[BaseModel]] = {
    "": AbForm,
    "arms.*.": ArmForm,
    "metric.": MetricForm,
    "baseline.": BaselineForm,
}
# What is unlisted is never absent: its fields say all.
TABLE = FormTable(SECTIONS["Configuration"], FORMS, unlisted=frozenset({"metric", "baseline"}))


@pytest.mark.parametrize("name", TABLE.fields)
def test_a_field_stands_in_the_table_with_its_default(name: str) -> None:
    assert TABLE.defaults.get(name) == TABLE.fields[name]


def test_the_table_names_each_field_once_and_says_what_it_is() -> None:
    assert sorted(TABLE.paths) == sorted(TABLE.fields)
    assert TABLE.wordless == []


def test_every_form_within_the_form_is_looked_at() -> None:
    assert TABLE.unseen == set()


@pytest.mark.parametrize("kind", get_args(Kind))
def test_a_kind_of_metric_stands_in_its_table_with_what_it_implies(kind: Kind) -> None:
    row = re.search(rf"^\| `{kind}` \| .+? \| (.+?) \| (\w+) \| (\w+) \| ([\w ]+) \|$", SECTIONS["Metrics"], re.M)
    usual = metric_of(kind, name="n", high=7.0 if kind in ("number", "cost") else None)

    assert row
    assert row.groups()[1:] == (usual.better, usual.aggregate, "0" if usual.missing == "zero" else "left out")
    assert row[1].startswith({"number": "`low` (0)"}.get(kind, f"{usual.low:.0f} "))


def test_the_table_of_metrics_has_no_other_kind() -> None:
    assert sorted(re.findall(r"^\| `(\w+)` \|", SECTIONS["Metrics"], re.M)) == sorted(get_args(Kind))
