"""Which keys each table of the declaration may have, and the tables as values of the model.

Every key is read for itself: one that is wrong hides nothing of what stands beside it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import MISSING, dataclass, field, fields
from typing import Any, get_args

from hamn.declaration import words
from hamn.declaration.complaint import Complaint, Key, Wrong, nearest, shown, wrong
from hamn.declaration.words import Reader
from hamn.model.backup import Retention
from hamn.model.pair import (
    Configuration,
    Database,
    Exports,
    FenceDevice,
    Filesystem,
    HardwareConnections,
    Hook,
    Machine,
    Resource,
    Service,
    ServiceNodes,
    VirtualIp,
    VolumeGroup,
)
from hamn.model.sync import FileList, Sync

argv = words.listing(words.text, least=1)
paths = words.listing(words.path)
ids = words.listing(
    words.matching(
        re.compile(r"[a-z_]+\.[a-z0-9-]+"), "bad-id", 'a resource as KIND.NAME, like "filesystem.install"'
    )
)

KINDS: Mapping[str, tuple[type[Resource], Mapping[str, Reader]]] = {
    "virtual_ip": (
        VirtualIp,
        {"address": words.virtual_address, "interface": words.interfaces, "hostname": words.host},
    ),
    "filesystem": (
        Filesystem,
        {
            "source": words.word,
            "mount": words.path,
            "type": words.choice("ext4", "ext3", "xfs", "btrfs", "jfs2", "nfs", "nfs4", "cifs", "smb3"),
            "options": words.options,
            "access": words.choice("exclusive", "parallel"),
            "directories": paths,
            "killable": words.listing(words.word),
            "redundant": words.truth,
        },
    ),
    "volume_group": (VolumeGroup, {"group": words.word}),
    "database": (
        Database,
        {
            "engine": words.choice("sqlite", "mariadb", "mysql", "postgresql"),
            "data": words.path,
            "service": words.word,
            "port": words.port,
            "start_limit_s": words.seconds,
            "stop_limit_s": words.seconds,
            "on_network_filesystem": words.truth,
        },
    ),
    "service": (
        Service,
        {
            "service": words.word,
            "probe": words.probe,
            "start_limit_s": words.seconds,
            "stop_limit_s": words.seconds,
        },
    ),
    "exports": (Exports, {"restart_server": words.truth}),
    "configuration": (
        Configuration,
        {
            "generate": argv,
            "makes": words.listing(words.choice("hosts", "dns", "dhcp", "consoles"), least=1),
            "limit_s": words.seconds,
        },
    ),
    "hook": (
        Hook,
        {"start": argv, "stop": argv, "check": words.listing(words.text), "limit_s": words.seconds},
    ),
    "service_nodes": (
        ServiceNodes,
        {"nodes": words.listing(words.host), "stop": argv, "start": argv, "limit_s": words.seconds},
    ),
    "hardware_connections": (
        HardwareConnections,
        {"objects": words.word, "network_manager": words.truth, "limit_s": words.seconds},
    ),
}
EVERY_KIND: Mapping[str, Reader] = {"needs": ids, "after": ids, "enabled": words.truth}

PAIR: Mapping[str, Reader] = {"name": words.name, "profile": words.name, "state": words.path}
globs = words.listing(words.path)
SYNC: Mapping[str, Reader] = {
    "files": words.listing(words.synced),
    "lists": words.listing(words.choice(*get_args(FileList))),
    "exclude": globs,
    "own": globs,
    "after": words.commands,
    "keep": words.whole(1, 1000),
}
BACKUP: Mapping[str, Reader] = {"directory": words.path, "keep": words.whole(1, 1000), "at": words.time_of_day}
SECTIONS = ("pair", "machine", *KINDS, "sync", "backup")

AGENT = re.compile(r"fence_[A-Za-z0-9_]+|/\S+")
OPTION = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
SECRET = re.compile(r"(?:.*_)?(?:passwd|password|passphrase|secret|token)|pass")


@dataclass(slots=True)
class Declared:
    """What could be read, whatever else was wrong. Machines keep their place in the file."""

    pair: dict[str, Any] = field(default_factory=dict)
    machines: dict[int, Machine] = field(default_factory=dict)
    resources: list[Resource] = field(default_factory=list)
    sync: Sync = field(default_factory=Sync)
    backup: Retention = field(default_factory=Retention)
    stated: set[str] = field(default_factory=set)
    """Resources whose `needs` the operator or the profile wrote: nothing is guessed for these."""
    complaints: list[Complaint] = field(default_factory=list)


def read_tables(document: Mapping[str, Any]) -> Declared:
    found = Declared()
    for section in document:
        if section not in SECTIONS:
            found.complaints.append(_unknown(section, SECTIONS))
    found.pair = _section(document, "pair", PAIR, ("name",), found)
    found.sync = Sync(**_section(document, "sync", SYNC, (), found))
    found.backup = Retention(**_section(document, "backup", BACKUP, (), found))
    _read_machines(document.get("machine", []), found)
    for kind in KINDS:
        _read_kind(kind, document.get(kind, {}), found)
    return found


def read_keys(
    table: Mapping[str, Any], readers: Mapping[str, Reader], required: Iterable[str] = ()
) -> tuple[dict[str, Any], list[Complaint]]:
    """The keys that can be read, and a complaint for each one that can't, is unknown or is missing."""
    values: dict[str, Any] = {}
    complaints = []
    for key, value in table.items():
        if key not in readers:
            complaints.append(_unknown(key, readers))
            continue
        try:
            values[key] = readers[key](value)
        except Wrong as found:
            complaints += found.below(key)
    complaints += [
        Complaint("missing-key", "is missing", f'write "{key} = ..."', (key,))
        for key in required
        if key not in table
    ]
    return values, complaints


