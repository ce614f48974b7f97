"""Rows of text against a contract: typed rows with flags, and refused rows with every reason.

Works on a block at a time, column by column. How a value is written is `values`', what can be wrong
`checks`'; where a block comes from and where its two halves go is `read`'s.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from pipeline.contracts import Contract, Type
from pipeline.landing.checks import Check, Context, checks, text_of
from pipeline.landing.dialect import Dialect
from pipeline.landing.schema import EXTRA, FLAGS
from pipeline.landing.values import read_values

__all__ = ["Block", "Context", "Validated", "validate"]

_POSITION = "position"


@dataclass(frozen=True)
class Block:
    """Rows of text as they stand in the source, and what is known of them beforehand.

    Only columns in `untidy` (None: any) can have white space around a value, and none has a NUL
    unless `may_have_nul`.
    """

    rows: pl.DataFrame
    untidy: frozenset[str] | None = None
    may_have_nul: bool = True


@dataclass(frozen=True)
class Validated:
    """The two halves of a block.

    `good` has `tenant_id`, the contract's columns typed, `extra`, `quality_flags` and `position`;
    `bad` has `position`, `record_key`, `original`, `reasons`, `reason_text`, and the money columns
    as far as they can be read. `position` is the row's place in the block, from 0.
    """

    good: pl.DataFrame
    bad: pl.DataFrame


def validate(block: Block, contract: Contract, context: Context) -> Validated:
    """Split a block into good and bad rows.

    A column that the contract does not know goes to `extra`, one that is absent is null.
    """
    frame = _typed(block, contract, context.dialect)
    present = block.rows.columns
    rules = tuple(checks(contract, present, context, may_have_nul=block.may_have_nul))
    broken = frame.select(
        rule.broken.fill_null(False).alias(str(number)) for number, rule in enumerate(rules)
    )
    hit = [number for number, any_ in enumerate(broken.select(pl.all().any()).row(0)) if any_]
    good = frame.select(_good_columns(present, contract, context))
    if not hit:
        return Validated(good, _no_bad(contract))
    is_bad = broken.select(pl.any_horizontal(str(number) for number in hit)).to_series()
    bad = _bad(frame.filter(is_bad), block.rows.filter(is_bad), contract, [rules[n] for n in hit])
    return Validated(good.filter(~is_bad), bad)


def _typed(block: Block, contract: Contract, dialect: Dialect) -> pl.DataFrame:
    """Every delivered column as trimmed text, and every contract column as its type."""
    rows = block.rows
    texts = {name: _tidy(rows[name], block.untidy) for name in rows.columns}
    absent = pl.Series([None], dtype=pl.String).new_from_index(0, len(rows))
    typed = [
        read_values(column.type, texts.get(column.name, absent), dialect).alias(column.name)
        for column in contract.columns
    ]
    position = pl.int_range(len(rows), dtype=pl.Int64, eager=True).alias(_POSITION)
    return pl.DataFrame(
        [position, *typed, *(text.alias(text_of(name)) for name, text in texts.items())]
    )


def _tidy(text: pl.Series, untidy: frozenset[str] | None) -> pl.Series:
    """Without white space around the values, and null where nothing is left."""
    if untidy is not None and text.name not in untidy:
        return text
    trimmed = text.str.strip_chars()
    return trimmed.set(trimmed == "", None)


def _good_columns(present: Sequence[str], contract: Contract, context: Context) -> list[pl.Expr]:
    flags = [
        pl.when(rule.broken).then(pl.lit(rule.name))
        for rule in contract.soft_rules
        if rule.broken is not None
    ]
    return [
        pl.lit(context.tenant).alias("tenant_id"),
        *(pl.col(name) for name in contract.column_names),
        _extra(sorted({*present} - {*contract.column_names, "tenant_id"})).alias(EXTRA),
        _joined(flags).alias(FLAGS),
        pl.col(_POSITION),
    ]


def _extra(unknown: Sequence[str]) -> pl.Expr:
    """Columns that nobody knows as one JSON object a row, without nulls; null if none is left."""
    members = [
        pl.when(pl.col(text_of(name)).is_not_null()).then(
            pl.struct(pl.col(text_of(name)).alias(name))
            .struct.json_encode()
            .str.head(-1)
            .str.slice(1)
        )
        for name in unknown
    ]
    return pl.concat_str(pl.lit("{"), _joined(members), pl.lit("}"))


def _joined(texts: Sequence[pl.Expr]) -> pl.Expr:
    """The texts that are not null with commas between them; null if none is left."""
    if not texts:
        return pl.lit(None, dtype=pl.String)
    joined = pl.concat_str(texts, separator=",", ignore_nulls=True)
    return pl.when(joined != "").then(joined)


def _bad(
    frame: pl.DataFrame, rows: pl.DataFrame, contract: Contract, broken: Sequence[Check]
) -> pl.DataFrame:
    reasons = pl.concat_list(
        pl.when(check.broken).then(
            pl.struct(column=pl.lit(check.column), rule=pl.lit(check.rule), message=check.message)
        )
        for check in broken
    ).list.drop_nulls()
    sentences = [
        pl.when(check.broken).then(pl.concat_str(pl.lit(f"{check.column}: "), check.message))
        for check in broken
    ]
    original = rows.select(pl.struct(pl.all()).struct.json_encode()).to_series()
    return frame.select(
        _POSITION,
        pl.col(text_of("id")).alias("record_key"),
        original.alias("original"),
        # The encoder takes structs only, so the list is wrapped in one and unwrapped again.
        pl.struct(r=reasons).struct.json_encode().str.slice(5).str.head(-1).alias("reasons"),
        pl.concat_str(sentences, separator="; ", ignore_nulls=True).alias("reason_text"),
        *contract.money,
    )


def _no_bad(contract: Contract) -> pl.DataFrame:
    texts = ("record_key", "original", "reasons", "reason_text")
    money = dict.fromkeys(contract.money, Type.MONEY.dtype)
    return pl.DataFrame(schema={_POSITION: pl.Int64, **dict.fromkeys(texts, pl.String), **money})
