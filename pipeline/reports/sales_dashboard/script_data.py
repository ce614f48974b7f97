"""What the dashboard's script is given: the rows it counts, how figures are written, the charts.

The specification of a chart in the page is the one that drew its SVG; the script only puts the
figures of a selection into it. The runtime that draws them comes out of the library that draws on
the server, so both are of one version (a test), and nothing is fetched. Rows and runtime are packed
(deflate, base64) and unpacked when the first filter is set.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Any

from pipeline.config.settings import TEMPLATES_DIR
from pipeline.reports.drawing.charts import MUTED
from pipeline.reports.drawing.formats import Formats
from pipeline.reports.drawing.vega import Chart
from pipeline.reports.payload import Envelope
from pipeline.reports.sales_dashboard import filter_rows as counted
from pipeline.reports.sales_dashboard.content import DashboardContent
from pipeline.reports.sales_dashboard.marketing import UNATTRIBUTED

_MONTHS = {
    "rows": "months",
    "panels": [
        ["new_leads", "count"],
        ["net_bookings", "count"],
        ["net_value", "short"],
    ],
}
_BOOKINGS = {
    "rows": "booking_months",
    "panels": [
        ["gross_value", "short"],
        ["cancelled_value", "short"],
        ["net_value", "short"],
    ],
}
# The figures of each chart by their names in the script: what its columns or bars are made of.
BINDINGS: Mapping[str, Mapping[str, Any]] = {
    "months_wide": _MONTHS,
    "months_narrow": _MONTHS,
    "bookings_wide": _BOOKINGS,
    "bookings_narrow": _BOOKINGS,
    "funnel": {
        "rows": "steps",
        "bar": "reached",
        "text": [["reached", "count"], ["of_leads", "rate"]],
        "zeros": True,
    },
    "sources": {
        "rows": "sources",
        "bar": "leads",
        "text": [["leads", "count"], ["conversion_rate", "rate"]],
        "pick": "source",
        "zeros": True,
    },
    "campaigns": {
        "rows": "campaigns",
        "bar": "net_value",
        "text": [["net_value", "short"]],
        "pick": "campaign",
        "muted": UNATTRIBUTED,
        "zeros": True,
    },
    "owners": {
        "rows": "owners",
        "bar": "overdue",
        "text": [["overdue", "count"]],
        "pick": "owner",
        "then": ["due_today", "undated"],
    },
}


def script_settings(
    content: DashboardContent,
    envelope: Envelope,
    charts: Mapping[str, Chart],
    f: Formats,
    shown_bars: int,
) -> str:
    """JSON for a script element: what the script needs before it has unpacked the rows."""
    cohorts = content.funnel.cohorts
    return in_script(
        {
            "zero": content.facts.zero.isoformat(),
            "as_of": envelope.as_of.isoformat(),
            "months": counted.MONTHS,
            "stages": [step.title for step in cohorts[0].steps] if cohorts else [],
            "mature": [month.isoformat() for month in content.funnel.mature_months],
            "statuses": counted.STATUSES,
            "booking_statuses": counted.BOOKING_STATUSES,
            "states": counted.STATES,
            "reasons": len(content.bookings.reasons.rows),
            "listed": {"bookings": 50, "late": 50, "follow_ups": 100, "waiting": 50, "likely": 50},
            "formats": script_formats(f),
            "muted": MUTED,
            "bars": shown_bars,
            "charts": {
                name: {
                    **binding,
                    "spec": _without_schema(charts[name].spec),
                    "width": charts[name].width,
                }
                for name, binding in BINDINGS.items()
                if name in charts
            },
        }
    )


def _without_schema(spec: Mapping[str, Any]) -> Mapping[str, Any]:
    # The address of the schema is the only one in the page; nothing would read it.
    return {name: part for name, part in spec.items() if name != "$schema"}


def script_formats(f: Formats) -> Mapping[str, Any]:
    """How `formats` writes, for the script that does the same (a test holds them together)."""
    before, after = f.whole_money(7).split("7")
    spelled = f.date(date(2003, 2, 1))
    return {
        "locale": str(f.locale).replace("_", "-"),
        "before": before,
        "after": after,
        "scales": [[float(scale.unit), scale.suffix] for scale in f.scales],
        "percent": f.percentage(7, 0).removeprefix("7"),
        "months": [f.month(date(2003, month, 1)).split(" ")[0] for month in range(1, 13)],
        "date": spelled.replace("2003", "y")
        .replace("02", "MM")
        .replace("01", "dd")
        .replace("Feb", "MMM")
        .replace("1", "d"),
    }


def packed(text: str) -> str:
    """Deflated, in base64."""
    return base64.b64encode(zlib.compress(text.encode(), 9)).decode("ascii")


def in_script(value: Any) -> str:
    """JSON that can stand in a script element: nothing in it ends the element."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c")


@cache
def chart_runtime() -> str:
    """Vega and Vega-Lite, packed; `scripts/vendor-vega` takes them out of vl-convert (that takes
    four seconds, too long for every worker). It makes `window.vegaEmbed`.
    """
    return base64.b64encode((TEMPLATES_DIR / "vendor" / "vega.js.deflate").read_bytes()).decode()
