"""What the assets share: the workspace of this process, and the lock that a refresh holds."""

from collections.abc import Generator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import dagster as dg

from pipeline.config.registry import Registry, load_registry
from pipeline.config.settings import Settings, load_settings
from pipeline.config.workspace import Workspace
from pipeline.core.calendar import local_yesterday
from pipeline.core.locking import exclusive
from pipeline.defs.dead_runs import note_worker
from pipeline.delivery.removal import check_returning


class MilepostResource(dg.ConfigurableResource):  # type: ignore[type-arg]
    """The workspace at `home`, with the settings of the environment."""

    home: str

    def setup_for_execution(self, context: dg.InitResourceContext) -> None:
        """Note on the run which process works on it, for whoever finds the run without one."""
        if context.run and context.instance:
            note_worker(context.instance, context.run.run_id)

    @property
    def settings(self) -> Settings:
        return load_settings(Path(self.home))

    @property
    def workspace(self) -> Workspace:
        return Workspace(self.settings.home)

    def registry(self) -> Registry:
        return load_registry(self.workspace)

    def as_of_dates(self, as_of: str | None) -> dict[str, date]:
        """The as-of date of every tenant: the given one, or its own yesterday."""
        now = self.settings.now()
        return {
            tenant.id: date.fromisoformat(as_of) if as_of else local_yesterday(tenant.zone, now)
            for tenant in self.registry().tenants.values()
        }


class RefreshLock(dg.ConfigurableResource):  # type: ignore[type-arg]
    """Held from a run's first step that writes raw or the warehouse until the run ends."""

    milepost: MilepostResource

    @contextmanager
    def yield_for_execution(
        self,
        context: dg.InitResourceContext,  # noqa: ARG002 (Dagster's signature)
    ) -> Generator["RefreshLock", None, None]:
        with exclusive(self.milepost.workspace.refresh_lock_file, self.milepost.settings.now()):
            # Before the run lands anything: what lies in raw by then is from before.
            check_returning(self.milepost.workspace, self.milepost.registry())
            yield self


def build_resources() -> dict[str, dg.ConfigurableResource]:  # type: ignore[type-arg]
    milepost = MilepostResource(home=str(load_settings().home))
    return {"milepost": milepost, "refresh_lock": RefreshLock(milepost=milepost)}
