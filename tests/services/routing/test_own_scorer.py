"""Whatever the operator's own scorer does, its asker gets an answer in time, and a broken one is left alone."""

import logging
import math
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from app.domain.errors import Invalid
from app.domain.routing.reading import HEAD_CHARACTERS, TAIL_CHARACTERS
from app.services.plugins.isolation import FAILURES, REST_S, THREADS, WAITING
from app.services.routing import own_scorer
from app.services.routing.own_scorer import GROUP, OwnScorer
from tests.scoring import ScorerServer
from tests.waiting import LONGEST_S, until

SHORT_S = 0.03


class Watch:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.moment = 0.0

    def __call__(self) -> float:
        return self.moment


class Gated:
    """Hangs until it is let go."""

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.asked = 0

    def __call__(self, prompts: list[str]) -> list[float]:
        self.asked += 1
        self.gate.wait(LONGEST_S)
        return [0.25] * len(prompts)


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def gated() -> Iterator[Gated]:
    made = Gated()
    yield made
    made.gate.set()


def own(scorer: Callable[[list[str]], Any], *, timeout_s: float = LONGEST_S, now: Watch | None = None) -> OwnScorer:
    """The scorer at work, with time enough unless the test is about time."""
    return OwnScorer(scorer, timeout_s=timeout_s, **({} if now is None else {"now": now}))


def test_each_prompt_gets_its_own_number() -> None:
    scorer = own(lambda prompts: [len(prompt) / 10 for prompt in prompts])

    assert scorer.scores(["a", "bbb"]).values == (0.1, 0.3)
    assert scorer.score("cc") == 0.2
    assert scorer.readings().answered == 2


def test_of_a_long_prompt_it_is_given_both_ends() -> None:
    seen: list[str] = []
    scorer = own(lambda prompts: [float(len(seen.extend(prompts) or prompts))])

    scorer.score("first " + "x" * 1_000_000 + " last")

    assert (seen[0][:5], seen[0][-4:]) == ("first", "last")
    assert len(seen[0]) == HEAD_CHARACTERS + TAIL_CHARACTERS + 1


class Breaking:
    """A number of some library's that is none after all."""

    def __float__(self) -> float:
        raise RuntimeError("more than one number")


def _raises(prompts: list[str]) -> list[float]:
    raise LookupError(prompts[0])


@pytest.mark.parametrize(
    ("scorer", "why"),
    [
        (_raises, "raised"),
        (lambda prompts: [math.nan], "not-a-number"),
        (lambda prompts: [math.inf], "not-a-number"),
        (lambda prompts: ["0.5"], "not-a-number"),
        (lambda prompts: [True], "not-a-number"),
        (lambda prompts: [], "malformed"),
        (lambda prompts: [0.5, 0.5], "malformed"),
        (lambda prompts: None, "raised"),
        (lambda prompts: [None], "not-a-number"),
        (lambda prompts: [10**400], "not-a-number"),
        (lambda prompts: [Breaking()], "not-a-number"),
        (lambda prompts: sys.exit(1), "raised"),
        (lambda prompts: (0.5 for _ in prompts), "raised"),
    ],
)
def test_what_is_no_score_is_none_and_counted_by_its_kind(scorer: Callable[[list[str]], Any], why: str) -> None:
    asked = own(scorer)

    assert asked.score("Why?") is None
    assert asked.readings().failed == {why: 1}


@pytest.mark.parametrize("wrong", [math.nan, None, 10**400, "high", Breaking()])
def test_one_number_that_is_none_takes_nothing_from_the_others(wrong: object) -> None:
    told = own(lambda prompts: [0.5, wrong, 0.7]).scores(["a", "b", "c"])

    assert told.values == (0.5, None, 0.7)
    assert told.why == "not-a-number"


@pytest.mark.parametrize("wrong", [b"NaN", b"-Infinity", b"null", b"1e999", b"9" * 5_000, b'"high"', b"{}"])
def test_over_http_too_one_number_that_is_none_takes_nothing_from_the_others(wrong: bytes) -> None:
    with ScorerServer(lambda prompts: b'{"scores": [0.5, ' + wrong + b", 1]}") as server:
        told = OwnScorer.named(server.url, timeout_s=LONGEST_S).scores(["a", "b", "c"])

    assert told.values == (0.5, None, 1.0)
    assert told.why == "not-a-number"


