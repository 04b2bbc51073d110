"""How a stream is told when a provider breaks it off: ended, held back until it is whole, or begun anew."""

from collections.abc import Callable, Generator, Mapping
from contextlib import closing
from dataclasses import replace
from functools import partial
from typing import Final

from app.domain.errors import CallerLeft, ProviderError, Unsupported
from app.domain.message import Delta
from app.services.caller import Recovery
from app.services.pursuit import Pursuit
from app.services.trying import Try


def _passed_on(pursuit: Pursuit, *, anew: bool) -> Generator[Delta]:
    """Pieces as they come. A break after the first raises, or with `anew` is followed by a piece that says restart."""
    broken = False
    with closing(pursuit.tries()) as tries:
        for attempt in tries:
            if broken:
                yield Delta(restart=True, model=attempt.leg.model.slug)
                broken = False
            yield from _heard(attempt)
            if attempt.watch.spoke and attempt.error is not None:
                if not anew:
                    raise attempt.error
                broken = True


def _held_back(pursuit: Pursuit) -> Generator[Delta]:
    """All pieces at once, when the answer is whole; what a provider broke off is never seen."""
    with closing(pursuit.tries()) as tries:
        for attempt in tries:
            pieces = list(_heard(attempt))
            if attempt.watch.ok:
                yield from pieces


PIECES: Final[Mapping[Recovery, Callable[[Pursuit], Generator[Delta]]]] = {
    "error": partial(_passed_on, anew=False),
    "buffer": _held_back,
    "restart": partial(_passed_on, anew=True),
}


def _heard(attempt: Try) -> Generator[Delta]:
    """One attempt's pieces, naming our model; its failure is told to the attempt, not raised."""
    watch, slug = attempt.watch, attempt.leg.model.slug
    try:
        with closing(
            attempt.provider.stream(attempt.request, timeout_s=attempt.timeout_s, line=attempt.line)
        ) as pieces:
            for delta in pieces:
                attempt.heard(delta)
                yield replace(delta, model=slug)
    except (GeneratorExit, CallerLeft):
        if not watch.ended:
            watch.left()
        raise
    except Unsupported as error:
        attempt.unfit(error)
    except ProviderError as error:
        attempt.failed(error)
