"""The expert that knows a prompt by its length alone: two weights, hard to beat and hard to mislead."""

from typing import Any, Self

from numpy.typing import NDArray

from app.domain.errors import Invalid
from app.domain.routing.encoding import Encoding
from app.domain.routing.logistic import logistic
from app.domain.routing.newton import Newton

_WIDTH = 0.25


class LengthHead:
    """Quality as a logistic function of log length; `lean` as in heads.Head."""

    __slots__ = ("_newton",)

    def __init__(self, *, lean: float = 0.0, forget: float = 1.0) -> None:
        self._newton = Newton(2, width=_WIDTH, forget=forget)
        self._newton.weights[0] = -lean

    def forecast(self, seen: Encoding) -> float:
        """The quality 0…1 to expect of the model for a prompt of this length."""
        return logistic(self._newton.logit(seen.length))

    def observe(self, seen: Encoding, quality: float, weight: float = 1.0) -> None:
        """Learn one quality 0…1, trusted by `weight`."""
        self._newton.observe(seen.length, quality, weight)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """What was learned."""
        return {f"length.{name}": array for name, array in self._newton.arrays().items()}

    def take(self, arrays: dict[str, NDArray[Any]]) -> Self:
        """Go on from what `arrays` gave; raises Invalid when it does not fit."""
        try:
            self._newton.take(arrays["length.weights"], arrays["length.cover"])
        except KeyError as error:
            raise Invalid("The state lacks a part.", field="state") from error
        return self
