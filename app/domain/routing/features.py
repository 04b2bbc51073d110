"""Some forty figures that say what a prompt is like: sizes, options, numbers, marks of maths and code, structure."""

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.domain.routing import word_lists as lists
from app.domain.routing.reading import Reading

# What each figure is for a common prompt, and how far prompts lie from that; heads see (figure − first) / second.
TYPICAL: Final[Mapping[str, tuple[float, float]]] = {
    "characters": (5.76, 0.78),
    "words": (4.03, 0.74),
    "word_length": (4.61, 0.77),
    "long_words": (0.177, 0.1),
    "distinct_words": (0.726, 0.16),
    "sentences": (0.939, 0.74),
    "sentence_words": (36.0, 26.0),
    "lines": (1.66, 0.55),
    "questions": (0.433, 0.35),
    "asks_at_end": (0.595, 0.49),
    "options": (3.63, 1.2),
    "stem_characters": (5.01, 1.0),
    "option_characters": (3.04, 1.4),
    "option_spread": (0.209, 0.17),
    "numeric_options": (0.105, 0.3),
    "numbers": (0.628, 0.86),
    "largest_number": (1.1, 1.6),
    "decimals": (0.066, 0.3),
    "digit_share": (0.016, 0.05),
    "money": (0.129, 0.42),
    "maths_marks": (0.25, 0.6),
    "maths_words": (0.375, 0.55),
    "code_marks": (0.05, 0.3),
    "reasoning_words": (0.516, 0.64),
    "negations": (0.374, 0.58),
    "negations_in_stem": (0.191, 0.41),
    "person_words": (0.699, 0.93),
    "complex_words": (0.057, 0.2),
    "simple_words": (0.098, 0.25),
    "claims": (0.06, 0.3),
    "names": (0.582, 0.86),
    "capitals": (0.043, 0.03),
    "punctuation": (0.039, 0.02),
    "blanks": (0.051, 0.3),
    "quotes": (0.138, 0.43),
    "bullets": (0.01, 0.1),
    "commas": (0.806, 0.94),
    "foreign_letters": (0.001, 0.05),
}
NAMES: Final = tuple(TYPICAL)
FURTHEST: Final = 4.0

_CENTRE: Final = np.array([centre for centre, _ in TYPICAL.values()])
_SPREAD: Final = np.array([spread for _, spread in TYPICAL.values()])
_OPTION: Final = re.compile(r"^[ \t]*\(?[A-Ha-h][.):][ \t]+(.*)$", re.M)
_BULLET: Final = re.compile(r"^[ \t]*(?:[-*•]|\d{1,2}[.)])[ \t]+\S", re.M)
_NUMBER: Final = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?")
_SENTENCE: Final = re.compile(r"[.!?。！？](?=\s|$)")
_NAME: Final = re.compile(r"[a-z,;] [A-Z][a-z]")
_LONG: Final = 7
_CAPITALS: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_PUNCTUATION: Final = b".,;:!?()'\"-"
_MATHS: Final = b"=^<>+*/\\"
_MATHS_BEYOND_ASCII: Final = re.compile(r"[√∑∏∫∂∞≤≥≠≈±×÷π∈∉∀∃⊂∪∩→⇒]")
_CODE: Final = ("`", "{", "}", ";\n", "->", "=>", "==", "()")


def features(reading: Reading) -> list[float]:
    """One finite figure for each of NAMES; counts and sizes stand as log(1 + n), shares within 0…1."""
    text = reading.text
    stem, options = _parted(text)
    coded = text.encode()
    counts = Counter(reading.words)
    return [
        *_sizes(reading, counts),
        *_sentences(reading, stem),
        *_options(stem, options),
        *_numbers(text),
        *_marks(text, coded, counts),
        *_words(reading, counts, stem),
        *_structure(text, coded),
    ]


