"""`sync`: the other machine gets the owner's files, or is told what it lacks of them.

Works from either machine, for who sends is decided by who owns the shared data. Takes no machine's lock: a sync
must never stand in the way of an operator's failover. What keeps it from harm is looked at where it counts: the
receiver takes nothing from whoever isn't, or is no longer, the owner of the highest epoch that it knows of.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from hamn.facts.facts import Facts
from hamn.model.command import Answer, Command
from hamn.model.pair import Pair
from hamn.planning.drift import Drift, State
from hamn.planning.setup.keys import SSH
from hamn.ports import Shell
from hamn.reports.report import Exit, Report, Stop, error, warning
from hamn.verbs.listing import look
from hamn.verbs.status import status_of
from hamn.verbs.world import Connections, World, connections

ROUNDS = 3
"""What changes while it is fetched is fetched once more."""
RECEIVE_S = 900.0


@dataclass(slots=True)
class Done:
    """What came of it. `drift`: as it is afterwards, or as it was found where nothing was to be done."""

    drift: Drift
    epoch: int
    took_s: float = 0.0
    installed: dict[str, str] = field(default_factory=dict)
    """By path, where the earlier version is kept; "" where there was none."""
    failed: dict[str, str] = field(default_factory=dict)
    after: list[tuple[str, str]] = field(default_factory=list)
    """Command lines, and why each failed, if it did."""
    only_looked: bool = False

    @property
    def outcome(self) -> str:
        if self.only_looked:
            return "same" if self.drift.settled else "differs"
        if self.drift.settled and not self.failed:
            return "done"
        if self.failed or self.drift.of(State.BEHIND) or self.drift.owed:
            return "degraded" if self.installed else "failed"
        return "degraded" if self.installed else "refused"

    @property
    def exit(self) -> Exit:
        return {
            "same": Exit.DONE,
            "differs": Exit.FAILED,
            "done": Exit.DONE,
            "degraded": Exit.DEGRADED,
            "failed": Exit.FAILED,
            "refused": Exit.REFUSED,
        }[self.outcome]

    @property
    def messages(self) -> tuple[Report, ...]:
        told = [error("sync-refused", f"{f.path}: {f.why}", "", f.hint) for f in self.drift.of(State.REFUSED)]
        told += [error("sync-failed", f"{path}: {why}", self.drift.other) for path, why in self.failed.items()]
        for command, why in self.after:
            if why:
                hint = "mend it there: the next sync runs it again"
                told.append(warning("sync-after", f"`{command}` failed: {why}", self.drift.other, hint))
        return tuple(told)

    def document(self) -> dict[str, Any]:
        return {
            "schema": "hamn.sync/1",
            "outcome": self.outcome,
            "exit_status": int(self.exit),
            "from": self.drift.owner,
            "to": self.drift.other,
            "epoch": self.epoch,
            "seconds": round(self.took_s, 3),
            "lag_s": self.drift.lag_s,
            "files": [
                {"path": f.path, "state": str(f.state), "why": f.why, "hint": f.hint} for f in self.drift.files
            ],
            "installed": [{"path": path, "earlier": kept} for path, kept in self.installed.items()],
            "after": [{"command": command, "failed": why} for command, why in self.after],
            "messages": [report.document() for report in self.messages],
        }

    def lines(self) -> list[str]:
        found, to = self.drift, self.drift.other
        if self.only_looked:
            told = [f"{f.path}: {f.why}" for f in found.of(State.BEHIND)]
            told += [f"{f.path}: {f.why} (let be)" for f in found.of(State.EXTRA)]
            told += [f"{to} has still to run `{' '.join(argv)}`" for argv in found.owed]
            sum_ = f"{to} has {_count(found.of(State.SAME))} of {found.owner}'s as they are"
            behind = len(found.of(State.BEHIND))
            return [*told, sum_ + (f"; {behind} to be copied" if behind else "")]
        told = [path + (f"  (earlier: {to}:{kept})" if kept else "") for path, kept in self.installed.items()]
        told += [f"{to} ran `{command}`" for command, why in self.after if not why]
        what = f"{_count(self.installed)} copied" if self.installed else "nothing had to be copied"
        refused = len(found.of(State.REFUSED))
        kept_out = f", {refused} refused" if refused else ""
        return [
            *told,
            f"sync: {found.owner} to {to}, epoch {self.epoch}: {what}{kept_out} in {self.took_s:.1f} s",
        ]


def _count(files: Any) -> str:
    return "1 file" if len(files) == 1 else f"{len(files)} files"


async def sync(world: World, *, only_look: bool) -> Done:
    """Raises Stop where nobody's files are the right ones, or a machine doesn't answer."""
    began_s = world.clock.now_s()
    async with connections(world) as reached:
        facts = await reached.gather()
        owner, epoch = _owner(world.pair, facts)
        done = Done(await look(world.pair, reached, facts, owner), epoch, only_looked=only_look)
        for _ in range(0 if only_look else ROUNDS):
            if not (done.drift.of(State.BEHIND) or done.drift.owed or done.drift.untold):
                break
            await _send(world.pair, reached, done)
            done.drift = await look(world.pair, reached, facts, owner)
            if done.failed or any(why for _, why in done.after):
                break
        done.took_s = world.clock.now_s() - began_s
        return done


def _owner(pair: Pair, facts: Facts) -> tuple[str, int]:
    """Whose files are the right ones. Raises Stop."""
    seen = status_of(pair, facts)
    silent = [machine for machine in facts.machines.values() if not machine.answers]
    if silent:
        told = [error("no-answer", f"doesn't answer: {s.why_not}", s.name, s.hint) for s in silent]
        raise Stop(Exit.FAILED, told)
    record = facts[seen.active].owner if seen.active else None
    if record is None:
        why = f"{seen.headline}: it isn't known whose files are the right ones"
        raise Stop(Exit.REFUSED, [error("no-owner", why, hint="`hamn status` says what to do about that")])
    return str(seen.active), record.epoch


async def _send(pair: Pair, reached: Connections, done: Done) -> None:
    """One round. Raises Stop where the other machine takes nothing."""
    found = done.drift
    source, shell = pair.machine(found.owner), reached.shells[found.other]
    sent = {file.path: file.order() for file in found.of(State.BEHIND)}
    if any("/.ssh/id" in path for path in sent):
        await _let_in(pair, reached, found.owner)
    order = {
        "from": found.owner,
        "epoch": done.epoch,
        "keep": pair.sync.keep,
        "after": [[after.files, after.run] for after in pair.sync.after],
        "files": sent,
        "same": dict(found.untold),
    }
    address = f"[{source.address}]" if ":" in source.address else source.address
    words = ("receive", pair.state, f"{source.user}@{address}:/", "--rsh", f"{SSH} -p {source.port}")
    command = Command(("hamn-local", *words), timeout_s=RECEIVE_S, stdin=json.dumps(order), changes=True)
    answer = await shell.run(command)
    _hear(done, answer)


def _hear(done: Done, answer: Answer) -> None:
    other = done.drift.other
    if answer.exit_status == int(Exit.REFUSED):
        raise Stop(Exit.REFUSED, [error("not-owner", answer.complaint, other, "`hamn status` says who owns")])
    try:
        said = json.loads(answer.stdout) if answer.ok else None
    except ValueError:
        said = None
    if said is None:
        hint = f"it needs rsync on both, and ssh from {other} to {done.drift.owner}: `hamn check` tells"
        raise Stop(Exit.FAILED, [error("receive", f"nothing was received: {answer.complaint}", other, hint)])
    done.installed |= said["installed"]
    done.failed = said["failed"]
    done.after = [(" ".join(argv), why) for argv, why in said["after"]]


async def _let_in(pair: Pair, reached: Connections, owner: str) -> None:
    """The other machine is about to have the owner's key, and must go on to be let in there. Raises Stop.

    The other way round ("add the Primary's id_rsa.pub to the Standby's authorized_keys") set-up has
    seen to."""
    shell: Shell = reached.shells[owner]
    machine = pair.machine(owner)
    card = await shell.run(Command(("hamn-local", "card"), timeout_s=30))
    as_ = ",".join(dict.fromkeys((machine.name, machine.address)))
    words = ("hamn-local", "trust", "--as", as_)
    answer = await shell.run(Command(words, timeout_s=30, stdin=card.stdout, changes=True)) if card.ok else card
    if not answer.ok:
        why = f"its own key isn't among its authorized_keys, and can't be added: {answer.complaint}"
        raise Stop(Exit.FAILED, [error("keys", why, owner)])
