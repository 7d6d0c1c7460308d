"""What is wrong with rows, and what was refused, as a command says it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from hamn.reports.report import Report, Severity
from hamn.xcat.conversation import Answer
from hamn.xcat.generators.complaints import Complaint, Fault
from hamn.xcat.making.definitions import Definitions

_OF_NODES = ("nodelist.", "hosts.", "nics.", "mac.", "noderes.", "nodehm.")


def of_rows(
    definitions: Definitions, complaints: Iterable[Complaint], nodes: Collection[str] | None = None
) -> Iterator[Answer]:
    """About these nodes, all for None, and about the tables that are everybody's. An error's exit status is true,
    though everything else was made; that a node has no MAC address is no news."""
    asked = None if nodes is None else frozenset(nodes)
    for complaint in dict.fromkeys((*definitions.cluster.complaints, *complaints)):
        if asked is None or complaint.name in asked or not complaint.place.startswith(_OF_NODES):
            yield from of_row(complaint)
    for report in definitions.view.reports:
        yield refusal(report)


def of_row(complaint: Complaint) -> Iterator[Answer]:
    report = complaint.report
    if complaint.fault == Fault.NO_ADDRESS:
        name = complaint.name
        yield Answer("warning", f"The hostname {name} of node {name} could not be resolved.")
    elif report.severity == Severity.ERROR:
        yield refusal(report)
    elif report.severity == Severity.WARNING:
        yield Answer("warning", str(report))


def refusal(report: Report) -> Answer:
    return Answer("error", str(report), errorcode=1)
