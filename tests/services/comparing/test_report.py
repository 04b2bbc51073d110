"""A report says all that a comparison found, escapes what people wrote, and holds nothing from elsewhere."""

import csv
import hashlib
import html
import io
import re
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from app.db import comparison_answers as answer_rows
from app.domain.comparison.comparison import Answer, Comparison, Input, Judge, Scoring, Weights
from app.domain.comparison.estimate import Estimate
from app.services.comparing import benchmarks, comparisons, report_csv, report_html, told, told_setup, votes
from app.services.comparing.form import ComparisonForm
from app.services.comparing.report import report
from app.services.comparing.wanted import WantedCandidate
from app.services.comparing.worst import worst
from app.services.world import World
from tests.services.comparing.compared import LARGE, SMALL, UNPRICED, answers, inputs, make, run

HOSTILE = "<script>alert('1')</script>\"&"
RULE = Scoring("contains")


def asked(count: int = 12) -> tuple[Input, ...]:
    """Questions of which every other one is answered rightly by nobody; half are labelled."""
    return tuple(
        Input(at, {"prompt": f"{HOSTILE} {at}"}, "no such word" if at % 2 else "e", "odd" if at % 2 else HOSTILE)
        for at in range(count)
    )


def ended(world: World, **given: Any) -> Comparison:
    """A comparison that was run."""
    return run(world, make(world, **{"name": HOSTILE, "inputs": asked(), "scoring": RULE, "repeats": 2, **given}))


def page(world: World, it: Comparison) -> str:
    """Its report as HTML."""
    return report_html.html(report(world, it.id))


def rows(text: str) -> list[dict[str, str]]:
    """A CSV by its header."""
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_the_page_says_who_what_and_how_sure(world: World) -> None:
    it = ended(world, weights=Weights(1, 0.5, 0), budget=10**9)
    found = report(world, it.id)

    shown = page(world, it)

    assert "Which of 2 candidates answers these 12 inputs best, 2 times each, by quality and cost?" in shown
    assert f'<p class="verdict{" won" if found.known.winner.winner is not None else ""}">' in shown
    assert found.known.winner.sentence in html.unescape(shown)
    for own in found.known.figures:
        assert own.quality is not None
        assert own.quality.low is not None
        assert own.quality.high is not None
        assert f"{own.quality.low:.3f} to {own.quality.high:.3f}" in shown
    for heading in ("Candidates", "Quality and cost", "Pair by pair", "By label", "Inputs answered worst", "Setup"):
        assert f"<h2>{heading}</h2>" in shown
    assert "contains: the reference stands in the answer, letter case aside" in shown
    assert f"drawn from the seed {it.seed}" in shown
    assert "$1, judge included" in shown


def test_what_people_wrote_is_text_and_never_markup(world: World) -> None:
    candidates = (WantedCandidate(SMALL, name="<b>one</b>"), WantedCandidate(LARGE, name="two\"'>"))
    it = ended(world, candidates=candidates)

    shown = page(world, it)

    assert "<script" not in shown
    assert "<b>one" not in shown
    assert "&lt;script&gt;" in shown
    assert "<b>one</b>" in html.unescape(shown)


def test_the_page_needs_nothing_else_and_allows_itself_nothing_but_its_own_style(world: World) -> None:
    shown = page(world, ended(world))

    assert not re.search(r"<(script|link|img|iframe|object)|https?://|\ssrc=|@import|url\(|\sstyle=|\son\w+=", shown)
    (style,) = re.findall(r"<style>(.*?)</style>", shown, re.S)
    digest = b64encode(hashlib.sha256(style.encode()).digest()).decode()
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]+)"', shown)
    plain = html.unescape(policy)
    assert plain == report_html.POLICY
    assert f"'sha256-{digest}'" in plain
    assert "unsafe" not in plain
    assert "@media print" in style


