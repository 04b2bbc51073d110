"""Each dimension of a rubric falls when what it measures is taken away, and the others stay where they are."""

import pytest

from app.domain.quality.scoring import RUBRICS, score
from tests.domain.quality.answers import CODE, EMAIL, LEAD, RECORD, REVIEW, SAMPLES, SITE, SUMMARY, TALK

SAMPLE = {sample.rubric: sample for sample in SAMPLES}


def points(rubric: str, text: str) -> dict[str, float]:
    """Points by dimension, of the sample's prompt and context."""
    sample = SAMPLE[rubric]
    return {each.name: each.points for each in score(text, sample.prompt, rubric, sample.context).dimensions}


FLAT = " ".join(line for line in SITE.splitlines() if line and not line.startswith("#"))
WORSE = [
    ("website_analysis", "structure", FLAT),
    (
        "website_analysis",
        "insights",
        "## One\nThe site is nice.\n## Two\nThe site is good.\n## Three\nAdd what is new to it.",
    ),
    (
        "website_analysis",
        "actions",
        SITE.replace("Compress", "We saw").replace("should", "may").replace("Use", "We saw"),
    ),
    ("website_analysis", "coverage", "## One\n## Two\n## Three\n" + SITE.split("\n")[1]),
    (
        "website_analysis",
        "relevance",
        "## One\n## Two\n## Three\nThe bread in that shop is good and so is the cake of the day.",
    ),
    ("website_analysis", "variety", SITE + SITE),
    ("website_analysis", "completeness", SITE.rstrip()[:-20]),
    ("email_writing", "structure", EMAIL.replace("Dear John,\n", "").replace("Best regards,\n", "")),
    ("email_writing", "tone", EMAIL.replace("Thank you for asking about our planner.", "Act now, dude!!")),
    ("email_writing", "call_to_action", EMAIL.replace("Would you be free", "There is time").replace("10?", "10.")),
    ("email_writing", "personalisation", EMAIL.replace("Acme Corp", "Your company").replace("John", "[Name]")),
    (
        "email_writing",
        "brevity",
        EMAIL.replace("in one view.", "in one view. " + "It is one more thing to read. " * 60),
    ),
    ("email_writing", "completeness", EMAIL.replace("Maria Lopez", "[Your Name]")),
    (
        "email_writing",
        "relevance",
        "Hello,\n\nThe bread is fresh today, and the cake of the week is made with plums.\n\nBest,\nA",
    ),
    ("code_generation", "syntax", CODE.replace("if kept", "if kept").replace("return", "return (")),
    ("code_generation", "completeness", CODE.replace("    words =", "    # ... rest of the code\n    words =")),
    (
        "code_generation",
        "documentation",
        CODE.replace('    """The title in lower case, with dashes between its words."""\n', ""),
    ),
    ("code_generation", "practices", CODE.replace("title: str", "title=[]")),
    ("code_generation", "names", CODE.replace("slugify", "convert")),
    (
        "conversation",
        "relevance",
        "The bread is fresh today, and the cake of the week is made with plums from the garden.",
    ),
    ("conversation", "helpfulness", "What did you buy? When was that? Where is it now?"),
    ("conversation", "professionalism", f"{TALK} Yeah dude, whatever!!"),
    ("conversation", "completeness", TALK[:-10]),
    ("conversation", "clarity", TALK.replace(".", " and").replace(",", " and")),
    ("conversation", "variety", f"{TALK} {TALK}"),
    (
        "conversation",
        "language",
        "Sie können die Schuhe in dem Laden zurückgeben, auch wenn der Beleg nicht mehr da ist.",
    ),
    ("lead_scoring", "score", LEAD.replace("84/100, a hot lead", "The lead is fine")),
    ("lead_scoring", "reasons", "Score: 84/100, a hot lead.\n\nNext step: call her this week."),
    ("lead_scoring", "evidence", LEAD.replace("240", "900").replace("two new plants", "70 shops")),
    ("lead_scoring", "consistency", LEAD.replace("84/100", "12/100")),
    ("lead_scoring", "next_step", LEAD.replace("Next step: call her this week.", "")),
    ("lead_scoring", "completeness", LEAD.rstrip()[:-6] + " the"),
    ("summarisation", "faithfulness", SUMMARY.replace("780", "950").replace("Lund", "Oslo")),
    ("summarisation", "coverage", "There was a meeting in the town, and some people said what they thought of it."),
    ("summarisation", "compression", SAMPLE["summarisation"].context.facts["source"]),
    ("summarisation", "instructions", SUMMARY + " It is new. It is big. It is good."),
    ("summarisation", "completeness", SUMMARY[:-8]),
    ("summarisation", "clarity", SUMMARY.replace(". ", " and then ").replace(";", " and")),
    ("summarisation", "variety", f"{SUMMARY} {SUMMARY}"),
    ("extraction", "validity", RECORD.replace("}", "").replace("{", "").replace('"', "").replace(", ", "\n")),
    ("extraction", "fields", '{"name": "Anna Berg"}'),
    ("extraction", "grounding", RECORD.replace("Norrskog", "Sydhav")),
    ("extraction", "purity", f"Here are the data: {RECORD}"),
    ("extraction", "completeness", RECORD[:-6]),
    ("quality_assessment", "verdict", REVIEW.replace("Rating: 7/10, good.", "I have read it.")),
    ("quality_assessment", "criteria", "Rating: 7/10, good. I like it a lot, and so will all of you."),
    ("quality_assessment", "evidence", "Rating: 7/10, good. The style is precise and the tone is consistent."),
    ("quality_assessment", "balance", "Rating: 7/10, good. The style of the essay is precise and it is good."),
    ("quality_assessment", "suggestions", REVIEW.replace("It should cite the traffic counts of the city.", "")),
    ("quality_assessment", "consistency", REVIEW.replace("7/10, good", "2/10, good")),
    ("quality_assessment", "completeness", REVIEW.rstrip()[:-5]),
    ("generic", "relevance", "The bread is fresh today, and the cake of the week is made with plums from the garden."),
    ("generic", "directness", "I am unable to help with that."),
    ("generic", "completeness", SAMPLE["generic"].text[:-10]),
    ("generic", "clarity", SAMPLE["generic"].text.replace(".", " and").replace("\n", " ")),
    ("generic", "variety", SAMPLE["generic"].text * 2),
    (
        "generic",
        "language",
        "Die Pflanzen nehmen das Licht mit den Blättern auf und machen aus Wasser und Luft Zucker.",
    ),
]


