"""Money is a whole number of nano-dollars; decimal text exists only at the edges.

One nano-dollar is 10⁻⁹ USD: the price of a single token of the cheapest models is still a whole number of them.
"""

from decimal import ROUND_HALF_EVEN, Context, Decimal, InvalidOperation

NANOS_PER_USD = 1_000_000_000

_NANO = Decimal(1).scaleb(-9)
_EXACT = Context(prec=60, rounding=ROUND_HALF_EVEN)


def from_usd(usd: Decimal | str) -> int:
    """The amount in nano-dollars, rounded half to even at the nano; ValueError when it is no finite decimal number."""
    try:
        amount = _EXACT.create_decimal(usd)
        nanos = amount.quantize(_NANO, context=_EXACT)
    except InvalidOperation as fault:
        raise ValueError(f"not an amount of money: {usd!r}") from fault
    if not nanos.is_finite():
        raise ValueError(f"not an amount of money: {usd!r}")
    return int(nanos.scaleb(9, context=_EXACT))


def to_usd(nanos: int) -> str:
    """The amount in USD as plain decimal text: exact, no exponent, no trailing zeros (`0.00125`, `12`, `0`)."""
    whole, part = divmod(abs(nanos), NANOS_PER_USD)
    sign = "-" if nanos < 0 else ""
    decimals = f"{part:09d}".rstrip("0")
    return f"{sign}{whole}.{decimals}" if decimals else f"{sign}{whole}"


def divide_half_even(numerator: int, denominator: int) -> int:
    """The quotient rounded half to even; `denominator` is positive."""
    quotient, rest = divmod(numerator, denominator)
    past_half = 2 * rest - denominator
    return quotient + 1 if past_half > 0 or (past_half == 0 and quotient % 2) else quotient
