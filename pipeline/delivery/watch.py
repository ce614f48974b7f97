"""What needs a person, found after each run: tenants held, mail that failed, files not read.

Each is said once, with what to do. How it is said is left to `notices.py`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from pipeline.config.tenant import Tenant
from pipeline.config.workspace import Workspace
from pipeline.delivery.notices import Notice, listing
from pipeline.delivery.record.deliveries import Deliveries
from pipeline.delivery.record.states import Delivery, State
from pipeline.delivery.schedule.owed import deadline
from pipeline.landing.sidecars.file_states import unread_files
from pipeline.publish import layout

# Overdue reports older than this were news once; `milepost status` still shows them.
_RECENT = timedelta(days=14)


def find_notices(
    ws: Workspace, record: Deliveries, tenants: Mapping[str, Tenant], now: datetime
) -> list[Notice]:
    """Everything that is worth a notice now, said before or not."""
    rows = [row for row in record.open() if row.key.is_owed]
    return [
        *_held(ws, tenants, rows),
        *_failed_mail(record, rows, State.DEAD),
        *_failed_mail(record, rows, State.UNCERTAIN),
        *_overdue(record, tenants, rows, now),
        *_unread(ws, record, tenants),
    ]


def _unread(ws: Workspace, record: Deliveries, tenants: Mapping[str, Tenant]) -> Iterator[Notice]:
    """One notice for all files and tables that newly are in no figure."""
    found = {f"unread:{each.tenant}:{each.file}:{each.since}": each for each in unread_files(ws)}
    new = record.notices.unsaid(list(found))
    if not new:
        return
    lines = []
    for one in new:
        each = found[one]
        whose = tenants[each.tenant].name if each.tenant in tenants else "nobody's"
        only = " There is no other data of this tenant." if each.nothing_else else ""
        lines.append(
            f"{each.file} ({whose}), {each.state} since {each.since}: {each.why}.{only}"
            f" What to do: {each.to_do}."
        )
    files = "1 file or table" if len(new) == 1 else f"{len(new)} files or tables"
    yield Notice(
        kind="unread",
        about=tuple(new),
        subject=f"NOT READ · {files} in no figure",
        body=f"{files} could not be read, so that figures lack them:\n\n{listing(lines)}\n",
    )


def _held(
    ws: Workspace, tenants: Mapping[str, Tenant], rows: Sequence[Delivery]
) -> Iterator[Notice]:
    for tenant in tenants.values():
        held = layout.held(ws, tenant.id)
        if held is None:
            continue
        waiting = sum(r.key.tenant == tenant.id and r.state is State.HELD for r in rows)
        why = listing(
            [
                f"{reason.check_name}: {reason.failures} failing, for example"
                f" {reason.sample or 'no sample'}. {reason.owner_hint or ''}".rstrip()
                for reason in held.reasons
            ]
        )
        checks = ", ".join(sorted(reason.check_name for reason in held.reasons))
        partial = tenant.mailing.when_held == "partial"
        yield Notice(
            kind="held",
            about=(f"held:{tenant.id}:{held.as_of}:{checks}",),
            subject=f"HELD · {tenant.name} · reports of {held.as_of} are held back: {checks}",
            body=(
                f"The figures of {tenant.name} as of {held.as_of} failed checks that block them, so"
                f" {waiting or 'no'} mails wait and the figures published before stay.\n\n{why}\n\n"
                "What to do: mend the rows in the system they come from and deliver them again; the"
                " next refresh clears the hold and sends what waits.\n"
                "To send in spite of it, stamped UNVERIFIED:"
                f' milepost deliveries override {tenant.id} --because "…", then milepost run.\n'
                + (
                    "After the tenant's latest time the last good figures go out, marked PARTIAL.\n"
                    if partial
                    else ""
                )
            ),
            tenant=tenant.id,
            to_owner=True,
        )


_ADVICE = {
    State.DEAD: (
        "refused for good",
        "What to do: correct the address in the tenant file, or the server's complaint, then"
        " `milepost deliveries retry ID`. To leave it: `milepost deliveries resolve ID --skip`.",
    ),
    State.UNCERTAIN: (
        "may or may not have arrived",
        "The connection broke after the mail and before the server's answer. It is not sent again"
        " by itself, so that nobody gets it twice.\nWhat to do: ask the recipient or look into the"
        " server's log for the Message-ID, then `milepost deliveries resolve ID --sent` or"
        " `milepost deliveries retry ID`.",
    ),
}


def _failed_mail(record: Deliveries, rows: Sequence[Delivery], state: State) -> Iterator[Notice]:
    """One notice for all mails that have newly come into this state."""
    found = {f"{state}:{row.id}:{row.attempts}": row for row in rows if row.state is state}
    new = record.notices.unsaid(list(found))
    if not new:
        return
    what, advice = _ADVICE[state]
    lines = [
        f"{row.id}: {row.key.tenant}, {row.key.report} of {row.key.period} to"
        f" {row.key.recipient}: {row.reason} ({row.message_id})"
        for row in (found[one] for one in new)
    ]
    mails = "1 mail" if len(new) == 1 else f"{len(new)} mails"
    yield Notice(
        kind=str(state),
        about=tuple(new),
        subject=f"{str(state).upper()} · {mails} {what}",
        body=f"{mails} {what}:\n\n{listing(lines)}\n\n{advice}\n",
    )


def _overdue(
    record: Deliveries, tenants: Mapping[str, Tenant], rows: Sequence[Delivery], now: datetime
) -> Iterator[Notice]:
    """Reports of which somebody still has nothing at the tenant's latest time."""
    waiting: dict[tuple[str, str, object], list[Delivery]] = defaultdict(list)
    for row in rows:
        tenant = tenants.get(row.key.tenant)
        if tenant and row.promised and deadline(tenant, row.due) < now < row.due + _RECENT:
            waiting[row.key.tenant, row.key.report, row.key.period].append(row)
    for (name, report, period), missing in waiting.items():
        everybody = [
            row
            for row in record.of_tenant(name)
            if (row.key.report, row.key.period) == (report, period)
            and row.state is not State.SKIPPED
        ]
        sent = sum(row.state is State.SENT for row in everybody)
        lines = [
            f"{row.key.recipient}: {row.state}, {row.reason or 'not tried'}" for row in missing
        ]
        yield Notice(
            kind="overdue",
            about=(f"overdue:{name}:{report}:{period}",),
            subject=(
                f"OVERDUE · {tenants[name].name} · {report} of {period}:"
                f" expected {len(everybody)}, sent {sent}"
            ),
            body=(
                f"The {report} of {tenants[name].name} as of {period} should have gone by now."
                f" Expected {len(everybody)}, sent {sent}. Without it so far:\n\n"
                f"{listing(lines)}\n\n"
                "What to do: `milepost status` says what stands in the way, `milepost doctor` if"
                " the mail server answers. Once it is mended, `milepost run` sends what is owed.\n"
            ),
            tenant=name,
        )
