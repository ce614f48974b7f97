"""The dbt models as assets, their tests as asset checks."""

import subprocess
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DbtCliResource, dbt_assets
from packaging.version import Version

from pipeline.config.settings import DBT_PROJECT_DIR, load_settings, set_environment
from pipeline.config.workspace import Workspace
from pipeline.defs.metadata.raw import QUARANTINE
from pipeline.defs.resources import MilepostResource, RefreshLock
from pipeline.landing.control.damage import verify_landed
from pipeline.publish import build, set_aside
from pipeline.publish.warehouse import FINGERPRINTS, SCHEMAS

_END_SECONDS = 10
_settings = load_settings()
MANIFEST: Path = build.ensure_manifest(Workspace(_settings.home), _settings)


class Translator(DagsterDbtTranslator):
    """Sources are the raw assets; models are grouped by their schema, which is their layer's."""

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> dg.AssetKey:
        if dbt_resource_props["resource_type"] == "source":
            if dbt_resource_props["source_name"] == "quarantine":
                return QUARANTINE
            return dg.AssetKey(["raw", dbt_resource_props["name"]])
        return dg.AssetKey([self.get_group_name(dbt_resource_props), dbt_resource_props["name"]])

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str:
        if dbt_resource_props["resource_type"] == "seed":
            return "seeds"
        return str(dbt_resource_props["schema"])


class Dbt(DbtCliResource):
    """Without what takes dagster-dbt five seconds at each start and serves nothing that we ask for.

    That is an adapter in this process, for columns and row counts, and a child for dbt's version.
    """

    def _initialize_dbt_core_adapter(self, args: Sequence[str]) -> None:  # type: ignore[override]
        """None: nothing is fetched through it."""

    @property
    def _cli_version(self) -> Version:
        return Version(version("dbt-core"))


class ModelsConfig(dg.Config):
    """full: rebuild the incremental models from raw instead of adding to them."""

    full: bool = False


@dbt_assets(manifest=MANIFEST, dagster_dbt_translator=Translator(), name="models")
def models(
    context: dg.AssetExecutionContext,
    config: ModelsConfig,
    milepost: MilepostResource,
    refresh_lock: RefreshLock,  # noqa: ARG001 (held, not used)
) -> Iterator[Any]:
    ws, settings = milepost.workspace, milepost.settings
    verify_landed(ws, settings.now(), threads=settings.threads, full=config.full)
    build.prepare_warehouse(ws)
    set_environment(build.dbt_environment(ws, settings))
    dbt = Dbt(
        project_dir=str(DBT_PROJECT_DIR),
        profiles_dir=str(DBT_PROJECT_DIR),
        dbt_executable=build.DBT,
    )
    made: set[str] = set()
    while True:
        run = dbt.cli(
            build.dbt_arguments(ws, full=config.full),
            context=context,
            target_path=build.target_dir(ws),
            raise_on_error=False,
        )
        # A model's event once only; those of checks are of the run that stands.
        of_checks = []
        try:
            for event in run.stream():
                if not isinstance(event, dg.Output):
                    of_checks.append(event)
                elif event.output_name not in made:
                    made.add(event.output_name)
                    yield event
        finally:
            _end(run.process)
        if run.is_successful() or not set_aside.note_stopped(ws, build.target_dir(ws)):
            break
        set_environment(build.dbt_environment(ws, settings))
    yield from of_checks
    if error := run.get_error():
        raise error


def _end(process: subprocess.Popen[bytes]) -> None:
    """Whatever ends the step ends dbt with it: it writes only while the refresh has the lock."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(timeout=_END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


# What publishing reads; what nothing reads, a refresh would not build.
BUILT_MODELS = sorted(key for key in models.keys if key.path[0] in (*SCHEMAS, *FINGERPRINTS))