def standard(figures: Sequence[float]) -> NDArray[np.float64]:
    """The figures as distances from what is typical, within ±FURTHEST, and a 1 for the intercept at the end."""
    clipped = np.clip((np.asarray(figures) - _CENTRE) / _SPREAD, -FURTHEST, FURTHEST)
    return np.append(clipped, 1.0)


def _log(count: float) -> float:
    return math.log1p(count)


def _holding(coded: bytes, signs: bytes) -> int:
    """How many bytes are one of these ASCII signs; no byte of another letter is."""
    return len(coded) - len(coded.translate(None, signs))


def _parted(text: str) -> tuple[str, list[str]]:
    """What stands before the first option, and the options; without at least two there are none."""
    found = list(_OPTION.finditer(text))
    if len(found) < 2:
        return text, []
    return text[: found[0].start()], [option[1] for option in found]


def _sizes(reading: Reading, counts: Counter[str]) -> list[float]:
    words = reading.words
    number = max(1, len(words))
    lengths = list(map(len, words))
    return [
        _log(reading.length),
        _log(len(words) * reading.scale),
        sum(lengths) / number,
        sum(map(_LONG.__lt__, lengths)) / number,
        len(counts) / number,
    ]


def _sentences(reading: Reading, stem: str) -> list[float]:
    text = reading.text
    ends = len(_SENTENCE.findall(stem))
    return [
        _log(ends),
        len(reading.words) / max(1, ends),
        _log(text.count("\n") * reading.scale),
        _log(text.count("?") + text.count("？")),
        float(stem.rstrip().endswith(("?", "？"))),
    ]


def _options(stem: str, options: Sequence[str]) -> list[float]:
    lengths = [len(option) for option in options] or [0]
    mean = sum(lengths) / len(lengths)
    spread = math.sqrt(sum((length - mean) ** 2 for length in lengths) / len(lengths)) / (mean or 1.0)
    numeric = sum(any(sign.isdigit() for sign in option[:8]) for option in options)
    return [float(min(len(options), 8)), _log(len(stem)), _log(mean), spread, numeric / len(lengths)]


def _numbers(text: str) -> list[float]:
    found = _NUMBER.findall(text)
    largest = max((len(number.split(".", 1)[0].replace(",", "")) for number in found), default=0)
    return [
        _log(len(found)),
        float(min(largest, 12)),
        _log(sum("." in number for number in found)),
        sum(map(len, found)) / max(1, len(text)),
        _log(sum(map(text.count, "$€£¥%"))),
    ]


def _marks(text: str, coded: bytes, counts: Counter[str]) -> list[float]:
    maths = _holding(coded, _MATHS) + (0 if text.isascii() else len(_MATHS_BEYOND_ASCII.findall(text)))
    code = sum(map(text.count, _CODE)) + lists.CODE.count(counts)
    return [_log(maths), _log(lists.MATHS.count(counts)), _log(code)]


def _words(reading: Reading, counts: Counter[str], stem: str) -> list[float]:
    words = reading.words
    heading = counts
    if len(stem) < len(reading.text):
        heading = Counter(words[: len(words) * len(stem) // len(reading.text)])
    return [
        _log(lists.REASONING.count(counts)),
        _log(lists.NEGATION.count(counts)),
        _log(lists.NEGATION.count(heading)),
        _log(lists.PERSONS.count(counts)),
        _log(len(lists.COMPLEX.found(words, counts))),
        _log(len(lists.SIMPLE.found(words, counts))),
        _log(lists.CLAIMS.count(counts)),
        _log(len(_NAME.findall(reading.text))),
    ]


def _structure(text: str, coded: bytes) -> list[float]:
    size = max(1, len(text))
    return [
        _holding(coded, _CAPITALS) / size,
        _holding(coded, _PUNCTUATION) / size,
        _log(text.count("__")),
        _log(sum(map(text.count, '"“”«»'))),
        _log(len(_BULLET.findall(text))),
        _log(text.count(",")),
        min(1.0, (len(coded) - size) / size) if not text.isascii() else 0.0,
    ]
