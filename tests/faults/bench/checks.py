"""What can be asked of a scenario; each check yields one sentence per thing that was not as it must be."""

from collections.abc import Iterator
from typing import Final

from tests.faults.bench import spoken
from tests.faults.bench.answer import Answer
from tests.faults.bench.scenario import Check, Seen

SLACK_S: Final = 4.0  # two cores that others keep busy too; an answer that hangs takes far longer
MEMORY: Final = "memory the server grew by, in MB"


def answered(model: str = "primary", *, text: str | None = None, finish: str = "stop") -> Check:
    """Every caller gets this model's whole answer, with its end."""
    expected = spoken.text(model) if text is None else text

    def check(seen: Seen) -> Iterator[str]:
        for answer in seen.answers:
            if not (answer.whole and answer.status == 200 and answer.finish == finish and answer.text == expected):
                yield f"expected the whole answer of {model}, got {answer}"
            elif answer.model is not None and not answer.model.endswith(f"/{model}"):
                yield f"the answer of {model} says that {answer.model} gave it"

    return check


def failed(*codes: str) -> Check:
    """Every caller gets a clean failure: a problem, or an error event without any end mark; of these codes, if any."""

    def check(seen: Seen) -> Iterator[str]:
        yield from (told for answer in seen.answers for told in unclean(answer, codes))

    return check


def unclean(answer: Answer, codes: tuple[str, ...]) -> Iterator[str]:
    """What is not clean about this failure."""
    if answer.broken is not None or answer.error is None:
        yield f"expected a clean failure, got {answer}"
    elif answer.ended or answer.finish is not None:
        yield f"a failure with an end mark: {answer}"
    elif codes and answer.error not in codes:
        yield f"expected {' or '.join(codes)}, got {answer}"


def never_cut(*texts: str) -> Check:
    """Every caller gets one of these texts whole, or a clean failure: never a part that looks whole."""

    def check(seen: Seen) -> Iterator[str]:
        for answer in seen.answers:
            if answer.whole and answer.text in texts and answer.finish == "stop":
                continue
            if answer.whole:
                yield f"a truncated success: {answer}"
            yield from () if answer.whole else unclean(answer, ())

    return check


def either(*checks: Check) -> Check:
    """One of these holds."""

    def check(seen: Seen) -> Iterator[str]:
        told = [list(one(seen)) for one in checks]
        if all(told):
            yield " / ".join(complaints[0] for complaints in told)

    return check


def clean(seen: Seen) -> Iterator[str]:
    """Every caller gets a whole answer or a clean failure."""
    for answer in seen.answers:
        if not (answer.whole and answer.finish == "stop"):
            yield from unclean(answer, ())


def within(seconds: float, *, slack_s: float = SLACK_S) -> Check:
    """Nobody waits longer than this, and the slack of a busy machine."""

    def check(seen: Seen) -> Iterator[str]:
        longest = max((answer.took_s for answer in seen.answers), default=0.0)
        if longest > seconds + slack_s:
            yield f"expected an end within {seconds:g} s, took {longest:.2f} s"

    return check


def asked(*, primary: int | tuple[int, int] | None = None, secondary: int | tuple[int, int] | None = None) -> Check:
    """So many requests reach each model; a pair is a range."""

    def check(seen: Seen) -> Iterator[str]:
        for model, wanted in (("primary", primary), ("secondary", secondary)):
            if wanted is None:
                continue
            least, most = wanted if isinstance(wanted, tuple) else (wanted, wanted)
            found = len(seen.of(model))
            if not least <= found <= most:
                yield f"expected {least if least == most else f'{least}–{most}'} requests to {model}, saw {found}"

    return check


def spaced(seconds: float, *, most_s: float | None = None) -> Check:
    """Each request to the primary comes so long after the one before; not much later than `most_s`, if given."""

    def check(seen: Seen) -> Iterator[str]:
        found = [
            later.at - earlier.at for earlier, later in zip(seen.of("primary"), seen.of("primary")[1:], strict=False)
        ]
        for pause in found:
            if pause < seconds - 0.02:
                yield f"expected a pause of at least {seconds:g} s, saw {pause:.2f} s"
            if most_s is not None and pause > most_s + SLACK_S:
                yield f"expected a pause of at most {most_s:g} s, saw {pause:.2f} s"

    return check


