"""The order of questions is drawn, so that what changes over time falls on all candidates alike."""

from collections.abc import Iterator, Sequence
from hashlib import sha256
from itertools import combinations

from app.domain.comparison.comparison import Candidate, Input

Turn = tuple[int, int, int]
"""Number of the candidate from 0, number of the input, repeat from 0."""

Pairing = tuple[int, int, int, int]
"""The candidate shown first, the one shown second, number of the input, repeat."""


def drawn_order(*, seed: str, candidates: Sequence[Candidate], inputs: Sequence[Input], repeats: int) -> list[Turn]:
    """Every candidate, input and repeat once, in the order in which they are asked; the same for the same seed.

    Blocks of one input and repeat come in a drawn order, and inside each all candidates stand side by side in one of
    their own: a provider that slows down, or a load that rises, meets all candidates nearly at the same moment (R. A.
    Fisher 1935, "The Design of Experiments": randomised blocks).
    """
    blocks = ((given.number, repeat) for given in inputs for repeat in range(repeats))
    return [
        (candidate, number, repeat)
        for number, repeat in sorted(blocks, key=lambda block: _drawn(seed, "block", *block))
        for candidate in sorted(
            range(len(candidates)), key=lambda candidate: _drawn(seed, "turn", number, repeat, candidate)
        )
    ]


def judge_order(*, seed: str, candidates: int, inputs: Sequence[Input], repeats: int, max_pairs: int) -> list[Pairing]:
    """The pairs that a judge is shown, each twice in a row with the places swapped; the drawn one comes first.

    At most `max_pairs` pairs of answers. They are taken in rounds, in each round one block (input and repeat) for every
    pair of candidates, drawn for that pair by itself: no pair of candidates is judged more than once oftener than
    another.
    """
    blocks = [(given.number, repeat) for given in inputs for repeat in range(repeats)]
    pairs = sorted(combinations(range(candidates), 2), key=lambda pair: _drawn(seed, "pair", *pair))
    if not pairs:
        return []
    rounds = min(len(blocks), -(-max_pairs // len(pairs)))
    taken = [(_few(seed, pair, blocks, rounds), pair) for pair in pairs]
    chosen = ((pair, own[at]) for at in range(rounds) for own, pair in taken)
    return [
        shown for _, (pair, block) in zip(range(max_pairs), chosen, strict=False) for shown in _both(seed, pair, block)
    ]


def _few(seed: str, pair: tuple[int, int], blocks: Sequence[tuple[int, int]], few: int) -> list[tuple[int, int]]:
    return sorted(blocks, key=lambda block: _drawn(seed, "judge", *pair, *block))[:few]


def _both(seed: str, pair: tuple[int, int], block: tuple[int, int]) -> Iterator[Pairing]:
    one, other = pair if _drawn(seed, "first", *pair, *block)[0] % 2 else pair[::-1]
    yield one, other, *block
    yield other, one, *block


def _drawn(seed: str, what: str, *numbers: int) -> bytes:
    """A hash that orders things as if by chance."""
    return sha256("\x1f".join((seed, what, *map(str, numbers))).encode(errors="surrogatepass")).digest()
