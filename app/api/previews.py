"""Previews: render one step with given inputs, saved or not, see what it would cost, and ask it once."""

from typing import Annotated

from flask import Response
from pydantic import Field

from app.api import entry, guard, http
from app.api.answers import AnswerOut, answer_out, label
from app.api.caller import caller
from app.api.door import Door
from app.api.estimate_payloads import EstimateOut
from app.api.flow_payloads import FlowPath
from app.api.flow_versions import VersionName
from app.api.guard import scope
from app.api.messages import Messages, messages_of
from app.api.once import once
from app.api.payloads import ByCode, JsonObject, Line, Name, Out, Payload, Tags, Text, Tokens
from app.api.world import world
from app.domain.errors import Forbidden
from app.domain.flow_label import LIVE
from app.domain.message import Message
from app.services import previews
from app.services.asking import Asked
from app.services.previews import Given, Preview
from app.services.step_form import StepForm
from app.services.step_inputs import placeholders

door = Door("previews")

SCOPE = ("item", "number", "round", "last")


class StepPath(FlowPath):
    """A step of a flow."""

    step: Name


class PreviewIn(Payload):
    """What the step is given: inputs, turns of a chat, and outputs of the steps before it.

    `item` and `number` are for a step over a list (else its first item), `round` and `last` for one in rounds. With
    `models` these are asked instead of the step's own. With `call` it is asked once; the key needs scope run then.
    """

    inputs: JsonObject = Field(default_factory=dict)
    messages: Messages = Field(default_factory=list)
    outputs: Annotated[dict[str, Text | None], Field(max_length=256)] = Field(default_factory=dict)
    parsed: JsonObject = Field(default_factory=dict)
    item: object = None
    number: Annotated[int, Field(ge=0)] | None = None
    round: Annotated[int, Field(ge=0)] | None = None
    last: Text | None = None
    models: Annotated[list[Name], Field(max_length=16)] = Field(default_factory=list)
    expected_output_tokens: Tokens | None = None
    user_id: Line | None = None
    tags: Tags = Field(default_factory=dict)
    call: bool = False

    def given(self) -> Given:
        """What the step is given. Raises Invalid naming a bad turn."""
        asked = Asked(
            "preview",
            inputs=self.inputs,
            messages=messages_of(self.messages),
            user_id=self.user_id,
            caller=caller(),
            tags=self.tags,
        )
        said = {name: getattr(self, name) for name in SCOPE if name in self.model_fields_set}
        return Given(
            asked,
            outputs=self.outputs,
            parsed=self.parsed,
            scope=said,
            models=tuple(self.models),
            expected_output_tokens=self.expected_output_tokens,
        )


class SavedIn(PreviewIn):
    """The same of a step that is saved: at the live version, or another one by number or label."""

    version: Annotated[int, Field(ge=1, le=2**31 - 1)] | VersionName = LIVE


class UnsavedIn(PreviewIn):
    """The same of a step that is not saved yet."""

    step: StepForm


class TurnOut(Out):
    """One turn as the model would get it; `images` are addresses."""

    role: str
    text: str
    images: list[str]

    @classmethod
    def of(cls, turn: Message) -> "TurnOut":
        """The turn."""
        return cls(role=turn.role, text=turn.text, images=[image.url for image in turn.images])


class PreviewOut(Out):
    """The step as it would be asked, and what that costs on each of its models, expected and at worst.

    `runs`: whether its `when` holds, null without one. `unfilled`: marks <<NAME>> that no input fills. `answer` is
    there if it was asked, with `violation`: how that breaks the step's `output_schema`, null where it does not.
    """

    step: str
    version: int | None
    runs: bool | None
    system: str | None
    prompt: str
    messages: list[TurnOut]
    placeholders: list[str]
    unfilled: list[str]
    input_tokens: int
    estimates: list[EstimateOut]
    answer: AnswerOut | None = None
    violation: str | None = None

    @classmethod
    def of(cls, found: Preview) -> "PreviewOut":
        """The preview."""
        turns = found.request.messages
        return cls(
            step=found.step.code,
            version=found.version,
            runs=found.runs,
            system=turns[0].text if turns[0].role == "system" else None,
            prompt=turns[-1].text,
            messages=[TurnOut.of(turn) for turn in turns],
            placeholders=list(placeholders(found.step)),
            unfilled=list(found.unfilled),
            input_tokens=max(each.input_tokens for each in found.estimates),
            estimates=[EstimateOut.of(each) for each in found.estimates],
        )


@door.post("/use-cases/<code>/flows/<flow>/steps/<step>/preview", responses={200: PreviewOut})
@scope("read", "run")
def preview_step(path: StepPath, body: SavedIn) -> Response:
    """Render a step of a flow, see what it would cost, and with `call` ask it once."""
    version = str(body.version)
    found = previews.of_flow(world(), path.code, path.flow, path.step, body.given(), version=version)
    return once(lambda: _asked(found), texts=True) if _wants(body) else http.answer(PreviewOut.of(found))


@door.post("/use-cases/<code>/preview", responses={200: PreviewOut})
@scope("read", "run")
def preview_unsaved(path: ByCode, body: UnsavedIn) -> Response:
    """Render a step that is not saved yet, see what it would cost, and with `call` ask it once."""
    found = previews.of_step(world(), path.code, body.step.to_domain(), body.given())
    return once(lambda: _asked(found), texts=True) if _wants(body) else http.answer(PreviewOut.of(found))


def _wants(body: PreviewIn) -> bool:
    """Whether a model shall be asked, for which the request is let in then. Raises Forbidden where the key may not."""
    if not body.call:
        return False
    if not guard.key().allows("run"):
        raise Forbidden("a key with scope run is needed to ask a model")
    entry.enter(guard.key())
    return True


def _asked(found: Preview) -> Response:
    answered, violation = previews.ask(world(), found)
    told = {"answer": answer_out(answered), "violation": violation}
    return label(http.answer(PreviewOut.of(found).model_copy(update=told)), answered)
