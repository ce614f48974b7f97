"""The house's rules, held: import direction, where dagster and the environment are, sizes."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "pipeline"
MODULES = {
    path: ast.parse(path.read_text(encoding="utf-8")) for path in sorted(PACKAGE.rglob("*.py"))
}

# A stage may import itself, the core and the stages to its left.
STAGES = ["sources", "landing", "publish", "reports", "delivery"]
# They stand above the stages: the command and what it calls, and Dagster's entry point.
ABOVE = {"cli", "definitions", "defs", "demo", "doctor"}
PARTS = {path.stem for path in PACKAGE.iterdir() if path.name != "__pycache__"}
CORE = PARTS - ABOVE - set(STAGES)

CLOCK = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time"}
ENVIRONMENT = {"os.environ", "os.environb", "os.getenv", "os.putenv"}
SQL_CLOCK = ("current_date", "current_timestamp", "now()", "today()", "getdate")


def part(path: Path) -> str:
    """`sources` for pipeline/sources/files/inbox.py, `cli` for pipeline/cli/app.py."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(tree: ast.Module) -> Iterator[str]:
    """The dotted names that a file imports, anywhere in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, "import from the package's root, not from '.'"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def imported_parts(tree: ast.Module) -> set[str]:
    names = {name.split(".")[1] for name in imports(tree) if name.startswith("pipeline.")}
    return names & PARTS


def test_a_stage_imports_only_stages_to_its_left() -> None:
    wrong = {}
    for path, tree in MODULES.items():
        own = part(path)
        if own not in ABOVE:
            left = set(STAGES[: STAGES.index(own) + 1]) if own in STAGES else set()
            if extra := imported_parts(tree) - CORE - left:
                wrong[path.name] = extra
    assert wrong == {}


def test_only_defs_imports_dagster_and_only_the_command_imports_defs() -> None:
    for path, tree in MODULES.items():
        roots = {name.split(".")[0] for name in imports(tree)}
        if part(path) not in ("defs", "definitions"):
            assert not roots & {"dagster", "dagster_dbt"}, path
        if part(path) not in ("defs", "definitions", "cli"):
            assert "defs" not in imported_parts(tree), path


def test_only_settings_reads_the_environment_and_the_clock() -> None:
    for path, tree in MODULES.items():
        if path == PACKAGE / "config" / "settings.py":
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                dotted = f"{node.value.id}.{node.attr}"
                assert dotted not in CLOCK | ENVIRONMENT, f"{path.name}:{node.lineno}: {dotted}"


def test_imports_run_in_no_circle() -> None:
    """Within a folder, its files and the folders in it: whatever imports another, directly or by
    way of others, is not imported by that one. So there is no circle of files anywhere, and none of
    folders; a folder's own files may stand above and below the folders in it.

    Imports inside functions count, and those for types alone: two files that name each other's
    types belong together, or their types in a third.
    """
    edges: dict[str, set[tuple[str, str]]] = {}
    for path, tree in MODULES.items():
        own = place(path).split(".")
        for target in imported_files(tree) - {place(path)}:
            other = target.split(".")
            shared = 0
            while own[shared] == other[shared]:
                shared += 1
            edges.setdefault(".".join(own[:shared]), set()).add((own[shared], other[shared]))
    circles = {folder: circle for folder in edges if (circle := circle_of(edges[folder]))}
    assert circles == {}


def place(path: Path) -> str:
    """`pipeline.reports.making`; a package's own file is `pipeline.reports.__init__`."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


FILES = {place(path) for path in MODULES}


def imported_files(tree: ast.Module) -> set[str]:
    """The files that a file imports; of `from a import b`, `a.b` where that is one."""
    found = set()
    for name in imports(tree):
        above = name.rpartition(".")[0]
        candidates = (name, f"{name}.__init__", above, f"{above}.__init__")
        found |= set([one for one in candidates if one in FILES][:1])
    return found


