"""The rules of docs/incremental.md, held on the text of the models that are built again by key."""

import re

import pytest

from pipeline.config.settings import DBT_PROJECT_DIR
from tests.dbt_project.project import MODELS

PAGE = DBT_PROJECT_DIR.parent / "docs" / "incremental.md"
MACROS = (DBT_PROJECT_DIR / "macros" / "touched.sql").read_text()
DEFAULT = "touched_leads"


def names_in(macro: str, text: str) -> list[str]:
    """The touched models that the calls of the macro name; without an argument it is the leads."""
    calls = re.findall(rf"\b{macro}\(([^)]*)\)", text)
    return [(re.findall(r"'(touched_\w+)'", call) or [DEFAULT])[0] for call in calls]


TEXTS = {name: path.read_text() for name, path in MODELS.items()}
GOES_BY = {
    name: names_in("forget_touched", text)[0]
    for name, text in TEXTS.items()
    if "forget_touched" in text
}


def test_what_one_model_touches_is_known_to_the_macros() -> None:
    assert f"touched='{DEFAULT}'" in MACROS
    keys = set(re.findall(r"'(touched_\w+)': '\w+'", MACROS))
    assert keys == {name for name in MODELS if name.startswith("touched_")}
    assert set(GOES_BY.values()) == keys


@pytest.mark.parametrize("name", GOES_BY)
def test_rows_are_deleted_and_inserted_by_the_same_keys(name: str) -> None:
    text, touched = TEXTS[name], GOES_BY[name]
    assert "materialized='incremental'" in text
    references = f"{{{{ ref('build_inputs') }}}}, {{{{ ref('{touched}') }}}}"
    assert f"-- depends_on: {references}" in text
    filters = set(names_in("is_touched", text))
    # These two macros filter engagement: by leads and by months.
    if "touched_engagement(" in text:
        filters.add("touched_or_engaged")
    if "engagement_since_touched_months(" in text:
        filters.add("touched_months")
    assert filters == {touched}


@pytest.mark.parametrize("name", [name for name in MODELS if name not in GOES_BY])
def test_no_other_model_is_filtered_by_touched_keys(name: str) -> None:
    assert "is_touched(" not in TEXTS[name]


def test_the_page_lists_the_models_by_what_they_go_by() -> None:
    rows = re.findall(
        r"^\| `(touched_\w+)` \|.*\| ([^|]*) \|$", PAGE.read_text(encoding="utf-8"), re.M
    )
    listed = {name: touched for touched, names in rows for name in re.findall(r"`(\w+)`", names)}
    assert listed == GOES_BY
