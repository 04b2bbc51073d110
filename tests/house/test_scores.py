"""The page on scores, docs/scores.md, explains what report and lesson tell, and why an answer has no score."""

import re
from typing import get_args

from app.domain.quality.lesson import LEAST as LEAST_LEARNED
from app.domain.quality.lesson import Outcome
from app.domain.quality.opinions import LEAST, Verdict
from app.services.scoring_json import CalibrationOut
from app.services.scorings import LENGTH, MOST_CHARACTERS, Dropped
from tests.house.tree import ROOT

TEXT = (ROOT / "docs" / "scores.md").read_text(encoding="utf-8")
EXPLAINED = {name for row in re.findall(r"^\| (`[^|]+) \|", TEXT, re.M) for name in re.findall(r"`(\w[\w-]*)`", row)}


def test_every_field_of_the_report_is_explained() -> None:
    assert set(CalibrationOut.model_fields) - {"rubric", "days", "n"} <= EXPLAINED


def test_every_verdict_outcome_and_reason_is_explained() -> None:
    assert {*get_args(Outcome), *get_args(Dropped)} <= EXPLAINED
    assert all(f"`{verdict}`" in TEXT for verdict in get_args(Verdict))


def test_its_numbers_are_those_of_the_code() -> None:
    assert f"below {LEAST} answers" in TEXT
    assert f"below {LEAST_LEARNED} answers" in TEXT
    assert f"{LENGTH} answers, or {MOST_CHARACTERS // 1_000_000} million characters" in TEXT
