"""People judge blindly: a ballot shows two answers without names, and a vote says which is better."""

from typing import Annotated, Literal

from flask import Response
from pydantic import Field

from app.api import http
from app.api.comparison_payloads import ComparedInputOut
from app.api.door import Door
from app.api.guard import scope
from app.api.payloads import ById, Name, Out, Payload, Words
from app.api.world import world
from app.domain.comparison.comparison import Verdict
from app.services.comparing import votes
from app.services.comparing.votes import Ballot

door = Door("comparison-votes")


class BallotQuery(Words):
    """Who is asked; every rater sees the pairs in an order of their own."""

    rater: Name


class VoteIn(Payload):
    """A rater's word on the pair of a ballot; a repeat takes its place."""

    pair: Name
    rater: Name
    verdict: Verdict


class BallotOut(Out):
    """Two answers to one input; `pair` names them in a vote. All is null when the rater has voted on every pair."""

    pair: str | None
    input: ComparedInputOut | None
    first: str | None
    second: str | None

    @classmethod
    def of(cls, ballot: Ballot | None) -> "BallotOut":
        """The ballot, or none."""
        if ballot is None:
            return cls(pair=None, input=None, first=None, second=None)
        shown = ComparedInputOut.of(ballot.input)
        return cls(pair=ballot.pair, input=shown, first=ballot.first, second=ballot.second)


class VoteOut(Out):
    """What was voted; whose answers they were stays untold."""

    pair: str
    rater: str
    verdict: Annotated[Literal["first", "second", "tie"], Field(description="as the rater saw them")]


@door.get("/comparisons/<id>/ballot", responses={200: BallotOut})
@scope("read", "run")
def read_ballot(path: ById, query: BallotQuery) -> Response:
    """Read the next two answers that the rater has not voted on, without saying whose they are."""
    return http.answer(BallotOut.of(votes.ballot(world(), str(path.id), query.rater)))


@door.post("/comparisons/<id>/votes", responses={201: VoteOut})
@scope("run")
def give_vote(path: ById, body: VoteIn) -> Response:
    """Say which of the two answers of a ballot is better."""
    votes.vote(world(), str(path.id), body.pair, body.rater, body.verdict)
    return http.created(VoteOut(pair=body.pair, rater=body.rater, verdict=body.verdict))
