"""The language of an answer is told by small words or by script, and held against the prompt's."""

import pytest

from app.domain.quality.language import same_language
from app.domain.quality.reading import words_of
from app.domain.quality.tongue import language_of
from tests.domain.quality.working import work

ENGLISH = "The house is at the end of the street and it was built by the city."
GERMAN = "Das Haus steht an einem Platz in der Straße und es wurde von der Stadt gebaut, sie ist nicht weit."


@pytest.mark.parametrize(
    ("text", "language"),
    [
        (ENGLISH, "en"),
        (GERMAN, "de"),
        ("La maison est au bout de la rue et elle est dans la ville avec un jardin.", "fr"),
        ("La casa está en el centro de la ciudad y es muy grande para los que no la conocen.", "es"),
        ("La casa è nel centro della città e non è lontano, ma anche di qui si vede il mare.", "it"),
        ("A casa não está no centro da cidade, mas o mar é para todos e se vê com a lua.", "pt"),
        ("Het huis is aan het einde van de straat en het wordt door de stad niet bewoond.", "nl"),
        ("Дом стоит в конце улицы", "cyrillic"),
        ("日本の首都は東京です", "kana"),
        ("北京是中国的首都", "han"),
        ("서울은 수도입니다", "hangul"),
        ("Paris", None),
        ("x = y + z", None),
    ],
)
def test_a_language_is_told_or_left_open(text: str, language: str | None) -> None:
    assert language_of(words_of(text)) == language


def test_an_answer_in_the_prompts_language_has_all_points_and_another_none() -> None:
    same, other = same_language(work(ENGLISH, ENGLISH)), same_language(work(GERMAN, ENGLISH))

    assert same is not None
    assert other is not None
    assert (same.points, other.points) == (100, 0)


@pytest.mark.parametrize(
    ("text", "prompt"),
    [
        (GERMAN, f"Translate this: {ENGLISH}"),
        ("Paris.", ENGLISH),
        (ENGLISH, None),
        (GERMAN, f"{ENGLISH} Answer in German."),
    ],
)
def test_nothing_is_said_where_another_language_may_be_right(text: str, prompt: str | None) -> None:
    assert same_language(work(text, prompt)) is None
