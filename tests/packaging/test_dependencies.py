"""What the code imports is declared, what is declared is used, and the two locks agree."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
OWN = {"pipeline", "tests", "bench", "scripts"} | {path.stem for path in ROOT.glob("scripts/*.py")}
# Declared without an import of ours, each for a reason.
USED_OTHERWISE = {
    "dagster-postgres": "dagster.yaml may name its storage",
    "dbt-core": "the program that builds the models",
    "dbt-duckdb": "dbt's adapter",
    "tzdata": "zoneinfo reads it where the system has no zones",
}
TOOLS = {
    "dbt-postgres": "dbt's adapter for the models on PostgreSQL",
    "mypy": "make types",
    "pre-commit": "the hooks of .pre-commit-config.yaml",
    "pytest-cov": "make coverage",
    "pytest-xdist": "make test runs two files side by side",
    "ruff": "make format, make lint",
    "sqlfluff": "make lint",
    "types-openpyxl": "make types",
    "types-pyyaml": "make types",
}


def imported(*folders: str) -> set[NormalizedName]:
    """The distributions that the code of these folders imports, anywhere in a file."""
    modules = set()
    for folder in folders:
        for file in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Import):
                    modules |= {alias.name.split(".")[0] for alias in node.names}
                elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                    modules.add(node.module.split(".")[0])
    foreign = modules - OWN - set(sys.stdlib_module_names)
    distributions = packages_distributions()
    return {canonicalize_name(distributions[module][0]) for module in foreign}


def declared(requirements: list[str]) -> set[NormalizedName]:
    names = {canonicalize_name(Requirement(text).name) for text in requirements}
    return names - {canonicalize_name(PROJECT["name"])}


def locked(name: str) -> dict[str, tuple[str, frozenset[str]]]:
    """Package -> its version and hashes."""
    text = (ROOT / name).read_text(encoding="utf-8")
    found = re.finditer(r"^([\w.-]+)==(\S+) \\\n((?:    --hash=\S+(?: \\)?\n)+)", text, re.M)
    return {one[1]: (one[2], frozenset(re.findall(r"sha256:\w{64}", one[3]))) for one in found}


def test_the_product_declares_what_it_imports_and_nothing_else() -> None:
    used, said = imported("pipeline"), declared(PROJECT["dependencies"])
    assert used - said == set(), "imported, but not in `dependencies`"
    assert said - used == USED_OTHERWISE.keys(), "declared, but nothing imports it"


def test_the_developers_packages_are_those_of_tests_and_tools() -> None:
    extras = PROJECT["optional-dependencies"]
    used = imported("tests", "bench", "scripts") - declared(PROJECT["dependencies"])
    assert declared(extras["dev"]) == used | TOOLS.keys()
    backend = tomllib.loads((ROOT / "pyproject.toml").read_text())["build-system"]["requires"]
    assert extras["build"] == backend


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_a_lock_has_every_package_with_hashes_and_without_an_address(name: str) -> None:
    lock = locked(name)
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    assert len(lock) == len([line for line in lines if re.match(r"\S+==", line)])
    assert [line for line in lines if "://" in line or line.startswith("-")] == []
    wanted = [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["build"]]
    if "dev" in name:
        wanted += PROJECT["optional-dependencies"]["dev"]
    for requirement in map(Requirement, wanted):
        if requirement.name != "milepost":
            version, _ = lock[canonicalize_name(requirement.name)]
            assert requirement.specifier.contains(version), requirement


def test_what_runs_is_the_same_for_developers() -> None:
    """So that `scripts/setup test` in an environment made to run only adds packages."""
    run, develop = locked("requirements.lock"), locked("requirements-dev.lock")
    assert {name: develop.get(name) for name in run} == run
    assert {"pytest", "psycopg", "pypdf", "mypy"} & run.keys() == set()
