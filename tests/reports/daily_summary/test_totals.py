"""Totals in sentences are of all rows, however many the list shows."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, cast

import duckdb

from pipeline.publish.reader import Published
from pipeline.reports.daily_summary.movers import _LISTED, cancelled_amount

DAY = date(2026, 3, 31)


class Bookings:
    """What of a build is read here: a table of bookings."""

    def __init__(self, cancelled: int) -> None:
        self.connection = duckdb.connect()
        self.connection.execute(
            "CREATE TABLE bookings AS SELECT true AS is_cancelled,"
            " DATE '2026-03-31' AS cancelled_on,"
            f" CAST(10.25 AS DECIMAL(18, 2)) AS booking_amount FROM range({cancelled})"
            " UNION ALL SELECT true, DATE '2026-03-30', 99 UNION ALL SELECT false, NULL, 99"
        )

    def rows(self, sql: str, parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
        cursor = self.connection.execute(sql, dict(parameters))
        names = [column[0] for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def test_the_sentence_counts_cancellations_that_are_not_listed() -> None:
    number = _LISTED + 7
    assert _said(number) == number * Decimal("10.25")
    assert _said(0) == 0


def _said(cancelled: int) -> Decimal:
    return cancelled_amount(cast("Published", Bookings(cancelled)), DAY)
