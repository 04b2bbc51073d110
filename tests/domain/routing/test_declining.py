"""Refusals and hedges count where the answer speaks of itself, in several languages."""

import pytest

from app.domain.routing.declining import declining


def signs(prose: str, asked: str = "Tell me.", prompt: str | None = None) -> dict[str, float]:
    """How far each sign shows."""
    return {doubt.sign: doubt.share for doubt in declining(prose, prompt or asked, asked=asked)}


@pytest.mark.parametrize(
    "prose",
    [
        "I can’t help with that.",
        "Sorry, I am unable to answer this.",
        "I don't know.",
        "As a language model, I have no eyes.",
        "Ich kann diese Frage leider nicht beantworten.",
        "Je ne suis pas en mesure de répondre.",
        "No puedo ayudar con eso.",
        "Non lo so.",
        "Não sei.",
        "Ik weet het niet.",
        "Я не могу помочь с этим.",
        "我不能提供这个信息。",
        "その質問にはお答えできません。",
    ],
)
def test_a_refusal_shows_wholly(prose: str) -> None:
    assert signs(prose)["refusal"] == 1


@pytest.mark.parametrize(
    "prose",
    [
        "The customer is not sure and cannot help himself.",
        'He said: "I don\'t know."',
        "> I cannot help with that.\n\nThis is what the agent wrote.",
        "You cannot help with that before Monday.",
        "Er weiß nicht, ob das Paket kommt.",
        "It may rain tomorrow, perhaps in the evening.",
        "The outcome cannot be determined from these two equations.",
        "I cannot find any errors in your code.",
        "I do not know of any exception to this rule.",
        "We cannot provide a refund after thirty days.",
        "We cannot determine the sign of x from this alone.",
    ],
)
def test_what_others_are_unsure_of_is_no_doubt(prose: str) -> None:
    assert signs(prose) == {}


@pytest.mark.parametrize(
    "prose",
    [
        "I'm not entirely sure.",
        "I am uncertain about it.",
        "I'm just guessing.",
        "I suppose it is 4.",
        "I might be wrong.",
        "I could be mistaken.",
        "If I remember correctly, it is 4.",
        "If I recall right, it is 4.",
        "Don't quote me on that.",
        "It's hard to say.",
        "It is impossible for me to know.",
        "Please double-check this.",
        "You should verify the answer.",
        "Ich vermute, dass es 4 ist.",
        "Ich rate mal: 4.",
        "Das ist schwer zu sagen.",
        "Je ne suis pas certaine.",
        "Je suppose.",
        "C'est difficile à dire.",
        "No estoy del todo segura.",
        "Supongo que sí.",
        "Es difícil decir.",
        "Non ne sono sicuro.",
        "Suppongo di sì.",
        "È difficile dirlo.",
        "Não tenho certeza.",
        "Não estou certo.",
        "Acho que sim.",
        "Ik ben er niet zeker van.",
        "Ik weet het niet zeker.",
        "Я не уверен.",
        "我不太确定。",
        "自信がありません。",
    ],
)
def test_a_hedge_is_heard_in_several_languages(prose: str) -> None:
    assert signs(prose).keys() & {"hedge", "refusal"}


def test_a_refusal_that_goes_on_to_help_counts_half() -> None:
    assert signs("I cannot open the link. " + "But here is what is known of the matter at large. " * 9) == {
        "refusal": 0.5
    }


@pytest.mark.parametrize(
    "prose",
    [
        "I don't have access to your orders, but you find them under Account.",
        "Ich kann das nicht öffnen, aber der Titel sagt schon viel.",
    ],
)
def test_a_refusal_that_offers_something_else_counts_half(prose: str) -> None:
    assert signs(prose)["refusal"] == 0.5
    assert signs(f"{prose} I cannot help with that.")["refusal"] == 1


def test_a_refusal_late_in_the_text_is_none() -> None:
    assert signs("One. Two. Three. I cannot help with that.") == {}


def test_a_hedge_weighs_less_in_a_long_answer() -> None:
    alone, among = signs("I'm not sure."), signs("I'm not sure. " + "It is so. " * 9)

    assert alone["hedge"] == 1
    assert among["hedge"] == pytest.approx(0.2)


def test_a_phrase_that_the_prompt_holds_was_asked_for() -> None:
    assert signs("I don't know.", prompt="Say: I don't know. Tell me.") == {}


@pytest.mark.parametrize(
    "prose",
    [
        "Please provide the text you would like me to summarise.",
        "Could you clarify what you mean?",
        "I need more context for that.",
        "Bitte gib den Text ein.",
        "Pourriez-vous préciser ?",
        "Por favor, especifica la ciudad.",
    ],
)
def test_asking_back_is_no_answer(prose: str) -> None:
    assert signs(prose) == {"asks": 1}
    assert signs(f"{'It is as it is said to be in all the books. ' * 5}{prose}") == {}


def test_asking_for_something_else_may_be_one() -> None:
    assert signs("Please send us a photo of the parcel, and we will replace it.") == {}


@pytest.mark.parametrize("asked", ["Translate: Ich weiß es nicht.", "Write an email to my boss.", "You are a pirate."])
def test_a_voice_that_was_asked_for_may_be_unsure_but_not_refuse_the_task(asked: str) -> None:
    assert signs("I don't know. I'm not sure.", asked) == {}
    assert "refusal" in signs("I can't assist with that.", asked)
