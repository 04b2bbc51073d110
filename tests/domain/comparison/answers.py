"""Answers and judgements that tests of comparisons are made of."""

from collections.abc import Sequence

from app.domain.comparison.comparison import JUDGE, Answer, Judgement, Verdict


def answer(
    candidate: int,
    number: int,
    score: float | None = None,
    *,
    repeat: int = 0,
    error: str | None = None,
    cost: int | None = 1_000,
    latency_ms: int | None = 100,
    ttft_ms: int | None = None,
    done: bool = True,
) -> Answer:
    """An answer that is done, unless said otherwise."""
    return Answer(
        id=f"{candidate}-{number}-{repeat}",
        comparison_id="c",
        place=0,
        candidate=candidate,
        input=number,
        repeat=repeat,
        done=done,
        text="x" if error is None else None,
        error=error,
        score=score,
        cost=cost,
        latency_ms=latency_ms,
        ttft_ms=ttft_ms,
        input_tokens=10,
        output_tokens=5,
    )


def answers_of(scores: Sequence[Sequence[float | None]]) -> list[Answer]:
    """One line of scores for each candidate, one score for each input."""
    return [answer(who, number, score) for who, line in enumerate(scores) for number, score in enumerate(line)]


def judged(
    first: int, second: int, number: int, verdict: Verdict | None, *, rater: str = JUDGE, repeat: int = 0
) -> Judgement:
    """One judgement that was made."""
    return Judgement(
        id=f"{first}-{second}-{number}-{repeat}-{rater}",
        comparison_id="c",
        place=0,
        input=number,
        repeat=repeat,
        first=first,
        second=second,
        rater=rater,
        done=True,
        verdict=verdict,
    )
