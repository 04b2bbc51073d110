"""People judge blindly: a ballot shows two answers without names, and a vote on it counts once for each rater."""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from itertools import combinations, islice
from math import gcd
from typing import Final

from app.db import comparison_answers as answer_rows
from app.db import comparisons as rows
from app.db import judgements as judgement_rows
from app.db.uow import Tx
from app.domain.comparison.comparison import JUDGE, Answer, Comparison, Input, Judgement, Verdict
from app.domain.errors import Invalid, NotFound
from app.services.comparing.tallying import Voted
from app.services.world import World

AT_ONCE: Final = 50
NAME: Final = 255


@dataclass(frozen=True, slots=True)
class Ballot:
    """Two answers to one input, in the order in which this rater sees them. `pair` names them to `vote`."""

    pair: str
    input: Input
    first: str
    second: str


@dataclass(frozen=True, slots=True)
class Pair:
    """Which two answers, as one rater sees them; `number` is the rater's own for it."""

    number: int
    input: int
    repeat: int
    first: int
    second: int


def ballot(world: World, comparison_id: str, rater: str) -> Ballot | None:
    """The next two answers that the rater has not voted on; None when there are none. Raises NotFound, Invalid.

    Every rater goes through the pairs in an order of their own, and sees each the way round that is theirs.
    """
    _check_rater(rater)
    with world.store.read() as tx:
        comparison = rows.get(tx, comparison_id)
        given = judgement_rows.all_of(tx, comparison_id, rater=rater)
        voted = {(each.input, each.repeat, frozenset((each.first, each.second))) for each in given}
        fresh = (
            pair
            for pair in _pairs(comparison, rater)
            if (pair.input, pair.repeat, frozenset((pair.first, pair.second))) not in voted
        )
        while several := list(islice(fresh, AT_ONCE)):
            texts = _texts(tx, comparison_id, several)
            for pair in several:
                first = texts.get((pair.input, pair.repeat, pair.first))
                second = texts.get((pair.input, pair.repeat, pair.second))
                if first is not None and second is not None:
                    (shown,) = rows.inputs_of(tx, comparison_id, (pair.input,))
                    return Ballot(str(pair.number), shown, first, second)
    return None


def vote(world: World, comparison_id: str, pair: str, rater: str, verdict: Verdict) -> Judgement:
    """The rater's word on the pair of a ballot; a repeat takes its place. Raises NotFound, Invalid."""
    _check_rater(rater)
    with world.store.write() as tx:
        comparison = rows.get(tx, comparison_id)
        shown = _pair(comparison, rater, pair)
        texts = _texts(tx, comparison_id, [shown])
        if any((shown.input, shown.repeat, each) not in texts for each in (shown.first, shown.second)):
            raise NotFound("pair", pair, field="pair")
        given = Judgement(
            id=world.new_id(),
            comparison_id=comparison_id,
            place=shown.number,
            input=shown.input,
            repeat=shown.repeat,
            first=shown.first,
            second=shown.second,
            rater=rater,
            done=True,
            verdict=verdict,
            cost=0,
        )
        voted = Voted(tx, comparison, given)
        judgement_rows.vote(tx, given)
        voted.moved()
    return given


def _texts(tx: Tx, comparison_id: str, several: list[Pair]) -> dict[tuple[int, int, int], str]:
    """What was answered, by input, repeat and candidate."""
    found: list[Answer] = answer_rows.of_inputs(tx, comparison_id, {pair.input for pair in several})
    return {(each.input, each.repeat, each.candidate): each.text for each in found if each.text is not None}


def _pairs(comparison: Comparison, rater: str) -> Iterator[Pair]:
    return (_shown(comparison, rater, number) for number in range(_many(comparison)))


def _many(comparison: Comparison) -> int:
    candidates = len(comparison.candidates)
    return candidates * (candidates - 1) // 2 * comparison.inputs * comparison.repeats


def _pair(comparison: Comparison, rater: str, pair: str) -> Pair:
    if not (pair.isascii() and pair.isdecimal() and len(pair) < 10 and int(pair) < _many(comparison)):
        raise NotFound("pair", pair, field="pair")
    return _shown(comparison, rater, int(pair))


def _shown(comparison: Comparison, rater: str, number: int) -> Pair:
    """The rater's pair of that number: a walk over all pairs whose start and stride are the rater's own.

    The stride has no divisor in common with how many there are, so that the walk meets each of them once.
    """
    many = _many(comparison)
    start, stride = (_drawn(comparison, rater, what) % many for what in ("start", "stride"))
    stride = next(each for each in range(max(1, stride), many + max(1, stride)) if gcd(each, many) == 1)
    block, at = divmod(
        (start + number * stride) % many, len(comparison.candidates) * (len(comparison.candidates) - 1) // 2
    )
    given, repeat = divmod(block, comparison.repeats)
    two = next(islice(combinations(range(len(comparison.candidates)), 2), at, None))
    first, second = two if _drawn(comparison, rater, f"way\x1f{block}\x1f{at}") % 2 else two[::-1]
    return Pair(number, given, repeat, first, second)


def _drawn(comparison: Comparison, rater: str, what: str) -> int:
    text = "\x1f".join((comparison.seed, "ballot", rater, what))
    return int.from_bytes(sha256(text.encode(errors="surrogatepass")).digest()[:8])


def _check_rater(rater: str) -> None:
    if not 1 <= len(rater) <= NAME or not rater.isprintable() or rater == JUDGE:
        raise Invalid(f"a name of 1 to {NAME} printable characters is expected, and not {JUDGE!r}", field="rater")
