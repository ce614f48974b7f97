"""What a tenant's template prints is checked in the finished document, however it came to be."""

from pathlib import Path

import pytest

from pipeline.config.workspace import Workspace
from pipeline.reports.catalogue import find_report
from pipeline.reports.drawing.document_check import RefusedDocument, check_document
from pipeline.reports.drawing.templating import TemplateFailure, render_template
from pipeline.reports.overrides import Overrides, read_overrides
from pipeline.reports.workers.rendering import template_context
from tests.reports.making import make_payload
from tests.reports.sample import TENANT, sample

OWN = (
    "<!doctype html><html><head><style>a { color: red }</style><script>own()</script></head>"
    "<body><!-- own --><p>{}</p></body></html>"
)


def refuses(body: str) -> str:
    with pytest.raises(RefusedDocument) as refused:
        check_document(OWN.replace("{}", body), lambda: OWN)
    return str(refused.value)


@pytest.mark.parametrize(
    "body",
    [
        "<script>other()</script>",
        "<script src='https://x.example/a.js'></script>",
        "<script>own()</script><script src=//x.example>own()</script>",
        "<svg><script>other()</script></svg>",
        "<img src=https://x.example/1.png>",
        "<img src='/artifacts/other/1.png'>",
        "<img src='data:text/html,x'>",
        "<img srcset='https://x.example/1.png 2x'>",
        "<p onclick=x>",
        "<svg onload=x>",
        "<p style='background: url(//x.example)'>",
        "<p style='background: u\\72l(//x.example)'>",
        "<p style='background: image-set(\"//x.example\" 1x)'>",
        "<style>@import '//x.example'</style>",
        "<style>p { background: url( 'https://x.example' ) }</style>",
        "<rect fill='url(//x.example)'>",
        "<svg><rect fill='url(//x.example#a)'/></svg>",
        "<a href='javascript:x'>y</a>",
        "<a href=' java\tscript:x'>y</a>",
        "<a href='http://127.0.0.1:3001/'>y</a>",
        "<a href='/runs'>y</a>",
        "<a href='//x.example'>y</a>",
        "<a href='data:text/html,x'>y</a>",
        "<svg><a xlink:href='javascript:x'>y</a></svg>",
        "<svg><use href='https://x.example/a.svg#b'/></svg>",
        "<svg><foreignObject><p>x</p></foreignObject></svg>",
        "<svg><animate attributeName=href /></svg>",
        "<svg><image href='https://x.example'/></svg>",
        "<iframe src=x></iframe>",
        "<iframe srcdoc=x></iframe>",
        "<object data=x></object>",
        "<embed src=x>",
        "<link rel=stylesheet href=x>",
        "<base href=//x.example>",
        "<meta http-equiv=refresh content='0;url=//x.example'>",
        "<form action=//x.example><button>y</button></form>",
        "<button formaction=//x.example>y</button>",
        "<input type=image src=//x.example>",
        "<video poster=//x.example></video>",
        "<body background=//x.example>",
        "<table background=//x.example>",
        "<math><mi href=x>y</mi></math>",
        "<template><p>x</p></template>",
        "<!--[if mso]><v:rect/><![endif]-->",
        "<noscript><p title='</noscript><b>'>x</p></noscript>",
        "<select><img src=https://x.example/1.png></select>",
        "<a href='https://x.example' target=_blank>y</a>",
        "<a href='https://x.example' ping=//x.example>y</a>",
    ],
)
def test_what_would_load_link_or_run_something_is_refused(body: str) -> None:
    assert "complete in itself" in refuses(body)


@pytest.mark.parametrize(
    "body",
    [
        '<img src="data:image/png;base64,AAAA" alt="a logo">',
        "<img src='data:image/svg+xml,x'><img src=cid:a@b>",
        "<p style='color: red; background: url(data:image/png;base64,AAAA)'>x</p>",
        "<style>p { color: blue }</style>",
        "<a href='https://skyline.example'>us</a><a href=#t>there</a>",
        "<a href='mailto:a@skyline.example'>write</a><a href=tel:+911>call</a>",
        "<svg viewBox='0 0 1 1'><path d='M0 0' fill='url(#a)'/></svg>",
        "<!-- own -->",
        "a title that says url(https://x.example) is text",
    ],
)
def test_what_is_complete_in_itself_passes(body: str) -> None:
    check_document(OWN.replace("{}", body), lambda: OWN)


@pytest.mark.parametrize("report", ["daily_summary", "sales_dashboard"])
@pytest.mark.parametrize("format_", ["html", "pdf"])
def test_the_products_own_pages_pass_with_a_tenants_block_in_them(
    tmp_path: Path, workspace: Workspace, report: str, format_: str
) -> None:
    row = find_report(report)
    payload = make_payload(tmp_path / "sample", report, sample())
    name = row.templates[format_]
    file = workspace.tenants_dir / TENANT / "templates" / name
    file.parent.mkdir(parents=True)
    file.write_text(f'{{% extends "milepost/{name}" %}}')
    overrides = read_overrides(workspace, TENANT)
    context = {**template_context(row, payload, format_)}

    def page(overrides: Overrides) -> str:
        return render_template(name, context, locale="en_IN", currency="INR", overrides=overrides)

    assert page(overrides) == page(())


@pytest.mark.parametrize(
    "expression",
    [
        "{{ ('<scr' ~ 'ipt>x()</scr' ~ 'ipt>') | safe }}",
        "{{ '<img sr'|safe }}{{ 'c=https://x.example/1.png>' | safe }}",
        "<img src='{{ 'https:' }}//x.example/1.png'>",
    ],
)
def test_what_an_expression_makes_is_seen(expression: str) -> None:
    name = "data_quality.html.jinja"
    with pytest.raises(TemplateFailure, match=r"tenant has its own data_quality\.html\.jinja"):
        render_template(
            "data_quality.html.jinja", {}, locale="en_IN", currency="INR",
            overrides=((name, expression),),
        )  # fmt: skip
