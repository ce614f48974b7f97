"""A frame's rows as the XML of a spreadsheet, a column at a time.

A hundred thousand leads are four million cells; writing them one by one takes half a minute, this
a few seconds. How a sheet looks is `workbook.py`'s.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from zoneinfo import ZoneInfo

import polars as pl

# A spreadsheet counts in doubles: from here on two decimals are no longer exact.
_LARGEST_EXACT = 10_000_000_000_000
_LONGEST_TEXT = 32_767
_ROWS_AT_ONCE = 20_000
# Day 0 of a spreadsheet; Excel takes 1900 for a leap year, so that before March its days are off.
_DAY_ZERO = date(1899, 12, 30)
_FIRST_DAY = date(1900, 3, 1)
_MICROSECONDS_A_DAY = 86_400_000_000
_NOT_IN_XML = r"[\x00-\x08\x0B\x0C\x0E-\x1F\uFFFE\uFFFF]"
_EMPTY = "<c/>"


def rows_as_xml(
    frame: pl.DataFrame, styles: Mapping[str, int], zone: ZoneInfo, first: int
) -> Iterator[str]:
    """The `<row>` elements of the frame, in pieces; `first` is the number of its first line.

    `styles` is the number of each column's cell format, by name. Instants are in the zone's time.
    """
    for start in range(0, frame.height, _ROWS_AT_ONCE):
        piece = frame.slice(start, _ROWS_AT_ONCE)
        number = pl.int_range(first + start, first + start + piece.height, eager=True)
        cells = [_cells(piece[name], styles[name], zone) for name in frame.columns]
        lines = piece.select(
            pl.concat_str(
                pl.format('<row r="{}">', number), *cells, pl.lit("</row>"), ignore_nulls=False
            )
        )
        yield "".join(lines.to_series())


def _cells(column: pl.Series, style: int, zone: ZoneInfo) -> pl.Series:
    """The column's cells as XML."""
    kind = column.dtype
    values, texts = pl.lit(None, pl.String), pl.lit(None, pl.String)
    own = pl.lit(column)
    if kind == pl.Boolean:
        flags = pl.when(own).then(pl.lit("1")).otherwise(pl.lit("0"))
        xml = pl.format('<c s="{}" t="b"><v>{}</v></c>', pl.lit(style), flags)
        return pl.select(pl.when(own.is_null()).then(pl.lit(_EMPTY)).otherwise(xml)).to_series()
    if kind == pl.Date:
        days = (own - pl.lit(_DAY_ZERO)).dt.total_days()
        values = pl.when(own >= _FIRST_DAY).then(days.cast(pl.String))
        texts = own.cast(pl.String)
    elif isinstance(kind, pl.Datetime):
        local = own.dt.convert_time_zone(str(zone)) if kind.time_zone else own
        naive = local.dt.replace_time_zone(None)
        days = (naive - pl.lit(_DAY_ZERO).cast(pl.Datetime("us"))).dt.total_microseconds()
        values = (days / _MICROSECONDS_A_DAY).cast(pl.String)
    elif kind.is_decimal():
        values = pl.when(own.abs() < _LARGEST_EXACT).then(own.cast(pl.String))
        texts = own.cast(pl.String)
    elif kind.is_float():
        values = pl.when(own.is_finite()).then(own.cast(pl.String))
    elif kind.is_integer():
        values = pl.when(own.abs() < _LARGEST_EXACT).then(own.cast(pl.String))
        texts = own.cast(pl.String)
    else:
        texts = own.cast(pl.String)
    return pl.select(_either(values, texts, style)).to_series()


def _either(values: pl.Expr, texts: pl.Expr, style: int) -> pl.Expr:
    """A number where there is a value, else a text, else an empty cell."""
    number = pl.format('<c s="{}"><v>{}</v></c>', pl.lit(style), values)
    text = pl.format(
        '<c s="{}" t="inlineStr"><is><t xml:space="preserve">{}</t></is></c>',
        pl.lit(style),
        _escaped(texts),
    )
    return pl.coalesce(number, text, pl.lit(_EMPTY))


def _escaped(texts: pl.Expr) -> pl.Expr:
    cut = (
        pl.when(texts.str.len_chars() > _LONGEST_TEXT)
        .then(texts.str.slice(0, _LONGEST_TEXT - 1) + "…")
        .otherwise(texts)
    )
    return (
        cut.str.replace_all("_(x[0-9A-Fa-f]{4}_)", "_x005F_$1")
        .str.replace_all(_NOT_IN_XML, "\N{REPLACEMENT CHARACTER}")
        .str.replace_all("&", "&amp;", literal=True)
        .str.replace_all("<", "&lt;", literal=True)
        .str.replace_all(">", "&gt;", literal=True)
    )
