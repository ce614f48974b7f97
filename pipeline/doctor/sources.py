"""The sources: whether each database answers, what its login may do, and what its tables lack.

Everything is tried as a refresh would do it, and nothing is written. What a table's rows look like
is compared in `tables`.
"""

from collections.abc import Iterator
from datetime import timedelta

from pipeline.config.source import DatabaseSource
from pipeline.contracts import CONTRACTS, Contract
from pipeline.core.errors import ConfigError
from pipeline.doctor.finding import Finding, Patient, failed, warning, well
from pipeline.doctor.tables import compare
from pipeline.landing.sidecars.file_states import unread_files
from pipeline.sources.databases.connect import connect
from pipeline.sources.databases.session import Lost, Session, Unreadable
from pipeline.sources.databases.table import plan
from pipeline.sources.files.inbox import find_files

# Overlap covers clocks that differ by minutes; more is for a person.
_SKEW = timedelta(minutes=2)


def examine(patient: Patient) -> Iterator[Finding]:
    yield from _inbox(patient)
    for name, source in patient.registry.databases().items():
        tenants = patient.registry.tenants_of(name)
        if not tenants:
            yield warning(name, "no tenant uses it", f"name {name} in a tenant's sources")
            continue
        try:
            with connect(name, source) as session:
                yield from _database(patient, name, source, session)
        except ConfigError as error:
            mend = f"export {source.url_env}=postgresql://user:password@host/database"
            yield failed(name, str(error), mend)
        except (Lost, Unreadable) as error:
            yield failed(name, str(error), "check address, login, network and firewall")


def _inbox(patient: Patient) -> Iterator[Finding]:
    files, misfits = find_files(patient.ws, patient.registry, CONTRACTS)
    for misfit in misfits:
        yield warning("inbox", f"{misfit.name} {misfit.message}", "rename or move it")
    names = {file.name for file in files}
    for each in unread_files(patient.ws):
        if each.file in names:
            state = {"refused": "is refused", "waiting": "waits"}.get(each.state, "landed no row")
            only = "; its tenant has no other data" if each.nothing_else else ""
            says = f"{each.file} {state} since {each.since}: {each.why}{only}"
            yield warning("inbox", says, each.to_do)
    tenants = len({file.tenant for file in files})
    yield well("inbox", f"{_count(len(files), 'file')} of {_count(tenants, 'tenant')}")


def _database(
    patient: Patient, name: str, source: DatabaseSource, session: Session
) -> Iterator[Finding]:
    yield well(name, f"answers, for {_count(len(patient.registry.tenants_of(name)), 'tenant')}")
    skew = abs(session.clock.now - patient.settings.now())
    if skew > _SKEW and patient.settings.now_override is None:
        yield warning(
            f"{name} clock",
            f"differs from this machine's by {skew.total_seconds():.0f} s",
            "set both by NTP; rows later than overlap_minutes would wait for the daily comparison",
        )
    if tables := session.may_write():
        yield warning(
            f"{name} login",
            f"can change data ({tables})",
            "use a login that may only SELECT; Milepost needs no more",
        )
    if source.timezone:
        yield well(f"{name} zone", f"timestamps without a zone are {source.timezone}")
    for contract in CONTRACTS.values():
        yield from _table(patient, name, source, session, contract)


def _table(
    patient: Patient, name: str, source: DatabaseSource, session: Session, contract: Contract
) -> Iterator[Finding]:
    table = source.table_of(contract.entity)
    if table is not None:
        check = f"{name} {contract.entity}"
        try:
            tenants = patient.registry.tenants_of(name)
            found = plan(session, name, source, contract, tenants)
        except Unreadable as error:
            yield failed(check, str(error).removeprefix(f"source {name}: "), _MEND)
            return
        if found is None:
            yield well(check, f"there is no {table}, and need not be")
            return
        mapped = {each for theirs in found.names.values() for each in theirs}
        names = mapped | {found.theirs(column) for column in contract.column_names}
        more = [column.name for column in found.columns if column.name not in names]
        more = [column for column in more if column != found.theirs("tenant_id")]
        if not found.changes:
            yield warning(
                check,
                f"{table} has neither updated_at nor created_at: it is read whole each time",
                "add updated_at with an index, or name the columns that play these parts",
            )
        extra = f"; kept as extra: {', '.join(more)}" if more else ""
        ignored = [column.name for column in session.columns(table) if column not in found.columns]
        extra += f"; not read: {', '.join(ignored)}" if ignored else ""
        yield well(check, f"{table} has what is needed{extra}")
        yield from compare(
            check, session, source, contract, found, patient.registry, patient.settings.now()
        )


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


_MEND = "see docs/source-contract.md; tables and columns of the source in sources.yaml rename them"