@pytest.mark.parametrize(("rubric", "name", "text"), WORSE, ids=lambda given: given if len(given) < 20 else "…")
def test_a_dimension_falls_with_what_it_measures(rubric: str, name: str, text: str) -> None:
    before, after = points(rubric, SAMPLE[rubric].text), points(rubric, text)

    assert after[name] < before[name]


def test_every_dimension_has_such_a_case() -> None:
    declared = {(rubric.name, spec.name) for rubric in RUBRICS.values() for spec in rubric.specs}

    assert declared - {(rubric, name) for rubric, name, _ in WORSE} == {("generic", "instructions")}


def test_demands_of_a_prompt_count_in_the_generic_rubric() -> None:
    found = {each.name: each.points for each in score("It is. It was.", "Answer in one word.", "generic").dimensions}

    assert found["instructions"] == 0


@pytest.mark.parametrize(
    ("rubric", "name", "text"),
    [
        ("email_writing", "tone", EMAIL.replace("all of them", "all of them, dude,")),
        ("lead_scoring", "consistency", LEAD.replace("84/100", "12/100")),
        ("code_generation", "practices", CODE.replace("title: str", "title=[]")),
        ("extraction", "grounding", RECORD.replace("Norrskog", "Sydhav")),
        ("summarisation", "faithfulness", SUMMARY.replace("780", "950")),
    ],
)
def test_dimensions_are_independent(rubric: str, name: str, text: str) -> None:
    before, after = points(rubric, SAMPLE[rubric].text), points(rubric, text)

    assert {each for each in before if abs(before[each] - after.get(each, -1)) > 0} == {name}


@pytest.mark.parametrize(
    ("rubric", "prompt", "text"),
    [
        ("generic", "What is the capital of France?", "Paris."),
        ("conversation", "Is the shop open on Sunday?", "Yes, from ten to four."),
        ("extraction", "Extract the year as JSON from: Founded in 1987 in Lund.", '{"year": 1987}'),
        ("code_generation", "Reverse the list xs in Python.", "xs[::-1]\nprint(xs[::-1])"),
    ],
)
def test_a_short_right_answer_is_not_punished(rubric: str, prompt: str, text: str) -> None:
    assert score(text, prompt, rubric).total == pytest.approx(100)
