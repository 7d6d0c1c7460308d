"""The two machines are the same in what the shared data depends on."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from hamn.model.pair import Database
from hamn.readiness.evidence import Evidence, Side
from hamn.readiness.rule import Finding, Verdict, rule
from hamn.readiness.rules.alike import alike
from hamn.reports.report import Severity

SIMILAR = 0.75
"""The weaker machine's share of the stronger one's, at least."""
XCAT_PACKAGES = ("xCAT", "xCAT-server", "xcat", "xcat-server")


def _both(evidence: Evidence, value: Callable[[Side], str | None]) -> tuple[str | None, str | None]:
    first, second = evidence.sides
    return value(first), value(second)


@rule("same-declaration", Severity.ERROR, "both machines have the same declaration")
def same_declaration(evidence: Evidence) -> Iterator[Finding]:
    """The surviving machine goes by its own copy: an old one starts too little, or mounts the wrong disk.
    Failure mode 30."""
    source = evidence.pair.source or "/etc/hamn/pair.toml"
    hint = f"copy the right {source} to the other machine, byte for byte"
    lacking = [side for side in evidence.sides if side.seen.answers and not side.seen.fingerprint]
    for side in lacking:
        yield side.problem(f"{side.name} has no {source} that can be read", hint)
    if lacking:
        return

    def fingerprint(side: Side) -> str | None:
        return side.seen.fingerprint[:12] if side.seen.answers else None

    found = tuple(alike(evidence, "fingerprint", "declaration", _both(evidence, fingerprint), hint))
    yield from found
    ours = evidence.pair.fingerprint[:12]
    if ours and all(f.verdict is Verdict.OK for f in found) and fingerprint(evidence.sides[0]) != ours:
        yield Finding(Verdict.PROBLEM, "this check read another declaration than the machines have", hint=hint)


@rule("same-hamn", Severity.WARNING, "both machines have the same hamn")
def same_hamn(evidence: Evidence) -> Iterator[Finding]:
    """The two halves of a move are one program. A machine whose hamn can't be talked to doesn't answer at all;
    what differs and talks is an upgrade under way. Failure mode 25."""
    versions = _both(evidence, lambda side: (side.seen.version or None) if side.seen.answers else None)
    yield from alike(evidence, "version", "hamn", versions, "install the same version on both")


@rule("same-os", Severity.ERROR, "both machines run the same operating system")
def same_os(evidence: Evidence) -> Iterator[Finding]:
    """Requirement, "Configuration Requirements": operating system version, xCAT version and database version
    "be identical on the two management nodes"."""

    def name(side: Side) -> str | None:
        system = side.inventory.system
        return f"{system.name} {system.version}".strip() if system and system.name else None

    hint = "bring both to the same release: the standby first, then switch over, then the other"
    yield from alike(evidence, "system", "operating system", _both(evidence, name), hint)


@rule("same-kernel", Severity.WARNING, "both machines run the same kernel")
def same_kernel(evidence: Evidence) -> Iterator[Finding]:
    """Drift shows here first: a machine that was updated and not rebooted. Failure mode 25."""

    def kernel(side: Side) -> str | None:
        system = side.inventory.system
        return (system.kernel or None) if system else None

    hint = "update the older one and reboot it, while it is the standby"
    yield from alike(evidence, "system", "kernel", _both(evidence, kernel), hint)


@rule("similar-hardware", Severity.WARNING, "both machines have about as many processors and as much memory")
def similar_hardware(evidence: Evidence) -> Iterator[Finding]:
    """The weaker one serves as well, one day: "it is recommended that the hardware be similar". Requirement,
    "Configuration Requirements"."""
    first, second = evidence.sides
    for side in evidence.sides:
        if side.inventory.hardware is None:
            yield side.unknown("hardware", "processors and memory")
    one, two = first.inventory.hardware, second.inventory.hardware
    if one is None or two is None:
        return
    for what in sorted(one.keys() & two.keys()):
        least, most = sorted((one[what], two[what]))
        said = f"{what}: {_amount(what, one[what])} on {first.name}, {_amount(what, two[what])} on {second.name}"
        if least < SIMILAR * most:
            weaker = first if one[what] == least else second
            hint = f"{weaker.name} must carry all that the other one does: try it by a switchover"
            yield Finding(Verdict.PROBLEM, said, hint=hint)
        else:
            yield Finding(Verdict.OK, said)


def _amount(what: str, number: int) -> str:
    return f"{number / (1 << 30):.1f} GiB" if what == "memory" else str(number)


@rule("same-database-version", Severity.ERROR, "both machines have the same database program")
def same_database_version(evidence: Evidence) -> Iterator[Finding]:
    """The data directory is one, and a server of another version refuses it, or upgrades it with no way
    back. Requirement, "Configuration Requirements"; failure modes 24 and 25."""

    def version(database: Database) -> Callable[[Side], str | None]:
        return lambda side: side.inventory.databases.get(database.id) or None

    for database in evidence.pair.databases:
        hint = f"install the same {database.engine} on both"
        yield from alike(
            evidence, f"version.{database.id}", database.engine, _both(evidence, version(database)), hint
        )


@rule("same-xcat", Severity.ERROR, "both machines have the same xCAT, where there is one")
def same_xcat(evidence: Evidence) -> Iterator[Finding]:
    """Its tables are one copy, and xcatd changes them when it is of a newer version. Requirement,
    "Configuration Requirements"."""
    if evidence.pair.profile == "xcat":
        yield from _packages(evidence, "xCAT", "install the same xCAT on both", XCAT_PACKAGES)


@rule("same-packages", Severity.WARNING, "the role's packages are of the same versions on both machines")
def same_packages(evidence: Evidence) -> Iterator[Finding]:
    """A name server or DHCP server of another version may refuse a file that was made for the other one.
    Failure mode 25."""
    yield from _packages(evidence, "packages", "update the older ones", None)


def _packages(evidence: Evidence, what: str, hint: str, names: tuple[str, ...] | None) -> Iterator[Finding]:
    found = [side.inventory.packages for side in evidence.sides]
    missing = [side for side, packages in zip(evidence.sides, found, strict=True) if packages is None]
    for side in missing:
        yield side.unknown("packages", what)
    if missing:
        return
    first, second = (packages or {} for packages in found)
    chosen = names if names is not None else tuple(sorted((first.keys() | second.keys()) - {*XCAT_PACKAGES}))
    unlike = [name for name in chosen if first.get(name) != second.get(name)]
    for name in unlike:
        yield from alike(evidence, "packages", name, (first.get(name, ""), second.get(name, "")), hint)
    if not unlike:
        yield Finding(Verdict.OK, f"{what}: the same on both")


RULES = (
    same_declaration,
    same_hamn,
    same_os,
    same_kernel,
    similar_hardware,
    same_database_version,
    same_xcat,
    same_packages,
)
