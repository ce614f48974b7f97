"""`milepost init`: an empty workspace with an example tenant, copied from `examples/`."""

import shutil
from pathlib import Path

from pipeline.config.registry import load_registry
from pipeline.config.settings import EXAMPLES_DIR
from pipeline.config.workspace import Workspace
from pipeline.contracts import CONTRACTS
from pipeline.core.errors import ConfigError
from pipeline.core.private_files import close_to_others


def init_workspace(directory: Path) -> dict[str, object]:
    """Make `directory` a workspace; ConfigError if there is something in it already."""
    if directory.exists() and any(directory.iterdir()):
        raise ConfigError(f"{directory} is not empty; name a new folder")
    shutil.copytree(EXAMPLES_DIR, directory, dirs_exist_ok=True)
    close_to_others(directory)  # a copy has the rights of what was copied
    ws = Workspace(directory)
    tenants = list(load_registry(ws).tenants)
    for tenant in tenants:
        ws.inbox(tenant).mkdir(parents=True)
    return {
        "workspace": str(ws.root),
        "tenants": tenants,
        "next": [
            f"edit {ws.tenants_dir}/{tenants[0]}.yaml",
            f"put CSV files into {ws.inbox(tenants[0])}/ ({', '.join(list(CONTRACTS)[:3])}, …:"
            " see docs/source-contract.md)",
            f"milepost run --home {ws.root}",
        ],
    }
