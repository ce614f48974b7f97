"""The fonts of the repository: complete, licensed, small, and the only ones that are used."""

from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

from pipeline.reports.drawing.fonts import FAMILY, FONTS_DIR, SCRIPTS, font_faces, fontconfig_file

FIGURES = "0123456789"
NEEDED = FIGURES + "₹R$£€†✓✗−–·×☐▲▼%.,()ABCabcãçéñŠžĀ"
SAMPLES = {
    "Devanagari": "नमस्ते",
    "Tamil": "வணக்கம்",
    "Arabic": "مرحبا",
    "Kannada": "ನಮಸ್ಕಾರ",
    "Telugu": "నమస్కారం",
    "Malayalam": "നമസ്കാരം",
    "Bengali": "নমস্কার",
    "Gujarati": "નમસ્તે",
    "Gurmukhi": "ਨਮਸਕਾਰ",
    "Oriya": "ନମସ୍କାର",
}


@pytest.mark.parametrize("name", ["SourceSans3-Regular.ttf", "SourceSans3-Semibold.ttf"])
def test_the_text_face_has_what_reports_print_and_tabular_figures(name: str) -> None:
    with TTFont(FONTS_DIR / name) as font:
        glyphs = font.getBestCmap()
        assert {char for char in NEEDED if ord(char) not in glyphs} == set()
        assert len({font["hmtx"][glyphs[ord(figure)]][0] for figure in FIGURES}) == 1
        assert font["name"].getDebugName(16) in (FAMILY, None)


@pytest.mark.parametrize("script", SCRIPTS)
def test_each_script_has_its_face(script: str) -> None:
    with TTFont(FONTS_DIR / f"NotoSans{script}-Regular.ttf") as font:
        glyphs = font.getBestCmap()
        assert {char for char in SAMPLES[script] if ord(char) not in glyphs} == set()
        assert "GSUB" in font  # without it letters do not join


def test_emoji_have_a_face() -> None:
    with TTFont(FONTS_DIR / "NotoEmoji-Regular.ttf") as font:
        assert {ord(char) for char in "🏠🏢🎉👍"} <= set(font.getBestCmap())


def test_every_font_has_its_licence_and_all_are_small() -> None:
    licences = {path.name for path in (FONTS_DIR / "licenses").iterdir()}
    files = [path for path in FONTS_DIR.rglob("*") if path.suffix in (".ttf", ".woff2")]
    for path in files:
        assert f"OFL-{path.name.split('-')[0]}.txt" in licences
    assert sum(path.stat().st_size for path in files) < 3_200_000


def test_fontconfig_knows_the_repositorys_fonts_alone(tmp_path: Path) -> None:
    path = fontconfig_file(tmp_path)
    text = path.read_text(encoding="utf-8")
    assert text.count("<dir>") == 1
    assert f"<dir>{FONTS_DIR}</dir>" in text
    assert "<include" not in text
    before = path.stat().st_mtime_ns
    assert fontconfig_file(tmp_path).stat().st_mtime_ns == before  # written once


def test_pages_carry_their_face_with_them() -> None:
    rules = font_faces()
    assert rules.count("@font-face") == 2
    assert rules.count("url(") == rules.count("url(data:font/woff2;base64,")
