"""Rows against a contract: typed rows with flags, and refused rows with every reason.

Works on a block at a time, column by column. How a value is written is `values`', what can be wrong
`checks`'; where a block comes from and where its two halves go is `read`'s.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import polars as pl

from pipeline.contracts import Contract, Type
from pipeline.landing.batches.schema import EXTRA, FLAGS
from pipeline.landing.validation.checks import OWNER, Context, RowCheck, checks, text_of
from pipeline.landing.validation.columns import POSITION, Block, misfit_of, typed_columns
from pipeline.landing.validation.dialect import Dialect
from pipeline.landing.validation.typed import as_text

__all__ = ["Block", "Context", "Validated", "validate"]

# Of a refused row: whether the source calls it deleted.
DELETED = "is_deleted"


@dataclass(frozen=True)
class Validated:
    """The two halves of a block.

    `good` has `tenant_id`, the contract's columns typed, `extra`, `quality_flags` and `position`;
    `bad` has `tenant_id`, `position`, `record_key`, `original`, `reasons`, `reason_text`, and
    `is_deleted` and the money columns as far as they can be read. `position` is the row's place in
    the block, from 0.
    """

    good: pl.DataFrame
    bad: pl.DataFrame


def validate(block: Block, contract: Contract, context: Context) -> Validated:
    """Split a block into good and bad rows.

    A column that the contract does not know goes to `extra`, one that is absent is null.
    """
    names = context.dialect.translation(block.rows.columns, {*contract.column_names, "tenant_id"})
    frame, typed = typed_columns(block, names, contract, context)
    present = list(names)
    rules = tuple(checks(contract, present, context, may_have_nul=block.may_have_nul, typed=typed))
    broken = frame.select(
        rule.broken.fill_null(False).alias(str(number)) for number, rule in enumerate(rules)
    )
    hit = [number for number, any_ in enumerate(broken.select(pl.all().any()).row(0)) if any_]
    good = frame.select(_good_columns(present, contract, frame.columns, _flags(frame, contract)))
    if not hit:
        return Validated(good, _no_bad(contract))
    is_bad = broken.select(pl.any_horizontal(str(number) for number in hit)).to_series()
    wrong = frame.filter(is_bad).with_columns(
        as_text(frame[name].filter(is_bad)).alias(text_of(name)) for name in typed
    )
    bad = _bad(wrong, block.rows.filter(is_bad), contract, context, [rules[n] for n in hit])
    return Validated(good.filter(~is_bad), bad)


def _flags(frame: pl.DataFrame, contract: Contract) -> list[pl.Expr]:
    """The names of the soft rules that a row breaks, of those that any row does."""
    rules = {rule.name: rule.broken for rule in contract.flags if rule.broken is not None}
    rules |= {
        f"{name}_unreadable": pl.col(misfit_of(name))
        for name in contract.column_names
        if misfit_of(name) in frame.columns
    }
    hit = frame.select(broken.any().alias(name) for name, broken in rules.items())
    return [pl.when(rules[name]).then(pl.lit(name)) for name in rules if hit[name].item()]


def _good_columns(
    present: Sequence[str],
    contract: Contract,
    columns: Sequence[str],
    flags: Sequence[pl.Expr],
) -> list[pl.Expr]:
    misfits = {name for name in contract.column_names if misfit_of(name) in columns}
    unknown = {*present} - {*contract.column_names, "tenant_id"}
    return [
        pl.col(OWNER).alias("tenant_id"),
        *(pl.col(name) for name in contract.column_names),
        _extra(sorted(unknown | misfits), misfits).alias(EXTRA),
        _joined(flags).alias(FLAGS),
        pl.col(POSITION),
    ]


def _extra(unknown: Sequence[str], misfits: Collection[str]) -> pl.Expr:
    """Columns that nobody knows, and what is no value of a descriptive one.

    One JSON object a row, without nulls; null if none is left.
    """
    members = [
        pl.when(
            pl.col(misfit_of(name)) if name in misfits else pl.col(text_of(name)).is_not_null()
        ).then(
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
    if len(texts) == 1:
        return texts[0]
    joined = pl.concat_str(texts, separator=",", ignore_nulls=True)
    return pl.when(joined != "").then(joined)


def _bad(
    frame: pl.DataFrame,
    rows: pl.DataFrame,
    contract: Contract,
    context: Context,
    broken: Sequence[RowCheck],
) -> pl.DataFrame:
    reasons = pl.concat_list(
        pl.when(check.broken).then(
            pl.struct(
                column=pl.lit(check.column),
                rule=pl.lit(check.rule),
                message=_message(check, context.dialect),
            )
        )
        for check in broken
    ).list.drop_nulls()
    sentences = [
        pl.when(check.broken).then(
            pl.concat_str(pl.lit(f"{check.column}: "), _message(check, context.dialect))
        )
        for check in broken
    ]
    texts = rows.select(as_text(column) for column in rows.iter_columns())
    original = texts.select(pl.struct(pl.all()).struct.json_encode()).to_series()
    owner = pl.col(OWNER)
    if context.by_row:
        # Whoever's it is, it is kept, under the name that it came with.
        owner = owner.fill_null(pl.col(text_of("tenant_id")).fill_null(""))
    return frame.select(
        owner.alias("tenant_id"),
        POSITION,
        _text_or_null("id", frame.columns).alias("record_key"),
        original.alias("original"),
        # The encoder takes structs only, so the list is wrapped in one and unwrapped again.
        pl.struct(r=reasons).struct.json_encode().str.slice(5).str.head(-1).alias("reasons"),
        pl.concat_str(sentences, separator="; ", ignore_nulls=True).alias("reason_text"),
        # As the source sees it: a mark that cannot be read is one all the same.
        (
            pl.col("deleted_at").is_not_null()
            | _text_or_null("deleted_at", frame.columns).is_not_null()
        ).alias(DELETED),
        *contract.money,
    )


def _text_or_null(name: str, columns: Sequence[str]) -> pl.Expr:
    here = text_of(name) in columns
    return pl.col(text_of(name)) if here else pl.lit(None, dtype=pl.String)


def _message(check: RowCheck, dialect: Dialect) -> pl.Expr:
    """What is wrong, with the name that the source gives the column if that is another."""
    theirs = dialect.names.get(check.column)
    if theirs is None:
        return check.message
    return pl.concat_str(check.message, pl.lit(f" (column '{' + '.join(theirs)}')"))


def _no_bad(contract: Contract) -> pl.DataFrame:
    texts = ("tenant_id", "record_key", "original", "reasons", "reason_text")
    money = dict.fromkeys(contract.money, Type.MONEY.dtype)
    return pl.DataFrame(
        schema={
            POSITION: pl.Int64,
            **dict.fromkeys(texts, pl.String),
            DELETED: pl.Boolean,
            **money,
        }
    )