def fence(value: object) -> FenceDevice:
    """The agent, where its password is, and options in the agent's own words."""
    if not isinstance(value, dict):
        raise wrong("wrong-type", value, 'a table, as in { agent = "fence_ipmilan", ip = "10.78.0.11" }')
    values: dict[str, str] = {}
    complaints = []
    for key, content in value.items():
        try:
            values[key] = _fence_value(key, content)
        except Wrong as found:
            complaints += found.below(key)
    if "agent" not in value:
        complaints.append(Complaint("missing-key", "is missing", 'write agent = "fence_..."', ("agent",)))
    if complaints:
        raise Wrong(complaints)
    agent, password_file = values.pop("agent"), values.pop("password_file", None)
    return FenceDevice(agent, tuple(values.items()), password_file)


MACHINE: Mapping[str, Reader] = {
    "name": words.name,
    "address": words.host,
    "user": words.user,
    "port": words.port,
    "family": words.choice("debian", "redhat", "suse", "aix"),
    "init": words.choice("systemd", "sysv", "src"),
    "fence": fence,
}


def _fence_value(key: str, value: object) -> str:
    if key == "agent":
        agent = words.matching(
            AGENT, "bad-agent", "a fence agent's name, like fence_ipmilan, or its absolute path"
        )
        return str(agent(value))
    if key == "password_file":
        return words.path(value)
    if SECRET.fullmatch(key.lower()):
        hint = 'write the secret into a file of root\'s, mode 0600, and password_file = "/..." here'
        raise Wrong([Complaint("secret-inline", "secrets only by file (password_file)", hint)])
    if key == "action":
        raise Wrong([Complaint("not-allowed", "what the agent is to do is hamn's to say", "remove the key")])
    if OPTION.fullmatch(key) is None:
        raise Wrong([Complaint("bad-name", "is no name of a fence agent's option")])
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, int) and abs(value) < 2**63:
        return str(value)
    return words.text(value)


def _section(
    document: Mapping[str, Any],
    section: str,
    readers: Mapping[str, Reader],
    required: Iterable[str],
    found: Declared,
) -> dict[str, Any]:
    table = document.get(section, {})
    if not isinstance(table, dict):
        found.complaints.append(_wrong_section(section, table, f"a table [{section}]"))
        return {}
    values, complaints = read_keys(table, readers, required)
    found.complaints += [complaint.below(section) for complaint in complaints]
    return values


