"""The smallest makers: each gives one valid noun, and takes what a test cares about."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from app.db import experiments, flows, use_cases
from app.db.facts import Served
from app.db.uow import Store
from app.domain.call import Call, Run
from app.domain.experiment import Epoch, Experiment
from app.domain.feedback import Feedback
from app.domain.flow import Choice, Flow, Params, Step
from app.domain.message import Usage
from app.domain.session import Session
from app.domain.use_case import StepSpec, UseCase
from app.services.ids import new_id

NOW = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)
STEP = Step("answer", "Say {{ word }}", Choice(("simulated/fast",)), params=Params(stop=("x",), options={"k": [1]}))


def use_case(**given: Any) -> UseCase:
    plain = UseCase(new_id(), "greet", "Greet", "", "generic", True, (StepSpec("answer"),), "salt", None, NOW, NOW)
    return replace(plain, **given)


def flow(owner: UseCase, **given: Any) -> Flow:
    plain = Flow(new_id(), owner.id, "one", "One", "", True, 10_000, 1, False, (STEP,), NOW, NOW)
    return replace(plain, **given)


def session(owner: Flow, **given: Any) -> Session:
    plain = Session(
        new_id(), owner.use_case_id, "visitor", "visitor", owner.id, 1, None, 10_000, NOW, NOW + timedelta(hours=1)
    )
    return replace(plain, **given)


def run(owner: Session, **given: Any) -> Run:
    plain = Run(
        new_id(), owner.id, owner.use_case_id, owner.flow_id, owner.flow_version, "succeeded", None, None, None,
        {"word": "hi"}, {"answer": "hi"}, 12, 34, NOW, NOW,
    )  # fmt: skip
    return replace(plain, **given)


def call(**given: Any) -> Call:
    plain = Call(new_id(), NOW, "served", "simulated/fast", "simulated", "ok", 40, Usage(7, 1, 2, 5, 3), 1500, "priced")
    return replace(plain, **given)


def opinion(owner: Session, **given: Any) -> Feedback:
    plain = Feedback(
        new_id(), NOW, owner.id, None, owner.use_case_id, owner.flow_id, owner.flow_version, owner.epoch_id,
        "rating", "anna", 5.0, 1.0,
    )  # fmt: skip
    said = replace(plain, **given)
    return said if "counted" in given else replace(said, counted=said.reward)


def served(owner: Session, of: str, **given: Any) -> Served:
    plain = Served(
        of, owner.epoch_id, owner.flow_id, owner.flow_version, owner.id, False, False, 34, 12, shadow=owner.shadow
    )
    return replace(plain, **given)


def experiment(owner: UseCase, **given: Any) -> Experiment:
    plain = Experiment(
        new_id(), owner.id, "progressive", "running", "warmup", {"a": 1}, {"b": 0.1}, None, None, NOW, None
    )
    return replace(plain, **given)


def seeded(store: Store, *, flow_count: int = 1) -> tuple[UseCase, list[Flow]]:
    """A stored use case with its flows."""
    owner = use_case()
    made = [flow(owner, code=f"flow-{number}") for number in range(flow_count)]
    with store.write() as tx:
        use_cases.add(tx, owner)
        for each in made:
            flows.add(tx, each)
    return owner, made


def open_epoch(store: Store, owner: UseCase) -> Epoch:
    """A running experiment's first epoch, stored."""
    running = experiment(owner)
    epoch = Epoch(new_id(), owner.id, running.id, 0, {}, NOW)
    with store.write() as tx:
        experiments.add(tx, running)
        experiments.add_epoch(tx, epoch)
    return epoch
