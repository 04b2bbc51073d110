"""Opinions, trust and refusals find the answers that they speak of."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.domain.feedback import Feedback
from app.domain.route import Tried
from app.domain.routing.crediting import Answer, Made, Walked, answers, credits, failed, trusted
from tests.db.makers import NOW, flow, opinion, session, use_case

SESSION = session(flow(use_case()))
MINUTE = timedelta(minutes=1)


def walked(number: int, *tried: Tried, model: str | None = "strong", after: int = 0) -> Walked:
    own = {"session_id": SESSION.id, "run_id": f"run-{after}"}
    return Walked(f"route-{number}", NOW + after * MINUTE, "direct", "hard", model, tried, **own)


def made(call_id: str, *, step: str = "", run: str | None = None, after: int = 0) -> Made:
    at = NOW + after * MINUTE
    return Made(Answer(call_id, at, "direct", "plain", "", SESSION.id, run or call_id), step)


def said(reward: float | None, *, call: str | None = None, after: int = 60, **given: object) -> Feedback:
    return opinion(SESSION, reward=reward, call_id=call, at=NOW + after * MINUTE, **given)


def told(found: object) -> dict[str, float]:
    return {each.answer.call_id: each.quality for each in found}  # type: ignore[attr-defined]  # credits


def test_nobody_saw_the_answers_that_were_asked_anew() -> None:
    known = answers([walked(1, Tried("weak-1", "weak", 0.1), Tried("strong-1", "strong", 0.9))], [])

    assert told(credits([said(1.0, call="weak-1")], known)) == {"strong-1": 1.0}
    assert known["weak-1"] == known["strong-1"]
    assert (known["weak-1"].model, known["weak-1"].level, known["weak-1"].route_id) == ("strong", "hard", "route-1")


def test_a_route_that_nobody_answered_cannot_be_credited() -> None:
    nobody = walked(1, Tried("a", "strong", failed=True), model=None)
    cut = walked(2, Tried("b", "strong", failed=True), model="strong")

    assert answers([nobody, cut], []) == {}


def test_an_answer_of_a_fallback_is_the_fallbacks() -> None:
    known = answers([walked(1, Tried("a", "strong", failed=True), Tried("b", "weak"), model="weak")], [])

    assert told(credits([said(0.5)], known)) == {"b": 0.5}


def test_what_was_written_from_others_is_credited_to_no_model() -> None:
    council = walked(1, Tried("seat", "strong", 0.9), Tried("text", "strong", 0.8, written=True))
    known = answers([council], [])

    assert known["seat"] == known["text"]
    assert (known["text"].call_id, known["text"].model) == ("text", "council")
    assert told(trusted([council])) == {"seat": 0.9}
    refused = walked(2, Tried("text", "strong", failed=True, written=True), model=None)
    assert failed([refused], {"text": "content-refused"}) == []


def test_of_calls_that_no_router_chose_the_last_of_each_step_answers() -> None:
    calls = [made("a", step="one", run="r"), made("b", step="one", run="r", after=1), made("c", step="two", run="r")]
    known = answers([], calls)

    assert set(known) == {"b", "c"}
    assert told(credits([said(0.25)], known)) == {"b": 0.25, "c": 0.25}


def test_a_call_of_a_route_is_known_by_its_route() -> None:
    known = answers([walked(1, Tried("a", "strong"))], [made("a", run="run-0"), made("b", run="run-0", step="other")])

    assert (known["a"].route_id, known["b"].route_id) == ("route-1", None)
    assert told(credits([said(1.0)], known)) == {"a": 1.0, "b": 1.0}


def test_an_opinion_of_a_session_speaks_of_the_newest_run_begun_by_then() -> None:
    known = answers([walked(n, Tried(f"call-{n}", "strong"), after=10 * n) for n in range(3)], [])

    assert told(credits([said(1.0, after=15)], known)) == {"call-1": 1.0}
    assert told(credits([said(1.0, after=20)], known)) == {"call-2": 1.0}
    assert told(credits([said(1.0, after=-1)], known)) == {}


def test_an_opinion_on_a_run_speaks_of_that_run_alone_whenever_it_was_given() -> None:
    known = answers([walked(n, Tried(f"call-{n}", "strong"), after=10 * n) for n in range(3)], [])

    assert told(credits([said(1.0, run_id="run-10"), said(0.0, run_id="run-0")], known)) == {"call-0": 0, "call-1": 1}
    assert told(credits([said(1.0, run_id="run-elsewhere")], known)) == {}


def test_what_judges_nothing_and_what_speaks_of_nobody_is_left_out() -> None:
    known = answers([walked(1, Tried("a", "strong"))], [])
    nothing = [said(None, kind="comment"), said(0.0, kind="failure"), said(1.0, call="unknown")]

    assert credits(nothing, known) == []
    assert credits([said(1.0)], {}) == []


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=6), st.randoms())
def test_the_credit_is_the_mean_of_all_opinions_in_whatever_order(
    given_: list[tuple[float, bool]], shuffler: object
) -> None:
    known = answers([walked(1, Tried("a", "strong"))], [])
    opinions = [said(reward, call="a" if of_call else None) for reward, of_call in given_]
    (before,) = credits(opinions, known)
    shuffler.shuffle(opinions)  # type: ignore[attr-defined]  # hypothesis' own
    (after,) = credits(opinions, known)

    assert abs(before.quality - sum(reward for reward, _ in given_) / len(given_)) < 1e-12
    assert before.quality == after.quality
    assert before.at == after.at == max(each.at for each in opinions)


def test_trust_counts_of_every_answer_that_was_looked_at() -> None:
    route = walked(1, Tried("a", "weak", 0.2), Tried("b", "strong", 0.9), Tried("c", "other", None))
    broken = walked(2, Tried("d", "weak", 0.4, failed=True))

    assert told(trusted([route, broken])) == {"a": 0.2, "b": 0.9}


def test_a_refusal_is_worth_nothing_and_an_outage_says_nothing() -> None:
    route = walked(1, *(Tried(name, "weak", failed=name != "d") for name in "abcd"))
    errors = {"a": "content-refused", "b": "provider-unavailable", "c": None, "d": "content-refused"}

    assert told(failed([route], errors)) == {"a": 0.0}
