"""A published build of a small sales organisation, written directly as the rows that reports read.

The figures follow simple formulas and need not agree between tables: that is the models' affair and
is tested there. What matters here is that every kind of row occurs: long names and other scripts,
missing owners, zero, negative and missing figures, lists that are longer than what is shown.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.config.workspace import Workspace
from pipeline.core.calendar import add_months
from pipeline.publish.layout import BUILDS, Manifest, TableEntry, builds_dir, current_link

TENANT = "skyline"
AS_OF = date(2025, 9, 18)  # a Thursday
LONG_NAME = "Venkatanarasimharajuvaripeta Subrahmanyam-Balakrishnan"
NAMES = ("Anil Kumar", "Priya Menon", "राहुल वर्मा", "मीना <b>&", "மீனா சுந்தரம்", LONG_NAME)
OWNERS = ("Asha Rao", "Imran Shaikh", "கவிதா சுப்ரமணியன்", None)
STAGES = ("lead_generated", "contacted", "site_visit", "demo", "proposal", "negotiation", "booking")

Row = dict[str, Any]
Tables = dict[str, list[Row]]


def publish(ws: Workspace, tables: Tables) -> None:
    """Write the tables as the tenant's current build."""
    build = builds_dir(ws, TENANT) / "20250918-sample"
    build.mkdir(parents=True)
    for name, rows in tables.items():
        # An empty table keeps its columns: they are taken from the sample's own row.
        table = pa.Table.from_pylist([{"tenant_id": TENANT, **row} for row in rows or SAMPLE[name]])
        pq.write_table(table if rows else table.slice(0, 0), build / f"{name}.parquet")
    entries = {name: TableEntry(rows=len(rows), fingerprint="") for name, rows in tables.items()}
    manifest = Manifest(tenant=TENANT, build_id=build.name, as_of=AS_OF, tables=entries)
    (build / "manifest.json").write_text(manifest.model_dump_json(), encoding="utf-8")
    current_link(ws, TENANT).symlink_to(f"{BUILDS}/{build.name}")


def days(count: int) -> list[date]:
    """The last `count` days, the as-of day last."""
    return [AS_OF - timedelta(days=back) for back in range(count - 1, -1, -1)]


def months(count: int) -> list[date]:
    return [add_months(AS_OF.replace(day=1), -back) for back in range(count - 1, -1, -1)]


def money(rupees: float) -> Decimal:
    return Decimal(str(rupees)).quantize(Decimal("0.01"))


def instant(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), UTC)


def _activity(n: int, day: date) -> Row:
    """`n`: days before the as-of day."""
    return {
        "date": day,
        "new_leads": 42 if n == 0 else 20 + n * 7 % 13,
        "site_visits": n * 5 % 8,
        "bookings": 3 if n == 0 else int(n % 4 == 1),
        "cancellations": int(n % 30 == 0),
        "booked_amount": money(2_48_00_000 if n == 0 else (n % 4 == 1) * 81_00_000),
        "cancelled_amount": money((n % 30 == 0) * 1_23_00_000),
        "engagement_completed": 60 + n % 9,
        "invoiced": money(n % 3 * 8_55_000),
        "receipts": money(n % 4 * 7_81_250.50),
    }


