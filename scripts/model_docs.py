"""Write dbt's own pages about the models of the workspace, which must have been refreshed once."""

from pipeline.config.settings import load_settings
from pipeline.config.workspace import Workspace
from pipeline.publish.build import docs_arguments, run_command, target_dir


def main() -> None:
    settings = load_settings()
    ws = Workspace(settings.home)
    run_command(ws, settings, docs_arguments(ws))
    print(target_dir(ws) / "static_index.html")


if __name__ == "__main__":
    main()
