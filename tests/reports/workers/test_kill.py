"""Rendering killed anywhere, with its workers, and run again: the same bytes, nothing left over."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline.config.workspace import Workspace
from pipeline.reports.workers.pool import kept_workers
from tests.mortal import Attempts, mortal, tree
from tests.reports.test_build import REPORT, invoice, person, publish

pytestmark = pytest.mark.slow

TENANTS = ("a", "b", "c")


def act(home: Path) -> None:
    from pipeline.config.registry import Registry
    from pipeline.config.settings import Settings
    from pipeline.config.source import FileSource
    from pipeline.config.tenant import Tenant
    from pipeline.reports.build import render_report
    from pipeline.reports.request import ReportRequest

    registry = Registry(
        {name: Tenant(id=name, name=f"{name} Homes") for name in TENANTS}, {"inbox": FileSource()}
    )
    for tenant in TENANTS:
        render_report(
            Workspace(home),
            registry,
            Settings(home=home, workers=1),
            ReportRequest(tenant, REPORT, formats=("pdf", "xlsx")),
        )


@pytest.fixture(scope="module")
def attempts() -> Iterator[Attempts]:
    with mortal("tests.reports.workers.test_kill:act_warm") as stage:
        yield stage


def act_warm(home: Path) -> None:
    with kept_workers():
        act(home)


def test_killed_at_any_step_the_next_run_completes_it(
    attempts: Attempts, tmp_path: Path, full: bool
) -> None:
    before, golden = tmp_path / "before", tmp_path / "golden"
    for number, tenant in enumerate(TENANTS):
        publish(
            Workspace(before),
            [person(number, invoice("10.50")), person(9, invoice("7"))],
            tenant=tenant,
        )
    shutil.copytree(before, golden, symlinks=True)
    steps = attempts.run(golden).steps
    whole = tree(golden / "artifacts")
    assert len([name for name in whole if name.endswith(".pdf")]) == 6

    chance = random.Random(2)
    kills: list[dict[str, Any]] = [
        {"at": chance.randint(1, steps)} for _ in range(40 if full else 2)
    ]
    kills += [{"after": chance.uniform(0.1, 4.0)} for _ in range(20 if full else 0)]
    died = 0
    with kept_workers():  # of this process, which makes up for what was killed
        for number, kill in enumerate(kills):
            home = tmp_path / str(number)
            shutil.copytree(before, home, symlinks=True)
            died += attempts.run(home, **kill).killed
            act(home)
            assert tree(home / "artifacts") == whole, kill
            shutil.rmtree(home)
    print(f"render: {steps} steps, {len(kills)} kills, {died} died of them")
    assert died >= len(kills) / 2
