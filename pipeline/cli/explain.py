"""What `milepost tables` and `milepost describe` say: the dictionary, and a tenant's rows of it."""

from difflib import get_close_matches
from typing import Any

from pipeline.config.tenant import Tenant
from pipeline.config.workspace import Workspace
from pipeline.core.errors import ConfigError, MilepostError
from pipeline.publish import layout
from pipeline.publish.dictionary import DefinedColumn, DefinedTable, dictionary
from pipeline.publish.layout import Manifest


def list_tables(ws: Workspace | None, tenant: Tenant | None) -> dict[str, Any]:
    """A row a published table; with a tenant, as of when, and how many rows each has."""
    manifest = _manifest(ws, tenant)
    rows = [
        {
            "table": table.name,
            **({"rows": manifest.tables[table.name].rows} if manifest else {}),
            "meaning": f"{table.meaning} Grain: {table.grain}",
        }
        for table in dictionary().values()
        if manifest is None or table.name in manifest.tables
    ]
    return {**_build(manifest), "tables": rows}


def describe(name: str, ws: Workspace | None, tenant: Tenant | None) -> dict[str, Any]:
    """One table, or every table's column of that name. ConfigError says what there is otherwise."""
    if name in dictionary():
        return _described_table(dictionary()[name], _manifest(ws, tenant), tenant)
    columns = [
        (table, column)
        for table in dictionary().values()
        for column in table.columns
        if column.name == name
    ]
    if not columns:
        raise ConfigError(_unknown(name))
    return {
        "column": name,
        "tables": [
            {
                "table": table.name,
                "unit": _unit(column, tenant),
                "meaning": column.told,
                "made_from": ", ".join(table.reads),
            }
            for table, column in columns
        ],
    }


def _described_table(
    table: DefinedTable, manifest: Manifest | None, tenant: Tenant | None
) -> dict[str, Any]:
    entry = manifest.tables.get(table.name) if manifest else None
    whose = tenant.id if tenant else "T"
    return {
        "table": table.name,
        "meaning": table.meaning,
        "grain": table.grain,
        "key": ", ".join(table.keys),
        **_build(manifest),
        "rows": entry.rows if entry else None,
        "beware": list(table.pitfalls),
        "made_from": ", ".join(table.reads),
        "example": f'milepost query --tenant {whose} "{table.example}"',
        "columns": [
            {
                "column": column.name,
                "type": column.type,
                "unit": _unit(column, tenant),
                "meaning": column.told,
            }
            for column in table.columns
        ],
    }


def _unit(column: DefinedColumn, tenant: Tenant | None) -> str:
    """The unit; money and instants as the tenant has them."""
    if tenant and column.unit == "money":
        return tenant.currency
    if tenant and column.unit == "instant":
        return f"{tenant.timezone} when shown, UTC when stored"
    return column.unit


def _manifest(ws: Workspace | None, tenant: Tenant | None) -> Manifest | None:
    if ws is None or tenant is None:
        return None
    manifest = layout.current_manifest(ws, tenant.id)
    if manifest is None:
        raise MilepostError(f"nothing is published for {tenant.id!r} yet: run `milepost refresh`")
    return manifest


def _build(manifest: Manifest | None) -> dict[str, Any]:
    if manifest is None:
        return {}
    return {"tenant": manifest.tenant, "as_of": manifest.as_of, "build": manifest.build_id}


def _unknown(name: str) -> str:
    tables = dictionary()
    columns = {column.name for table in tables.values() for column in table.columns}
    near = get_close_matches(name, sorted({*tables, *columns}), n=3)
    meant = f" Did you mean {' or '.join(near)}?" if near else ""
    return f"no table or column {name!r}.{meant} The tables are: {', '.join(tables)}"
