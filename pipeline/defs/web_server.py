"""Dagster's web server with three things more: a check of every request, a first page, and the
rendered files to look at.

`python -m pipeline.defs.web_server` takes what `dagster-webserver` takes. A browser does not follow
a link to the disk from a page that came over HTTP, and an analyst may sit at another machine; so
files below `artifacts/` are served beside Dagster's pages, to whoever can see those.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any

from dagster_webserver import app, cli
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from pipeline.config.settings import load_settings
from pipeline.config.workspace import Workspace
from pipeline.defs.home_page import ARTIFACTS, home_page
from pipeline.defs.instance import stored_errors
from pipeline.defs.request_check import RequestCheck
from pipeline.defs.run import prepare_instance

# What a page of ours holds is all it needs: it loads nothing and sends nothing anywhere.
_COMPLETE = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:;"
    " form-action 'none'; base-uri 'none'"
)
# A page with a tenant's words in it must not speak to Dagster in its reader's name: it runs as if
# it came from elsewhere. (Chromium shows no PDF in a sandbox, and a PDF runs nothing of ours. The
# charts' library compiles its expressions, hence eval: in a sandbox that reaches nothing.)
_SANDBOX = "sandbox allow-scripts allow-downloads"
_REPORT = f"{_SANDBOX}; {_COMPLETE}; script-src 'unsafe-inline' 'unsafe-eval'"


class RenderedFiles(StaticFiles):
    """Files below `artifacts/`; links out of it and folders are not found."""

    async def check_config(self) -> None:
        """Nothing: before the first report there is no folder, and that is no error."""

    def file_response(self, *arguments: Any, **options: Any) -> Response:
        response = super().file_response(*arguments, **options)
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Cache-Control"] = "private, no-cache"
        if response.headers.get("content-type", "") != "application/pdf":
            response.headers["Content-Security-Policy"] = _REPORT
        return response


def with_reports(ui: Starlette, ws: Workspace) -> Starlette:
    """Dagster's app with our routes before its own."""

    def home(_: Request) -> HTMLResponse:
        return HTMLResponse(home_page(ws), headers={"Content-Security-Policy": _COMPLETE})

    files = RenderedFiles(directory=ws.path(ARTIFACTS), check_dir=False)
    ui.router.routes[:0] = [Route("/", home), Mount(f"/{ARTIFACTS}", files)]
    return ui


def create_app(
    ws: Workspace, names: Sequence[str], *arguments: Any, **options: Any
) -> RequestCheck:
    """The app for this workspace; it answers to loopback's names and to `names`."""
    dagsters = app.create_app_from_workspace_process_context(*arguments, **options)
    return RequestCheck(with_reports(dagsters, ws), names)


def main() -> None:
    stored_errors.install()
    settings = load_settings()
    ws = Workspace(settings.home)
    prepare_instance(ws)
    # The one place where the command makes its app; everything else of it stays Dagster's.
    create = partial(create_app, ws, settings.ui_hosts)
    setattr(cli, "create_app_from_workspace_process_context", create)  # noqa: B010 (not exported)
    cli.cli(auto_envvar_prefix="DAGSTER_WEBSERVER")


if __name__ == "__main__":
    main()