def _level(n: int, day: date) -> Row:
    return {
        "date": day,
        "total_leads": 2826 - 7 * n,
        "qualified_leads": 846 - 2 * n,
        "converted_leads": 130 - n // 4,
        "conversion_rate": (130 - n // 4) / 2826,
        "active_customers": 118 - n // 9,
        "total_bookings": 130 - n // 4,
        "booked_amount": money(158_50_00_000 - n * 20_00_000),
        "outstanding_balance": money(17_51_43_600 - n * 1_00_000),
        "pending_follow_ups": 34 + n % 7,
        "engagement_this_month": 523,
        "new_leads": 162,
    }


def _dashboard(level: Row) -> Row:
    earlier = {
        f"{name}_{ago}": value * (98 if ago == "previous_day" else 90) // 100
        for name, value in level.items()
        if name not in ("date", "conversion_rate")
        for ago in ("previous_day", "same_weekday_last_week")
    }
    counts = dict.fromkeys(COUNTS, 12)
    amounts = dict.fromkeys(AMOUNTS, money(-10_82_900))
    return {
        **level,
        **earlier,
        **counts,
        **amounts,
        "conversion_rate_previous_day": 0.045,
        "conversion_rate_same_weekday_last_week": 0.05,
        "new_leads_mtd_last_month": 142,
        "engagement_this_month_mtd_last_month": 0,
        "net_bookings": None,
    }


def _cohort(n: int, month: date) -> Row:
    leads = 180 + n * 7
    narrow = 5 - n % 3
    reached = {f"reached_{stage}": leads // (1 + i * narrow) for i, stage in enumerate(STAGES)}
    statuses = ("new", "contacted", "qualified", "negotiation", "converted", "lost")
    return {
        "month": month,
        "total_leads": leads,
        "mature": n < 10,
        **reached,
        **{f"leads_{status}": n * 3 + index for index, status in enumerate(statuses)},
    }


def _lead(n: int) -> Row:
    """Six a day over a fortnight; every ninth was never answered; every fifth is of a campaign."""
    day = AS_OF - timedelta(days=n // 6)
    weekly = n // 42  # the last seven days have fewer of the portal and more of the site
    source = ("Website" if n % 4 > weekly * 2 else "Property portals", "Radio")[n % 17 == 0]
    return {
        "lead_id": f"L{n}",
        "lead_code": f"LD-{n:04d}",
        "lead_name": NAMES[n % len(NAMES)],
        "phone": f"+91 90000 {n:05d}",
        "source_name": source,
        "campaign_name": ("Monsoon Launch", "Expo")[weekly] if n % 5 == 0 else None,
        "owner_name": OWNERS[n % len(OWNERS)],
        "lead_date": day,
        "created_at": instant(day, 3 + n % 9),
        "stage_rank": 0,
        "is_converted": n % 40 == 39,
        "is_lost": False,
        "first_response_at": None if n % 9 == 0 else instant(day, 14),
        "source_code": "REF" if n % 17 == 0 else "WEB",
        "status": "new",
        "campaign_id": "Monsoon Launch" if n % 5 == 0 else None,
        "reached_rank": n % 7,
        "is_qualified": n % 7 > 1,
        "is_converted_net": n % 40 == 39,
        "engagement_count": n % 4,
        "days_to_booking": 9 if n % 40 == 39 else None,
    }


def _booking(n: int) -> Row:
    """Three are of the as-of day, the fifth was cancelled on it, every seventh is late."""
    return {
        "booking_code": f"BK-{n:04d}",
        "lead_id": f"L{n}",
        "customer_name": NAMES[n % len(NAMES)],
        "booking_date": AS_OF - timedelta(days=max(0, n - 2)),
        "booking_amount": money(81_00_000 + n * 1_00_000),
        "unit_type": ("2 BHK", "3 BHK", None)[n % 3],
        "units_booked": 1,
        "delivery_date": AS_OF + timedelta(days=300 if n % 7 else -n - 1),
        "status_asof": "cancelled" if n == 4 else "confirmed",
        "is_gross": True,
        "is_net": n != 4,
        "is_live": n != 4,
        "is_cancelled": n == 4,
        "cancelled_on": AS_OF if n == 4 else None,
        "cancellation_reason": "Loan not sanctioned" if n == 4 else None,
        "cancellation_refund_amount": money(4_25_000) if n == 4 else None,
        "is_delivery_overdue": n % 7 == 0,
        "owner_name": OWNERS[n % len(OWNERS)],
        "source_code": "WEB",
        "campaign_id": None,
    }


def _follow_up(n: int) -> Row:
    late = (17, 9, 5, 3, 1, 0, None)[n % 7]
    return {
        "lead_id": f"L{n}",
        "lead_name": NAMES[n % len(NAMES)],
        "phone": f"+91 90000 {n:05d}",
        "owner_name": OWNERS[n % len(OWNERS)],
        "source_name": "Website",
        "follow_up_date": None if late is None else AS_OF - timedelta(days=late),
        "state": "undated" if late is None else "overdue" if late else "due_today",
        "days_overdue": late,
        "notes": "Wants a corner unit" if n % 2 else None,
    }


def _customer(n: int) -> Row:
    buckets = {name: money((n + index) % 5 * 4_10_000.25) for index, name in enumerate(AGEING[:-1])}
    return {
        "customer_id": f"C{n}",
        "customer_code": f"CU-{n:04d}",
        "customer_name": NAMES[n % len(NAMES)],
        **buckets,
        "outstanding_balance": sum(buckets.values(), Decimal(0)),
        "unapplied_credit": money(0),
        "last_payment_date": AS_OF if n % 2 else None,
        "last_payment_amount": money(7_81_250.50) if n % 2 else None,
    }


COUNTS = (
    "leads_in_new_status_asof",
    "converted_leads_net",
    "customers_status_active",
    "bookings_cancelled",
    "net_bookings",
    "pending_bookings",
    "engagement_leads_touched",
    "follow_ups_overdue",
    "follow_ups_due_today",
    "follow_ups_undated",
    "open_leads",
    "open_leads_engaged",
)
AMOUNTS = (
    "cancelled_amount",
    "net_booked_amount",
    "refunds_promised",
    "receivable",
    "customer_credits",
    "paid",
    "invoiced",
)
BUCKETS = (5_89_12_000, 8_13_00_000, 2_71_66_600, 68_42_900, 0, 20_05_000, -10_82_900)
AGEING = (
    "not_due",
    "days_1_30",
    "days_31_60",
    "days_61_90",
    "days_91_120",
    "days_over_120",
    "unapplied_credit",
)


def _source(name: str, leads: int, converted: int, code: str | None = None) -> Row:
    return {
        "source_type": "digital",
        "source_code": code,
        "source_name": name,
        "subsource_name": None,
        "channel": "online",
        "total_leads": leads,
        "qualified_leads": leads // 3,
        "converted_leads": converted,
        "lost_leads": leads // 2,
        "conversion_rate": converted / leads if leads else None,
        "booked_value": money(converted * 92_00_000),
        "median_days_to_booking": 38.5 if converted else None,
    }


def _campaign(name: str, leads: int, spend: float | None, net: float) -> Row:
    cost = None if spend is None else money(spend)
    each = None if cost is None else money(round(float(cost) / leads, 2))
    return {
        "campaign_id": name,
        "campaign_code": name[:4].upper(),
        "campaign_name": name,
        "campaign_type": "digital",
        "total_leads": leads,
        "qualified_leads": leads // 3,
        "converted_customers": leads // 20,
        "conversion_rate": 0.05,
        "budget": money(12_00_000),
        "spend": cost,
        "cost_per_lead": each,
        "cost_per_site_visit": each,
        "cost_per_booking": None,
        "net_booked_value": money(net),
        "roas": net / spend if spend else None,
        "roi_pct": (net / spend - 1) * 100 if spend else None,
        "expected_roi": Decimal("400.0000"),
        "roi_on_budget_pct": -12.5,
    }


def _stage(rank: int, name: str, stays: int, open_now: int) -> Row:
    """Without stays there is nothing to measure."""
    return {
        "stage_rank": rank,
        "stage_name": name,
        "completed_spells": stays,
        "lost_spells": stays // 8,
        "median_days": 1.0 if stays else None,
        "p90_days": 6.0 if stays else None,
        "open_spells": open_now,
        "median_open_days": 9.5 if open_now else None,
        "longest_open_days": 66 if open_now else None,
        "negative_spells": stays // 1000,
    }


def _response(month: date) -> Row:
    """Of the as-of month nobody has been answered yet, and no lead's hour is over."""
    fresh = month == AS_OF.replace(day=1)
    due, quick, day = (0, 0, 0) if fresh else (102, 34, 84)
    return {
        "month": month,
        "leads": 11 if fresh else 102,
        "responded_leads": 0 if fresh else 98,
        "median_first_response_hours": None if fresh else 6.8943,
        "p90_first_response_hours": None if fresh else 46.189,
        "responded_1h": quick,
        "due_1h": due,
        "responded_24h": day,
        "due_24h": due,
        "unanswered_leads": 11 if fresh else 0,
        "oldest_unanswered_days": 18 if fresh else None,
        "within_1h_rate": quick / due if due else None,
        "within_24h_rate": day / due if due else None,
    }


def _score(n: int) -> Row:
    """Every seventh is hot; one came to a stage that nobody came to before."""
    chance = (0.62 if n % 7 == 0 else 0.08) - n / 2000
    alike = 0 if n == 14 else 1240 - n
    return {
        "lead_id": f"L{n}",
        "lead_name": LONG_NAME if n == 7 else f"Lead {n}",
        "owner_name": ("Asha Rao", "Imran Shaikh", None)[n % 3],
        "source_name": "Website",
        "stage_name": "Site Visit" if n % 7 == 0 else "Contacted",
        "waited_days": n % 40,
        "booking_probability": chance,
        "score": round(100 * chance),
        "band": "hot" if n % 7 == 0 else "cold",
        "compared_leads": alike,
        "compared_booked": alike // 3,
        "source_odds_ratio": (0.5, 1.0, 1.9)[n % 3],
    }


def _owner(name: str | None, leads: int) -> Row:
    """Somebody with no lead is here too."""
    return {
        "owner_id": name or "(none)",
        "owner_name": name or "(none)",
        "team": "Site sales" if name else None,
        "is_active": leads > 0 if name else None,
        "total_leads": leads,
        "new_leads_mtd": leads // 9,
        "open_leads": leads // 4,
        "qualified_leads": leads // 3,
        "converted_leads": leads // 20,
        "conversion_rate": leads // 20 / leads if leads else None,
        "net_bookings": leads // 21,
        "net_booked_value": money(leads // 21 * 92_00_000),
        "median_days_to_booking": 41.5 if leads else None,
        "site_visits": leads // 2,
        "engagement_completed_mtd": leads,
        "response_rate": 0.46 if leads else None,
        "median_first_response_hours": 1.43 if leads else None,
        "unanswered_leads": leads // 80,
        "follow_ups_overdue": leads // 50,
        "follow_ups_due_today": leads // 100,
        "oldest_follow_up_date": AS_OF if leads else None,
    }


def _absorbed(n: int, month: date) -> Row:
    """Two a month; in the as-of month more was cancelled than booked."""
    return {
        "month": month,
        "unit_type": "2 BHK",
        "net_units": -1 if n == 0 else 2,
        "net_amount": money((-1 if n == 0 else 2) * 1_00_00_000),
    }


def _check(name: str, severity: str, failures: int) -> Row:
    return {
        "check_name": name,
        "severity": severity,
        "is_blocking": severity == "error",
        "failures": failures,
        "sample": "LED-00042" if failures else None,
        "owner_hint": "Ask who keeps the ledger.",
        "description": f"About {name.replace('_', ' ')}.",
    }


def sample() -> Tables:
    """A busy day; each call gives its own lists, so that a test may change them."""
    levels = [_level(n, day) for n, day in zip(range(399, -1, -1), days(400), strict=True)]
    return {
        "daily_activity": [
            _activity(n, day) for n, day in zip(range(399, -1, -1), days(400), strict=True)
        ],
        "v_kpi_daily": levels,
        "v_kpi_dashboard": [_dashboard(levels[-1])],
        "v_lead_funnel_analysis": [_cohort(n, month) for n, month in enumerate(months(14))],
        "v_lead_source_performance": [
            _source("Website", 846, 40, "WEB"),
            _source("Customer referral", 357, 63, "REF"),
            _source("(none)", 88, 4),
            _source("Unmapped: NEWSPAPR", 2, 1),
            _source("Radio", 0, 0),
        ],
        "v_campaign_performance": [
            _campaign("Monsoon Launch", 321, 11_40_000, 26_60_50_000),
            _campaign(f"{LONG_NAME} Fest", 120, 9_00_000, -85_00_000),
            _campaign("Refer a Neighbour", 100, None, 0),
            _campaign("(unattributed)", 900, None, 5),
        ],
        "leads": [_lead(n) for n in range(84)],
        "bookings": [_booking(n) for n in range(60)],
        "milestones": [
            {
                "lead_id": f"L{n}",
                "milestone_date": AS_OF - timedelta(days=n // 6),
                "milestone_type": ("site_visit", "revisit", "demo")[n % 3],
            }
            for n in range(84)
        ],
        "engagement": [
            {
                "lead_id": f"L{n % 84}",
                "engagement_date": instant(AS_OF - timedelta(days=n % 30), 9),
                "status": ("completed", "pending")[n % 5 == 0],
            }
            for n in range(200)
        ],
        "v_time_in_stage": [
            _stage(0, "lead_generated", 2470, 30),
            _stage(2, "site_visit", 813, 0),
            _stage(3, "demo", 0, 0),
        ],
        "v_first_response": [_response(month) for month in months(14)],
        "v_owner_performance": [
            _owner("Asha Rao", 420),
            _owner("Imran Shaikh", 310),
            _owner(LONG_NAME, 77),
            _owner(None, 12),
            _owner("Idle", 0),
        ],
        "v_cancellations": [
            {
                "month": month,
                "reason": reason,
                "cancelled_count": 1,
                "cancelled_amount": money(value),
                "cancelled_units": units,
                "refunds_promised": money(refund),
                "refunds_stated": int(refund > 0),
            }
            for month, reason, value, units, refund in (
                (months(1)[0], "Loan not sanctioned", 85_00_000, 1, 4_25_000),
                (months(1)[0], "(none)", 50_00_000, 2, 0),
                (months(9)[0], "(none)", 70_00_000, 1, 0),
            )
        ],
        "booking_unit_months": [
            *(_absorbed(n, month) for n, month in zip(range(13, -1, -1), months(14), strict=True)),
            {"month": months(3)[0], "unit_type": "(none)", "net_units": 4, "net_amount": money(0)},
        ],
        "booking_months": [
            {
                "month": month,
                "gross_count": n,
                "gross_amount": money(n * 1_20_00_000),
                "cancelled_count": n % 3,
                "cancelled_amount": money(n % 3 * 2_00_00_000),
                "net_count": n - n % 3,
                "net_amount": money(n * 1_20_00_000 - n % 3 * 2_00_00_000),
            }
            for n, month in enumerate(months(12))
        ],
        "unit_availability": [
            {
                "unit_type": unit,
                "units_available": left,
                "observed_on": AS_OF,
                "months_of_inventory": lasts,
            }
            for unit, left, lasts in (("2 BHK", 41, 5.86), ("3 BHK", 17, None))
        ],
        "customers": [_customer(n) for n in range(60)],
        "v_customer_ledger_summary": [_customer(n) for n in range(60)],
        # Of nobody here: this organisation sells no flats, but the table is there.
        "booking_accounts": [
            {
                "customer_id": "nobody",
                "booking_id": "(none)",
                **dict.fromkeys(("not_due", "open_tds", "open_interest", "due_now"), money(0)),
                "next_due_date": AS_OF,
            }
        ],
        "ledger_open_items": [
            {
                "customer_id": f"C{n}",
                "due_date": AS_OF - timedelta(days=late),
                "days_overdue": late,
                "open_amount": money(8_55_000 + n),
                "ageing_bucket": "days_1_30",
            }
            for n, late in enumerate((1, 1, 40, 1, 1, 1, 1, 1))
        ],
        "receivables": [
            {
                "receivable": money(17_62_26_500),
                "customer_credits": money(-10_82_900),
                "closing": money(17_51_43_600),
                "overdue_total": money(11_73_14_500),
                "customers_with_dues": 60,
                "invoiced": money(82_24_20_000),
                "paid": money(64_72_76_400),
                "collection_pct": 78.7038738,
                "overdue_at_month_start": money(16_21_76_824.50),
                "falling_due_mtd": money(17_81_52_631.50),
                "receipts_mtd": money(19_69_44_548.50),
                "collection_efficiency_pct": 57.8687930,
                **dict(zip(AGEING, map(money, BUCKETS), strict=True)),
            }
        ],
        "follow_ups": [_follow_up(n) for n in range(120)],
        "v_lead_scores": [_score(n) for n in range(84)],
        "v_lead_score_quality": [
            {
                "scored_on": AS_OF - timedelta(days=90),
                "band": band,
                "leads": leads,
                "expected_bookings": expected,
                "booked_leads": booked,
            }
            for band, leads, expected, booked in (("hot", 40, 17.6, 19), ("cold", 200, 4.25, 2))
        ],
        "data_checks": [
            _check("ledger_ageing_is_closing", "error", 0),
            _check("funnel_is_monotone", "error", 0),
            _check("lead_unknown_source", "warn", 57),
            _check("ledger_zero_amount", "info", 4),
        ],
        "quarantine_summary": [
            {
                "entity": "leads",
                "source_file": "leads-09.csv",
                "rows": 3,
                "top_reason": "status: 'hot' is not one of new, contacted, …",
            },
        ],
        "source_freshness": [
            {
                "entity": entity,
                "source_name": "inbox",
                "rows": rows,
                "last_ingested_at": instant(AS_OF + timedelta(days=1), 1, 45),
                "newest_record_at": instant(AS_OF, 14, 2),
            }
            for entity, rows in (("leads", 2826), ("bookings", 130))
        ],
    }


def quiet(tables: Tables) -> Tables:
    """The same organisation on a day on which nothing happened."""
    nothing = {
        name: value * 0 for name, value in tables["daily_activity"][-1].items() if name != "date"
    }
    tables["daily_activity"][-1].update(nothing)
    tables["leads"] = [row for row in tables["leads"] if row["lead_date"] < AS_OF]
    tables["bookings"] = [row for row in tables["bookings"] if row["booking_date"] < AS_OF]
    for row in tables["bookings"]:
        row.update(is_cancelled=False, cancelled_on=None)
    return tables


SAMPLE = sample()
EMPTY: Tables = {name: [] for name in SAMPLE}
