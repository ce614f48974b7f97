"""Any brand colour becomes one that can be read, on white and on the dark page."""

import re

from hypothesis import given
from hypothesis import strategies as st

from pipeline.config.settings import TEMPLATES_DIR
from pipeline.reports.drawing.charts import tint
from pipeline.reports.drawing.colour import DARK_PAPER, WHITE, contrast_ratio, readable

COLOURS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


def test_known_contrasts() -> None:
    assert round(contrast_ratio("#000000", "#ffffff"), 2) == 21
    assert round(contrast_ratio("#777777", "#ffffff"), 2) == 4.48
    assert contrast_ratio("#123456", "#123456") == 1


@given(COLOURS)
def test_text_of_any_brand_colour_has_four_and_a_half_to_one(color: str) -> None:
    for paper in (WHITE, DARK_PAPER):
        assert contrast_ratio(readable(color, paper), paper) >= 4.5


@given(COLOURS)
def test_a_tint_is_lighter_than_its_brand_and_still_seen(color: str) -> None:
    brand = readable(color, WHITE)
    assert 3.0 <= contrast_ratio(tint(brand), WHITE) <= contrast_ratio(brand, WHITE)


def test_a_colour_that_can_be_read_stays_as_it_is() -> None:
    assert readable("#0b5fa5", WHITE) == "#0b5fa5"


def variables(css: str) -> dict[str, str]:
    return dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", css))


def test_every_text_colour_of_the_page_can_be_read_light_and_dark() -> None:
    theme = (TEMPLATES_DIR / "theme.css").read_text()
    page = (TEMPLATES_DIR / "dashboard.css").read_text()
    dark_at = page.index("prefers-color-scheme: dark")
    light = variables(theme) | variables(page[:dark_at])
    dark = variables(page[dark_at : page.index("html {")])
    for palette in (light, dark):
        for text in ("ink", "muted", "good", "bad"):
            for paper in ("paper", "hover"):
                assert contrast_ratio(palette[text], palette[paper]) >= 4.5, (text, paper)


def test_every_text_colour_of_the_mail_can_be_read_on_a_dark_screen() -> None:
    css = (TEMPLATES_DIR / "mail.css").read_text()
    light, dark = css.split("prefers-color-scheme: dark")
    for color in re.findall(r"[ ;{]color: (#[0-9a-f]{6})(?! !important)", light):
        assert color == WHITE or contrast_ratio(color, WHITE) >= 4.5, color
    for color in re.findall(r"[ ;{]color: (#[0-9a-f]{6}) !important;?(?: }|$)", dark):
        assert contrast_ratio(color, DARK_PAPER) >= 4.5, color
