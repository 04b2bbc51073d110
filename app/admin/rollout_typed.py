"""How values of a rollout are typed: percent instead of parts, and dollars with or without their sign."""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Final

NUMBER: Final = re.compile(r"[0-9]{1,12}(\.[0-9]{1,9})?")


def count(text: str) -> int:
    """A whole number. Raises ValueError."""
    plain = _plain(text)
    if not plain.isascii() or not plain.isdigit() or len(plain) > 12:
        raise ValueError("A whole number is needed, as 500.")
    return int(plain)


def number(text: str) -> float:
    """A number that is not negative. Raises ValueError."""
    return float(_decimal(text, "A number is needed, as 0.05."))


def percent(text: str) -> float:
    """The part that so many percent are. Raises ValueError."""
    return float(_decimal(text.replace("%", ""), "A percentage is needed, as 5 or 2.5.") / 100)


def share(text: str) -> int:
    """Percent as parts of 10 000. Raises ValueError for more than two decimals."""
    parts = _decimal(text.replace("%", ""), "A percentage is needed, as 33.34.") * 100
    if parts != int(parts) or parts > 10_000:
        raise ValueError("A percentage up to 100 with at most two decimals is needed, as 33.34.")
    return int(parts)


def usd(text: str) -> str:
    """Dollars as decimal text. Raises ValueError."""
    plain = _plain(text).removeprefix("$")
    if not NUMBER.fullmatch(plain):
        raise ValueError("An amount of US dollars is needed, as 0.02.")
    return plain


def word(text: str) -> str:
    """What was chosen."""
    return text


def flag(text: str) -> bool:
    """Whether it was marked."""
    return text == "yes"


def written(kind: Callable[[str], object], value: object) -> str:
    """The value as somebody would have typed it."""
    if value is None:
        return ""
    if kind is flag:
        return "yes" if value else ""
    if kind is percent:
        return f"{float(str(value)) * 100:.12g}"
    if kind is share:
        return f"{int(str(value)) / 100:g}"
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def _plain(text: str) -> str:
    return text.strip().replace(",", "").replace(" ", "")


def _decimal(text: str, told: str) -> Decimal:
    plain = text.strip()
    if not plain.isascii() or not NUMBER.fullmatch(plain):
        raise ValueError(told)
    return Decimal(plain)


Kind = Callable[[str], object]
PLAIN: Final[Mapping[str, Kind]] = {
    "metric.kind": word,
    "metric.failures": word,
    "metric.window_days": count,
    "mode": word,
    "best_guess": flag,
    "baseline": word,
    "max_sessions": count,
    "max_feedback": count,
    "max_days": number,
    "epsilon": number,
    "delta": percent,
    "max_step_pct": number,
    "min_feedback": count,
    "certification": word,
    "scale": word,
    "tick_s": number,
    "on_escape": word,
    "holdout": share,
    "warm_start": flag,
    "objective.quality": number,
    "objective.cost": number,
    "objective.latency": number,
    "objective.dearest_usd": usd,
    "objective.slowest_ms": count,
}
RULE: Final[Mapping[str, Kind]] = {
    "lower_score": number,
    "max_error_rate": percent,
    "max_latency_p95_ms": count,
    "max_cost_usd_per_session": usd,
    "min_feedback": count,
    "min_runs": count,
}
LIMITS: Final = ("lower_score", "max_error_rate", "max_latency_p95_ms", "max_cost_usd_per_session")
