"""Feedback is an opinion on a session, a run or a call; whatever its kind, it is reduced to a reward from 0 to 1."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, get_args

from app.domain.errors import Invalid

Kind = Literal["rating", "thumb", "approved", "score", "conversion", "number", "comment", "reference_link"]
Stored = Kind | Literal["failure"]  # a run that its flow failed counts as an opinion of the service itself
KINDS: Final[tuple[str, ...]] = get_args(Kind)
WITHOUT_REWARD: Final = frozenset({"comment", "reference_link"})
FARTHEST: Final = 1e15
MAX_TEXT: Final = 4096
LINK: Final = re.compile(r"https?://[^\s/?#\\][^\s\x00-\x1f\x7f]*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Feedback:
    """One opinion. Unique per (target, kind, rater, metric, event): a later one replaces the earlier.

    `value` is the number as given; `reward` its reduction, None for kinds that judge nothing. `counted` is what the
    experiment's evidence takes of it, None when it does not count. `author`: who on the product team gave it. `metric`
    names a reported number; `event` tells opinions apart that one rater gives oftener. `run_id`: the run
    that was named, or that of the call; None for those from before runs were kept. `target_id`: the call, else the run,
    else the session, or what stands for a unit in one epoch.
    """

    id: str
    at: datetime
    session_id: str
    call_id: str | None
    use_case_id: str
    flow_id: str
    flow_version: int
    epoch_id: str | None
    kind: Stored
    rater: str
    value: float | None
    reward: float | None
    comment: str | None = None
    reference_link: str | None = None
    edit_distance: float | None = None
    counted: float | None = None
    author: str | None = None
    shadow: bool = False
    metric: str = ""
    event: str = ""
    target_id: str | None = None
    run_id: str | None = None

    @property
    def about(self) -> str:
        """The call, else the run, else the session."""
        return self.call_id or self.run_id or self.session_id


def reward(kind: str, value: float | None, *, edit_distance: float | None = None) -> float | None:
    """The reward 0…1 of an opinion; None for a comment or a link.

    rating 1–5 → (v−1)/4; thumb, conversion: 0 or 1; score: itself; approved: 1 less the edit distance (0…1, share of
    the text that was changed) when given, 0 when refused. A number is no opinion, and has no reward: only A/B tests
    that follow it know its range. Raises Invalid on a value outside its kind's range.
    """
    if kind in WITHOUT_REWARD:
        if value is not None:
            raise Invalid(f"a {kind} carries no value", field="value")
        return None
    if value is None:
        raise Invalid(f"a {kind} needs a value", field="value")
    match kind:
        case "rating":
            _within(value, 1, 5)
            return (value - 1) / 4
        case "score":
            _within(value, 0, 1)
            return value
        case "thumb" | "conversion" | "approved":
            if value not in (0, 1):
                raise Invalid(f"a {kind} is 0 or 1", field="value")
            if kind == "approved" and value == 1 and edit_distance is not None:
                return 1.0 - edit_distance
            return float(value)
        case "number":
            _within(value, -FARTHEST, FARTHEST)
            return None
        case _:
            raise Invalid(f"kind is one of {', '.join(KINDS)}", field="kind")


def check_texts(kind: str, comment: str | None, reference_link: str | None) -> None:
    """Raises Invalid for a comment or link that its kind needs and lacks, a text too long, a link that is not http(s).

    A link is shown to be clicked on, and `javascript:` or `data:` would run in the reader's page.
    """
    for name, text in (("comment", comment), ("reference_link", reference_link)):
        if kind == name and not (text or "").strip():
            raise Invalid(f"feedback of kind {name} needs one", field=name)
        if text is not None and len(text) > MAX_TEXT:
            raise Invalid(f"at most {MAX_TEXT} characters are allowed", field=name)
    if reference_link is not None and not LINK.fullmatch(reference_link):
        raise Invalid("a link that begins with http:// or https:// is expected", field="reference_link")


def _within(value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise Invalid(f"a value from {low} to {high} is expected", field="value")
