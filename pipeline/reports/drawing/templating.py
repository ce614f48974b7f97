"""Templates, in a sandbox: payload in, text out.

Templates are the product's own and a tenant's (`overrides`), so they get plain values only, cannot
reach Python through them, escape whatever they print (the text part switches that off itself, in
sight: `{% autoescape false %}`), and fail on a name that does not exist.

The filters are the methods of `formats.Formats` for the payload's locale and currency, by name:
money, whole_money, short_money, amount, blank_money, balance, side, words, number, signed, percent,
percentage, date, ledger_date, long_date, day_month, weekday, month, moment; and `readable`, which
makes a brand colour readable on white (or on the background given).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import (
    ChoiceLoader,
    DictLoader,
    Environment,
    FileSystemLoader,
    PrefixLoader,
    StrictUndefined,
    TemplateError,
    TemplateNotFound,
    TemplateSyntaxError,
    meta,
)
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from pipeline.config.settings import TEMPLATES_DIR
from pipeline.core.errors import MilepostError
from pipeline.reports.drawing.colour import WHITE, readable
from pipeline.reports.drawing.document_check import RefusedDocument, check_document
from pipeline.reports.drawing.fonts import font_faces
from pipeline.reports.drawing.formats import Formats, formats
from pipeline.reports.overrides import Overrides

_FILTERS = (
    "money",
    "whole_money",
    "short_money",
    "amount",
    "blank_money",
    "balance",
    "side",
    "words",
    "number",
    "signed",
    "percent",
    "percentage",
    "date",
    "ledger_date",
    "long_date",
    "day_month",
    "weekday",
    "month",
    "moment",
)
_PLAIN_TEXT = ".txt.jinja"
_GLOBALS = ("range", "dict", "namespace")
# What a template can do wrong: ask for what is not there, divide by it, count too far.
_FAULTS = (TemplateError, SecurityError, ArithmeticError, LookupError, TypeError, ValueError)
_PLAIN = (str, int, float, Decimal, date, datetime, type(None))


class TemplateFailure(MilepostError):
    """A template asked for what is not there or not allowed."""


def render_template(
    name: str,
    context: Mapping[str, Any],
    *,
    locale: str,
    currency: str,
    overrides: Overrides = (),
) -> str:
    """The template's text. `context` holds plain values only (TypeError otherwise)."""
    check_plain(context)
    try:
        text = environment(locale, currency, overrides=overrides).get_template(name).render(context)
        if overrides and not name.endswith(_PLAIN_TEXT):
            own = environment(locale, currency).get_template(name)
            check_document(text, lambda: own.render(context))
        return text
    except RefusedDocument as error:
        owns = ", ".join(own for own, _ in overrides)
        raise TemplateFailure(f"template {name} (the tenant has its own {owns}): {error}") from None
    except _FAULTS as error:
        line = getattr(error, "lineno", None)
        where = f"{getattr(error, 'name', None) or name}{f', line {line}' if line else ''}"
        if overrides:
            where += f" (the tenant has its own {', '.join(own for own, _ in overrides)})"
        raise TemplateFailure(f"template {where}: {error}") from error


@lru_cache(maxsize=64)
def environment(
    locale: str, currency: str, folder: Path = TEMPLATES_DIR, overrides: Overrides = ()
) -> Sandbox:
    """The sandbox of a locale and currency, with its compiled templates."""
    return Sandbox(folder, formats(locale, currency), overrides)


class Sandbox(ImmutableSandboxedEnvironment):
    """Jinja without a way out: no private names, no changing of values, no imports."""

    def __init__(self, folder: Path, values: Formats, overrides: Overrides = ()) -> None:
        super().__init__(
            loader=_loader(folder, overrides),
            # For every name: by extension, `x.html.jinja` would not be escaped.
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        allowed = {name: self.globals[name] for name in _GLOBALS}
        self.globals.clear()
        self.globals.update(allowed, font_faces=font_faces)
        self.filters.update({name: getattr(values, name) for name in _FILTERS})
        self.filters["readable"] = lambda color, paper=WHITE: readable(color, paper)


def texts_of(
    names: Iterable[str], overrides: Overrides = (), folder: Path = TEMPLATES_DIR
) -> Mapping[str, bytes]:
    """The templates of these names and all that they extend, include or import, by name: the
    tenant's own where there is one.
    """
    reader = Environment(loader=_loader(folder, overrides), autoescape=True)
    waiting, found = sorted(names), dict[str, bytes]()
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        text = _text(reader, name)
        found[name] = text.encode()
        named = _referenced(text)
        waiting += _every(folder) if named is None else named
    return {name: found[name] for name in sorted(found)}


def _text(reader: Environment, name: str) -> str:
    try:
        return reader.loader.get_source(reader, name)[0] if reader.loader else ""
    except TemplateNotFound:
        return ""  # which is said when it is rendered


@lru_cache(maxsize=256)
def _referenced(text: str) -> tuple[str, ...] | None:
    """The templates that this one names; None if it works a name out, which may then be any."""
    try:
        names = set(meta.find_referenced_templates(Environment(autoescape=True).parse(text)))
    except TemplateSyntaxError:
        return ()  # which is said when it is rendered
    return None if None in names else tuple(sorted(name for name in names if name))


def _every(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.jinja"))


def _loader(folder: Path, overrides: Overrides) -> ChoiceLoader:
    """`milepost/…` is the product's template, whatever the tenant has in its place."""
    own = FileSystemLoader(folder)
    return ChoiceLoader([DictLoader(dict(overrides)), own, PrefixLoader({"milepost": own})])


def check_plain(value: Any, where: str = "context") -> None:
    """Raise TypeError naming the place of a value that is no text, number, date, list or dict."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            check_plain(item, f"{where}.{key}")
    elif isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            check_plain(item, f"{where}[{index}]")
    elif type(value) not in _PLAIN and not isinstance(value, bool):
        raise TypeError(f"{where} is a {type(value).__name__}; templates get plain values only")
