"""Charts: the numbers stand in them, the fonts are ours, and the bytes are always the same."""

import hashlib
import io
import os
import re
import subprocess
import sys
import unicodedata
import zlib
from collections.abc import Sequence
from typing import cast

import pytest
import vl_convert
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from pipeline.config.settings import REPOSITORY, TEMPLATES_DIR
from pipeline.core.clean_text import clean
from pipeline.reports.drawing import charts, vega
from pipeline.reports.drawing.charts import Panel, Row, bars, columns
from pipeline.reports.drawing.vega import Chart, fitting, sparkline, text_length

BRAND = "#0b5fa5"
LABELS = [f"Mon\n{day}" for day in range(1, 15)]
MAKE = f"""
from pipeline.reports.drawing.charts import Panel, columns
chart = columns([Panel("New leads", list(range(14)), [str(n) for n in range(14)])],
                {LABELS!r}, "{BRAND}", "alt", width=460)
import hashlib
print(hashlib.sha256(chart.png()).hexdigest(), hashlib.sha256(chart.svg().encode()).hexdigest())
"""


def fortnight(values: Sequence[float], width: int = 460) -> Chart:
    texts = [f"{value}" for value in values]
    return columns([Panel("New leads", values, texts)], LABELS, BRAND, "alt", width=width)


def hashes(chart: Chart) -> str:
    found = (chart.png(), chart.svg().encode())
    return " ".join(hashlib.sha256(data).hexdigest() for data in found)


@pytest.mark.parametrize(
    "environment",
    [{"PYTHONHASHSEED": "1", "TZ": "Pacific/Apia"}, {"PYTHONHASHSEED": "7", "LC_ALL": "C"}],
)
def test_another_process_zone_locale_and_hash_seed_draw_the_same_bytes(
    environment: dict[str, str],
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", MAKE],
        env={**os.environ, **environment},
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == hashes(fortnight(list(range(14))))


def test_a_chart_carries_its_numbers() -> None:
    svg = fortnight([3, 0, 7] + [1] * 11).svg()
    texts = re.findall(r">([^<>]+)</t(?:ext|span)>", svg)
    assert texts.count("1") >= 11
    assert {"3", "0", "7", "New leads", "Mon"} <= set(texts)


def test_text_is_drawn_with_the_repository_s_font() -> None:
    svg = fortnight([1] * 14).svg()
    assert set(re.findall(r'font-family="([^"]*)"', svg)) == {"'Source Sans 3'"}
    blank = Image.open(io.BytesIO(fortnight([0] * 14).png())).convert("L")
    darkest, _ = cast(tuple[int, int], blank.getextrema())
    assert darkest < 100, "ink of the labels: a wrong family name draws none"


def test_a_picture_for_mail_is_small() -> None:
    assert len(fortnight([n * 37 % 101 for n in range(14)]).png()) <= 40_000


def test_nothing_is_loaded_and_the_drawing_is_named() -> None:
    svg = bars([Row("A & B <i>", 3, "3")], BRAND, 'Bars "quoted" & more').svg()
    assert 'role="img" aria-label="Bars &quot;quoted&quot; &amp; more"' in svg
    assert re.findall(r"(?:href|src|url)\s*[=(]", svg) == []
    assert "<i>" not in svg


def test_negative_zero_and_missing_do_not_break_a_drawing() -> None:
    assert (
        "−4"
        in columns(
            [Panel("Net", [-4, 0, 2], ["−4", "0", "2"])], ["a", "b", "c"], BRAND, "alt", width=300
        ).svg()
    )
    assert "−4" in bars([Row("Down", -4, "−4"), Row("Nothing", 0, "0")], BRAND, "alt").svg()
    assert sparkline([]).startswith("<svg")
    assert sparkline([1.0, None, 3.0]).count("M") == 2, "a gap, not a line through it"
    assert "NaN" not in sparkline([5.0] * 30)


def test_a_label_cannot_leave_its_place_in_the_specification() -> None:
    chart = columns([Panel("p", [1], ["1"])], ["a\"];alert('x')\\"], BRAND, "alt", width=300)
    assert "a];alert(x)" in chart.svg()


def test_a_long_name_is_cut_and_a_short_one_is_not() -> None:
    assert fitting("Website", 200) == "Website"
    cut = fitting("Festival Offers for Resident and Non-Resident Buyers", 120)
    assert cut.endswith("…")
    assert text_length(cut) <= 120


def test_the_runtime_of_the_page_is_that_of_the_server() -> None:
    bundle = (TEMPLATES_DIR / "vendor" / "vega.js.deflate").read_bytes()
    assert zlib.decompress(bundle).decode() == vl_convert.javascript_bundle(), (  # type: ignore[call-arg]
        "vl-convert changed: run scripts/vendor-vega"
    )


def chart_of(text: str) -> vega.Chart:
    return charts.columns(
        [charts.Panel(text, [1, 2], ["1", "2"])], [text, "b"], "#123456", text, width=400
    )


@given(st.text(st.characters(categories=["L", "Cc", "Cs", "Cn", "Zl", "Zp"])))
def test_no_text_reaches_the_engine_as_it_was_written(name: str) -> None:
    """Over some of these the engine ends the whole process, over others it raises."""
    with pytest.MonkeyPatch.context() as patch:
        given_to: list[object] = []

        def keep(spec: object, **_: object) -> str:
            given_to.append(spec)
            return "<svg>"

        patch.setattr(vl_convert, "vegalite_to_svg", keep)
        drawn = chart_of(f"Block {name} A").svg()
    for text in (*texts_of(given_to), drawn):
        assert text == clean(text)
        text.encode()


def texts_of(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for pair in value.items() for each in pair for text in texts_of(each)]
    return [text for each in value for text in texts_of(each)] if isinstance(value, list) else []


@pytest.mark.parametrize("category", ["Cc", "Cs", "Zl", "Zp"])
def test_cleaning_leaves_what_can_be_read(category: str) -> None:
    every = (chr(number) for number in range(0x110000))
    unfit = [one for one in every if unicodedata.category(one) == category and one not in "\t\n\r"]
    assert clean("".join(unfit)).strip("\N{REPLACEMENT CHARACTER}\n") == ""
    assert clean("मीरा 🏠 A\tB\r\n") == "मीरा 🏠 A\tB\r\n"


def test_a_chart_that_cannot_be_drawn_says_so_in_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> str:
        raise ValueError("the engine complains")

    monkeypatch.setattr(vl_convert, "vegalite_to_svg", fail)
    drawn = chart_of("<b>Block</b>")
    assert vega.NOT_DRAWN in drawn.svg()
    assert 'aria-label="&lt;b&gt;Block&lt;/b&gt;"' in drawn.svg()
    assert drawn.png()
