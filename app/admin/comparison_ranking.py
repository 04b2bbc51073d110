"""The ranking page: models over all comparisons, by how strong whom they beat makes them."""

from dataclasses import dataclass

from flask import Blueprint, render_template, request

from app.admin import comparison_shown
from app.admin.gate import needs, world
from app.domain.comparison.estimate import Estimate
from app.domain.comparison.ranking import Standing, WinRate
from app.services.comparing import ranking, told
from app.services.comparing.told import Figure

pages = Blueprint("comparisons-ranking", __name__, url_prefix="/comparisons/ranking")


@dataclass(frozen=True, slots=True)
class Placed:
    """A model with its rating, drawn between the lowest and the highest of all intervals, and its win rate."""

    standing: Standing
    rating: Figure
    rate: WinRate
    share: Figure


@pages.get("")
@needs("read")
def show() -> str:
    """Models by rating, of one use case when one is chosen."""
    only = request.args.get("use_case", "").strip() or None
    met = ranking.meetings(world(), use_case=only)
    rates = {each.model: each for each in ranking.win_rates(met)}
    standings = ranking.ranking(met)
    groups = len({each.group for each in standings if each.rating})
    return render_template(
        "comparison_ranking.html",
        placed=_placed(standings, rates),
        met=met,
        groups=groups,
        only=only,
        owners=comparison_shown.use_case_codes(world()),
    )


def _placed(standings: tuple[Standing, ...], rates: dict[str, WinRate]) -> list[Placed]:
    ratings = [each.rating for each in standings if each.rating]
    ends = [end for rating in ratings for end in (rating.low, rating.high) if end is not None]
    least, most = (min(ends), max(ends)) if ends else (0.0, 1.0)
    return [
        Placed(each, _rating(each.rating, least, most), rates[each.model], told.percent(rates[each.model].rate))
        for each in standings
    ]


def _rating(found: Estimate | None, least: float, most: float) -> Figure:
    """On the scale from least to most; a dash for a model that has met nobody."""
    if found is None:
        return told.UNKNOWN
    ends = (found.value, found.low, found.high)
    at = [None if end is None else told.scaled(end - least, most - least) for end in ends]
    between = "" if found.low is None or found.high is None else f"{found.low:,.0f} to {found.high:,.0f}"
    return Figure(f"{found.value:,.0f}", between, *at)
