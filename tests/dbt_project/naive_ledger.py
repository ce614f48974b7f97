"""Accounts and their ageing once more, slowly and in plain Python."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

from tests.dbt_project.scenario import Row, Tables


def accounts(tables: Tables, as_of: date) -> dict[str, dict[str, Decimal]]:
    """Customer -> closing balance and the buckets, those that are not zero."""
    terms = {row["id"]: row.get("credit_days") or 0 for row in tables["customers"]}
    entries: dict[str, list[Item]] = {key: [] for key in terms}
    for row in sorted(_effective(tables["ledger_entries"], as_of), key=_voucher_place):
        days = terms.get(row["customer_id"], 0)
        due = row.get("due_date") or row["ledger_date"] + timedelta(days=days)
        entries.setdefault(row["customer_id"], []).append(Item(row, due))
    return {key: _aged(items, as_of) for key, items in entries.items()}


def _effective(rows: Sequence[Row], as_of: date) -> Iterator[Row]:
    known = [row for row in rows if row["ledger_date"] <= as_of]
    undoing = _contras([row for row in known if row["status"] != "cancelled" and _movement(row)])
    for row in known:
        if row["status"] == "active" and row["id"] not in undoing:
            yield row


def _contras(rows: Sequence[Row]) -> set[str]:
    """The ids of the entries that undo a reversed one."""
    reversed_ = [row for row in rows if row["status"] == "reversed"]
    pairs: dict[str, str] = {}
    for undone in reversed_:
        for other in rows:
            if _swapped(undone, other) and _named(undone, other):
                pairs.setdefault(undone["id"], other["id"])
    taken = {*pairs, *pairs.values()}
    twins = {
        row["id"]
        for row in reversed_
        for other in reversed_
        if row["id"] not in taken and other["id"] not in taken and _swapped(row, other)
    }
    fitting = [
        (undone["id"], other["id"])
        for undone in reversed_
        for other in rows
        if undone["id"] not in taken | twins
        and other["id"] not in taken
        and other["status"] == "active"
        and _mirrors(undone, other)
    ]
    undone_by, undoes = Counter(u for u, _ in fitting), Counter(o for _, o in fitting)
    sure = {other for undone, other in fitting if undone_by[undone] == undoes[other] == 1}
    return set(pairs.values()) | sure


def _swapped(undone: Row, other: Row) -> bool:
    same = undone["customer_id"] == other["customer_id"]
    return same and _movement(undone) == -_movement(other)


def _named(undone: Row, other: Row) -> bool:
    kind, raises = other["transaction_type"], _movement(other) > 0
    usual = (kind == "invoice" and raises) or (kind == "payment" and not raises)
    by_other = other.get("reference_document_id") in (undone["id"], undone["ledger_code"])
    by_undone = undone.get("reference_document_id") in (other["id"], other["ledger_code"])
    other_reversed = other["status"] == "reversed"
    return (by_other and (other_reversed or not usual)) or (by_undone and other_reversed)


def _mirrors(undone: Row, other: Row) -> bool:
    """Swapped, of one type, on the side of no such entry, not older, of no other document."""
    kind, raises = other["transaction_type"], _movement(other) > 0
    odd = raises if kind in ("payment", "credit_note") else not raises
    document = other.get("reference_document_type") or "", other.get("reference_document_id")
    own = undone.get("reference_document_type") or "", undone.get("reference_document_id")
    return (
        _swapped(undone, other)
        and kind == undone["transaction_type"] != "adjustment"
        and odd
        and other["ledger_date"] >= undone["ledger_date"]
        and (document[1] is None or document == own)
    )


class Item:
    """A ledger entry and what of it is still open."""

    def __init__(self, row: Row, due: date) -> None:
        self.row, self.due = row, due
        self.movement = self.open = _movement(row)
        key = row.get("reference_document_id")
        self.document = (row.get("reference_document_type") or "", key) if key else None

    def names(self, debit: "Item") -> bool:
        key = self.row.get("reference_document_id")
        return key is not None and key in (debit.row["id"], debit.row["ledger_code"])

    def bucket(self, as_of: date) -> str:
        late = (as_of - self.due).days
        if self.open < 0:
            return "unapplied_credit"
        if late <= 0:
            return "not_due"
        for last, name in ((30, "1_30"), (60, "31_60"), (90, "61_90"), (120, "91_120")):
            if late <= last:
                return f"days_{name}"
        return "days_over_120"


def _pay(credits_: list[Item], debits: list[Item]) -> None:
    """Use up credits, the oldest first, on debits, the one due first first."""
    for credit in sorted(credits_, key=lambda item: item.row["ledger_date"]):
        for debit in sorted(debits, key=lambda item: item.due):
            used = min(-credit.open, debit.open)
            credit.open += used
            debit.open -= used


def _aged(items: list[Item], as_of: date) -> dict[str, Decimal]:
    debits = [item for item in items if item.open > 0]
    credits_ = [item for item in items if item.open < 0]
    for credit in credits_:
        named = [debit for debit in debits if credit.names(debit)]
        _pay([credit], named[:1])
    for document in {item.document for item in items if item.document}:
        of_it = [item for item in items if item.document == document]
        _pay([c for c in of_it if c.open < 0], [d for d in of_it if d.open > 0])
    _pay(credits_, debits)
    aged: dict[str, Decimal] = defaultdict(Decimal)
    for item in items:
        aged[item.bucket(as_of)] += item.open
        aged["outstanding_balance"] += item.movement
    return {name: amount for name, amount in aged.items() if amount}


def _voucher_place(row: Row) -> tuple[object, ...]:
    return row["ledger_date"], _or_last(row.get("created_at")), row["ledger_code"], row["id"]


def _or_last(moment: datetime | None) -> str:
    return moment.isoformat() if moment else "9999"


def _movement(row: Row) -> Decimal:
    return Decimal(row["debit_amount"]) - Decimal(row["credit_amount"])
