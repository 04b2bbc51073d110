"""How difficult a prompt is: what ships with the product, before any outcome is seen."""

from collections.abc import Sequence
from dataclasses import replace

from app.domain.routing.encoding import Encoding, encode
from app.domain.routing.features import NAMES, TYPICAL
from app.domain.routing.heuristic import RULES, Rules, rated
from app.domain.routing.level import LEARNED, Difficulty
from app.domain.routing.shipped import SHIPPED

_MOST_SHOWN = 8


def score(prompts: Sequence[str]) -> list[float]:
    """For each prompt how much likelier a strong model answers it rightly than a weak one, −1…1, by the shipped prior.

    Each prompt is looked at alone, so that its score does not depend on the others.
    """
    return [SHIPPED.need(encode(prompt)) for prompt in prompts]


def explained(prompt: str, rules: Rules = RULES) -> Difficulty:
    """Difficulty by rule, which anyone can follow: length, words and structure sum to the score."""
    return rated(prompt, rules)


def learned(prompt: str) -> Difficulty:
    """Difficulty by the shipped prior: 1 less the quality expected of a weak model.

    The contributions are those of the figures that matter most: by how much the score falls when a figure is set to
    what is typical (`words_used` is all that the words themselves say against nothing said).
    """
    seen = encode(prompt)
    whole = 1.0 - SHIPPED.weak.forecast(seen)
    less = {
        name: whole - (1.0 - SHIPPED.weak.forecast(_typical(seen, place)))
        for place, name in enumerate(NAMES)
        if name != "options"
    }
    less["words_used"] = whole - (1.0 - SHIPPED.weak.forecast(replace(seen, places=seen.places[:0])))
    most = sorted(less.items(), key=lambda item: (-abs(item[1]), item[0]))[:_MOST_SHOWN]
    return Difficulty(whole, LEARNED.of(whole), dict(most))


def _typical(seen: Encoding, place: int) -> Encoding:
    figures = list(seen.figures)
    figures[place] = TYPICAL[NAMES[place]][0]
    dense = seen.dense.copy()
    dense[place] = 0.0
    return replace(seen, figures=tuple(figures), dense=dense)
