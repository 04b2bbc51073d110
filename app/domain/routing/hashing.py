"""Words and pairs of words as places of a table, the same in every process."""

from collections.abc import Sequence
from typing import Final
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

BITS: Final = 15
SIZE: Final = 1 << BITS

Places = NDArray[np.int64]

# Digits become 0, since a number's size says more of a prompt than its value.
_DIGITS: Final = bytes.maketrans(b"123456789", b"000000000")
_FORMS: Final = {True: crc32(b"options"), False: crc32(b"open")}
_GOLDEN: Final = np.uint32(0x9E3779B1)
_SHIFT: Final = np.uint32(32 - BITS)


def places(words: Sequence[str], *, options: bool) -> Places:
    """Where each word, each word in a prompt of this form, and each pair of neighbours falls; each once, ascending.

    The same word means one thing where options are to choose from and another in an open question, so it has a place
    for either beside a common one (H. Daumé 2007, "Frustratingly Easy Domain Adaptation"). A number counts as
    its digits, not its value. The CRC of a word is the same in every process, which Python's own hash is not; the
    place is the top of its product with 2^32 over the golden ratio (D. Knuth, "The Art of Computer Programming", 6.4).
    Source: Weinberger et al. 2009, "Feature Hashing for Large Scale Multitask Learning", without signs.
    """
    if not words:
        return np.zeros(0, dtype=np.int64)
    coded = " ".join(words).encode().translate(_DIGITS).split(b" ")
    own = np.fromiter(map(crc32, coded), dtype=np.uint32, count=len(coded))
    pairs = own[:-1] * _GOLDEN + own[1:]
    codes = np.concatenate((own, own ^ np.uint32(_FORMS[options]), pairs))
    found = (codes * _GOLDEN) >> _SHIFT
    found.sort()
    first = np.append(True, found[1:] != found[:-1])
    return np.asarray(found[first], dtype=np.int64)
