"""Every path of a workspace, and the guard that none leads out of it.

The layout is the one of the README ("where is it?"). No other module joins path strings itself.
"""

import re
from datetime import date
from pathlib import Path

from pipeline.core.errors import ConfigError

TENANT_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")


def check_tenant_id(text: str) -> str:
    """Return `text` if it is a tenant id; ConfigError says what one looks like otherwise."""
    if not TENANT_ID.fullmatch(text):
        raise ConfigError(
            f"{text!r} is not a tenant id: 1 to 63 of a-z, 0-9, '_' and '-',"
            " beginning with a letter or digit"
        )
    return text


class Workspace:
    """The folders below one root. Making a Workspace creates nothing."""

    def __init__(self, root: Path) -> None:
        self.root = root.expanduser().resolve()

    def path(self, *parts: str) -> Path:
        """`root/parts`, links resolved; ConfigError if that is not below the root."""
        path = self.root.joinpath(*parts)
        if not path.resolve().is_relative_to(self.root):
            raise ConfigError(f"{'/'.join(parts)!r} leads out of the workspace {self.root}")
        return path

    def _tenant_path(self, folder: str, tenant: str, *parts: str) -> Path:
        return self.path(folder, check_tenant_id(tenant), *parts)

    @property
    def tenants_dir(self) -> Path:
        return self.path("tenants")

    @property
    def sources_file(self) -> Path:
        return self.path("sources.yaml")

    @property
    def mail_file(self) -> Path:
        return self.path("mail.yaml")

    @property
    def inbox_root(self) -> Path:
        return self.path("inbox")

    def inbox(self, tenant: str) -> Path:
        return self._tenant_path("inbox", tenant)

    @property
    def raw_root(self) -> Path:
        return self.path("raw")

    def raw(self, entity: str) -> Path:
        return self.path("raw", entity)

    @property
    def quarantine_root(self) -> Path:
        return self.path("quarantine")

    def quarantine(self, entity: str) -> Path:
        return self.path("quarantine", entity)

    @property
    def warehouse_file(self) -> Path:
        return self.path("warehouse", "warehouse.duckdb")

    @property
    def published_root(self) -> Path:
        return self.path("published")

    def published(self, tenant: str) -> Path:
        return self._tenant_path("published", tenant)

    def artifacts(self, tenant: str, report: str, as_of: date, *key: str) -> Path:
        return self._tenant_path("artifacts", tenant, report, as_of.isoformat(), *key)

    def outbox(self, tenant: str) -> Path:
        return self._tenant_path("outbox", tenant)

    @property
    def state(self) -> Path:
        return self.path("state")

    @property
    def deliveries_file(self) -> Path:
        return self.path("state", "deliveries.sqlite")

    @property
    def refresh_lock_file(self) -> Path:
        return self.path("state", "refresh.lock")

    @property
    def dagster_home(self) -> Path:
        return self.path("dagster")
