"""The checks of the fault bench complain about what callers and providers must not experience."""

import pytest

from tests.faults.bench import checks, spoken
from tests.faults.bench.answer import Answer, take_event
from tests.faults.bench.line import Request
from tests.faults.bench.scenario import Check, Seen
from tests.faults.bench.settings import QUICK

WHOLE = spoken.stream("primary")
CUT = WHOLE[:4]
FAILURE = b'data: {"error": {"code": "provider_timeout"}}'


def heard(*events: bytes, took_s: float = 0.1) -> Answer:
    """What a caller took from a stream of these events."""
    answer = Answer(began=0.0, status=200, took_s=took_s)
    for event in b"\n\n".join(events).split(b"\n\n"):
        take_event(answer, event)
    return answer


def seen(*answers: Answer, sent: tuple[float, ...] = ()) -> Seen:
    """These answers, and requests to the primary at these seconds."""
    return Seen(QUICK, list(answers), [Request("s", "primary", "k", {}, at) for at in sent])


@pytest.mark.parametrize(
    ("check", "good", "bad"),
    [
        (checks.answered(), heard(*WHOLE), heard(*CUT)),
        (checks.answered(), heard(*WHOLE), heard(*spoken.stream("secondary"))),
        (checks.answered(), heard(*WHOLE), heard(*WHOLE[:-1])),
        (checks.failed(), heard(*CUT, FAILURE), heard(*CUT)),
        (checks.failed(), heard(*CUT, FAILURE), heard(*CUT, FAILURE, spoken.DONE)),
        (checks.failed(), heard(*CUT, FAILURE), heard(*CUT, spoken.end(), FAILURE)),
        (checks.failed("provider-timeout"), heard(FAILURE), heard(b'data: {"error": {"code": "other"}}')),
        (checks.never_cut(spoken.text("primary")), heard(*WHOLE), heard(*CUT, spoken.end(), spoken.DONE)),
        (checks.never_cut(spoken.text("primary")), heard(*CUT, FAILURE), heard(*CUT)),
        (checks.clean, heard(*WHOLE), heard(*CUT)),
        (checks.within(1), heard(*WHOLE), heard(*WHOLE, took_s=9)),
        (checks.restarted, heard(b"event: restart\ndata: {}"), heard(*WHOLE)),
    ],
)
def test_a_check_tells_good_from_bad(check: Check, good: Answer, bad: Answer) -> None:
    assert list(check(seen(good))) == []
    assert list(check(seen(bad))) != []


def test_requests_are_counted_and_their_pauses_measured() -> None:
    assert list(checks.asked(primary=2, secondary=0)(seen(sent=(1.0, 2.0)))) == []
    assert list(checks.asked(primary=1)(seen(sent=(1.0, 2.0)))) != []
    assert list(checks.spaced(1.0)(seen(sent=(1.0, 2.0)))) == []
    assert list(checks.spaced(1.0)(seen(sent=(1.0, 1.5)))) != []


def test_what_stands_before_a_restart_is_no_part_of_the_answer() -> None:
    answer = heard(*CUT, b"event: restart\ndata: {}", *WHOLE)

    assert answer.text == spoken.text("primary")
    assert answer.restarts == 1
