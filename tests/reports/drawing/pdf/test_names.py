"""The text of a PDF is the text of the data: names of ten scripts are read back as they are."""

import subprocess
from pathlib import Path

import pytest

from pipeline.reports.catalogue import find_report
from pipeline.reports.drawing.pdf.line_cache import is_shaped
from pipeline.reports.workers.rendering import render_files
from tests.reports.drawing.pdf.test_document import statement

NAMES = {
    "Devanagari": "श्रीमती ऋषिकेश विक्रम सिंह",
    "Bengali": "শ্রী কৃষ্ণেন্দু",
    "Gurmukhi": "ਗੁਰਪ੍ਰੀਤ ਸਿੰਘ",
    "Gujarati": "કૃષ્ણકાંત પટેલ",
    "Odia": "ଶ୍ରୀକୃଷ୍ଣ ମହାନ୍ତି",
    "Tamil": "கோபாலகிருஷ்ணன்",
    "Telugu": "శ్రీనివాస్ రెడ్డి",
    "Kannada": "ಕೃಷ್ಣಮೂರ್ತಿ",
    "Malayalam": "മോഹൻലാൽ",
    "Arabic": "أحمد علي",
}


@pytest.mark.browser  # drawn here and not by a worker: the machine needs fonts for these scripts
@pytest.mark.parametrize("script", NAMES)
def test_a_name_is_read_back_as_it_is(script: str, tmp_path: Path) -> None:
    report = find_report("customer_statement")
    (made,) = render_files(report, statement(NAMES[script], "#0b5fa5").to_json(), ["pdf"])
    file = tmp_path / "statement.pdf"
    file.write_bytes(made.data)
    # Laid out by where it stands, as a reader of the page copies it.
    read = subprocess.run(["pdftotext", file, "-"], capture_output=True, text=True, check=True)
    assert NAMES[script] in read.stdout


def test_only_scripts_whose_glyphs_depend_on_each_other_say_their_text() -> None:
    assert is_shaped("Flat of விக்ரம்")
    assert not is_shaped("Officer fi ffi ₹ Müller Łukasz 12,345")
