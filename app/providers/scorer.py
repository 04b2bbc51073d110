"""A scorer of the operator's behind an address: prompts go there as JSON, and a number for each comes back."""

import json
import weakref
from collections.abc import Sequence
from typing import Final

import requests

from app.domain.errors import ProviderBadAnswer
from app.providers import sessions, wire
from app.providers.lines import Line, speaking

NAME: Final = "the scorer"
MOST_BYTES: Final = 64 * 1024


class DistantScorer:
    """POST {"prompts": […]} → {"scores": […]}. No redirect is followed and no proxy used; connections are kept."""

    def __init__(self, url: str, *, timeout_s: float) -> None:
        self._url, self._timeout_s = url, timeout_s
        self._session = sessions.prepare(requests.Session())
        self._session.trust_env = False
        weakref.finalize(self, self._session.close)

    def __call__(self, prompts: list[str], /) -> Sequence[object]:
        """What it says of each. Raises ProviderError, at the latest after `timeout_s`."""
        line = Line(timeout_s=self._timeout_s)
        try:
            with speaking(line):
                line.open(NAME)
                raw, _ = sessions.whole(
                    self._session,
                    self._url,
                    wire.encode({"prompts": prompts}),
                    timeout_s=self._timeout_s,
                    provider=NAME,
                    most=MOST_BYTES,
                )
        except sessions.FAULTS as error:
            line.check(NAME)
            raise sessions.translate(error, provider=NAME) from None  # the cause may hold the address
        finally:
            line.close()
        return _scores(raw)


def _scores(raw: bytes) -> list[object]:
    """The list, whatever stands in it: also NaN and Infinity, which Python's `json.dumps` writes."""
    try:
        said = json.loads(raw, parse_int=float)  # numbers of any length
    except (ValueError, RecursionError):
        raise ProviderBadAnswer(f"{NAME} sent malformed JSON", provider=NAME) from None
    scores = said.get("scores") if isinstance(said, dict) else None
    if not isinstance(scores, list):
        raise ProviderBadAnswer(f"{NAME} sent no list of scores", provider=NAME)
    return scores
