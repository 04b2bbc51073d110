"""The drawing is sound XML with every text escaped, tells states by word and sign, and is the same each time."""

from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from app.domain.flow import Step
from app.domain.picture.picture import Sight, picture_of
from app.domain.picture.svg import svg
from tests.domain.picture.drawn import graphs, router, step

SIGHTS = {
    "route": Sight("answered", latency_ms=812, cost=1_200_000),
    "bills": Sight("failed", latency_ms=1_240, cost=0, tries=3, error="provider-timeout"),
    "spare": Sight("running"),
    "other": Sight("skipped"),
    "facts": Sight("answered", latency_ms=90, items=12),
}
SVG = "{http://www.w3.org/2000/svg}"


def words(drawing: str) -> str:
    """All texts that are drawn, without titles and descriptions."""
    root = ElementTree.fromstring(drawing)
    return "\n".join(text.text or "" for text in root.iter(f"{SVG}text"))


@given(graphs())
def test_every_flow_becomes_sound_xml_that_is_the_same_each_time(steps: tuple[Step, ...]) -> None:
    drawing = svg(picture_of("A flow", steps))

    assert ElementTree.fromstring(drawing).tag == f"{SVG}svg"
    assert drawing == svg(picture_of("A flow", steps))


@given(st.text(max_size=60), st.text(max_size=60))
def test_whatever_a_title_or_condition_says_stays_text(title: str, when: str) -> None:
    drawing = svg(picture_of(title, (step("a", when=when),)), styled=False)

    kinds = {element.tag.removeprefix(SVG) for element in ElementTree.fromstring(drawing).iter()}
    assert kinds == {"svg", "title", "desc", "path", "rect", "text", "g"}


def test_a_hostile_condition_makes_no_element_of_its_own() -> None:
    drawing = svg(picture_of("</title><script>alert(1)</script>", (step("a", when='x < 1 && "</text><script>"'),)))

    assert "<script" not in drawing


def test_conditions_maps_loops_fallbacks_and_schemas_are_labelled() -> None:
    told = words(svg(picture_of("A flow", router())))

    for label in (
        "when parsed.route.topic == 'bills'",
        "for each of documents, at most 100",
        "at most 3 rounds until last ==",
        "answers by a JSON Schema",
        "tried again 2 times",
        "hooks guard",
        "skipped if it fails",
        "if it fails",
    ):
        assert label in told


def test_a_run_shows_state_time_and_cost_of_each_step_in_words() -> None:
    told = words(svg(picture_of("A run", router(), sights=SIGHTS)))

    assert "812 ms · $0.0012" in told
    assert "failed: provider-timeout" in told
    assert "3 tries · 1.2 s · $0" in told
    assert "12 items · 90 ms" in told
    assert [told.count(word) for word in ("runs", "skipped\n", "not begun")] == [1, 1, 1]


def test_the_picture_has_a_title_and_is_told_in_words() -> None:
    root = ElementTree.fromstring(svg(picture_of("A run", router(), sights=SIGHTS)))

    assert root.findtext(f"{SVG}title") == "A run"
    assert "bills: after route asks simulated/small, only when parsed.route.topic" in (
        root.findtext(f"{SVG}desc") or ""
    )
    assert "spare: if bills fails asks simulated/small, runs." in (root.findtext(f"{SVG}desc") or "")


def test_a_text_that_is_cut_stands_whole_in_the_title_of_its_box() -> None:
    drawing = svg(picture_of("A flow", (step("a-step-with-a-name-that-is-far-too-long-for-its-box"),)))

    assert "a-step-with-a-name-that-is-…" in words(drawing)
    assert "<title>a-step-with-a-name-that-is-far-too-long-for-its-box\n" in drawing


def test_a_page_brings_its_own_sheet_and_a_file_carries_one() -> None:
    picture = picture_of("A flow", router())

    assert "<style>" in svg(picture)
    assert "<style>" not in svg(picture, styled=False)
