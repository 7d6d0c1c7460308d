"""What the text of an answer says. Nothing here raises: text that means nothing gives nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

from hamn.local.network_files import sets
from hamn.local.paths import Behind
from hamn.platforms.answers import Line, Unit
from hamn.readiness.inventory import Backup, Generated, Owned, Space


def first_line(text: str) -> str:
    return next((line.strip() for line in text.splitlines() if line.strip()), "")


def _fields(text: str) -> list[list[str]]:
    """Words of each line; comments and empty lines left out."""
    lines = (line.partition("#")[0].split() for line in text.splitlines())
    return [words for words in lines if words]


def generated(text: str) -> Generated | None:
    """`hamn xcat generate --compare --json`."""
    try:
        document = json.loads(text)
        return Generated(tuple(map(str, document["differing"])), tuple(map(str, document["refused"])))
    except (ValueError, KeyError, TypeError):
        return None


def backups(text: str) -> tuple[Backup, ...] | None:
    """`hamn-local backups`."""
    try:
        return tuple(
            Backup(str(each["name"]), float(each["age_s"]), tuple(map(str, each["databases"])))
            for each in json.loads(text)
        )
    except (ValueError, KeyError, TypeError):
        return None


def certificates(text: str) -> tuple[str, ...] | None:
    """`hamn xcat init --check --json`."""
    try:
        return tuple(str(each) for each in json.loads(text)["wrong"])
    except (ValueError, KeyError, TypeError):
        return None


def probe(text: str) -> tuple[str, ...] | None:
    """`hamn-local probe-address`: "free", or "taken MAC" for each who answers."""
    macs = tuple(m.lower() for m in re.findall(r"^taken (\S+)", text, re.MULTILINE))
    return macs if macs or re.search(r"^free\b", text, re.MULTILINE) else None


def behind(text: str) -> Behind | None:
    """`hamn-local paths`."""
    match text.split():
        case [kind, ways, running, name] if ways.isdecimal() and running.isdecimal():
            return Behind(kind, int(ways), int(running), name)
    return None


def hardware(text: str) -> dict[str, int]:
    """`hamn-local hardware`."""
    return {words[0]: int(words[1]) for words in _fields(text) if len(words) == 2 and words[1].isdecimal()}


def nameservers(text: str) -> tuple[str, ...]:
    """resolv.conf(5)."""
    return tuple(words[1] for words in _fields(text) if words[0] == "nameserver" and len(words) > 1)


def persistent(text: str, addresses: Sequence[str]) -> tuple[Line, ...]:
    """grep's FILE:NUMBER:LINE, of those that give an interface the address."""
    found: list[Line] = []
    for line in text.splitlines():
        match = re.match(r"(/[^:]+:\d+):(.*)", line)
        if match is not None and any(sets(match[2], address) for address in addresses):
            found.append(Line(match[1], match[2].strip()))
    return tuple(found)


def autofs(text: str, targets: Sequence[str]) -> tuple[Line, ...]:
    """autofs(5): a direct map's key, or a mount point of the master map, that is a path of the shared data."""
    return tuple(
        Line("autofs maps", " ".join(words)) for words in _fields(text) if words[0].rstrip("/") in targets
    )


def unit_name(path: str, kind: str) -> str:
    """systemd.unit(5), "String escaping for inclusion in unit names"."""
    inner = "/".join(part for part in path.split("/") if part)
    if not inner:
        return f"-.{kind}"
    escaped = re.sub(
        r"[^A-Za-z0-9:_./]", lambda match: "".join(f"\\x{byte:02x}" for byte in match[0].encode()), inner
    )
    if escaped.startswith("."):
        escaped = "\\x2e" + escaped[1:]
    return escaped.replace("/", "-") + f".{kind}"


def mount_units(text: str) -> tuple[Line, ...]:
    """`systemctl show`: mount and automount units that a target brings up.

    What is mounted by hand has a unit too; no target wants it, and so it isn't one of these. An entry of
    fstab is reported from there.
    """
    found: list[Line] = []
    for block in re.split(r"\n\s*\n", text):
        said = dict(line.partition("=")[::2] for line in block.splitlines())
        wanted = f"{said.get('WantedBy', '')} {said.get('RequiredBy', '')}".split()
        targets = [name for name in wanted if name.endswith(".target") and name != "umount.target"]
        state = said.get("UnitFileState", "")
        if state.startswith("enabled") or (targets and state != "generated"):
            found.append(Line(said.get("Id", "?"), f"wanted by {', '.join(targets) or 'boot'}"))
    return tuple(found)


def owned(text: str) -> tuple[Owned, ...]:
    """`find -printf '%U %G %u %p'`; a name with a line feed in it gives no second file."""
    matches = re.finditer(r"^(\d+) (\d+) (\S+) (/.*)$", text, re.MULTILINE)
    return tuple(Owned(m[4], int(m[1]), int(m[2]), m[3]) for m in matches)


def running(units: Mapping[str, Unit]) -> str | None:
    """The first that runs; "" when all are known not to."""
    for name, unit in units.items():
        if unit.running:
            return name
    unknown = not units or all(unit.active == "unknown" and unit.enabled != "absent" for unit in units.values())
    return None if unknown else ""


def space(text: str) -> Space | None:
    """`df -Pk PATH PARENT …`: the first line is of the deepest path that is there."""
    for line in text.splitlines()[1:]:
        words = line.split()
        if len(words) >= 6 and words[3].isdigit():
            return Space(" ".join(words[5:]), int(words[3]) * 1024)
    return None


def fence_state(text: str) -> str:
    """What a fence agent's "status" says: "on", "off", or "" for neither."""
    match = re.search(r"^status:\s*(on|off)\b", text, re.IGNORECASE | re.MULTILINE)
    return match[1].lower() if match else ""