def circle_of(edges: set[tuple[str, str]]) -> list[str]:
    """The names that are left when those that import nothing more are taken away, again and again;
    what imports a circle is left with it.
    """
    names = {name for edge in edges for name in edge}
    while free := {name for name in names if not any(a == name and b in names for a, b in edges)}:
        names -= free
    return sorted(names)


def test_a_class_name_stands_for_one_class() -> None:
    where: dict[str, list[str]] = {}
    for path, tree in MODULES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                where.setdefault(node.name, []).append(path.relative_to(ROOT).as_posix())
    assert {name: files for name, files in where.items() if len(files) > 1} == {}


def test_no_folder_has_more_than_twenty_files() -> None:
    folders = {path.parent for path in MODULES}
    counts = {
        folder.relative_to(ROOT).as_posix(): len(list(folder.glob("*.py"))) for folder in folders
    }
    assert {folder: count for folder, count in counts.items() if count > 20} == {}


def test_a_module_opens_with_a_charter() -> None:
    assert [path for path, tree in MODULES.items() if not ast.get_docstring(tree)] == []


def test_the_first_paragraph_of_each_docstring_is_a_sentence() -> None:
    cut = []
    for path, tree in MODULES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
                text = ast.get_docstring(node) or "."
                if not text.split("\n\n")[0].endswith((".", "?")):
                    cut.append(f"{path.name}: {text.splitlines()[0]}")
    assert cut == []


# What is longer, and why it reads better in one piece than cut.
LONGER = {
    "pipeline/cli/app.py": "the verbs of the command, one after the other",
    "pipeline/delivery/dispatch.py": "what becomes of one delivery, in one place",
    "pipeline/delivery/record/database.py": "the record's file: opened, moved on, backed up",
    "pipeline/landing/batches/batches.py": "what a batch says of itself, written and read",
    "pipeline/publish/set_aside.py": "how one tenant's rows are found that stop a model",
    "pipeline/reports/drawing/xlsx.py": "a sheet and its formats beside each other",
    "pipeline/reports/making.py": "one report of one tenant, from payloads to files",
    "pipeline/delivery/record/deliveries.py": "everything that writes a delivery, in one place",
    "pipeline/demo/money/accounts.py:unwind": "one booking's cancellation, entry by entry",
    "pipeline/demo/simulate.py:simulate": "the order in which the demo's parts are drawn",
    "pipeline/reports/sales_dashboard/spec.py": "the columns that it reads, one a line",
    "pipeline/reports/lists/data_quality.py:sheets": "one sheet after the other, a line a column",
    "pipeline/reports/drawing/formats.py": "all formats of a locale beside each other",
    "pipeline/reports/sales_dashboard/overview.py:_ratios": "a row of the page after the other",
    "pipeline/reports/lists/receivables.py": "its sheets, a line a column",
    "pipeline/reports/lists/receivables.py:sheets": "one sheet after the other, a line a column",
}


def test_sizes_that_call_for_a_second_look() -> None:
    assert _long() == LONGER.keys()


def _long() -> set[str]:
    """Files over 250 lines, functions over 45 and models over 100."""
    long = set()
    for path, tree in MODULES.items():
        name = path.relative_to(ROOT).as_posix()
        if len(path.read_text(encoding="utf-8").splitlines()) > 250:
            long.add(name)
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and (node.end_lineno or 0) - node.lineno >= 45:
                long.add(f"{name}:{node.name}")
    for path in (ROOT / "dbt_project" / "models").rglob("*.sql"):
        if len(path.read_text(encoding="utf-8").splitlines()) > 100:
            long.add(path.relative_to(ROOT).as_posix())
    return long


def test_no_model_reads_the_clock() -> None:
    for path in (ROOT / "dbt_project").rglob("*.sql"):
        text = path.read_text(encoding="utf-8").lower()
        assert not [word for word in SQL_CLOCK if word in text], path


def test_no_bare_except() -> None:
    for path in [*MODULES, *(ROOT / "tests").rglob("*.py"), *(ROOT / "bench").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ExceptHandler):
                assert node.type is not None, f"{path.name}:{node.lineno}"
