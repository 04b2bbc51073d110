"""The words that exercises are made of."""

from typing import Final


def _each(words: str) -> tuple[str, ...]:
    return tuple(words.split())


WORDS: Final = _each(
    "river stone lamp window paper garden morning silver bridge letter apple winter candle forest mirror pocket "
    "thunder basket copper harbour velvet ladder meadow pepper saddle timber walnut button feather island"
)
ANIMALS: Final = _each(
    "fox owl bear hare wolf lynx otter badger heron goose stag mole crane raven seal toad finch adder pike vole "
    "swan moose lizard beaver falcon magpie rabbit salmon spider turtle"
)
CITIES: Final = _each(
    "Oslo Lima Cairo Paris Kyoto Quito Accra Delhi Turin Porto Hanoi Perth Sofia Tunis Basel Leeds Malmo Dakar"
)
DAYS: Final = _each("Monday Tuesday Wednesday Thursday Friday Saturday Sunday")
GOODS: Final = _each("lamps chairs kettles clocks carpets baskets mirrors ladders candles buckets drums vases")

Measure = tuple[tuple[str, int], ...]
"""Units from the largest to the smallest, each with how many of the smallest it holds."""

UNITS: Final[tuple[Measure, ...]] = (
    (("weeks", 604_800), ("days", 86_400), ("hours", 3_600), ("minutes", 60), ("seconds", 1)),
    (("kilometres", 1_000_000), ("metres", 1_000), ("decimetres", 100), ("centimetres", 10), ("millimetres", 1)),
    (
        ("tonnes", 1_000_000_000_000),
        ("kilograms", 1_000_000_000),
        ("grams", 1_000_000),
        ("milligrams", 1_000),
        ("micrograms", 1),
    ),
)
