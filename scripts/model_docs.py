"""Write dbt's own pages about the models of the workspace, which must have been refreshed once."""

from pipeline.publish.build import generate_docs
from pipeline.settings import load_settings
from pipeline.workspace import Workspace


def main() -> None:
    settings = load_settings()
    print(generate_docs(Workspace(settings.home), settings))


if __name__ == "__main__":
    main()