def _read_machines(tables: object, found: Declared) -> None:
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        found.complaints.append(_wrong_section("machine", tables, "two tables [[machine]]", "double the brackets"))
        return
    if len(tables) != 2:
        key: Key = ("machine", 2) if len(tables) > 2 else ("machine",)
        says = f"found {len(tables)} tables [[machine]]; allowed: exactly two"
        hint = "a pair has two machines" if len(tables) > 2 else "write a table [[machine]] for each of the two"
        found.complaints.append(Complaint("machine-count", says, hint, key))
    for index, table in enumerate(tables):
        values, complaints = read_keys(table, MACHINE, _required(Machine))
        found.complaints += [complaint.below("machine", index) for complaint in complaints]
        if _whole(values, Machine):
            found.machines[index] = Machine(**values)


def _read_kind(kind: str, tables: object, found: Declared) -> None:
    hint = f"write [{kind}.NAME]"
    if not isinstance(tables, dict) or (tables and not any(isinstance(table, dict) for table in tables.values())):
        found.complaints.append(_wrong_section(kind, tables, f"a table with a name, [{kind}.NAME]", hint))
        return
    for name, table in tables.items():
        if not isinstance(table, dict):
            error = wrong("wrong-type", table, f"a table [{kind}.NAME]", nearest(name, KINDS[kind][1]) or hint)
            found.complaints += error.below(kind, name)
        elif table.get("enabled") is not False:
            _read_resource(kind, name, table, found)


def _read_resource(kind: str, name: str, table: Mapping[str, Any], found: Declared) -> None:
    model, own = KINDS[kind]
    # what a resource is called is often what it is: the daemon, the volume group
    defaults = {key: name for key in ("service", "group") if key in _required(model)}
    required = [key for key in _required(model) if key not in defaults]
    values, complaints = read_keys(table, {**own, **EVERY_KIND}, required)
    try:
        words.name(name)
    except Wrong as error:
        complaints += error.complaints
    if kind == "virtual_ip" and "interface" in values:
        complaints += _on_both(values, found.machines)
    found.complaints += [complaint.below(kind, name) for complaint in complaints]
    values.pop("enabled", None)
    values = {"name": name, **{k: v for k, v in defaults.items() if k not in table}, **values}
    if _whole(values, model):
        found.resources.append(model(**values))
    if "needs" in table:
        found.stated.add(f"{kind}.{name}")


def _on_both(values: dict[str, Any], machines: Mapping[int, Machine]) -> list[Complaint]:
    """Make `interface` a name for each machine; complain of a table that names others, or one only."""
    names = [machine.name for machine in machines.values()]
    interface = values["interface"]
    if isinstance(interface, str):
        values["interface"] = dict.fromkeys(names, interface)
        return []
    if len(names) != 2:
        return []  # another complaint says why
    allowed = f"the two machines, {names[0]} and {names[1]}"
    complaints = [
        Complaint(
            "unknown-machine", f"no such machine; allowed: {allowed}", nearest(name, names), ("interface", name)
        )
        for name in interface
        if name not in names
    ]
    complaints += [
        Complaint("missing-key", f"no interface for {name}; allowed: {allowed}", "name both", ("interface",))
        for name in names
        if name not in interface
    ]
    return complaints


def _required(model: type[Resource | Machine]) -> list[str]:
    return [
        own.name
        for own in fields(model)
        if own.default is MISSING and own.default_factory is MISSING and (own.name != "name" or model is Machine)
    ]


def _whole(values: Mapping[str, Any], model: type[Resource | Machine]) -> bool:
    return all(key in values for key in _required(model))


def _unknown(key: str, known: Collection[str]) -> Complaint:
    hint = nearest(key, known)
    says = "unknown key" if hint else f"unknown key; allowed: {', '.join(known)}"
    return Complaint("unknown-key", says, hint, (key,))


def _wrong_section(section: str, value: object, allowed: str, hint: str = "") -> Complaint:
    return Complaint("wrong-type", f"found {shown(value)}; allowed: {allowed}", hint, (section,))
