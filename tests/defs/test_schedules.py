"""When the clockwork starts a run, and when it does not."""

from datetime import date

import dagster as dg
import pytest

from pipeline.publish import layout
from pipeline.publish.layout import Held, HeldReason, Manifest
from pipeline.workspace import Workspace

YESTERDAY = date(2026, 3, 31)


def resource(ws: Workspace):
    from pipeline.defs.resources import MilepostResource

    return MilepostResource(home=str(ws.root))


def tick(ws: Workspace):
    from pipeline.defs.schedules import daily_tick

    return daily_tick(milepost=resource(ws))


def refresh(ws: Workspace):
    from pipeline.defs.schedules import hourly_refresh

    return hourly_refresh(milepost=resource(ws))


def publish_as_of(ws: Workspace, day: date) -> None:
    build = layout.builds_dir(ws, "skyline") / "b"
    build.mkdir(parents=True, exist_ok=True)
    manifest = Manifest(tenant="skyline", build_id="b", as_of=day, tables={})
    (build / layout.MANIFEST).write_text(manifest.model_dump_json())
    link = layout.current_link(ws, "skyline")
    link.unlink(missing_ok=True)
    link.symlink_to("builds/b")


def hold(ws: Workspace) -> None:
    reason = HeldReason(check_name="ledger", failures=1, sample=None, owner_hint=None)
    held = Held(tenant="skyline", as_of=YESTERDAY, reasons=(reason,))
    (ws.published("skyline") / layout.HELD).write_text(held.model_dump_json())


def test_a_report_that_is_owed_starts_a_run(skyline):
    publish_as_of(skyline, YESTERDAY)
    assert isinstance(tick(skyline), dg.RunRequest)


@pytest.mark.parametrize("published", [None, date(2026, 3, 30)])
def test_so_does_one_that_waits_only_for_newer_figures(skyline, published):
    if published:
        publish_as_of(skyline, published)
    assert isinstance(tick(skyline), dg.RunRequest)


def test_a_held_tenant_does_not_start_a_run_every_ten_minutes(skyline):
    publish_as_of(skyline, YESTERDAY)
    hold(skyline)
    assert isinstance(tick(skyline), dg.SkipReason)


def test_before_its_hour_nothing_is_owed(skyline, monkeypatch):
    publish_as_of(skyline, YESTERDAY)
    monkeypatch.setenv("MILEPOST_NOW", "2026-04-01T07:59:00+05:30")
    assert isinstance(tick(skyline), dg.SkipReason)


def test_figures_that_do_not_reach_yesterday_are_refreshed(skyline):
    assert isinstance(refresh(skyline), dg.RunRequest)
    publish_as_of(skyline, date(2026, 3, 30))
    assert isinstance(refresh(skyline), dg.RunRequest)
    publish_as_of(skyline, YESTERDAY)
    assert isinstance(refresh(skyline), dg.SkipReason)
