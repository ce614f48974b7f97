"""When the clock starts a run, and when it does not."""

from datetime import date
from typing import Any

import dagster as dg
import pytest

from pipeline.config.workspace import Workspace
from tests.defs.test_sensors import YESTERDAY, publish_as_of, resource

pytestmark = pytest.mark.models


def refresh(ws: Workspace) -> Any:
    from pipeline.defs.schedules import hourly_refresh

    with dg.instance_for_test() as instance:
        context = dg.build_schedule_context(instance=instance)
        return hourly_refresh(context, milepost=resource(ws))


def test_figures_that_do_not_reach_yesterday_are_refreshed(skyline: Workspace) -> None:
    assert isinstance(refresh(skyline), dg.RunRequest)
    publish_as_of(skyline, date(2026, 3, 30))
    assert isinstance(refresh(skyline), dg.RunRequest)
    publish_as_of(skyline, YESTERDAY)
    assert isinstance(refresh(skyline), dg.SkipReason)
