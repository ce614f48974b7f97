"""Every column of every view that is no amount and no count is shown by its declared unit."""

import pytest

from pipeline.reports.lists.units import units_of
from pipeline.reports.lists.workbook import _kind
from tests.dbt_project.project import REPORTING, entry_of

UNITS = {"fraction", "percent", "ratio", "count", "days", "hours", "seconds"}
# As the sheet shows a quarter: a fraction as 25 %, a percentage as it is.
SHOWN = {"fraction": "percent", "percent": "points"}
FRACTIONAL = {"double precision": "DOUBLE", "decimal(9,4)": "DECIMAL(9,4)"}


@pytest.mark.parametrize("view", REPORTING)
def test_every_column_is_shown_by_its_unit(view: str) -> None:
    units = units_of(view)
    fractional = {
        column["name"]: column
        for column in entry_of(view)["columns"]
        if column["data_type"] in FRACTIONAL
    }
    assert units.keys() == fractional.keys()
    assert set(units.values()) <= UNITS
    for name, column in fractional.items():
        kind = _kind(FRACTIONAL[column["data_type"]], units[name])
        assert kind == SHOWN.get(units[name], "decimal"), name
        # The words say the same as the unit.
        says_percent = "percent" in column["description"] or "percentage" in column["description"]
        assert (units[name] == "percent") == (
            says_percent and "percentile" not in column["description"]
        ), name


def test_a_rate_of_the_old_views_is_a_percentage_already() -> None:
    assert units_of("v_lead_funnel_analysis")["conversion_rate_legacy"] == "percent"
    assert units_of("v_lead_funnel_analysis")["conversion_rate"] == "fraction"
    assert units_of("v_lead_scores")["compared_share"] == "fraction"
