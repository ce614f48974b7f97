"""Deliveries: what is due goes out, from the daily run and from `milepost send`."""

import logging
from collections import Counter
from collections.abc import Sequence
from datetime import date

import dagster as dg

from pipeline.config.registry import Registry
from pipeline.config.tenant import Tenant
from pipeline.core.errors import MilepostError
from pipeline.defs.instance import private_results
from pipeline.defs.instance.private_results import masked
from pipeline.defs.published import published
from pipeline.defs.reports import materialization
from pipeline.defs.resources import MilepostResource
from pipeline.delivery.record.states import State
from pipeline.delivery.rendering import Render, renderer, slice_sent
from pipeline.delivery.send import DeliveryOutcome, send_due
from pipeline.reports.artifacts import Artifact
from pipeline.reports.selection import Selection
from pipeline.reports.workers.by_tenant import render_many
from pipeline.reports.workers.pool import kept_workers

log = logging.getLogger(__name__)

# Tenant, report, as-of day, and the slice of it.
_Due = tuple[str, str, date, Selection]

# After a real run `queued` means that the attempt failed, on a full disk for example.
UNSETTLED = frozenset({State.QUEUED, State.HELD, State.UNCERTAIN, State.DEAD})


class DeliveriesConfig(dg.Config):
    """as_of: deliver what the schedules want for that day, instead of what is due by now."""

    as_of: str | None = None


class SendConfig(DeliveriesConfig):
    """to: a test copy to this address, which leaves the real recipients' record alone."""

    tenant: str | None = None
    report: str | None = None
    to: str | None = None
    dry_run: bool = False


@dg.asset(
    key=["deliveries"],
    group_name="delivery",
    deps=[published],
    description="Every report that is due, rendered and delivered once to each recipient.",
)
def deliveries(
    context: dg.AssetExecutionContext, config: DeliveriesConfig, milepost: MilepostResource
) -> dg.MaterializeResult:  # type: ignore[type-arg]
    outcomes = _send(context, milepost, SendConfig(as_of=config.as_of))
    return dg.MaterializeResult(metadata=_metadata(context.run_id, outcomes))


@dg.op
def send_reports(
    context: dg.OpExecutionContext, config: SendConfig, milepost: MilepostResource
) -> None:
    outcomes = _send(context, milepost, config)
    context.add_output_metadata(_metadata(context.run_id, outcomes, dry_run=config.dry_run))


@dg.job(name="send", description="Deliver what is due, or a test copy.")
def send_job() -> None:
    send_reports()


def _send(
    context: dg.OpExecutionContext | dg.AssetExecutionContext,
    milepost: MilepostResource,
    config: SendConfig,
) -> list[DeliveryOutcome]:
    registry, now = milepost.registry(), milepost.settings.now()
    render_or_find = renderer(milepost.workspace, registry, milepost.settings)
    ahead: dict[_Due, Sequence[Artifact]] = {}

    def render(
        tenant: Tenant, report: str, as_of: date, selection: Selection
    ) -> Sequence[Artifact]:
        # Once: the same again is made when it is asked for.
        made = ahead.pop((tenant.id, report, as_of, selection), None)
        artifacts = made or render_or_find(tenant, report, as_of, selection)
        context.log_event(materialization(tenant.id, report, artifacts))
        return artifacts

    def send(*, dry_run: bool) -> list[DeliveryOutcome]:
        return send_due(
            milepost.workspace,
            registry,
            now=now,
            render=render,
            tenant=config.tenant,
            report=config.report,
            as_of=date.fromisoformat(config.as_of) if config.as_of else None,
            to=config.to,
            dry_run=dry_run,
        )

    with kept_workers():
        if not config.dry_run and config.to is None:
            ahead.update(_render_ahead(milepost, registry, render_or_find, send(dry_run=True)))
        return send(dry_run=config.dry_run)


def _render_ahead(
    milepost: MilepostResource,
    registry: Registry,
    render: Render,
    foreseen: Sequence[DeliveryOutcome],
) -> dict[_Due, Sequence[Artifact]]:
    """What would be sent, made for as many tenants at once as there are workers: each slice that
    somebody gets, and the whole if somebody gets that.

    What fails is left out: sending asks for it again, and says so of each mail.
    """
    due: dict[str, set[tuple[str, date, Selection]]] = {}
    for one in foreseen:
        if one.state is State.QUEUED:
            part = slice_sent(registry.tenant(one.tenant), one.report, one.recipient)
            due.setdefault(one.tenant, set()).add((one.report, one.as_of, part))

    def of_tenant(tenant: str) -> dict[_Due, Sequence[Artifact]]:
        made: dict[_Due, Sequence[Artifact]] = {}
        for report, as_of, selection in sorted(due[tenant], key=repr):
            try:
                found = render(registry.tenant(tenant), report, as_of, selection)
            except (MilepostError, OSError):
                continue
            except Exception:
                # A mistake in a report stops no other tenant's mail, here as in sending.
                log.exception("%s of %s could not be rendered ahead", report, tenant)
                continue
            made[tenant, report, as_of, selection] = found
        return made

    ahead: dict[_Due, Sequence[Artifact]] = {}
    for _, made in render_many(due, of_tenant, workers=milepost.settings.workers):
        if isinstance(made, MilepostError):
            raise made
        ahead.update(made)
    return ahead


def _metadata(
    run_id: str, outcomes: Sequence[DeliveryOutcome], *, dry_run: bool = False
) -> dict[str, dg.MetadataValue]:
    """What the UI shows names no people; the command that ran this gets everything."""
    records = [
        {
            "tenant": outcome.tenant,
            "report": outcome.report,
            "as_of": outcome.as_of.isoformat(),
            "recipient": outcome.recipient,
            "state": outcome.state.value,
            "reason": outcome.reason,
        }
        for outcome in outcomes
    ]
    unsettled = 0 if dry_run else sum(one.state in UNSETTLED for one in outcomes)
    counts = Counter((one.tenant, one.report, one.state.value) for one in outcomes)
    table = [
        dg.TableRecord({"tenant": tenant, "report": report, "state": state, "mails": number})
        for (tenant, report, state), number in sorted(counts.items())
    ]
    whole = {"deliveries": records, "unsettled": unsettled}
    private_results.hand_over(run_id, whole)
    return {
        "unsettled": dg.MetadataValue.int(unsettled),
        "result": dg.MetadataValue.json(masked(whole)),
        **({"mails": dg.MetadataValue.table(table)} if table else {}),
    }
