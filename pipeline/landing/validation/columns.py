"""A block's columns as the contract's: renamed, joined, translated, each of its type.

What can be wrong with them is `checks`', and which rows land `validate`'s.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from pipeline.contracts import Contract, Type
from pipeline.landing.validation.checks import OWNER, Context, text_of
from pipeline.landing.validation.days import days_of, read_dates
from pipeline.landing.validation.dialect import Dialect
from pipeline.landing.validation.ids import canonical
from pipeline.landing.validation.typed import adopt, adopt_moments, as_text
from pipeline.landing.validation.values import number_pattern, read_values

POSITION = "position"


@dataclass(frozen=True)
class Block:
    """Rows as they stand in the source, of text or typed, and what is known of them beforehand.

    Only columns in `untidy` (None: any) can have white space around a value, and none has a NUL
    unless `may_have_nul`. `owners` has the tenant of each row if the context says `by_file`.
    """

    rows: pl.DataFrame
    untidy: frozenset[str] | None = None
    may_have_nul: bool = True
    owners: pl.Series | None = None


def typed_columns(
    block: Block, names: Mapping[str, Sequence[str]], contract: Contract, context: Context
) -> tuple[pl.DataFrame, frozenset[str]]:
    """Every contract column as its type, and every delivered one as trimmed text.

    The names of columns that came with their type come second; further columns are the tenant of
    each row, and of each descriptive column where it holds what is none of its values.
    """
    dialect, rows = context.dialect, block.rows
    wanted = {column.name: column.type for column in contract.columns}
    texts: dict[str, pl.Series] = {}
    adopted: dict[str, pl.Series] = {}
    moments: dict[str, pl.Series] = {}
    for name, theirs in names.items():
        column = rows[theirs[0]].alias(name)
        is_plain = len(theirs) == 1 and name not in dialect.values and name in wanted
        if is_plain and (values := adopt(wanted[name], column, dialect)) is not None:
            adopted[name] = values
        elif is_plain and (instants := adopt_moments(wanted[name], column, dialect)) is not None:
            moments[name] = instants
        else:
            text = _text(rows, theirs, block.untidy).alias(name)
            texts[name] = _mapped(text, dialect.values.get(name))
    if dialect.ids == "salesforce":
        texts |= {name: canonical(texts[name]) for name in contract.identifiers if name in texts}
    position = pl.int_range(len(rows), dtype=pl.Int64, eager=True).alias(POSITION)
    frame = pl.DataFrame([position, *(text.alias(text_of(name)) for name, text in texts.items())])
    owner = context.owner if block.owners is None else block.owners
    frame = frame.with_columns(owner.alias(OWNER))
    absent = pl.Series([None], dtype=pl.String).new_from_index(0, len(rows))
    for name, kind in wanted.items():
        if name in moments:
            days = days_of(moments[name], frame[OWNER], dialect)
            adopted[name] = days
        elif name in texts and kind is Type.DATE:
            texts[name] = read_dates(texts[name], frame[OWNER], dialect)
        elif name not in adopted:
            texts[name] = read_values(kind, texts.get(name, absent), dialect)
    typed = [(adopted if name in adopted else texts)[name].alias(name) for name in wanted]
    frame = frame.with_columns(typed)
    frame = frame.with_columns(_misfits(frame, contract, dialect))
    return frame, frozenset(adopted)


def _misfits(frame: pl.DataFrame, contract: Contract, dialect: Dialect) -> list[pl.Series]:
    """Of each descriptive number, where it is text instead, if that is anywhere."""
    found = []
    for column in contract.columns:
        text = text_of(column.name)
        if column.descriptive and not column.values and text in frame.columns:
            is_text = ~frame[text].str.contains(number_pattern(dialect.decimal)).fill_null(True)
            if is_text.any():
                found.append(is_text.alias(misfit_of(column.name)))
    return found


def misfit_of(name: str) -> str:
    return f"misfit:{name}"


def _text(rows: pl.DataFrame, theirs: Sequence[str], untidy: frozenset[str] | None) -> pl.Series:
    """The text of a column, or of several with blanks between what is there."""
    texts = [_tidy(as_text(rows[name]), untidy) for name in theirs]
    if len(texts) == 1:
        return texts[0]
    parts = pl.DataFrame([text.alias(str(place)) for place, text in enumerate(texts)])
    joined = parts.select(pl.concat_str(pl.all(), separator=" ", ignore_nulls=True)).to_series()
    return joined.set(joined == "", None)


def _mapped(text: pl.Series, values: Mapping[str, str] | None) -> pl.Series:
    """Translated: what stands for "" becomes no value, and what "" stands for fills empty cells."""
    if not values:
        return text
    is_empty = text.is_null()
    mapped = text.replace({theirs: ours or None for theirs, ours in values.items() if theirs})
    return mapped.set(is_empty, values[""]) if values.get("") else mapped


def _tidy(text: pl.Series, untidy: frozenset[str] | None) -> pl.Series:
    """Without white space around the values, and null where nothing is left."""
    if untidy is not None and text.name not in untidy:
        return text
    trimmed = text.str.strip_chars()
    return trimmed.set(trimmed == "", None)
