"""The tables of docs/escalation.md name every sign and every rubric with the weights that are in force."""

import re

from app.domain.auto import Council, Escalation
from app.domain.routing.doubt import WEIGHTS
from tests.house.tree import ROOT

TEXT = (ROOT / "docs/escalation.md").read_text(encoding="utf-8")
SIGN = re.compile(r"^\| ([a-z, ]+) \| (1|0\.\d+) \|", re.M)
RUBRIC = re.compile(r"^\| `([a-z_]+)` \| ([a-z]+ [\d.]+[^|]*) \|", re.M)


def test_every_sign_stands_there_with_its_weight() -> None:
    told = {sign: float(weight) for names, weight in SIGN.findall(TEXT) for sign in names.split(", ")}

    assert told == dict(WEIGHTS["generic"])


def test_every_rubric_stands_there_with_what_it_weighs_otherwise() -> None:
    told = {
        name: {sign: float(weight) for sign, weight in re.findall(r"([a-z]+) ([\d.]+)", re.sub(r"\([^)]*\)", "", row))}
        for name, row in RUBRIC.findall(TEXT)
    }
    own = {
        name: {sign: weight for sign, weight in weights.items() if weight != WEIGHTS["generic"][sign]}
        for name, weights in WEIGHTS.items()
        if name != "generic"
    }

    assert told == own


def test_defaults_are_those_of_the_wish() -> None:
    escalation, council = Escalation(), Council()

    for name, value in (("min_score", escalation.min_score), ("max_steps", escalation.max_steps)):
        assert f"| `{name}` | {value} |" in TEXT
    assert f"| `size` | {council.size} |" in TEXT
    assert f"| `diversity` | `{council.diversity}` |" in TEXT
    assert f"| `combine` | `{council.combine}` |" in TEXT