def test_a_comparison_without_any_answer_has_a_report(world: World) -> None:
    it = make(world, inputs=inputs(3))

    shown = page(world, it)

    assert "0 of 6 answers are there" in shown
    assert "Pair by pair" not in shown
    (first, second) = rows(report_csv.candidates(report(world, it.id).known))
    assert (first["answers"], first["quality"], first["cost_usd"], second["winner"]) == ("0", "", "", "no")


def test_an_unknown_price_is_told_and_never_free(world: World) -> None:
    it = ended(world, candidates=(WantedCandidate(SMALL), WantedCandidate(UNPRICED)), weights=Weights(1, 1, 0))

    found = report(world, it.id)

    lines = told.lines(found.known)
    assert (lines[1].cost, lines[1].cost_each.text, lines[1].cost_each.at) == ("unpriced", "unpriced", None)
    assert [dot.name for dot in told.dots(found.known)] == [SMALL]
    assert rows(report_csv.candidates(found.known))[1]["cost_usd"] == ""
    assert "unpriced" in page(world, it)


def test_a_row_for_each_candidate_holds_its_figures(world: World) -> None:
    it = ended(world)
    known = report(world, it.id).known

    table = rows(report_csv.candidates(known))

    assert [row["candidate"] for row in table] == [SMALL, LARGE]
    for row, own in zip(table, known.figures, strict=True):
        assert own.quality is not None
        assert float(row["quality"]) == own.quality.value
        assert (int(row["answers"]), int(row["failures"])) == (24, 0)
        assert (int(row["wins"]), int(row["losses"]), int(row["ties"])) == (own.wins, own.losses, own.ties)


def test_a_row_for_each_answer_holds_its_text_and_score(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report_csv, "AT_ONCE", 7)  # several pieces
    it = ended(world)

    pieces = list(report_csv.answers(world, it))

    table = rows("".join(pieces))
    assert len(pieces) > 2
    assert len(table) == 48
    stored = {
        (str(each.input), str(each.repeat), it.candidates[each.candidate].name): each for each in answers(world, it)
    }
    for row in table:
        own = stored[row["input"], row["repeat"], row["candidate"]]
        assert (row["answer"], float(row["score"]), row["call_id"]) == (own.text, own.score, own.call_id)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_cell_is_a_formula(world: World, text: str) -> None:
    given = (Input(0, {"prompt": "x"}, text, text.strip() or None), *asked(12)[1:])
    it = ended(
        world, name=text.strip(), inputs=given, candidates=(WantedCandidate(SMALL, name=text), WantedCandidate(LARGE))
    )

    table = rows("".join(report_csv.answers(world, it))) + rows(report_csv.candidates(report(world, it.id).known))

    written = [cell for row in table for cell in row.values()]
    assert f"'{text}" in written
    assert not [cell for cell in written if cell.startswith(report_csv.FORMULAS)]