def hung_up(within_s: float = 2.0) -> Check:
    """The upstream sees its connection closed soon after the caller left."""

    def check(seen: Seen) -> Iterator[str]:
        for answer, request in zip(seen.answers, seen.requests, strict=False):
            if answer.left_at is None:
                continue
            if request.left_at is None:
                yield "the upstream's connection was never closed"
            elif (late_s := request.left_at - answer.left_at) > within_s + SLACK_S:
                yield f"the upstream's connection was closed {late_s:.2f} s after the caller left"

    return check


def wait_told(least: int = 1, most: int | None = None) -> Check:
    """A failure that is a status tells in Retry-After when to come again."""

    def check(seen: Seen) -> Iterator[str]:
        for answer in seen.answers:
            told = answer.headers.get("retry-after")
            if answer.status == 200:
                continue
            if answer.status not in (429, 503):
                yield f"expected 429 or 503, got {answer}"
            if told is None or not told.isdigit() or int(told) < least or (most is not None and int(told) > most):
                yield f"expected Retry-After of at least {least}, got {told}"

    return check


def kept_awake(seen: Seen) -> Iterator[str]:
    """A stream that is silent tells by comments that it lives."""
    for answer in seen.answers:
        if not answer.waits:
            yield f"expected comments while the stream was silent, got {answer}"


def restarted(seen: Seen) -> Iterator[str]:
    """The caller is told whenever the answer begins anew."""
    for answer in seen.answers:
        if not answer.restarts:
            yield f"expected an announced restart, got {answer}"


def rows(*wanted: str) -> Check:
    """The call rows, oldest first, each as `model outcome` or `model outcome error`; attempts count from 1."""

    def check(seen: Seen) -> Iterator[str]:
        found = _in_order(seen)
        told = [" ".join(str(part) for part in _short(row) if part) for row in found]
        if len(told) != len(wanted) or any(not line.startswith(want) for line, want in zip(told, wanted, strict=False)):
            yield f"expected rows {list(wanted)}, found {told}"
        attempts = [row["attempt"] for row in found]
        if attempts != list(range(1, len(attempts) + 1)):
            yield f"expected attempts from 1 upwards, found {attempts}"
        if any(not row["reason"] for row in found):
            yield "a row has no reason"

    return check


def passed_on(seen: Seen) -> Iterator[str]:
    """One row per failed attempt at the primary, then the one of the secondary that answered."""
    found = [_short(row) for row in _in_order(seen)]
    told = [(model, outcome) for model, outcome, _ in found]
    if not found or told != [("primary", "error")] * (len(told) - 1) + [("secondary", "ok")]:
        yield f"expected failed rows of the primary and one of the secondary, found {found}"


def every_request_booked(seen: Seen) -> Iterator[str]:
    """No request to the upstream is without its row; a page of the call log holds 200."""
    if len(seen.rows) < min(200, len(seen.requests)):
        yield f"{len(seen.requests)} requests were sent, and {len(seen.rows)} rows booked"


def small(most_mb: float) -> Check:
    """The server's memory did not grow by more than this."""

    def check(seen: Seen) -> Iterator[str]:
        if seen.counts[MEMORY] > most_mb:
            yield f"expected the server to grow by at most {most_mb:g} MB, it grew by {seen.counts[MEMORY]:.0f} MB"

    return check


def booked(seen: Seen) -> Iterator[str]:
    """Each call of a caller who left is `cancelled`, with what was said until then."""
    for row in seen.rows:
        if row["outcome"] != "cancelled":
            yield f"expected a row `cancelled`, found {row['outcome']} {row['error']}"
    if len(seen.rows) != len(seen.answers):
        yield f"expected {len(seen.answers)} rows, found {len(seen.rows)}"


def spent(seen: Seen) -> Iterator[str]:
    """Partial usage is booked: tokens in and out, and their cost."""
    for row in seen.rows:
        usage = row["usage"]
        tokens = usage if isinstance(usage, dict) else {}
        if not tokens.get("output_tokens") or not tokens.get("input_tokens") or not row["cost_usd"]:
            yield f"expected partial usage, found {usage} at {row['cost_usd']}"


def _in_order(seen: Seen) -> list[dict[str, object]]:
    return sorted(seen.rows, key=lambda row: (str(row["at"]), int(str(row["attempt"]))))


def _short(row: dict[str, object]) -> tuple[object, object, object]:
    return str(row["model"]).rpartition("/")[2], row["outcome"], row["error"]
