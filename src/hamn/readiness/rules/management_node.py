"""The management node's own: files made of its tables, and what it proves itself with."""

from __future__ import annotations

from collections.abc import Iterator

from hamn.model.pair import Configuration, ServiceNodes
from hamn.readiness.evidence import Evidence
from hamn.readiness.rule import Finding, rule
from hamn.reports.report import Severity
from hamn.resources.configuration import generate_command, of_pair


def _generated(evidence: Evidence) -> Configuration | None:
    resources = (r for r in evidence.pair.resources if isinstance(r, Configuration))
    return next((resource for resource in resources if not resource.generate), None)


@rule("generated-files", Severity.WARNING, "hosts, DNS, DHCP and console files say what the tables do")
def generated_files(evidence: Evidence) -> Iterator[Finding]:
    """What the standby has on its disk is what it serves from in the first seconds. Requirement, "Bring up the New
    Primary Management Node", step 7; failure modes 21 and 24."""
    resource = _generated(evidence)
    if resource is None or evidence.active is None:
        return
    for side in evidence.sides:
        found = side.inventory.generated
        command = generate_command(evidence.pair, resource)
        if found is None:
            yield side.unknown("generated", f"whether {side.name}'s files match the tables")
        elif found.refused:
            yield side.problem(
                f"{side.name}'s files can't be made: {found.refused[0]}", f"on {side.name}: `{command}`"
            )
        elif found.differing:
            what = (
                f"{', '.join(found.differing)} on {side.name} {_differ(found.differing)} from what the tables say"
            )
            if side.name == evidence.active:  # its daemons would be told: that is for an operator to decide
                yield side.problem(what, f"on {side.name}: `{command}`")
            else:
                yield side.problem(what, f"`hamn check --fix`, or on {side.name}: `{command}`", (command,))
        else:
            yield side.ok(f"{side.name}'s files say what the tables do")


def _differ(paths: tuple[str, ...]) -> str:
    return "differs" if len(paths) == 1 else "differ"


@rule("certificates", Severity.WARNING, "the management node's certificates are good for another month")
def certificates(evidence: Evidence) -> Iterator[Finding]:
    """Nodes, consoles and the daemon's clients trust nothing else, by whatever name they know the role.
    Requirement, set-up of the standby (the certificates name both machines); failure mode 25."""
    if _generated(evidence) is None or evidence.active is None:
        return
    side = evidence.side(evidence.active)
    found = side.inventory.certificates
    if found is None:
        yield side.unknown("certificates", "whether the certificates are good")
    for wrong in found or ():
        command = " ".join(("hamn", "xcat", "init", *of_pair(evidence.pair)))
        yield side.problem(wrong, f"on {side.name}: `{command}`")
    if found == ():
        yield side.ok("certificates name both machines and the virtual IP, and last")


@rule("service-nodes-answer", Severity.WARNING, "service nodes let the active machine in")
def service_nodes_answer(evidence: Evidence) -> Iterator[Finding]:
    """One that doesn't is named by each move and left as it is: its xcatd goes on without a database. Requirement,
    "Take down the Current Primary Management Node", the note of step 2."""
    nodes = [r for r in evidence.pair.resources if isinstance(r, ServiceNodes)]
    if evidence.active is None:
        return
    side = evidence.side(evidence.active)
    for resource in nodes:
        tried = side.inventory.service_nodes.get(resource.id)
        if tried is None:
            yield side.unknown(f"nodes.{resource.id}", f"whether {resource.id} answer")
        elif tried.works:
            yield side.ok(f"{resource.id}: {side.name} gets in on all of them")
        else:
            hint = f"on {side.name}: `ssh NODE true` for each; take out of the tables, or of `nodes`, what is gone"
            yield side.problem(f"{resource.id}: {tried.said}", hint)


RULES = (generated_files, certificates, service_nodes_answer)
