"""A tenant's own blocks of templates: they show, in its reports alone, and can reach nothing."""

from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.config.registry import load_registry
from pipeline.config.settings import Settings
from pipeline.config.workspace import Workspace
from pipeline.core.errors import ConfigError
from pipeline.reports.build import ReportsFailed, render_report
from pipeline.reports.catalogue import find_report
from pipeline.reports.overrides import Overrides, read_overrides
from pipeline.reports.payload import Payload
from pipeline.reports.request import ReportRequest
from pipeline.reports.workers.rendering import render_files
from tests.reports.making import make_payload, render
from tests.reports.sample import TENANT, publish, sample

FOOTER = """{% extends "milepost/daily_summary.html.jinja" %}
{% block footer %}{{ super() }}<tr><td class="footer">Ask {{ envelope.branding.name }} & co:
{{ content.tiles[0].value | number }} leads</td></tr>{% endblock %}"""


@pytest.fixture
def own(workspace: Workspace) -> Callable[[str, str], None]:
    """`own(name, text)` writes one of the tenant's templates."""

    def write(name: str, text: str) -> None:
        file = workspace.tenants_dir / TENANT / "templates" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    return write


@pytest.fixture
def payload(tmp_path: Path) -> Payload:
    return make_payload(tmp_path / "sample", "daily_summary", sample())


def made(payload: Payload, overrides: Overrides) -> str:
    (file,) = render_files(find_report("daily_summary"), payload.to_json(), ["html"], overrides)
    return file.data.decode()


def test_a_block_of_its_own_shows_and_the_rest_stays(
    workspace: Workspace, own: Callable[[str, str], None], payload: Payload
) -> None:
    own("daily_summary.html.jinja", FOOTER)
    html, plain = made(payload, read_overrides(workspace, TENANT)), render(payload, "html")["html"]
    assert "Ask Skyline Homes &amp; co:" in html or "Ask Skyline Homes & co:" in html
    assert "42 leads</td>" in html
    assert "You receive this because" in html
    assert made(payload, ()) == plain.decode(), "another tenant sees nothing of it"


def test_what_the_page_includes_can_be_replaced_too(
    workspace: Workspace, own: Callable[[str, str], None], tmp_path: Path
) -> None:
    page = make_payload(tmp_path / "page", "sales_dashboard", sample())
    own(
        "dashboard/campaigns.jinja",
        '<section id="campaigns"><h2>'
        "{{ content.campaigns.total_net_value | short_money }}</h2></section>",
    )
    (file,) = render_files(
        find_report("sales_dashboard"), page.to_json(), ["html"], read_overrides(workspace, TENANT)
    )
    assert b'<section id="campaigns"><h2>' in file.data


def test_values_stay_escaped(
    workspace: Workspace, own: Callable[[str, str], None], payload: Payload
) -> None:
    own(
        "daily_summary.html.jinja",
        '{% extends "milepost/daily_summary.html.jinja" %}'
        "{% block footer %}{{ '<b>' }}{% endblock %}",
    )
    assert "&lt;b&gt;" in made(payload, read_overrides(workspace, TENANT))


@pytest.mark.parametrize(
    "text",
    [
        "{{ ''.__class__.__mro__ }}",
        "{{ content.__init__ }}",
        "{% include '../tenants/x.yaml' %}",
        "{{ no_such_name }}",
        "{% for i in range(999999999) %}{% endfor %}",
        "{% block %}",
    ],
)
def test_what_it_may_not_do_fails_the_report_with_its_place(
    workspace: Workspace, own: Callable[[str, str], None], text: str
) -> None:
    publish(workspace, sample())
    (workspace.tenants_dir / f"{TENANT}.yaml").write_text("name: Skyline Homes\n")
    own("daily_summary.html.jinja", text)
    settings = Settings(home=workspace.root, workers=1)
    with pytest.raises(ReportsFailed, match=r"the tenant has its own daily_summary\.html\.jinja"):
        render_report(
            workspace,
            load_registry(workspace),
            settings,
            ReportRequest(TENANT, "daily_summary", formats=("html",)),
        )


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        (
            "daily_sumary.html.jinja",
            "x",
            "no template daily_sumary.html.jinja to override; there are",
        ),
        ("theme.css", "x", "no template theme.css to override"),
        ("base.html.jinja", "\n<img src='https://tracker.example/1.png'>", "line 2: .* would load"),
        ("base.html.jinja", "<script>alert(1)</script>", "would load or run"),
        ("base.html.jinja", "<p style='background: url(//x.example)'>", "would load or run"),
        ("base.html.jinja", "x" * 100_001, "100001 bytes"),
    ],
)
def test_a_template_that_cannot_be_used_is_named(
    workspace: Workspace, own: Callable[[str, str], None], name: str, text: str, said: str
) -> None:
    own(name, text)
    with pytest.raises(ConfigError, match=said):
        read_overrides(workspace, TENANT)


@pytest.mark.parametrize("quote", ['"', "'", "", ' "'])
def test_a_picture_that_is_in_the_template_is_allowed(
    workspace: Workspace, own: Callable[[str, str], None], payload: Payload, quote: str
) -> None:
    picture = f"<img alt='' src={quote}data:image/png;base64,AAAA{quote.strip()}>"
    own(
        "daily_summary.html.jinja",
        '{% extends "milepost/daily_summary.html.jinja" %}'
        f"{{% block footer %}}<tr><td>{picture}</td></tr>{{% endblock %}}",
    )
    assert "data:image/png;base64,AAAA" in made(payload, read_overrides(workspace, TENANT))


def test_a_link_out_of_the_folder_is_refused(
    workspace: Workspace, own: Callable[[str, str], None]
) -> None:
    own("base.html.jinja", "x")
    secret = workspace.root / "secret"
    secret.write_text("secret")
    (workspace.tenants_dir / TENANT / "templates" / "page.html.jinja").symlink_to(secret)
    with pytest.raises(ConfigError, match="not a link"):
        read_overrides(workspace, TENANT)


def test_a_change_renders_again_and_no_change_does_not(
    workspace: Workspace, own: Callable[[str, str], None]
) -> None:
    publish(workspace, sample())
    (workspace.tenants_dir / f"{TENANT}.yaml").write_text("name: Skyline Homes\n")
    settings = Settings(home=workspace.root, workers=1)

    def again() -> bool:
        files = render_report(
            workspace,
            load_registry(workspace),
            settings,
            ReportRequest(TENANT, "daily_summary", formats=("text",)),
        )
        return any(file.rendered for file in files)

    assert again()
    assert not again()
    own(
        "daily_summary.txt.jinja",
        '{% extends "milepost/daily_summary.txt.jinja" %}{% block footer %}Bye.{% endblock %}',
    )
    assert again()
    assert not again()
