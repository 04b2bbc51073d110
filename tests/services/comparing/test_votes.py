"""People vote blindly: each rater meets every pair once, in an order of their own, and counts once."""

import pytest

from app.domain.errors import Invalid, NotFound, ProviderUnavailable
from app.services.comparing import comparisons, votes
from app.services.comparing.wanted import WantedCandidate
from app.services.world import World
from tests.services.comparing.compared import LARGE, SMALL, inputs, make, run
from tests.services.made import say
from tests.worlds import with_script

THREE = (WantedCandidate(SMALL), WantedCandidate(LARGE), WantedCandidate("simulated/medium"))


def answered(world: World, **given: object) -> comparisons.Comparison:
    world = with_script(world, lambda request: say(f"I am {request.model}"))
    made = make(world, **{"candidates": THREE, "repeats": 2, **given})
    run(world, made)
    return made


def every(world: World, made: comparisons.Comparison, rater: str) -> list[tuple[str, int, str, str]]:
    """All that the rater is shown until nothing is left; they always like the first."""
    seen = []
    while (shown := votes.ballot(world, made.id, rater)) is not None:
        seen.append((shown.pair, shown.input.number, shown.first, shown.second))
        votes.vote(world, made.id, shown.pair, rater, "first")
        assert len(seen) < 100
    return seen


def test_each_pair_is_shown_once_to_each_rater(world: World) -> None:
    made = answered(world)

    seen = every(world, made, "ann")

    found = comparisons.judgements(world, made.id, rater="ann")
    assert len(seen) == 3 * 3 * 2
    assert len({(each.input, each.repeat, frozenset((each.first, each.second))) for each in found}) == 18
    assert {each.verdict for each in found} == {"first"}


def test_raters_see_other_orders_and_other_ways_round(world: World) -> None:
    made = answered(world)

    ann, ben = every(world, made, "ann"), every(world, made, "ben")

    assert [pair[1:] for pair in ann] != [pair[1:] for pair in ben]
    assert {pair[2] for pair in ann} == {"I am small", "I am large", "I am medium"}
    assert len({frozenset(pair[2:]) for pair in ann}) == 3


def test_the_same_rater_sees_the_same_pair_until_it_is_voted_on(world: World) -> None:
    made = answered(world)

    assert votes.ballot(world, made.id, "ann") == votes.ballot(world, made.id, "ann")


def test_a_repeated_vote_takes_the_place_of_the_first(world: World) -> None:
    made = answered(world)
    shown = votes.ballot(world, made.id, "ann")
    assert shown is not None

    votes.vote(world, made.id, shown.pair, "ann", "first")
    votes.vote(world, made.id, shown.pair, "ann", "tie")

    assert [each.verdict for each in comparisons.judgements(world, made.id)] == ["tie"]


def test_a_pair_without_an_answer_is_not_shown(world: World) -> None:
    def failing(request):  # type: ignore[no-untyped-def]  # a script
        if request.model == "large":
            raise ProviderUnavailable("no", provider="simulated", status=503)
        yield from say("yes")

    world = with_script(world, failing)
    made = make(world, inputs=inputs(2), concurrency=1)
    run(world, made)

    assert votes.ballot(world, made.id, "ann") is None
    with pytest.raises(NotFound):
        votes.vote(world, made.id, "0", "ann", "first")


@pytest.mark.parametrize("pair", ["", "x", "-1", "99", "9999999999", "٣"])
def test_a_pair_that_is_none_is_refused(world: World, pair: str) -> None:
    made = answered(world)

    with pytest.raises(NotFound):
        votes.vote(world, made.id, pair, "ann", "first")


@pytest.mark.parametrize("rater", ["", "judge", "a\nb", "x" * 256])
def test_a_rater_has_a_name_of_their_own(world: World, rater: str) -> None:
    made = make(world)

    with pytest.raises(Invalid):
        votes.ballot(world, made.id, rater)
