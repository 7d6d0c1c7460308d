"""One past operation as its journal tells it: what was begun, what is known to have happened, what isn't."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any

Entry = Mapping[str, Any]

NOT_KNOWN = "not known"
AT_WORK = "at work"
JUMP_S = 2.0
"""Wall clock against the runner's monotonic one: what differs more was set, not counted."""


@dataclass(frozen=True, slots=True)
class PastStep:
    """`outcome` "not known": begun, and nothing says how it ended. `begun` "": only its end is recorded."""

    id: str
    machine: str
    command: str
    begun: str
    """UTC, ISO 8601, by the clock of the machine that ran hamn; as is `ended`."""
    after_s: float | None
    """From the operation's beginning, by the same clock."""
    ended: str = ""
    took_s: float | None = None
    outcome: str = NOT_KNOWN
    said: str = ""
    details: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Past:
    """The journal of one operation, in order.

    Invariant: nothing is inferred. A step's end that isn't in the journal is not known, whatever came after."""

    id: str
    journal: str
    """Whose disk it was read from."""
    entries: tuple[Entry, ...]
    torn: tuple[int, ...] = ()
    """Numbers of the lines that a power cut or a full disk broke off."""
    running: bool = False
    """Its hamn is alive and holds the machine's lock."""
    resumed_by: tuple[str, ...] = ()

    @classmethod
    def read(cls, id_: str, journal: str, text: str) -> Past:
        entries: list[Entry] = []
        torn: list[int] = []
        for number, line in enumerate(text.splitlines(), 1):
            entry = _entry(line)
            if entry is not None:
                entries.append(entry)
            elif line.strip():
                torn.append(number)
        return cls(id_, journal, tuple(entries), tuple(torn))

    @property
    def head(self) -> Entry:
        """What was written before anything was done; empty where that line itself is torn."""
        first = self.entries[0] if self.entries else {}
        return first if first.get("event") == "operation" else {}

    @property
    def end(self) -> Entry:
        return next((entry for entry in self.entries if entry.get("event") == "ended"), {})

    @property
    def closed_by(self) -> str:
        """The later operation that finished what this one left half done."""
        return next((str(entry.get("by", "")) for entry in self.entries if entry.get("event") == "closed"), "")

    @property
    def state(self) -> str:
        if self.running:
            return AT_WORK
        if not self.end:
            return "no end"
        return str(self.end.get("outcome", NOT_KNOWN)) + (", not finished" if self.end.get("open") else "")

    @property
    def steps(self) -> tuple[PastStep, ...]:
        return tuple(moment for moment in self._moments() if isinstance(moment, PastStep))

    @property
    def not_known(self) -> tuple[PastStep, ...]:
        """No end in the journal, or an end that says that nobody knows."""
        return tuple(step for step in self.steps if step.outcome in (NOT_KNOWN, AT_WORK, "unknown"))

    @property
    def skipped(self) -> tuple[Entry, ...]:
        return tuple(step for step in _list(self.end.get("skipped")) if isinstance(step, dict))

    @property
    def never_begun(self) -> tuple[str, ...]:
        """Of the plan it began with."""
        planned = map(str, _list(self.head.get("steps")))
        seen = {step.id for step in self.steps} | {str(step.get("id")) for step in self.skipped}
        return tuple(id_ for id_ in planned if id_ not in seen)

    def document(self) -> dict[str, Any]:
        keys = ("verb", "goal", "user", "from", "machine", "pid", "proof", "epoch", "declaration", "resumes")
        return {
            "schema": "hamn.operation/1",
            "id": self.id,
            "journal": self.journal,
            **{key: self.head.get(key) for key in keys},
            "begun": self.head.get("at"),
            "state": self.state,
            "outcome": self.end.get("outcome"),
            "seconds": self.end.get("seconds"),
            "active": self.end.get("active"),
            "messages": _list(self.end.get("messages")),
            "resumed_by": list(self.resumed_by),
            "closed_by": self.closed_by or None,
            "torn_lines": list(self.torn),
            "steps": [asdict(step) for step in self.steps],
            "not_known": [step.id for step in self.not_known],
            "never_begun": list(self.never_begun),
            "entries": list(self.entries),
        }

    def lines(self) -> list[str]:
        return [*self._heading(), "", *self._account(), "", *self._sum()]

    def _heading(self) -> Iterator[str]:
        head = self.head
        yield f"{head.get('verb', 'an operation')} {self.id}: {head.get('goal', 'its first line is torn')}"
        if not head:
            return
        seat = f", from {head['from']}" if head.get("from") else ""
        where = head.get("machine") or "outside the pair"
        who = f"{head.get('user')} on {where}{seat} (pid {head.get('pid')})"
        yield f"begun     {_utc(head.get('at'))} by {who}; proof: {head.get('proof')}"
        if head.get("resumes"):
            yield f"resumes   {head['resumes']}"
        yield from (f"resumed   by {later}" for later in self.resumed_by)
        facts = head.get("facts")
        for name, seen in facts.items() if isinstance(facts, dict) else ():
            yield f"seen      {name}: {_seen(seen)}"

    def _account(self) -> Iterator[str]:
        yield "UTC              after s    took s  what"
        for moment in self._moments():
            if isinstance(moment, str):
                yield moment
                continue
            at = _utc(moment.begun)[11:] or " " * 12
            took = f"{moment.took_s:8.3f}" if moment.took_s is not None else " " * 8
            after = f"{moment.after_s:+9.3f}" if moment.after_s is not None else " " * 9
            said = f": {moment.said}" if moment.said else ""
            yield f"{at}  {after}  {took}  {moment.id}  {moment.outcome}{said}"
            yield from (f"{'':35}{line}" for line in moment.details)
            yield f"{'':35}{moment.machine}# {moment.command}" if moment.command else f"{'':35}(no beginning)"

    def _sum(self) -> Iterator[str]:
        end = self.end
        for step in self.skipped:
            yield f"skipped: {step.get('id')}: {step.get('reason')}"
        if end:
            active = f"{end['active']} was active" if end.get("active") else "nobody was active"
            yield f"{self.state} after {end.get('seconds')} s, at {_utc(end.get('at'))}; {active}"
            yield from (f"  {message}" for message in _list(end.get("messages")))
        elif self.running:
            yield f"at work: its hamn holds the lock of {self.head.get('machine') or self.journal}"
        else:
            yield "no end is recorded: its hamn was ended, or its machine"
        if not self.running:
            yield from (f"not known: how {step.id} ended (begun {_utc(step.begun)})" for step in self.not_known)
        if self.torn:
            which = ", ".join(map(str, self.torn))
            yield (
                f"torn: line {which} of its journal: a step that it would have begun was not begun, "
                "one that it would have ended is not known"
            )
        if not end and self.never_begun:
            yield f"never begun, of its first plan: {', '.join(self.never_begun)}"
        if self.closed_by:
            yield f"finished by operation {self.closed_by}"

    def _moments(self) -> list[PastStep | str]:
        """Steps where they were begun, and what was noted between them, as it stands in the journal."""
        moments: list[PastStep | str] = []
        at_work: dict[str, int] = {}
        lost = AT_WORK if self.running else NOT_KNOWN
        last = self.head.get("at")
        for entry in self.entries[1:] if self.head else self.entries:
            event, id_ = entry.get("event"), str(entry.get("step", ""))
            back_s = _seconds(entry.get("at"), last)
            if back_s is not None and back_s > JUMP_S:
                moments.append(f"(the clock was set back, by {back_s:.0f} s at least)")
            last = entry.get("at", last)
            if event == "begin":
                at_work[id_] = len(moments)
                moments.append(replace(self._step(entry), outcome=lost))
            elif event == "end":
                place = at_work.pop(id_, None)
                begun = self._step({"step": id_}) if place is None else moments[place]
                assert isinstance(begun, PastStep)
                ended = _ended(begun, entry)
                if place is None:
                    moments.append(ended)
                else:
                    moments[place] = ended
                moments += _set_meanwhile(ended)
            elif event == "back-out":
                moments.append(f"{_utc(entry.get('at'))[11:]}  taken back: {entry.get('goal')}")
            elif event == "closed":
                moments.append(f"{_utc(entry.get('at'))[11:]}  finished by operation {entry.get('by')}")
            elif event != "ended":  # a newer hamn's
                moments.append(f"{_utc(entry.get('at'))[11:]}  {json.dumps(entry)}")
        return moments

    def _step(self, entry: Entry) -> PastStep:
        id_ = str(entry.get("step", ""))
        return PastStep(
            id=id_,
            machine=str(entry.get("machine") or id_.partition("/")[0]),
            command=str(entry.get("command", "")),
            begun=str(entry.get("at", "")),
            after_s=_seconds(self.head.get("at"), entry.get("at")),
        )


