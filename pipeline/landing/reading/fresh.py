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
    sorting = _Sorting(contract, registry, seen_files, landed)
    for file in files:
        sorting.look_at(file)
    return sorting.result()


class _Sorting:
    """What has been found of the files that were looked at."""

    def __init__(
        self,
        contract: Contract,
        registry: Registry,
        seen_files: SeenFiles,
        landed: Sequence[Batch],
    ) -> None:
        self._contract, self._registry, self._seen = contract, registry, seen_files
        self._earlier = _Earlier(landed)
        self._new: list[ArrivalCounts] = []
        self._again: list[tuple[int, ArrivalCounts]] = []
        self._results: list[FileResult] = []
        self._copies: list[FileCounts] = []

    def look_at(self, file: InboxFile) -> None:
        rules = reading_rules(file, self._registry)
        try:
            mark = self._seen.fingerprint(file)
        except LIBRARY_ERRORS as error:
            self._results.append(_result(file, "refused", str(refusal(error, file.name))))
            return
        before = self._earlier.of(file)
        if before is not None and before.counts.sha256 == mark.sha256:
            if before.counts.rules == rules:
                self._results.append(_known(file, before.counts))
            elif not self._is_refused(file, rules):
                again = self._arrival(file, mark, rules, is_again=True)
                self._again.append((before.place, again))
            return
        copied = self._earlier.content_of(file, mark, rules, self._seen)
        if copied is not None:
            self._results.append(_result(file, "known", f"has the content of {copied}"))
            self._copies.append(_copy(file, mark, rules, self._contract))
        elif not self._is_refused(file, rules):
            self._new.append(self._arrival(file, mark, rules))
            self._earlier.note(file, mark, rules)

    def result(self) -> Fresh:
        """Files that are read again come first, in the order in which they were read before."""
        again = [counted for _, counted in sorted(self._again, key=lambda each: each[0])]
        last_read = {
            counted.arrival.name: self._earlier.batch_of(counted.arrival.name) for counted in again
        }
        return Fresh(again + self._new, self._results, self._copies, last_read)

    def _arrival(
        self, file: InboxFile, mark: Fingerprint, rules: str, *, is_again: bool = False
    ) -> ArrivalCounts:
        is_complete = self._seen.is_complete(file)
        arrival = of_file(
            file, mark, self._registry, rules=rules, is_again=is_again, is_finished=is_complete
        )
        return ArrivalCounts(arrival)

    def _is_refused(self, file: InboxFile, rules: str) -> bool:
        """Whether it was refused before and nothing has changed since."""
        message = self._seen.refusal(file, rules)
        if message is not None:
            self._results.append(_result(file, "refused", message))
        return message is not None


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
