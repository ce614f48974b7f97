"""Which files of one entity are to be read: new and changed ones, and those read by other rules.

A file is a repeated delivery if it has the content of its tenant's newest one, or is an earlier one
under another name; whatever else comes, the newest delivery counts. What is known of earlier ones
stands in the batches, each file's content and rules by its name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipeline.config.registry import Registry
from pipeline.contracts import Contract
from pipeline.landing.batches.batches import Batch, FileCounts
from pipeline.landing.reading.arrival_counts import ArrivalCounts
from pipeline.landing.reading.arrivals import of_file, reading_rules
from pipeline.landing.reading.seen_files import SeenFiles
from pipeline.landing.result import FileResult, Status
from pipeline.sources.files.inbox import Fingerprint, InboxFile
from pipeline.sources.refusals import LIBRARY_ERRORS, refusal


@dataclass(frozen=True)
class Fresh:
    """What to read, in the order in which it counts; results for what need not be.

    `copies` are to be remembered as read. `last_read` has the batch in which each file that is read
    again was read before.
    """

    arrivals: Sequence[ArrivalCounts]
    results: Sequence[FileResult]
    copies: Sequence[FileCounts]
    last_read: Mapping[str, str]


@dataclass(frozen=True)
class _Reading:
    """One earlier reading of a file, and its place among all of them."""

    counts: FileCounts
    batch_id: str
    place: int


def sort_out(
    contract: Contract,
    files: Sequence[InboxFile],
    registry: Registry,
    seen_files: SeenFiles,
    landed: Sequence[Batch],
) -> Fresh:
    """Look at every file, and read none."""
    earlier = _Earlier(landed)
    new: list[ArrivalCounts] = []
    again: list[tuple[int, ArrivalCounts]] = []
    results: list[FileResult] = []
    copies: list[FileCounts] = []
    for file in files:
        rules = reading_rules(file, registry)
        try:
            mark = seen_files.fingerprint(file)
            is_complete = seen_files.is_complete(file)
        except LIBRARY_ERRORS as error:
            results.append(_result(file, "refused", str(refusal(error, file.name))))
            continue
        before = earlier.of(file)
        if before is not None and before.counts.sha256 == mark.sha256:
            if before.counts.rules == rules:
                results.append(_known(file, before.counts))
                continue
            arrival = of_file(
                file, mark, registry, rules=rules, is_again=True, is_finished=is_complete
            )
            if not _is_refused(file, rules, seen_files, results):
                again.append((before.place, ArrivalCounts(arrival)))
            continue
        copied = earlier.content_of(file, mark, rules, seen_files)
        if copied is not None:
            results.append(_result(file, "known", f"has the content of {copied}"))
            copies.append(_copy(file, mark, rules, contract))
            continue
        if _is_refused(file, rules, seen_files, results):
            continue
        arrival = of_file(file, mark, registry, rules=rules, is_finished=is_complete)
        new.append(ArrivalCounts(arrival))
        earlier.note(file, mark, rules)
    again.sort(key=lambda each: each[0])
    return Fresh(
        [counted for _, counted in again] + new,
        results,
        copies,
        {counted.arrival.name: earlier.batch_of(counted.arrival.name) for _, counted in again},
    )


class _Earlier:
    """The newest reading of each file, and of each tenant's files the newest."""

    def __init__(self, landed: Sequence[Batch]) -> None:
        self._readings: dict[str, _Reading] = {}
        # By tenant: name, content and rules of the file that was delivered last.
        self._newest: dict[str, tuple[str, str, str]] = {}
        place = 0
        for batch in landed:
            for counts in batch.files:
                if counts.sha256:
                    place += 1
                    self._readings[counts.path] = _Reading(counts, batch.batch_id, place)
                    self._newest[counts.tenant] = (counts.path, counts.sha256, counts.rules)

    def of(self, file: InboxFile) -> _Reading | None:
        return self._readings.get(file.name)

    def batch_of(self, name: str) -> str:
        return self._readings[name].batch_id

    def content_of(
        self, file: InboxFile, mark: Fingerprint, rules: str, seen_files: SeenFiles
    ) -> str | None:
        """The name of the delivery that this one repeats."""
        name, sha256, by = self._newest.get(file.tenant, ("", "", ""))
        if (sha256, by) == (mark.sha256, rules) and name != file.name:
            return name
        former = seen_files.former_name(file, mark)
        before = self._readings.get(former) if former else None
        if before and before.counts.tenant == file.tenant and before.counts.rules == rules:
            return former
        return None

    def note(self, file: InboxFile, mark: Fingerprint, rules: str) -> None:
        self._newest[file.tenant] = (file.name, mark.sha256, rules)


def _is_refused(
    file: InboxFile, rules: str, seen_files: SeenFiles, results: list[FileResult]
) -> bool:
    """Whether it was refused before and nothing has changed since."""
    message = seen_files.refusal(file, rules)
    if message is not None:
        results.append(_result(file, "refused", message))
    return message is not None


def _result(file: InboxFile, status: Status, message: str) -> FileResult:
    return FileResult(file.tenant, file.entity, file.name, status, message)


def _known(file: InboxFile, counts: FileCounts) -> FileResult:
    is_bad, message = counts.is_all_quarantined, counts.says_if_bad
    name, entity = file.name, file.entity
    return FileResult(file.tenant, entity, name, "known", message, is_all_quarantined=is_bad)


def _copy(file: InboxFile, mark: Fingerprint, rules: str, contract: Contract) -> FileCounts:
    nothing = dict.fromkeys(
        ("read", "landed", "unchanged", "duplicates", "quarantined", "deleted"), "0.00"
    )
    return FileCounts(
        file.tenant,
        file.name,
        mark.sha256,
        file.source_name,
        *(0, 0, 0, 0, 0),
        sums=dict.fromkeys(contract.money, nothing),
        rules=rules,
    )
