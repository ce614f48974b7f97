"""Writes an export: whole or not at all, to a new place or in place of an earlier one.

The form follows from the target's name: FILE.duckdb, FILE.xlsx, a folder of CSV or Parquet files,
or one table as FILE.csv or FILE.parquet. Nothing is written into the workspace's own folders.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.config.tenant import Tenant
from pipeline.config.workspace import Workspace
from pipeline.core import atomic_files
from pipeline.core.errors import ConfigError
from pipeline.publish.export.content import Content, content_of
from pipeline.publish.export.database import write_database
from pipeline.publish.export.folder import FORMATS, MARK, write_folder, write_table
from pipeline.publish.export.workbook import write_workbook
from pipeline.publish.reader import open_published

_DATABASES = (".duckdb", ".db")
_FILES = (*_DATABASES, ".xlsx", *(f".{name}" for name in FORMATS))


@dataclass(frozen=True)
class Wish:
    """Where an export goes, in which form, and whether it may take an earlier one's place."""

    target: Path
    format: str | None = None
    tables: tuple[str, ...] | None = None
    replace: bool = False

    @property
    def is_file(self) -> bool:
        return self.target.suffix.lower() in _FILES


def export(ws: Workspace, tenant: Tenant, wish: Wish) -> dict[str, Any]:
    """Write the tenant's current build as wished; says what was written.

    Raises ConfigError for a wish that cannot be, before anything is written.
    """
    _check(ws, wish)
    with open_published(ws, tenant.id) as published:
        content = content_of(published, tenant, wish.tables)
        if wish.is_file:
            with atomic_files.replacing(wish.target.absolute()) as temporary:
                _write_file(content, temporary, wish)
        else:
            _write_in_place(content, wish)
        return {
            "tenant": tenant.id,
            "as_of": published.as_of,
            "build": published.build_id,
            "written": str(wish.target.absolute()),
            "tables": len(content.tables),
            "rows": sum(content.rows(table.name) for table in content.tables),
        }


def _write_file(content: Content, path: Path, wish: Wish) -> None:
    kind = wish.target.suffix.lower()
    if kind in _DATABASES:
        path.unlink()  # an empty file is no database to DuckDB, which makes its own
        write_database(content, path)
    elif kind == ".xlsx":
        write_workbook(content, path)
    else:
        [table] = content.tables
        write_table(content, table.name, path, kind.removeprefix("."))


def _write_in_place(content: Content, wish: Wish) -> None:
    """Fill a new folder beside the target, then put it in the target's place."""
    target = wish.target.absolute()
    fresh, old = (target.with_name(f".{target.name}.{what}") for what in ("new", "old"))
    atomic_files.make_folder(target.parent)
    for left in (fresh, old):
        shutil.rmtree(left, ignore_errors=True)  # of an export that was cut off
    fresh.mkdir()
    write_folder(content, fresh, wish.format or FORMATS[0])
    if target.exists():
        target.rename(old)
    fresh.rename(target)
    shutil.rmtree(old, ignore_errors=True)


def _check(ws: Workspace, wish: Wish) -> None:
    if wish.format is not None and wish.format not in FORMATS:
        raise ConfigError(f"no format {wish.format!r}; there are {' and '.join(FORMATS)}")
    if wish.is_file and wish.format is not None:
        raise ConfigError(f"--format is for a folder; {wish.target.name} says its form itself")
    if wish.target.suffix.lower() in (".csv", ".parquet") and len(wish.tables or ()) != 1:
        raise ConfigError(f"{wish.target.name} holds one table: name it with --table, or a folder")
    _check_place(ws, wish.target.absolute().resolve(), wish.replace)


def _check_place(ws: Workspace, target: Path, replace: bool) -> None:
    if _is_the_workspaces(ws, target):
        raise ConfigError(f"{target} is the workspace's own; export to a place outside {ws.root}")
    if target.is_dir() and any(target.iterdir()) and not (replace and (target / MARK).is_file()):
        hint = "--replace writes it anew" if (target / MARK).is_file() else "name a new folder"
        raise ConfigError(f"{target} is not empty; {hint}")
    if target.is_file() and not replace:
        raise ConfigError(f"{target} exists; --replace writes it anew")


def _is_the_workspaces(ws: Workspace, target: Path) -> bool:
    return target.is_relative_to(ws.root) or ws.root.is_relative_to(target)
