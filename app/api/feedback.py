"""Feedback: an opinion on a session, a run or a call, of whatever kind, becomes a reward from 0 to 1."""

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from flask import Response
from pydantic import Field

from app.api import codes, http
from app.api.door import Door
from app.api.guard import scope
from app.api.once import once
from app.api.payloads import ByCode, EditDistance, Line, Name, Out, Page, Paging, Payload, Text
from app.api.world import world
from app.domain.errors import Invalid
from app.domain.feedback import Feedback, Kind, Stored
from app.services import feedback
from app.services.feedback import Given

door = Door("feedback")


YES_OR_NO: Final = ("thumb", "conversion", "approved")
Author = Annotated[Name, Field(description="who on the product team wrote it")]
Id = Annotated[UUID, Field(strict=False)]


class FeedbackIn(Payload):
    """An opinion, or a reported number; its target is a call, a run, or a use case with a correlation id or a user."""

    kind: Kind
    value: float | bool | None = Field(None, description="a thumb, a conversion or an approval may be true or false")
    use_case: Name | None = None
    correlation_id: Line | None = None
    user_id: Name | None = Field(None, description="the unit: its newest session is meant")
    call_id: Id | None = None
    run_id: Id | None = None
    rater: Name | None = Field(None, description="`user` when absent, or the author with `team:` before it")
    author: Author | None = None
    metric: Name | None = Field(None, description="the name of a number, with kind `number`")
    event: Name | None = Field(None, description="tells opinions apart that one rater gives oftener: an order's number")
    comment: Text | None = None
    reference_link: Text | None = None
    edit_distance: EditDistance | None = None

    def to_domain(self) -> Given:
        """The opinion. Raises Invalid for true or false where a number is expected."""
        if isinstance(self.value, bool) and self.kind not in YES_OR_NO:
            raise Invalid("a number is expected", field="value")
        return Given(
            kind=self.kind,
            value=None if self.value is None else float(self.value),
            use_case=self.use_case,
            correlation_id=self.correlation_id,
            user_id=self.user_id,
            call_id=None if self.call_id is None else str(self.call_id),
            run_id=None if self.run_id is None else str(self.run_id),
            rater=self.rater,
            author=self.author,
            metric=self.metric,
            event=self.event,
            comment=self.comment,
            reference_link=self.reference_link,
            edit_distance=self.edit_distance,
        )


class FeedbackOut(Out):
    """A stored opinion; `reward` is null for kinds that judge nothing.

    Kind `failure` is the service's own word for a session that its flow failed; `counted` is what the experiment's
    evidence takes, null when it does not count.
    """

    id: str
    at: datetime
    kind: Stored
    value: float | None
    reward: float | None
    counted: float | None
    rater: str
    author: Author | None
    metric: str | None
    event: str | None
    use_case: str | None
    flow: str | None
    flow_version: int
    session_id: str
    run_id: Annotated[str | None, Field(description="the run that was named, or that of the call")]
    call_id: str | None
    comment: str | None
    reference_link: str | None
    edit_distance: EditDistance | None


@door.post("/feedback", responses={201: FeedbackOut})
@scope("run")
def give_feedback(body: FeedbackIn) -> Response:
    """Give an opinion; a repeat by the same rater replaces the earlier one.

    It is taken for `FEEDBACK_WINDOW_DAYS` after the session began, also when the session has expired.
    """
    return once(lambda: http.created(_out(feedback.give(world(), body.to_domain()))))


@door.get("/use-cases/<code>/feedback", responses={200: Page[FeedbackOut]})
@scope("read")
def list_feedback(path: ByCode, query: Paging) -> Response:
    """Read the opinions on a use case, newest first."""
    found, following = feedback.page(world(), path.code, cursor=query.cursor, limit=query.limit)
    return http.answer(Page[FeedbackOut](items=[_out(opinion) for opinion in found], next=following))


def _out(opinion: Feedback) -> FeedbackOut:
    return FeedbackOut(
        id=opinion.id,
        at=opinion.at,
        kind=opinion.kind,
        value=opinion.value,
        reward=opinion.reward,
        counted=opinion.counted,
        rater=opinion.rater,
        author=opinion.author,
        metric=opinion.metric or None,
        event=opinion.event or None,
        use_case=codes.use_case_code(opinion.use_case_id),
        flow=codes.flow_code(opinion.use_case_id, opinion.flow_id),
        flow_version=opinion.flow_version,
        session_id=opinion.session_id,
        run_id=opinion.run_id,
        call_id=opinion.call_id,
        comment=opinion.comment,
        reference_link=opinion.reference_link,
        edit_distance=opinion.edit_distance,
    )
