"""A/B tests in a store for tests: an experiment of fixed shares, its units, and what their facts must come to."""

from collections.abc import Iterable
from dataclasses import dataclass

from app.db import ab_sums, experiments, flows, use_cases
from app.db.facts import Fact, FeedbackGiven, Pin, RunDone, Served
from app.db.tables import ab_units, ab_values
from app.db.uow import Store
from app.domain.ab.counting import Counting
from app.domain.ab.metric import Metric, metric_of
from app.domain.ab.sums import ArmSums, Sums
from app.domain.experiment import Epoch
from app.domain.feedback import Feedback
from app.domain.flow import Flow
from app.domain.session import Session
from app.domain.use_case import UseCase
from app.services.ids import new_id
from tests.db import makers
from tests.domain.ab.designed import summed

RATING = metric_of("rating")
REVENUE = metric_of("number", name="revenue", low=-50, high=150, aggregate="sum", missing="zero")
FAILURES = metric_of("failures")
METRICS = (RATING, REVENUE, FAILURES)


@dataclass(frozen=True, slots=True)
class AbTest:
    """A running test of one use case; unit numbers that are even are in arm a."""

    owner: UseCase
    flow: Flow
    epoch: Epoch
    metrics: tuple[Metric, ...] = METRICS

    @property
    def id(self) -> str:
        """That of the experiment."""
        return self.epoch.experiment_id

    def session(self, unit: int, number: int = 0) -> Session:
        """One session of the unit."""
        return makers.session(
            self.flow, epoch_id=self.epoch.id, correlation_id=f"{self.id}-{unit}-{number}", unit=f"u{unit}"
        )

    def counting(self, session: Session) -> Counting:
        """For whom its facts count."""
        arm = "ab"[int(session.unit[1:]) % 2]
        return Counting(self.id, session.unit, arm, self.metrics, session.assigned_at, window_days=30)

    def pin(self, session: Session) -> Pin:
        return Pin(session, self.counting(session))

    def rating(self, session: Session, value: int, rater: str = "anna") -> FeedbackGiven:
        """An opinion of 1…5; a later one of the same rater replaces it."""
        reward = (value - 1) / 4
        opinion = makers.opinion(session, rater=rater, value=float(value), reward=reward)
        return FeedbackGiven(opinion, self.counting(session))

    def revenue(self, session: Session, value: float, event: str) -> FeedbackGiven:
        """A number that is reported of one event."""
        given = {"kind": "number", "metric": "revenue", "event": event, "value": value, "reward": None}
        return FeedbackGiven(makers.opinion(session, **given), self.counting(session))

    def ran(self, session: Session, *, failed: bool) -> tuple[RunDone, Served]:
        """A run and what it says of its flow, handed in together."""
        run = makers.run(session, status="failed" if failed else "succeeded")
        return RunDone(run), makers.served(session, run.id, failed=failed, counting=self.counting(session))


def running(store: Store, *metrics: Metric) -> AbTest:
    """A test that has just begun, without units, of a use case of its own."""
    owner = makers.use_case(code=f"case-{new_id()}")
    flow = makers.flow(owner)
    with store.write() as tx:
        use_cases.add(tx, owner)
        flows.add(tx, flow)
    test = makers.experiment(owner, policy="fixed", phase="running")
    epoch = Epoch(new_id(), owner.id, test.id, 0, {flow.id: 10_000}, makers.NOW)
    with store.write() as tx:
        experiments.add(tx, test)
        experiments.add_epoch(tx, epoch)
    return AbTest(owner, flow, epoch, metrics or METRICS)


def stored(store: Store, test: AbTest) -> dict[str, ArmSums]:
    """The sums as readers see them; those that came back to nothing are left out."""
    with store.read() as tx:
        found = ab_sums.of_experiment(tx, test.id)
    return {
        arm: ArmSums(sums.units, {name: one for name, one in sums.metrics.items() if one != Sums()})
        for arm, sums in found.items()
    }


def recounted(store: Store, test: AbTest) -> dict[str, ArmSums]:
    """The sums that the stored values of units come to."""
    with store.read() as tx:
        units = {row.unit: row for row in tx.execute(ab_units.select().where(ab_units.c.experiment_id == test.id))}
        values = list(tx.execute(ab_values.select().where(ab_values.c.experiment_id == test.id)))
    facts = {(row.unit, row.metric): (row._mapping["count"], row.sum) for row in values}
    known = {unit: row.covariate for unit, row in units.items()}
    return _summed(test, {unit: row.arm for unit, row in units.items()}, facts, known)


def expected(test: AbTest, facts: Iterable[Fact], known: dict[str, int | None]) -> dict[str, ArmSums]:
    """The sums that these facts come to, each taken once, where later opinions replace earlier ones."""
    arms: dict[str, str] = {}
    newest: dict[object, Feedback] = {}
    runs: dict[str, Served] = {}
    unit_of: dict[str, str] = {}
    for fact in facts:
        match fact:
            case Pin(session, counting) if counting is not None:
                arms[counting.unit] = counting.arm
                unit_of[session.id] = counting.unit
            case FeedbackGiven(opinion):
                place = (opinion.session_id, opinion.kind, opinion.rater, opinion.metric, opinion.event)
                if place not in newest or newest[place].id < opinion.id:
                    newest[place] = opinion
            case Served():
                runs[fact.of] = fact
    found: dict[tuple[str, str], tuple[int, int]] = {}

    def add(unit: str, metric: Metric, amount: int | None) -> None:
        if amount is not None:
            count, total = found.get((unit, metric.name), (0, 0))
            found[unit, metric.name] = (count + 1, total + amount)

    for metric in test.metrics:
        for one in newest.values():
            amount = metric.amount_of_opinion(one.kind, name=one.metric, value=one.value, reward=one.reward)
            add(unit_of[one.session_id], metric, amount)
        for run in runs.values():
            amount = metric.amount_of_run(failed=run.failed, latency_ms=run.latency_ms, cost=run.cost)
            add(unit_of[run.session_id], metric, amount)
    return _summed(test, arms, found, known)


def _summed(
    test: AbTest,
    arms: dict[str, str],
    facts: dict[tuple[str, str], tuple[int, int]],
    known: dict[str, int | None],
) -> dict[str, ArmSums]:
    made: dict[str, ArmSums] = {}
    for arm in sorted(set(arms.values())):
        units = sorted(unit for unit, of in arms.items() if of == arm)
        metrics: dict[str, Sums] = {}
        for metric in test.metrics:
            pairs: list[tuple[int, int | None]] = []
            for unit in units:
                count, total = facts.get((unit, metric.name), (0, 0))
                value = metric.value(count=count, total=total) if count else None
                if value is not None:
                    pairs.append((value, known.get(unit) if metric is test.metrics[0] else None))
            sums = summed([value for value, _ in pairs], [before for _, before in pairs])
            if sums != Sums():
                metrics[metric.name] = sums
        made[arm] = ArmSums(len(units), metrics)
    return made
