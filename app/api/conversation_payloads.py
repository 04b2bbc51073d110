"""Conversations as they come in and go out."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from app.api import codes
from app.api.payloads import Line, Moment, Name, Out, Paging, Payload, Tags, Text
from app.api.step_payloads import ChoiceOut
from app.api.target_payloads import TargetIn
from app.domain.conversation import Conversation, Summing, WhenLong
from app.domain.message import Json
from app.services.conversing.conversations import Wanted
from app.services.step_form import ChoiceForm

Window = Annotated[int, Field(ge=16, le=10_000_000, description="tokens that a request may hold; else its model's")]
Long = Annotated[
    WhenLong, Field(description="what happens to turns that do not fit: left out, summarised, or 409 for the new one")
]


class SummaryIn(Payload):
    """Who puts older turns into few words, and by which prompt; without one by ours."""

    choice: ChoiceForm
    prompt: Text = ""


class ConversationIn(TargetIn):
    """A new conversation with a use case, or with whom the target names; a turn may name another."""

    use_case: Name | None = None
    system: Text = ""
    window_tokens: Window | None = None
    when_long: Long = "drop"
    summary: SummaryIn | None = None
    user_id: Line | None = None
    tags: Tags = Field(default_factory=dict)
    expires_at: Moment | None = None

    def to_domain(self) -> Wanted:
        """What is wanted. Raises Invalid for a target that names two."""
        summing = None if self.summary is None else Summing(self.summary.choice.to_domain(), self.summary.prompt)
        return Wanted(
            use_case=self.use_case,
            choice=self.target(),
            system=self.system,
            window_tokens=self.window_tokens,
            when_long=self.when_long,
            summing=summing,
            user_id=self.user_id,
            tags=self.tags,
            expires_at=self.expires_at,
        )


class ConversationsQuery(Paging):
    """Those of one user or use case only."""

    user_id: Line | None = None
    use_case: Name | None = None


class SummaryOut(Out):
    """Who summarises, and how."""

    choice: ChoiceOut
    prompt: str


class ConversationOut(Out):
    """A conversation. `told` is the summary of turns up to number `turns_summarised`; `turns` counts failed ones."""

    id: str
    use_case: str | None
    choice: ChoiceOut | None
    system: str
    window_tokens: int | None
    when_long: WhenLong
    summary: SummaryOut | None
    user_id: str | None
    tags: Annotated[Json, Field(description="facts of the caller's own, which each of its calls bears")]
    turns: int
    characters: int
    turns_summarised: int
    told: str | None
    forked_from: str | None
    created_at: datetime
    updated_at: datetime
    expires_at: datetime | None

    @classmethod
    def of(cls, conversation: Conversation) -> "ConversationOut":
        """The conversation."""
        choice, summing = conversation.choice, conversation.summing
        return cls(
            id=conversation.id,
            use_case=codes.use_case_code(conversation.use_case_id),
            choice=None if choice is None else ChoiceOut.of(choice),
            system=conversation.system,
            window_tokens=conversation.window_tokens,
            when_long=conversation.when_long,
            summary=None if summing is None else SummaryOut(choice=ChoiceOut.of(summing.choice), prompt=summing.prompt),
            user_id=conversation.user_id,
            tags=conversation.tags,
            turns=conversation.turns,
            characters=conversation.characters,
            turns_summarised=conversation.folded,
            told=conversation.summary,
            forked_from=conversation.forked_from,
            created_at=conversation.created_at,
            updated_at=conversation.updated_at,
            expires_at=conversation.expires_at,
        )
