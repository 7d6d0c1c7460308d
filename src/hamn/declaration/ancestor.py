"""What an existing `activate-mn` or `deactivate-mn` knows of its site, or a note with the call of one.

Source: xCAT's share/xcat/hamn/activate-mn and deactivate-mn. Sites edit the assignments at their top and
keep the flags (-i NIC -v ADDRESS -m NETMASK) in notes and wrappers.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from ipaddress import ip_address, ip_interface
from itertools import pairwise

from hamn.declaration.complaint import shown
from hamn.declaration.draft import Findings, FoundFilesystem

ASSIGNMENT = re.compile(
    r"""^[ \t]*(?:export[ \t]+)?([A-Za-z_]\w*)=("[^"\n]*"|'[^'\n]*'|[^\s;#&|]*)""", re.MULTILINE
)
CALL = re.compile(r"\b(?:de)?activate-mn[ \t]+(-[^\n;&|]*)")
FLAGS = {"-i": "NIC", "-v": "VIP", "-m": "MASK"}
ENGINES = {
    "postgresql": "postgresql",
    "pg": "postgresql",
    "mysql": "mysql",
    "mariadb": "mariadb",
    "sqlite": "sqlite",
}
NETMASK = "255.255.255.0"
"""The script's own default."""

OPTIONAL = {
    "USENTP": "USENTP: time servers run on both machines at all times; hamn leaves them alone",
    "CHANGEHOSTNAME": "CHANGEHOSTNAME: hamn leaves host names alone; let the virtual IP have a name of its own",
}


@dataclass(frozen=True, slots=True)
class Ancestor:
    """The script's settings: the first plain value of each variable, and the flags where it is called."""

    settings: Mapping[str, str]

    @property
    def mounts(self) -> tuple[str, ...]:
        """SHAREDFS and DBDIR, each once; a database below one of the others needs no mount of its own."""
        words = f"{self.settings.get('SHAREDFS', '')} {self.settings.get('DBDIR', '')}".split()
        return tuple(dict.fromkeys(word.rstrip("/") for word in words if re.fullmatch(r"/[^/].*", word)))


def read_ancestor(script: str) -> Ancestor:
    """Anything is a script; what it doesn't say plainly (`$OPTARG`, a command's output) is left out."""
    settings: dict[str, str] = {}
    for found in ASSIGNMENT.finditer(script):
        value = found[2].strip("\"'")
        if not re.search(r"[$`]", value):
            settings.setdefault(found[1], value)
    for call in CALL.finditer(script):
        for flag, value in _flags(call[1]):
            settings[FLAGS[flag]] = value
    return Ancestor(settings)


def learn(findings: Findings, ancestor: Ancestor) -> Findings:
    """The findings with what only the script says; what was seen on the machine itself is kept."""
    settings = ancestor.settings
    known = {filesystem.mount for filesystem in findings.filesystems}
    parallel = settings.get("USEMOUNT", "yes") == "no" or settings.get("USEUNMOUNT", "yes") == "no"
    filesystems = findings.filesystems + tuple(
        FoundFilesystem(mount) for mount in ancestor.mounts if mount not in known
    )
    notes = [note for name, note in OPTIONAL.items() if settings.get(name) == "yes"]
    if parallel:
        notes.append(
            'USEMOUNT=no: where both machines have a share mounted at all times, write access = "parallel"'
        )
    engine = settings.get("xcatdb", "").lower()
    if engine and engine not in ENGINES:
        notes.append(f"xcatdb: {shown(engine)} is not among the databases that hamn moves")
    stated = findings.stated
    if settings.get("RESTARTDNS") == "no" and findings.profile == "xcat":
        stated = (*stated, ("configuration.cluster", 'makes = ["hosts", "dhcp", "consoles"]', "RESTARTDNS=no"))
    stated += tuple(_hardware(settings))
    return replace(
        findings,
        virtual_ip=findings.virtual_ip or _address(settings),
        interface=findings.interface or settings.get("NIC", "").partition(":")[0],
        filesystems=filesystems,
        engine=findings.engine or ENGINES.get(engine, ""),
        data=findings.data or ("" if engine == "sqlite" else settings.get("DBDIR", "").rstrip("/")),
        stated=stated,
        notes=(*findings.notes, *notes),
    )


def _hardware(settings: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """What controls an IBM Power cluster's hardware: (resource, a line of it, why)."""
    if settings.get("USEDFM") == "yes":
        yield ("service.hdwr-svr", 'service = "hdwr_svr"', "USEDFM=yes")
        network = settings.get("POWER775", "yes")
        line = f"network_manager = {'true' if network == 'yes' else 'false'}"
        yield ("hardware_connections.dfm", line, f"USEDFM=yes, POWER775={network}")
    if settings.get("USETEAL") == "yes":
        yield ("service.teal", 'service = "teal"', "USETEAL=yes")


def _flags(words: str) -> Iterator[tuple[str, str]]:
    try:
        parts = shlex.split(words)
    except ValueError:  # a quote that the line doesn't close: prose
        parts = words.split()
    for flag, value in pairwise(parts):
        if flag in FLAGS and not re.search(r"^-|[$`<>]", value):
            yield flag, value


def _address(settings: Mapping[str, str]) -> str:
    """VIP and MASK as an address with its prefix length; empty when they aren't one."""
    try:
        address = ip_address(settings.get("VIP", ""))
        if address.version == 6:
            return ""  # the script knew IPv4 only; a prefix length can't be told
        return str(ip_interface(f"{address}/{settings.get('MASK') or NETMASK}"))
    except ValueError:
        return ""