def test_the_worst_inputs_come_first_and_those_that_all_answered_well_not_at_all(world: World) -> None:
    it = make(world, inputs=inputs(4), scoring=Scoring("exact", expected="x"))

    def said(each: Answer, score: float | None, error: str | None = None) -> Answer:
        return replace(each, done=True, score=score, error=error)

    scores = {(0, 0): 1.0, (1, 0): 1.0, (0, 1): 1.0, (1, 1): 0.0, (0, 2): 0.0, (0, 3): 0.0}
    laid = [Answer(world.new_id(), it.id, at, at % 2, at // 2, 0) for at in range(8)]
    with world.store.write() as tx:
        answer_rows.lay_out(tx, laid)
        given = [
            said(each, scores[each.candidate, each.input]) for each in laid if (each.candidate, each.input) in scores
        ]
        answer_rows.record(tx, it.id, [*given, said(laid[7], 0.0, "gone")])

    found = worst(world, it)

    assert [(row.input.number, row.mean, row.by_candidate, row.failures) for row in found] == [
        (2, 0.0, (0.0, None), 0),
        (3, 0.0, (0.0, 0.0), 1),
        (1, 0.5, (1.0, 0.0), 0),
    ]
    assert [row.input.number for row in worst(world, it, limit=1)] == [2]


def test_without_a_rule_the_worst_inputs_are_those_that_failed(world: World) -> None:
    it = make(world, inputs=inputs(2))
    assert worst(world, it) == ()
    laid = [Answer(world.new_id(), it.id, at, at % 2, at // 2, 0) for at in range(4)]
    with world.store.write() as tx:
        answer_rows.lay_out(tx, laid)
        answer_rows.record(
            tx, it.id, [replace(each, done=True, error="gone" if each.place == 3 else None) for each in laid]
        )

    (row,) = worst(world, it)

    assert (row.input.number, row.mean, row.by_candidate, row.failures) == (1, 0.5, (1.0, 0.0), 1)


def test_a_later_run_of_a_benchmark_is_held_against_the_one_before(world: World) -> None:
    plain = {
        "candidates": [{"model": SMALL}, {"model": LARGE}],
        "inputs": [{"prompt": f"question {at}", "reference": "e"} for at in range(8)],
        "scoring": {"rule": "contains"},
        "prompt": {"params": {"max_tokens": 4}},
    }
    benchmarks.put(world, "weekly", ComparisonForm.model_validate(plain), actor="test")
    first = run(world, benchmarks.run(world, "weekly", actor="test"))
    second = run(world, benchmarks.run(world, "weekly", actor="test"))

    shown = page(world, second)

    assert "Against the last run" in shown
    assert first.id in shown
    assert "8 inputs are the same in both" in shown
    assert "Against the last run" not in page(world, first)


def test_a_judge_that_was_asked_stands_in_setup_and_a_vote_decides_pairs(world: World) -> None:
    it = ended(world, scoring=None, judge=Judge(LARGE, "short <i>answers</i>", 12), budget=10**9)
    ballot = votes.ballot(world, it.id, "ann")
    assert ballot is not None
    votes.vote(world, it.id, ballot.pair, "ann", "first")

    shown = page(world, it)

    assert "in both orders, at most 12 pairs" in shown
    assert "short &lt;i&gt;answers" in shown
    assert "1 by votes" in shown


@pytest.mark.parametrize(
    ("nanos", "said"),
    [
        (None, "unpriced"),
        (0, "$0"),
        (1, "$0.000000001"),
        (0.4, "$0"),
        (1_234_567, "$0.00123"),
        (999_999, "$0.001"),
        (9_994_000_000, "$9.99"),
        (10 * 10**9, "$10.00"),
        (1234_567_000_000, "$1,234.57"),
    ],
)
def test_money_is_told_to_three_figures(nanos: float | None, said: str) -> None:
    assert told.dollars(nanos) == said


@pytest.mark.parametrize(
    ("found", "text", "between", "ends"),
    [
        (None, "–", "", (None, None)),
        (Estimate(0.5), "0.500", "", (None, None)),
        (Estimate(0.5, 0.25, 0.75), "0.500", "0.250 to 0.750", (25.0, 75.0)),
        (Estimate(1.0, 1.0, 1.0), "1.000", "1.000 to 1.000", (100.0, 100.0)),
    ],
)
def test_a_figure_is_told_with_its_interval(
    found: Estimate | None, text: str, between: str, ends: tuple[float | None, float | None]
) -> None:
    figure = told.part(found)

    assert (figure.text, figure.between, (figure.low, figure.high)) == (text, between, ends)


@pytest.mark.parametrize(
    ("values", "said"),
    [({"prompt": "one"}, "one"), ({"a": 1}, "1"), ({"a": "x", "b": [1, "ü"]}, 'a: x\nb: [1, "ü"]')],
)
def test_an_input_is_told_by_its_values(values: Mapping[str, Any], said: str) -> None:
    assert told.said(Input(0, dict(values))) == said


def test_every_rule_is_explained(world: World) -> None:
    it = make(world, inputs=inputs(3), scoring=Scoring("numeric", expected="12.5", tolerance=0.1))

    assert ("Rule", "numeric: the first number in the answer is near the reference, within 0.1 of it; 12.5") in (
        told_setup.setup(it, None)
    )
    assert comparisons.get(world, it.id).scoring == it.scoring
