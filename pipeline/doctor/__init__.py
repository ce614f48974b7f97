"""`milepost doctor`: what keeps this installation from working, and how to mend each thing.

An area is a module with one function that looks at its part and yields findings; `AREAS` lists
them in the order in which they are shown. A new area is a module and a line here.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pipeline.doctor import machine, mail, realty, sources
from pipeline.doctor.finding import Finding, Gravity, Patient

AREAS: Mapping[str, Callable[[Patient], Iterator[Finding]]] = {
    "machine": machine.examine,
    "sources": sources.examine,
    "realty": realty.examine,
    "mail": mail.examine,
}


def examine(patient: Patient) -> dict[str, Any]:
    """Every finding of every area, as rows; `state` is the worst of them."""
    rows = []
    states = [Gravity.OK]
    for area, look in AREAS.items():
        for finding in look(patient):
            states.append(finding.state)
            rows.append(
                {
                    "area": area,
                    "check": finding.check,
                    "state": finding.state.name.lower(),
                    "says": finding.says,
                    "mend": finding.mend,
                }
            )
    return {"workspace": str(patient.ws.root), "checks": rows, "state": max(states).name.lower()}