def _ended(step: PastStep, entry: Entry) -> PastStep:
    took = entry.get("took_s")
    return replace(
        step,
        ended=str(entry.get("at", "")),
        took_s=float(took) if isinstance(took, int | float) else None,
        outcome=str(entry.get("outcome", NOT_KNOWN)),
        said=str(entry.get("said", "")),
        details=tuple(map(str, _list(entry.get("details")))),
    )


def _set_meanwhile(step: PastStep) -> list[PastStep | str]:
    by_wall_s = _seconds(step.begun, step.ended)
    if by_wall_s is None or step.took_s is None or abs(by_wall_s - step.took_s) <= JUMP_S:
        return []
    return [f"(the clock was set while {step.id} ran, by {by_wall_s - step.took_s:+.0f} s)"]


def _entry(line: str) -> Entry | None:
    try:
        value = json.loads(line)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _time(text: object) -> datetime | None:
    try:
        return datetime.fromisoformat(str(text))
    except ValueError:
        return None


def _seconds(since: object, until: object) -> float | None:
    first, second = _time(since), _time(until)
    if first is None or second is None or (first.tzinfo is None) is not (second.tzinfo is None):
        return None
    return round((second - first).total_seconds(), 3)


def _utc(text: object) -> str:
    """ "2026-11-22 21:32:49.859"; what can't be read, as it stands."""
    found = _time(text)
    if found is None:
        return str(text or "")
    plain = found if found.tzinfo is None else found.astimezone(UTC).replace(tzinfo=None)
    return plain.isoformat(" ", "milliseconds")


def _list(value: object) -> list[Any]:
    """What a journal of another hamn, or of nobody's, has in the place of a list is no reason to show nothing."""
    return value if isinstance(value, list) else []


def _seen(seen: object) -> str:
    if not isinstance(seen, dict):
        return NOT_KNOWN
    if not seen.get("answers"):
        return f"no answer: {seen.get('why_not')}"
    told = [f"hamn {seen.get('version')}", f"boot {seen.get('boot_id')}"]
    for key, word in (("owner", "on the data"), ("remembered", "remembered")):
        record = _entry(str(seen.get(key) or "")) or {}
        if record:
            holder = record.get("machine") or f"nobody (given back by {record.get('released_by')})"
            told.append(f"{word}: {holder}, epoch {record.get('epoch')}")
    return "; ".join(told)
