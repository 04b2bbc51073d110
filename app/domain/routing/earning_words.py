"""The verdict on a router in plain words."""

from app.domain.comparison.estimate import Estimate
from app.domain.money import NANOS_PER_USD
from app.domain.routing.earned import FEWEST_ASKED, FEWEST_HELD_OUT, FEWEST_OUTCOMES, OFTEN_ENOUGH, Against, Earned

_EACH = 1_000  # requests, for which money is told


def too_few(outcomes: int) -> str:
    """Without enough outcomes."""
    return f"Too early to tell: {outcomes} routes have a known outcome, {FEWEST_OUTCOMES} are needed."


def too_few_held_out(held_out: int) -> str:
    """Without enough routes drawn by chance."""
    return (
        f"Too early to tell: {held_out} routes with an outcome were held out, {FEWEST_HELD_OUT} are needed. "
        "The setting ROUTER_HOLD_OUT_PERCENT says what share is."
    )


def no_choice(several: int) -> str:
    """Most requests left no choice."""
    return (
        f"Too early to tell: in {several} of the routes with a known outcome more than one model could be asked, "
        f"{FEWEST_OUTCOMES} are needed."
    )


def asked_too_seldom(model: str, asked: int) -> str:
    """A model that has hardly been asked."""
    return f"Too early to tell: {model} was asked {asked} times with a known outcome, {FEWEST_ASKED} are needed."


def told_apart_too_seldom(model: str, *, apart: int, drawn: int, followed: int) -> str:
    """Where the router wanted another model, this one or that one has hardly been asked."""
    seldom = f"{model} was drawn" if drawn < FEWEST_ASKED else "what it wanted was asked"
    return (
        f"Too early to tell: in {apart:,} requests the router wanted another model than {model}, and {seldom} in "
        f"{min(drawn, followed)} of them; {FEWEST_ASKED} are needed, for only they tell the two apart. "
        "A greater ROUTER_HOLD_OUT_PERCENT brings them sooner."
    )


def nothing_to_compare() -> str:
    """No model could have been asked all the time."""
    return (
        f"Nothing to compare with: no model of known price could have been asked in {OFTEN_ENOUGH:.0%} of the requests."
    )


def price_unknown() -> str:
    """What the router costs cannot be told."""
    return "Nothing can be said of equal cost: the router asks models whose price is unknown."


def earns(told: Earned, gain: Estimate) -> str:
    """The router is better."""
    return f"The router earns its keep: {_gain(gain)}.{_saved(told)}"


def no_gain(told: Earned, gain: Estimate) -> str:
    """The router is not better, or nobody can see that it is."""
    worse = gain.high is not None and gain.high < 0
    first = f"The router does harm: {_gain(gain)}." if worse else f"No gain can be seen: {_gain(gain)}."
    more = "" if told.needed is None else f" If the gain stays as it is, {told.needed:,} outcomes would prove it."
    return f"{first} Asking {told.single} all the time would do as well.{more}{_saved(told)}"


def _gain(gain: Estimate) -> str:
    side = "above" if gain.value >= 0 else "below"
    low, high = gain.low or 0.0, gain.high or 0.0
    return (
        f"its quality is {abs(gain.value):.3f} {side} the best mixture of single models that costs the same "
        f"(95 % interval {low:+.3f} to {high:+.3f})"
    )


def _saved(told: Earned) -> str:
    """Against the strongest and the cheapest, once where both are one."""
    said = [f" Against always {told.best.model}, the strongest, {_against(told.best)}."] if told.best else []
    if told.cheapest and (told.best is None or told.cheapest.model != told.best.model):
        said.append(f" Against always {told.cheapest.model}, the cheapest, {_against(told.cheapest)}.")
    return "".join(said)


def _against(other: Against) -> str:
    saved, better = other.saved.value, other.quality.value
    share = "" if other.share is None else f", {abs(other.share):.0%}"
    money = f"it {'saves' if saved >= 0 else 'spends'} {_usd(abs(saved))}{share}{'' if saved >= 0 else ' more'}"
    return f"{money}, per {_EACH:,} requests, and is {abs(better):.3f} {'better' if better >= 0 else 'worse'}"


def _usd(nanos: float) -> str:
    amount = nanos * _EACH / NANOS_PER_USD
    return f"${amount:,.2f}" if amount >= 1 else f"${amount:.2g}"
