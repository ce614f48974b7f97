"""What a rendered report tells Dagster: figures, links, counts and hashes. No names of people."""

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import dagster as dg

from pipeline.config.settings import load_settings
from pipeline.config.workspace import Workspace
from pipeline.defs.home_page import checks_link, figures_link, file_link
from pipeline.reports.artifacts import PAYLOAD, Artifact


def artifacts_metadata(artifacts: Sequence[Artifact]) -> dict[str, dg.MetadataValue]:
    """The report's own figures first, then where to look at it, at more figures and at the checks;
    then counts and the build. The links lead to pages of the same web server.
    """
    counts: dict[str, dg.MetadataValue] = {
        "files": dg.MetadataValue.int(len(artifacts)),
        "rendered": dg.MetadataValue.int(sum(artifact.rendered for artifact in artifacts)),
        "bytes": dg.MetadataValue.int(sum(artifact.bytes for artifact in artifacts)),
    }
    if not artifacts:
        return counts
    ws, first = Workspace(load_settings().home), artifacts[0]
    shown = [one for one in artifacts if one.key == first.key]
    links = {
        f"open_{one.format}": dg.MetadataValue.url(file_link(ws, one.path))
        for one in shown
        if one.path.name != PAYLOAD
    }
    return {
        "as_of": dg.MetadataValue.text(first.as_of.isoformat()),
        **_figures(shown),
        **links,
        "all_figures": dg.MetadataValue.url(figures_link(first.tenant)),
        "checks": dg.MetadataValue.url(checks_link()),
        **counts,
        "build_id": dg.MetadataValue.text(first.build_id),
        "folder": dg.MetadataValue.path(str(first.path.parent)),
    }


def _figures(artifacts: Sequence[Artifact]) -> dict[str, dg.MetadataValue]:
    """The tiles at the head of a report, where it has any."""
    payload = next((one.path for one in artifacts if one.path.name == PAYLOAD), None)
    content = json.loads(payload.read_bytes())["content"] if payload else {}
    records = [dg.TableRecord(_figure(tile)) for tile in content.get("tiles", ())]
    return {"figures": dg.MetadataValue.table(records)} if records else {}


def _figure(tile: Mapping[str, Any]) -> dict[str, str]:
    before = tile["previous_day"]["base"]
    return {
        "figure": tile["title"],
        "value": _shown(tile["value"]),
        "day_before": _shown(before),
        "month_to_date": _shown(tile["to_date"]),
    }


def _shown(value: Any) -> str:
    """A figure of a payload (amounts are text there), with thousands set apart."""
    return "" if value is None else f"{Decimal(str(value)):,}"