def test_a_scorer_that_gives_some_numbers_is_not_left_alone(watch: Watch) -> None:
    scorer = own(lambda prompts: [0.5, math.nan], now=watch)
    for _ in range(FAILURES + 1):
        scorer.scores(["a", "b"])

    assert scorer.readings().failed == {"not-a-number": FAILURES + 1}
    assert not scorer.readings().resting


def test_a_hang_takes_two_threads_at_most_and_then_nobody_waits(gated: Gated, watch: Watch) -> None:
    scorer = own(gated, timeout_s=SHORT_S, now=watch)
    before = threading.active_count()
    until(lambda: scorer.score("Why?") is None and gated.asked == THREADS)
    watch.moment += 1

    assert scorer.score("Why?") is None

    assert gated.asked == THREADS
    assert threading.active_count() - before <= THREADS
    assert scorer.readings().failed["timeout"] == THREADS + 1


def test_who_was_left_hanging_is_asked_again_once_it_returns(gated: Gated, watch: Watch) -> None:
    scorer = own(gated, timeout_s=SHORT_S, now=watch)
    while not scorer.readings().resting:
        scorer.score("Why?")
        watch.moment += 1
    assert gated.asked == THREADS

    gated.gate.set()
    until(lambda: not scorer._isolated.under_way)
    watch.moment += REST_S

    until(lambda: scorer.score("Why?") == 0.25)


def test_more_questions_than_can_wait_are_turned_away_at_once(gated: Gated) -> None:
    scorer = own(gated)
    found: list[float | None] = []
    askers = [threading.Thread(target=lambda: found.append(scorer.score("Why?"))) for _ in range(THREADS + WAITING)]
    for begun, asker in enumerate(askers, 1):
        asker.start()
        until(lambda begun=begun: gated.asked == min(begun, THREADS))  # type: ignore[misc]  # mypy knows no defaults
    until(lambda: scorer._isolated.waiting == WAITING)

    assert scorer.score("Why?") is None

    assert scorer.readings().failed == {"busy": 1}
    assert not scorer.readings().resting
    gated.gate.set()
    for asker in askers:
        asker.join()
    assert found == [0.25] * (THREADS + WAITING)


def test_after_failures_in_a_row_it_rests_and_then_is_asked_again(watch: Watch) -> None:
    answers = iter([math.nan] * FAILURES + [0.5])
    scorer = own(lambda prompts: [next(answers)], now=watch)
    for _ in range(FAILURES):
        scorer.score("Why?")
    assert scorer.readings().resting

    assert scorer.score("Why?") is None
    watch.moment += REST_S
    assert scorer.score("Why?") == 0.5

    assert scorer.readings().failed == {"not-a-number": FAILURES, "resting": 1}
    assert not scorer.readings().resting


def test_failures_between_answers_bring_no_rest(watch: Watch) -> None:
    answers = iter([math.nan, 0.5] * FAILURES)
    scorer = own(lambda prompts: [next(answers)], now=watch)
    for _ in range(2 * FAILURES):
        scorer.score("Why?")

    assert not scorer.readings().resting


def test_after_a_rest_one_more_failure_is_enough(watch: Watch) -> None:
    scorer = own(lambda prompts: [math.nan], now=watch)
    for _ in range(FAILURES):
        scorer.score("Why?")
    watch.moment += REST_S

    scorer.score("Why?")

    assert scorer.readings().resting


def test_a_rest_is_told_once_without_the_prompt(watch: Watch, caplog: pytest.LogCaptureFixture) -> None:
    scorer = own(_raises, now=watch)

    with caplog.at_level(logging.WARNING, logger=own_scorer.__name__):
        for _ in range(FAILURES + 5):
            scorer.score("zyxomma")

    assert [record.message for record in caplog.records] == ["own_scorer_rests"]
    assert (caplog.records[0].reason, caplog.records[0].error) == ("raised", "LookupError")
    assert "zyxomma" not in str(caplog.records[0].__dict__)


def test_one_that_exits_is_told_at_once_and_asked_again() -> None:
    ends = iter([True])

    def scorer(prompts: list[str]) -> list[float]:
        if next(ends, False):
            raise SystemExit
        return [0.5]

    asked = own(scorer)

    assert (asked.scores(["Why?"]).error, asked.score("Why?")) == ("SystemExit", 0.5)


