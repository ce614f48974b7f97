"""The system that users run today, as facts: its tables and columns, on PostgreSQL and on MySQL.

Names and types are those of two public migrations, 009 (leads, customers; written for MySQL) and
010 (campaigns, sources, milestones, engagement, bookings, ledger; written for PostgreSQL), each
told for both. `users` has no `name` there, but what a login needs. All rows are invented.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.crm import Crm

# table -> column -> type; ? behind it may be null. Types are words that `_TYPES` has for each.
_MADE = {"created_by": "ref?", "created_at": "at?", "updated_at": "at?"}
_MADE_AND_GONE = {**_MADE, "deleted_at": "at?"}
TABLES: dict[str, dict[str, str]] = {
    "tenants": {"id": "key", "name": "varchar(150)"},
    "users": {
        **{
            "id": "key",
            "tenant_id": "ref",
            "email": "varchar(255)",
            "password_hash": "varchar(255)",
        },
        **{"first_name": "varchar(100)?", "last_name": "varchar(100)?", "role": "varchar(50)?"},
        **{"is_active": "bool?", "reset_token": "varchar(100)?", "created_at": "at?"},
    },
    "sales_leads": {
        **{
            "id": "key",
            "tenant_id": "ref",
            "lead_code": "varchar(50)",
            "first_name": "varchar(100)",
        },
        **{"last_name": "varchar(100)?", "email": "varchar(100)?", "phone": "varchar(20)?"},
        **{"company_name": "varchar(150)?", "industry": "varchar(100)?", "status": "lead_status?"},
        **{"probability": "decimal(5,2)?", "source": "varchar(50)?", "campaign_id": "ref?"},
        **{"assigned_to": "ref?", "assigned_date": "clock?", "converted_to_customer": "bool?"},
        **{"customer_id": "ref?", "next_action_date": "clock?", "next_action_notes": "text?"},
        **_MADE_AND_GONE,
    },
    "sales_customers": {
        **{"id": "key", "tenant_id": "ref", "customer_code": "varchar(50)"},
        **{"customer_name": "varchar(150)", "business_name": "varchar(150)?"},
        **{"business_type": "varchar(100)?", "industry": "varchar(100)?"},
        **{"primary_contact_name": "varchar(100)?", "primary_email": "varchar(100)?"},
        **{
            "primary_phone": "varchar(20)?",
            "billing_address": "text?",
            "billing_city": "varchar(50)?",
        },
        **{"billing_state": "varchar(50)?", "billing_country": "varchar(50)?"},
        **{
            "billing_zip": "varchar(10)?",
            "shipping_address": "text?",
            "shipping_city": "varchar(50)?",
        },
        **{"pan_number": "varchar(20)?", "gst_number": "varchar(20)?"},
        **{
            "credit_limit": "decimal(15,2)?",
            "credit_days": "int?",
            "payment_terms": "varchar(100)?",
        },
        **{"customer_category": "varchar(50)?", "status": "customer_status?"},
        **{"current_balance": "decimal(15,2)?", **_MADE_AND_GONE},
    },
    "sales_campaigns": {
        **{"id": "key", "tenant_id": "ref", "campaign_code": "varchar(50)"},
        **{"campaign_name": "varchar(255)", "campaign_type": "varchar(50)", "description": "text?"},
        **{"start_date": "date", "end_date": "date?", "budget": "decimal(15,2)?"},
        **{"expected_roi": "decimal(5,2)?", "assigned_to": "ref?", "status": "varchar(20)"},
        **_MADE_AND_GONE,
    },
    "sales_lead_sources": {
        **{"id": "key", "tenant_id": "ref", "source_code": "varchar(50)"},
        **{"source_name": "varchar(100)", "source_type": "varchar(50)"},
        **{"subsource_name": "varchar(100)?", "channel": "varchar(100)?", "is_active": "bool?"},
        **{"description": "text?", **_MADE_AND_GONE},
    },
    "sales_lead_milestones": {
        **{"id": "key", "tenant_id": "ref", "lead_id": "ref", "milestone_type": "varchar(50)"},
        **{"milestone_date": "date", "milestone_time": "time?", "notes": "text?"},
        **{"location_latitude": "decimal(10,8)?", "location_longitude": "decimal(11,8)?"},
        **{"location_name": "varchar(255)?", "status_before": "varchar(50)?"},
        **{"status_after": "varchar(50)?", "visited_by": "ref?", "duration_minutes": "int?"},
        **{"outcome": "varchar(100)?", "follow_up_date": "date?", "follow_up_required": "bool?"},
        **{"metadata": "json?", **_MADE},
    },
    "sales_lead_engagement": {
        **{"id": "key", "tenant_id": "ref", "lead_id": "ref", "engagement_type": "varchar(50)"},
        **{
            "engagement_date": "at",
            "engagement_channel": "varchar(50)?",
            "subject": "varchar(255)?",
        },
        **{"notes": "text?", "status": "varchar(20)", "response_received": "bool?"},
        **{"response_date": "at?", "response_notes": "text?", "assigned_to": "ref?"},
        **{"duration_seconds": "int?", "created_by": "ref?", "created_at": "at?"},
    },
    "sales_bookings": {
        **{"id": "key", "tenant_id": "ref", "customer_id": "ref", "lead_id": "ref?"},
        **{
            "booking_code": "varchar(50)",
            "booking_date": "date",
            "booking_amount": "decimal(15,2)",
        },
        **{"unit_type": "varchar(100)?", "unit_count": "int", "units_booked": "int"},
        **{"units_available": "int?", "delivery_date": "date?", "status": "varchar(20)"},
        **{"cancellation_date": "date?", "cancellation_reason": "text?"},
        **{"cancellation_refund_amount": "decimal(15,2)?", "notes": "text?", **_MADE_AND_GONE},
    },
    "sales_account_ledgers": {
        **{"id": "key", "tenant_id": "ref", "customer_id": "ref", "ledger_code": "varchar(50)"},
        **{"ledger_date": "date", "transaction_type": "varchar(50)"},
        **{"reference_document_type": "varchar(50)?", "reference_document_id": "ref?"},
        **{"debit_amount": "decimal(15,2)?", "credit_amount": "decimal(15,2)?"},
        **{"balance_after": "decimal(15,2)?", "description": "varchar(255)?", "remarks": "text?"},
        **{"status": "varchar(20)", **_MADE},
    },
}
_LEAD_STATUSES = ("new", "contacted", "qualified", "negotiation", "converted", "lost")
_TYPES = {
    "postgresql": {
        **{"key": "uuid PRIMARY KEY", "ref": "uuid", "at": "timestamptz", "clock": "timestamp"},
        **{"bool": "boolean", "json": "jsonb", "lead_status": "varchar(20)"},
        "customer_status": "varchar(20)",
    },
    "mysql": {
        **{"key": "varchar(36) PRIMARY KEY", "ref": "varchar(36)", "at": "datetime"},
        **{"clock": "datetime", "bool": "boolean", "json": "json"},
        "lead_status": "enum('new','contacted','qualified','negotiation','converted','lost')",
        "customer_status": "enum('active','inactive','blocked')",
    },
}
LEADS = 2_400
TENANT = "11111111-0000-4000-8000-000000000001"
# In the server's own clock, which is the tenant's.
_FIRST = datetime(2026, 1, 5, 9, 30, tzinfo=UTC).replace(tzinfo=None)


def create(crm: Crm) -> None:
    """All tables, empty."""
    types = _TYPES[crm.server.kind]
    for table, columns in TABLES.items():
        lines = [_column(name, kind, types) for name, kind in columns.items()]
        crm.execute(f"CREATE TABLE {table} ({', '.join(lines)})")


def fill(crm: Crm) -> None:
    """Invented rows: leads with their milestones and calls, and a few of everything else.

    Every tenth lead is soft-deleted. Two milestones and two calls say what their lists have not.
    """
    insert(crm, "tenants", [{"id": TENANT, "name": "Invented Homes"}])
    insert(crm, "users", [_user(number) for number in range(4)])
    insert(crm, "sales_lead_sources", [_source(number) for number in range(3)])
    insert(crm, "sales_campaigns", [_campaign()])
    insert(crm, "sales_customers", [_customer(number) for number in range(20)])
    insert(crm, "sales_leads", [_lead(number) for number in range(LEADS)])
    insert(crm, "sales_lead_milestones", [_milestone(number) for number in range(LEADS)])
    insert(crm, "sales_lead_engagement", [_call(number) for number in range(0, LEADS, 4)])
    insert(crm, "sales_bookings", [_booking(number) for number in range(20)])
    insert(crm, "sales_account_ledgers", [_entry(number) for number in range(40)])


def insert(crm: Crm, table: str, rows: list[dict[str, Any]]) -> None:
    names = list(rows[0])
    values = (f"({', '.join(map(_literal, row.values()))})" for row in rows)
    crm.execute(f"INSERT INTO {table} ({', '.join(names)}) VALUES {', '.join(values)}")


def key(kind: int, number: int) -> str:
    return f"{kind:08}-0000-4000-8000-{number:012}"


def _column(name: str, kind: str, types: dict[str, str]) -> str:
    bare = kind.removesuffix("?")
    null = "" if kind.endswith("?") or bare == "key" else " NOT NULL"
    return f"{name} {types.get(bare, bare)}{null}"


def _literal(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bool | int):
        return str(value).lower()
    return f"'{value}'"


def _at(number: int) -> datetime:
    return _FIRST + timedelta(minutes=37 * number)


def _user(number: int) -> dict[str, Any]:
    return {
        "id": key(1, number),
        "tenant_id": TENANT,
        "email": f"seller{number}@example.com",
        "password_hash": "$2b$12$invented",
        "first_name": ("Asha", "Ravi", "Meera", "Kabir")[number],
        "role": "seller",
        "last_name": ("Rao", "Iyer", None, "Khan")[number],
        "is_active": True,
        "reset_token": f"invented-{number}",
        "created_at": _at(0),
    }


def _source(number: int) -> dict[str, Any]:
    name = ("website", "referral", "event")[number]
    return {
        **{"id": key(2, number), "tenant_id": TENANT, "source_code": name},
        **{"source_name": name.title(), "source_type": name, "is_active": True},
    }


def _campaign() -> dict[str, Any]:
    return {
        **{"id": key(3, 0), "tenant_id": TENANT, "campaign_code": "C-1", "status": "active"},
        **{"campaign_name": "Monsoon", "campaign_type": "digital", "start_date": "2026-01-01"},
    }


def _customer(number: int) -> dict[str, Any]:
    return {
        **{"id": key(4, number), "tenant_id": TENANT, "customer_code": f"CU-{number:04}"},
        **{"customer_name": f"Customer {number}", "status": "active", "credit_days": 30},
        "created_at": _at(number),
    }


def _lead(number: int) -> dict[str, Any]:
    gone = number % 10 == 9
    return {
        **{"id": key(5, number), "tenant_id": TENANT, "lead_code": f"LD-{number:05}"},
        **{"first_name": f"Lead {number}", "status": _LEAD_STATUSES[number % 6]},
        **{"probability": number % 101, "source": ("website", "referral", "event")[number % 3]},
        **{"campaign_id": key(3, 0), "assigned_to": key(1, number % 4)},
        "assigned_date": _at(number) + timedelta(hours=13),
        "next_action_date": None if number % 3 else _at(number) + timedelta(days=3),
        **{"created_at": _at(number), "updated_at": _at(number)},
        "deleted_at": _at(number + 50) if gone else None,
    }


def _milestone(number: int) -> dict[str, Any]:
    return {
        **{"id": key(6, number), "tenant_id": TENANT, "lead_id": key(5, number)},
        **{
            "milestone_type": "site_visit",
            "milestone_date": (_at(number) + timedelta(days=2)).date(),
        },
        **{"milestone_time": "10:15:00", "duration_minutes": 40, "metadata": '{"cab": true}'},
        "outcome": "will bring the family" if number < 2 else "positive",
        **{"follow_up_required": False, "created_at": _at(number), "updated_at": _at(number)},
    }


def _call(number: int) -> dict[str, Any]:
    return {
        **{"id": key(7, number), "tenant_id": TENANT, "lead_id": key(5, number)},
        **{"engagement_type": "call_made", "engagement_date": _at(number) + timedelta(hours=1)},
        "engagement_channel": "telegram" if number < 8 else "phone",
        **{"status": "completed", "response_received": False, "created_at": _at(number)},
    }


def _booking(number: int) -> dict[str, Any]:
    return {
        **{"id": key(8, number), "tenant_id": TENANT, "customer_id": key(4, number)},
        **{"lead_id": key(5, number), "booking_code": f"BK-{number:04}"},
        **{"booking_date": "2026-02-10", "booking_amount": 4_500_000 + number, "unit_count": 1},
        **{"units_booked": 1, "status": "confirmed", "created_at": _at(number)},
    }


def _entry(number: int) -> dict[str, Any]:
    is_payment = number % 2 == 1
    return {
        **{"id": key(9, number), "tenant_id": TENANT, "customer_id": key(4, number // 2)},
        **{"ledger_code": f"V-{number:05}", "ledger_date": f"2026-03-{1 + number % 28:02}"},
        "transaction_type": "payment" if is_payment else "invoice",
        "debit_amount": 0 if is_payment else 100_000,
        "credit_amount": 40_000 if is_payment else 0,
        **{"status": "active", "created_at": _at(number)},
    }
