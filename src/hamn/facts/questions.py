"""The questions that `status` and every plan need of one machine, and how their answers are heard."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hamn.facts.facts import MachineFacts, Operation, remembered_path
from hamn.local.read import WAITS
from hamn.model.command import Answer, Command
from hamn.model.owner import OWNER_FILE, OwnerRecord
from hamn.model.pair import Database, Exports, Hook, Pair, Service
from hamn.model.step import Check
from hamn.platforms.answers import System, Unit
from hamn.platforms.platform import Platform

ESSENTIAL = ("boot", "mounts", "addresses")
"""Questions without whose answers nothing can be said of a machine."""


def service_names(pair: Pair, platform: Platform) -> tuple[str, ...]:
    """Every service of the role, by its name on that platform."""
    names: list[str] = []
    for resource in pair.resources:
        if isinstance(resource, Service):
            names.append(platform.service(resource.service))
        elif isinstance(resource, Database) and resource.engine != "sqlite":
            names.append(platform.service(resource.service or resource.engine))
        elif isinstance(resource, Exports):
            names.append(platform.service("nfs"))
    return tuple(dict.fromkeys(names))


def owner_path(pair: Pair) -> str:
    """Where the owner record is. A pair without a filesystem keeps it with each machine's own state."""
    filesystem = pair.owner_filesystem
    return f"{filesystem.mount}/{OWNER_FILE}" if filesystem else f"{pair.state}/record.json"


def read_record(pair: Pair) -> Command:
    return Command(("hamn-local", "read", owner_path(pair)), timeout_s=5)


@dataclass(frozen=True, slots=True)
class Questions:
    """What to ask one machine, all at once."""

    pair: Pair
    machine: str
    platform: Platform

    @property
    def _services(self) -> tuple[str, ...]:
        return service_names(self.pair, self.platform)

    def commands(self) -> dict[str, Command]:
        """By name; `hear` takes the answers under the same names."""
        pair, platform = self.pair, self.platform
        ask = {
            "boot": platform.ask_boot_id(),
            "addresses": platform.ask_addresses(),
            "mounts": platform.ask_mounts(),
            "operations": Command(("hamn-local", "operations", pair.state, "--lock", pair.name), timeout_s=5),
            "owner": read_record(pair),
            "remembered": Command(("cat", remembered_path(pair)), timeout_s=5),
            "fingerprint": platform.fingerprint(pair.source or "/etc/hamn/pair.toml"),
        }
        for number, command in enumerate(platform.init.ask(self._services) if self._services else ()):
            ask[f"units.{number}"] = command
        kinds = {resource.kind for resource in pair.resources}
        if "volume_group" in kinds:
            ask["groups"] = platform.ask_groups()
            if (mapped := platform.ask_mapped()) is not None:
                ask["mapped"] = mapped
        if "exports" in kinds:
            ask["exports"] = platform.exports_listed(wanted=True).command
        for id_, check in self._checks().items():
            ask[id_] = check.command
        return ask

    def _checks(self) -> dict[str, Check]:
        checks: dict[str, Check] = {}
        for resource in self.pair.resources:
            if isinstance(resource, Database) and resource.engine != "sqlite":
                checks[resource.id] = self.platform.database_answers(resource.engine, patience_s=0)
            elif isinstance(resource, Hook) and resource.check:
                checks[resource.id] = hook_check(resource)
        return checks

    def hear(self, answers: Mapping[str, Answer], system: System | None, version: str) -> MachineFacts:
        """Never raises: an answer that can't be read is a fact not known."""
        pair, platform = self.pair, self.platform
        mounts = platform.hear_mounts(answers["mounts"]) if answers["mounts"].ok else None
        addresses = platform.hear_addresses(answers["addresses"]) if answers["addresses"].ok else None
        services = self._services
        units: dict[str, Unit] = {}
        if services:
            asked = [answers[name] for name in answers if name.startswith("units.")]
            units = platform.init.hear(services, asked)
        filesystem = pair.owner_filesystem
        owner, trouble = None, ""
        if filesystem is None or (mounts and any(mount.target == filesystem.mount for mount in mounts)):
            owner, trouble = _record(answers["owner"], owner_path(pair))
        remembered, _ = _record(answers["remembered"], remembered_path(pair))
        checks = self._checks()
        held = {id_: check.holds(answers[id_]) for id_, check in checks.items()}
        return MachineFacts(
            name=self.machine,
            answers=True,
            platform=platform,
            system=system,
            boot_id=platform.hear_boot_id(answers["boot"]),
            blind=next((answers[name].complaint for name in ESSENTIAL if not answers[name].ok), ""),
            version=version,
            fingerprint=_first_word(answers["fingerprint"]),
            addresses=addresses,
            mounts=mounts,
            units=units,
            groups=platform.hear_groups(answers["groups"], answers.get("mapped")) if "groups" in answers else None,
            databases={id_: value for id_, value in held.items() if id_.startswith("database.")},
            hooks={id_: value for id_, value in held.items() if id_.startswith("hook.")},
            exporting=platform.exports_listed(wanted=True).holds(answers["exports"])
            if "exports" in answers
            else None,
            owner=owner,
            owner_trouble=trouble,
            disk_hangs=bool(trouble) and (answers["owner"].timed_out or WAITS in answers["owner"].stderr),
            remembered=remembered,
            operations=_operations(answers["operations"], self.machine),
            stuck=_stuck(answers["operations"]),
        )


def hook_check(hook: Hook) -> Check:
    """A hook's check speaks by its exit status: the pattern is over what `hamn-local status-of` prints."""
    return Check(Command(("hamn-local", "exit-status", *hook.check), timeout_s=hook.limit_s), r"^0$")


def _record(answer: Answer, path: str) -> tuple[OwnerRecord | None, str]:
    if answer.ok:
        try:
            return OwnerRecord.from_text(answer.stdout), ""
        except ValueError as error:
            return None, f"{path}: {error}"
    if answer.known and re.search("No such file", answer.stderr):
        return None, ""
    return None, f"{path}: {answer.complaint}"


def _first_word(answer: Answer) -> str:
    words = answer.stdout.split()
    return words[0] if answer.ok and words else ""


def _operations(answer: Answer, machine: str) -> tuple[Operation, ...]:
    try:
        return tuple(
            Operation(
                id=str(entry["id"]),
                verb=str(entry.get("verb", "")),
                goal=str(entry.get("goal", "")),
                machine=machine,
                user=str(entry.get("user", "")),
                begun=str(entry.get("begun", "")),
                active=entry.get("active"),
                only=entry.get("only"),
                epoch=int(entry.get("epoch") or 0),
                running=bool(entry.get("running")),
                open=bool(entry.get("open")),
                outcome=str(entry.get("outcome", "")),
                left=entry.get("left"),
                declaration=str(entry.get("declaration", "")),
                named=tuple(map(str, entry.get("named", ()))),
            )
            for entry in _summaries(answer)
        )
    except (ValueError, KeyError, TypeError):
        return ()


def _stuck(answer: Answer) -> str:
    return ", ".join(str(entry["stuck"]) for entry in _summaries(answer) if entry.get("stuck"))


def _summaries(answer: Answer) -> list[dict[str, Any]]:
    """None where the answer can't be read."""
    try:
        found = json.loads(answer.stdout) if answer.ok else []
    except ValueError:
        return []
    return [entry for entry in found if isinstance(entry, dict)] if isinstance(found, list) else []
