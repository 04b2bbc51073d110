"""Steps of served runs and of shadows are asked through the gateway."""

from collections.abc import Generator

from app.domain.message import Delta, ModelReply
from app.services import gateway
from app.services.walking.walk import Ask, Listen, Question
from app.services.world import World


def ask(world: World) -> Ask:
    """Whole answers."""

    def said(question: Question) -> ModelReply:
        return gateway.call(
            world,
            question.step.choice,
            question.request,
            asker=question.asker,
            attempts=question.attempts,
            deadline=question.deadline,
        )

    return said


def listen(world: World) -> Listen:
    """Answers as they are written."""

    def heard(question: Question) -> Generator[Delta]:
        return gateway.stream(
            world,
            question.step.choice,
            question.request,
            asker=question.asker,
            attempts=question.attempts,
            deadline=question.deadline,
        )

    return heard
