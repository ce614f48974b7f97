"""Plant each mistake of mutations.yml in the models and see whether a test notices.

The tests' own warehouse is built once. For each mistake a copy of it gets the changed model and
everything downstream, made from dbt's compiled SQL by plain DuckDB, which takes a second where dbt
takes a minute; then the data tests run, and the tests of the models until the first that fails.
A mistake that no longer fits its model or does not run is an error of the list, not a success.

    python -m tests.mutation [NAME ...]
"""

import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import duckdb
import yaml

from pipeline.config.workspace import Workspace
from pipeline.publish.build import compile_arguments, run_command, target_dir
from tests.dbt_project.conftest import settings_of

ROOT = Path(__file__).parents[2]
WANTED = 38 / 40
TESTS = ROOT / "tests" / "dbt_project"
# Those that notice most come first; all the others follow, the slow ones last.
FIRST = (
    *("test_naive", "test_isolation", "test_realty_edges", "test_realty_naive"),
    *("test_realty", "test_realty_forecast"),
    *("test_kpis", "test_leads", "test_ledger"),
)
LAST = ("test_old_views",)
# They read the project's text, or build from it: a change of the compiled SQL is nothing to them.
NOT_ABOUT_ROWS = ("test_contracts", "test_generic_tests", "test_reference", "test_postgres")


@dataclass(frozen=True)
class Mutation:
    """One mistake: in `model`, the text `old` becomes `new`; `tenant` if it mixes tenants."""

    name: str
    model: str
    old: str
    new: str
    tenant: bool = False


@dataclass(frozen=True)
class Project:
    """dbt's manifest of the build: models and tests by their unique id, and what follows what."""

    nodes: Mapping[str, Mapping[str, Any]]

    def model(self, name: str) -> str:
        return f"model.milepost.{name}"

    def from_here(self, key: str) -> list[str]:
        """The model and all models downstream of it, in the order in which they build."""
        models = {k: n for k, n in self.nodes.items() if n["resource_type"] == "model"}
        parents = {
            k: [p for p in n["depends_on"]["nodes"] if p in models] for k, n in models.items()
        }
        order = list(TopologicalSorter(parents).static_order())
        changed = {key}
        for node in order:
            if changed & set(parents[node]):
                changed.add(node)
        return [node for node in order if node in changed]

    def data_tests(self) -> Iterator[tuple[str, str]]:
        for node in self.nodes.values():
            if node["resource_type"] == "test" and node.get("compiled_code"):
                yield node["name"], node["compiled_code"]


def main(names: list[str]) -> int:
    text = (Path(__file__).parent / "mutations.yml").read_text(encoding="utf-8")
    mutations = [Mutation(**entry) for entry in yaml.safe_load(text)]
    chosen = [m for m in mutations if not names or m.name in names]
    with tempfile.TemporaryDirectory(prefix="milepost-mutation-") as folder:
        home = _built(Path(folder))
        manifest = json.loads((target_dir(Workspace(home)) / "manifest.json").read_text())
        project = Project(manifest["nodes"])
        survivors = [m for m in chosen if not _noticed(m, project, home)]
    killed = len(chosen) - len(survivors)
    print(f"{killed} of {len(chosen)} mistakes were noticed")
    good = killed >= WANTED * len(chosen) and not any(m.tenant for m in survivors)
    return 0 if good else 1


def _built(folder: Path) -> Path:
    """The warehouse of the tests, built once; the unchanged models must pass.

    The last refresh compiled what it added; a mistake is planted in what builds all.
    """
    home = folder / "models"
    _pytest(home, expected=(0,))
    ws = Workspace(home)
    run_command(ws, settings_of(home), compile_arguments(ws))
    return home


def _noticed(mutation: Mutation, project: Project, home: Path) -> bool:
    begin = time.perf_counter()
    trial = home.with_name("trial")
    shutil.rmtree(trial, ignore_errors=True)
    shutil.copytree(home, trial, symlinks=True)
    by = _plant(mutation, project, Workspace(trial).warehouse_file) or _pytest(trial)
    print(
        f"{'noticed ' if by else 'SURVIVED'} {mutation.name:<44} {by or ''}"
        f" ({time.perf_counter() - begin:.0f} s)",
        flush=True,
    )
    return by is not None


def _plant(mutation: Mutation, project: Project, warehouse: Path) -> str | None:
    """Build the changed model and what follows; the first data test that fails, if any does."""
    key = project.model(mutation.model)
    code = project.nodes[key]["compiled_code"]
    if mutation.old not in code:
        raise SystemExit(f"{mutation.name}: {mutation.model} has no {mutation.old!r}")
    changed = {key: code.replace(mutation.old, mutation.new, 1)}
    with duckdb.connect(str(warehouse), config={"threads": "2"}) as database:
        database.execute("SET TimeZone = 'UTC'")
        for node in project.from_here(key):
            sql = changed.get(node, project.nodes[node]["compiled_code"])
            try:
                _create(database, project.nodes[node], sql)
            except duckdb.Error as error:
                raise SystemExit(f"{mutation.name}: {node} does not run: {error}") from None
        for name, sql in project.data_tests():
            if database.execute(f"SELECT count(*) FROM ({sql}) AS failing").fetchall() != [(0,)]:
                return f"data test {name}"
    return None


def _create(database: duckdb.DuckDBPyConnection, node: Mapping[str, Any], sql: str) -> None:
    kind = "VIEW" if node["config"]["materialized"] == "view" else "TABLE"
    database.execute(f'CREATE OR REPLACE {kind} "{node["schema"]}"."{node["alias"]}" AS {sql}')


def _pytest(home: Path, expected: tuple[int, ...] = (0, 1)) -> str | None:
    """Run the tests of the models on this workspace; the first that fails, if any does."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", *_test_files(), "-q", "-x"),
            *("-p", "no:cacheprovider", "--models-home", str(home)),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode not in expected:
        raise SystemExit(
            f"pytest ended with {done.returncode}:\n{done.stdout[-4000:]}{done.stderr}"
        )
    failed = [line for line in done.stdout.splitlines() if line.startswith("FAILED")]
    return failed[0].split(" ")[1].removeprefix("tests/dbt_project/") if failed else None


def _test_files() -> list[str]:
    """The files about rows, in the order in which they are worth running."""
    order = {name: place for place, name in enumerate(FIRST)} | dict.fromkeys(LAST, 100)
    files = [file for file in TESTS.glob("test_*.py") if file.stem not in NOT_ABOUT_ROWS]
    return [str(file) for file in sorted(files, key=lambda f: (order.get(f.stem, 50), f.stem))]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
