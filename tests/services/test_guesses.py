"""Wrong keys are answered slowly, right ones as ever, and nobody is shut out by a neighbour's one mistake."""

import pytest

from app.domain.errors import LimitExceeded, Unauthenticated
from app.services.guesses import PER_MIN, Guesses

HERE, THERE = "192.0.2.1", "192.0.2.2"


class Seconds:
    """A clock in milliseconds that is moved by hand."""

    def __init__(self) -> None:
        self.now_ms = 1_795_000_000_000

    def __call__(self) -> int:
        return self.now_ms


def look(secret: str) -> str:
    """Who holds the secret."""
    if secret.startswith("right"):
        return "somebody"
    raise Unauthenticated("a valid API key is needed")


def guess(guesses: Guesses, secret: str, address: str = HERE) -> type[Exception] | None:
    """What came of it."""
    try:
        guesses.attempt(address, secret, look)
    except (Unauthenticated, LimitExceeded) as error:
        return type(error)
    return None


def exhausted(clock: Seconds) -> Guesses:
    """With an address that has guessed as often as it may."""
    guesses = Guesses(clock)
    assert {guess(guesses, f"wrong {number}") for number in range(PER_MIN)} == {Unauthenticated}
    return guesses


def test_after_some_wrong_keys_the_next_is_not_even_looked_up() -> None:
    guesses = exhausted(Seconds())

    with pytest.raises(LimitExceeded) as refused:
        guesses.attempt(HERE, "right", look)

    assert (refused.value.limit, refused.value.cap, refused.value.retry_after_s) == ("wrong_keys", PER_MIN, 1)
    assert guess(guesses, "wrong", THERE) is Unauthenticated


def test_an_address_may_guess_again_as_time_goes_by() -> None:
    clock = Seconds()
    guesses = exhausted(clock)
    allowed = 0

    for _ in range(60):
        clock.now_ms += 1_000
        allowed += guess(guesses, f"wrong at {clock.now_ms}") is Unauthenticated

    assert allowed <= PER_MIN + 1


def test_a_key_that_was_right_before_goes_on_beside_a_guesser() -> None:
    clock = Seconds()
    guesses = Guesses(clock)
    guess(guesses, "right and known")

    for number in range(2 * PER_MIN):
        guess(guesses, f"wrong {number}")

    assert guess(guesses, "right and known") is None
    assert guess(guesses, "right but new") is LimitExceeded


def test_the_same_wrong_key_again_and_again_is_no_guess() -> None:
    guesses = Guesses(Seconds())

    assert {guess(guesses, "ended") for _ in range(10 * PER_MIN)} == {Unauthenticated}
    assert guess(guesses, "right") is None


def test_memory_is_bounded() -> None:
    guesses = Guesses(Seconds(), kept=10)

    for number in range(100):
        guess(guesses, "right", f"192.0.2.{number}")

    assert len(guesses._seen) == 10
