from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from pipeline.reports.drawing.templating import (
    Sandbox,
    TemplateFailure,
    check_plain,
    environment,
    render_template,
)

INDIA: dict[str, Any] = {"locale": "en_IN", "currency": "INR"}


@pytest.fixture
def sandbox() -> Sandbox:
    return environment(**INDIA)


@pytest.mark.parametrize("name", ["a.html.jinja", "a.txt", "a", "a.pdf.jinja", None])
def test_every_template_escapes(tmp_path_factory: pytest.TempPathFactory, name: str | None) -> None:
    folder = tmp_path_factory.mktemp("templates")
    text = "{{ value }}"
    own = Sandbox(folder, environment(**INDIA).filters["money"].__self__)
    if name:
        (folder / name).write_text(text)
    template = own.get_template(name) if name else own.from_string(text)
    assert template.render(value="<script>&\"'") == "&lt;script&gt;&amp;&#34;&#39;"


@pytest.mark.parametrize(
    "escape",
    [
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ value.__class__ }}",
        "{{ value.__init__.__globals__ }}",
        "{{ value['__class__'] }}",
        "{{ value | attr('__class__') }}",
        "{{ '%s' | format(value.__class__) }}",
        "{{ '{0.__class__}'.format(value) }}",
        "{{ '{x.__class__}'.format_map({'x': value}) }}",
        "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
        "{{ lipsum.__globals__['os'] }}",
        "{{ self._TemplateReference__context.environment }}",
        "{{ font_faces.__globals__ }}",
        "{{ readable.__closure__ }}",
        "{% include '/etc/passwd' %}",
        "{% include '../pyproject.toml' %}",
        "{% import 'os' as os %}{{ os.getcwd() }}",
        "{{ items.append(1) }}",
        "{{ items.clear() }}",
        "{{ config }}",
        "{{ absent }}",
        "{{ value.absent }}",
        "{% for i in range(10000000) %}{% endfor %}",
    ],
)
def test_templates_cannot_leave_the_sandbox(sandbox: Sandbox, escape: str) -> None:
    with pytest.raises(Exception) as caught:  # noqa: PT011 - Jinja raises several kinds
        sandbox.from_string(escape).render(value="text", items=[1])
    assert type(caught.value).__module__.startswith("jinja2") or "Range too big" in str(
        caught.value
    )


def test_filters_are_the_locales(sandbox: Sandbox) -> None:
    text = "{{ a | money }} {{ d | date }} {{ c | readable }}"
    shown = sandbox.from_string(text).render(a=Decimal(123456), d=date(2025, 9, 8), c="#ffcc00")
    assert shown.startswith("₹1,23,456.00 8 Sep 2025 #")
    assert "#ffcc00" not in shown  # too light to read on white


@pytest.mark.parametrize("value", [object(), b"bytes", {1, 2}, len, Sandbox])
def test_only_plain_values_reach_templates(value: object) -> None:
    check_plain({"a": [1, "b", None, True, Decimal(1), date(2025, 9, 8)], "c": ({"d": 1.5},)})
    with pytest.raises(TypeError, match=r"context\.a\[0\] is a"):
        check_plain({"a": [value]})


def test_a_failing_template_is_named() -> None:
    with pytest.raises(TemplateFailure, match=r"customer_statement\.html\.jinja"):
        render_template("customer_statement.html.jinja", {}, **INDIA)
    with pytest.raises(TemplateFailure, match="nowhere"):
        render_template("nowhere.html.jinja", {}, **INDIA)