def test_a_closed_one_is_not_asked(gated: Gated) -> None:
    scorer = own(gated)
    scorer.close()

    assert scorer.score("Why?") is None
    assert gated.asked == 0


def test_over_http_prompts_go_out_and_scores_come_back() -> None:
    with ScorerServer(lambda prompts: [len(prompt) / 10 for prompt in prompts]) as server:
        scorer = OwnScorer.named(server.url, timeout_s=LONGEST_S)

        assert scorer.scores(["a", "\ud800"]).values == (0.1, 0.1)
        assert scorer.score("ccc") == 0.3
        assert server.prompts == [["a", "?"], ["ccc"]]
        scorer.close()


def test_a_server_that_is_slow_is_not_waited_for_and_asked_again_later() -> None:
    with ScorerServer() as server:
        server.free.clear()
        scorer = OwnScorer.named(server.url, timeout_s=SHORT_S)

        assert scorer.score("Why?") is None
        assert scorer.readings().failed == {"timeout": 1}

        server.free.set()
        patient = OwnScorer.named(server.url, timeout_s=LONGEST_S)
        assert patient.score("Why?") == 0.5


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (b"[0.5]", "malformed"),
        (b"oops", "malformed"),
        (b'{"scores": 1}', "malformed"),
        (b'{"scores": ' + b"[" * 50_000, "malformed"),
        (b'{"scores": [NaN]}', "not-a-number"),
        (b'{"scores": [1e999]}', "not-a-number"),
        (b'{"scores": [' + b"0," * 50_000 + b"0]}", "malformed"),
        ([0.5, 0.5], "malformed"),
        (["high"], "not-a-number"),
    ],
)
def test_a_server_that_says_something_else_is_told_apart(said: object, why: str) -> None:
    with ScorerServer(lambda prompts: said) as server:
        scorer = OwnScorer.named(server.url, timeout_s=LONGEST_S)

        assert scorer.score("Why?") is None
        assert scorer.readings().failed == {why: 1}


def test_a_server_that_fails_and_one_that_is_not_there_are_told_apart() -> None:
    with ScorerServer() as server:
        for status in (404, 408, 500, 503):
            server.status = status
            refused = OwnScorer.named(server.url, timeout_s=LONGEST_S)
            assert refused.score("Why?") is None
            assert refused.readings().failed == {"raised": 1}

    gone = OwnScorer.named(server.url, timeout_s=LONGEST_S)
    assert gone.score("Why?") is None
    assert gone.readings().failed == {"unreachable": 1}


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A library with entry points of the group."""
    facts = tmp_path / "probe_scorer-1.0.dist-info"
    facts.mkdir()
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: probe-scorer\nVersion: 1.0\n")
    points = {"probe": "half", "number": "NUMBER", "absent": "nothing"}
    lines = "".join(f"{name} = probe_scorer:{attribute}\n" for name, attribute in points.items())
    lines += "leaving = probe_leaving:score\n"
    (tmp_path / "probe_leaving.py").write_text("raise SystemExit\n")
    (facts / "entry_points.txt").write_text(f"[{GROUP}]\n{lines}")
    source = "NUMBER = 1\n\n\ndef half(prompts):\n    return [0.5 for _ in prompts]\n"
    (tmp_path / "probe_scorer.py").write_text(source)
    monkeypatch.syspath_prepend(tmp_path)


def test_an_entry_point_is_asked(installed: None) -> None:
    scorer = OwnScorer.named("probe", timeout_s=LONGEST_S)

    assert scorer.scores(["a", "b"]).values == (0.5, 0.5)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("prob", "absent, leaving, number, probe"),
        ("leaving", "SystemExit"),
        ("number", "no function"),
        ("absent", "AttributeError"),
        ("http://", "no host"),
        ("http://h:x/", "no host"),
        ("http://h:99999/", "no host"),
    ],
)
def test_a_scorer_that_there_is_not_names_the_variable(installed: None, name: str, told: str) -> None:
    with pytest.raises(Invalid, match=told) as refused:
        OwnScorer.named(name, timeout_s=1)

    assert refused.value.field == "DIFFICULTY_SCORER"
