"""Publish killed anywhere and run again: the same files, and readers see one whole build."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline.config.settings import Settings
from pipeline.config.workspace import Workspace
from pipeline.publish.publish import publish
from tests.mortal import Attempts, mortal, tree
from tests.publish.test_publish import lead_ids, write_warehouse

pytestmark = pytest.mark.slow

TENANTS = {"a": 40, "b": 3, "empty": 0}


def act(home: Path) -> None:
    publish(Workspace(home), Settings(home=home, threads=1, memory_limit="1GB", keep_builds=2))


@pytest.fixture(scope="module")
def attempts() -> Iterator[Attempts]:
    with mortal("tests.publish.test_publish_kill:act") as stage:
        yield stage


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory, attempts: Attempts) -> Path:
    """A workspace with a published build of three tenants, and a warehouse with other figures."""
    home = tmp_path_factory.mktemp("publish") / "before"
    write_warehouse(Workspace(home), TENANTS, tag="old")
    attempts.run(home)
    write_warehouse(Workspace(home), TENANTS, {"b": 2}, tag="new")  # and b is held
    return home


def test_killed_at_any_step_the_next_publish_completes_it(
    before: Path, attempts: Attempts, tmp_path: Path, full: bool
) -> None:
    golden = tmp_path / "golden"
    shutil.copytree(before, golden, symlinks=True)
    steps = attempts.run(golden).steps
    whole = tree(golden / "published")
    old = {tenant: lead_ids(Workspace(before), tenant) for tenant in TENANTS}
    new = {tenant: lead_ids(Workspace(golden), tenant) for tenant in TENANTS}
    assert old["a"].isdisjoint(new["a"])
    assert old["b"] == new["b"]

    chance = random.Random(1)
    at = range(1, steps + 1) if full else sorted(chance.sample(range(1, steps + 1), 20))
    kills: list[dict[str, Any]] = [{"at": step} for step in at]
    kills += [{"after": chance.uniform(0.005, 0.1)} for _ in range(20 if full else 3)]
    died = 0
    for number, kill in enumerate(kills):
        home = tmp_path / str(number)
        shutil.copytree(before, home, symlinks=True)
        died += attempts.run(home, **kill).killed
        for tenant in TENANTS:  # what a reader sees of it meanwhile
            assert lead_ids(Workspace(home), tenant) in (old[tenant], new[tenant])
        attempts.run(home)
        assert tree(home / "published") == whole, kill
        shutil.rmtree(home)
    print(f"publish: {steps} steps, {len(kills)} kills, {died} died of them")
    assert died >= len(at)
