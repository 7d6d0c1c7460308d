"""The one planner: from where the role is now to where it should be.

Invariant: a step that takes something exclusive needs, in the graph, either the steps by which the other
machine gives that very thing back, or the steps that prove it out of action; where neither can be planned
there is a refusal and no plan. Everything else of the order comes from what resources need.

The requirement's order (chapter "Failover") is kept wherever a client or a disk could tell the
difference: daemons before exports before database before filesystem before volume group; the reverse on
the way up. What does not depend on each other runs side by side.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from ipaddress import IPv4Interface, IPv6Interface, ip_address

from hamn.facts.facts import Facts, Operation, remembered_path
from hamn.facts.questions import owner_path, read_record
from hamn.model.command import Command
from hamn.model.pair import FenceDevice, Machine, Pair
from hamn.model.step import Check, Phase, Plan, Step
from hamn.planning.goal import Answered, Fencing, Goal, Word
from hamn.planning.order import dependencies, in_order
from hamn.planning.refusal import refusals_of
from hamn.resources.kind import Site
from hamn.resources.kinds import hold, kind_of

OWNER = "owner"


def plan_move(pair: Pair, facts: Facts, goal: Goal, operation: str) -> Plan:
    """`operation` is written into the owner record; everything else depends on the facts alone."""
    refusals = tuple(refusals_of(pair, facts, goal))
    if refusals:
        return Plan(goal.verb, goal.text, refusals=refusals)
    return _Move(pair, facts, goal, operation).plan()


class _Move:
    """Collects the steps of one plan and ties them together."""

    def __init__(self, pair: Pair, facts: Facts, goal: Goal, operation: str) -> None:
        self.pair, self.facts, self.goal, self.operation = pair, facts, goal, operation
        self.below = dependencies(pair)
        self.resources = in_order(pair)
        self.target: Site | None = None
        self.giver: Site | None = None
        if goal.active is None:
            assert goal.only is not None
            self.giver = Site(pair, pair.machine(goal.only), facts)
        else:
            other = pair.other(goal.active)
            gives = facts[other.name].answers and isinstance(goal.proof, Answered)
            dead = isinstance(goal.proof, Fencing) or gives
            self.target = Site(
                pair, pair.machine(goal.active), facts, proven_dead=dead, other_gives=gives, strict=goal.strict
            )
            if gives:
                self.giver = Site(pair, other, facts)

    def plan(self) -> Plan:
        prepare = list(_doubts_first(self._prepare()))
        prove = list(self._prove())
        give = list(self._give())
        take = list(self._take(give, frozenset(step.id for step in prove)))
        settle = [step for step in take if step.phase is Phase.SETTLE]
        lacking = any(not step.is_skipped for step in settle)
        take = [step for step in take if step.phase is not Phase.SETTLE]
        settle += self._settle(take)
        if all(step.is_skipped for step in (*give, *take)):
            # The role is where it should be already. What nobody disturbed need not settle, unless somebody who
            # did was stopped before its end, or is at it: a back-out finds what can be seen as it was, and what
            # can't (service nodes, hardware connections) given back.
            prove = []
            if not lacking and not any(map(self._disturbed, self.facts.open_operations)):
                settle = []
            if self.target is None or all(hold(r, self.target.seen).enough for r in self.resources):
                prepare = []
        steps = tuple(_typed_order(_known_needs([*prepare, *prove, *give, *take, *settle])))
        return Plan(self.goal.verb, self.goal.text, steps, strict=self.goal.strict)

    def _disturbed(self, operation: Operation) -> bool:
        if operation.sets_up:
            return False
        return operation.id == self.operation or not operation.running

    # -- before anybody is disturbed

    def _prepare(self) -> Iterator[Step]:
        for resource in self.resources:
            if self.giver is not None and self.target is not None:
                yield from kind_of(resource).prepare_give(resource, self.giver)
            if self.target is not None:
                yield from kind_of(resource).prepare_take(resource, self.target)

    def _prove(self) -> Iterator[Step]:
        if self.target is None or not isinstance(self.goal.proof, Fencing):
            return
        dead = self.pair.other(self.target.name)
        assert dead.fence is not None
        resource = f"fence.{dead.name}"
        off = self.target.step(
            resource,
            "off",
            fence_command(dead.fence, "off"),
            f"{dead.name} must be out of action before anything of its is taken",
            phase=Phase.PROVE,
            check=Check(fence_command(dead.fence, "status"), r"(?i)^status:\s*off\b", patience_s=30),
        )
        yield off
        silent = self._silent(self.target, dead)
        yield self.target.step(
            resource,
            "silent",
            silent.command,
            f"a fence device can lie: {dead.name} must not answer any more",
            phase=Phase.PROVE,
            check=silent,
            needs=frozenset({off.id}),
        )
        for kind_steps in (kind_of(resource).prove(resource, self.target) for resource in self.resources):
            yield from (_with_needs(step, {off.id}) for step in kind_steps)

    def _silent(self, site: Site, dead: Machine) -> Check:
        """By ARP or neighbour discovery where both are on one subnet (a kernel answers these before any daemon
        does, and at once); else by its ssh port. A question that couldn't be asked is no silence."""
        for address in site.seen.addresses or ():
            if _is_on(dead.address, address.address):
                words = (address.interface, dead.address, "--count", "5", "--wait-ms", "100")
                return Check(site.platform.probe_address(*words), r"^free")
        port = ("hamn-local", "look", "tcp", dead.address, str(dead.port), "--within-s", "0")
        return Check(Command(port, timeout_s=5), r"^silent")

    # -- the hand-over

    def _give(self) -> Iterator[Step]:
        """The giver's steps, users first: a resource goes when all that need it have gone."""
        if self.giver is None:
            return
        site = self.giver
        given: dict[str, list[Step]] = {}
        filesystem = self.pair.owner_filesystem
        for resource in reversed(self.resources):
            steps = list(kind_of(resource).give(resource, site))
            # A database answers its clients until everything that stops beside it has stopped.
            last = resource.kind == "database"
            users = [s.id for id_, done in given.items() if last or resource.id in self.below[id_] for s in done]
            steps = [_with_needs(step, users) for step in steps]
            if filesystem is not None and resource.id == filesystem.id:
                release = self._release(site, users)
                if release is not None:
                    steps = [release, *(_with_needs(step, [release.id]) for step in steps)]
            given[resource.id] = steps
            yield from steps
        everything = [s.id for done in given.values() for s in done]
        if filesystem is None:
            release = self._release(site, everything)
            if release is not None:
                yield release
        if self.target is None:
            yield from self._remember(site, everything)

    def _release(self, site: Site, needs: list[str]) -> Step | None:
        owner = site.seen.owner
        if owner is None or owner.machine != site.name:
            return None
        return site.step(
            OWNER,
            "release",
            Command(
                (
                    "hamn-local",
                    "release-ownership",
                    *("--machine", site.name, "--operation", self.operation),
                    *("--memory", remembered_path(self.pair), owner_path(self.pair)),
                ),
                timeout_s=10,
            ),
            f"{site.name} owns the data (epoch {owner.epoch}) and gives it back in order",
            check=Check(read_record(self.pair), '"machine": null'),
            needs=frozenset(needs),
        )

    def _remember(self, site: Site, needs: list[str]) -> Iterator[Step]:
        """A machine that comes back learns who holds the role now."""
        owner = site.other.owner
        if owner is None or owner.machine == site.name or owner == site.seen.remembered:
            return
        path = remembered_path(self.pair)
        yield site.step(
            OWNER,
            "remember",
            Command(("hamn-local", "put", path, "600"), timeout_s=10, stdin=owner.text()),
            f"{owner.machine or 'nobody'} holds the role since epoch {owner.epoch}",
            needs=frozenset(needs),
        )

    def _take(self, give: list[Step], proof: frozenset[str]) -> Iterator[Step]:
        """The target's steps, each after what it needs and after the same thing was given back."""
        if self.target is None:
            return
        site = self.target
        given: dict[str, list[str]] = {}
        for step in give:
            given.setdefault(step.resource, []).append(step.id)
        filesystem = self.pair.owner_filesystem
        owned = self._take_ownership(given.get(OWNER, []), proof)
        # Without shared data the record is each machine's own memory: it guards nothing, so nothing waits for it.
        owner_needs = frozenset({owned.id}) if owned is not None and filesystem is not None else frozenset()
        below_owner = self.below[filesystem.id] | {filesystem.id} if filesystem is not None else frozenset()
        if filesystem is None and owned is not None:
            yield owned
        taken: dict[str, list[str]] = {}
        databases: set[str] = set()
        for resource in self.resources:
            # Of what isn't seen there any more (a group whose disk is gone) the users may still be there.
            users = [given[id_] for id_ in given if resource.id in self.below.get(id_, ())]
            free = {*proof, *given.get(resource.id, []), *(id_ for ids in users for id_ in ids)}
            below = {id_ for below in self.below[resource.id] for id_ in taken.get(below, [])}
            base = free | below | (owner_needs if resource.id not in below_owner else frozenset())
            # What takes nothing (a probe) need not wait for what it doesn't touch.
            steps = [
                _with_needs(step, base if step.takes or step.phase is Phase.SETTLE else free)
                for step in kind_of(resource).take(resource, site)
            ]
            if filesystem is not None and resource.id == filesystem.id and owned is not None:
                binds = [step for step in steps if step.action == "bind"]
                mount = [step for step in steps if step.action != "bind"]
                steps = [*mount, _with_needs(owned, [step.id for step in mount]), *binds]
            if resource.kind == "database":
                databases.update(step.id for step in steps if step.takes)
            else:
                steps = [replace(step, lets_pass=frozenset(databases)) for step in steps]
            taken[resource.id] = [step.id for step in steps]
            yield from steps

    def _take_ownership(self, released: list[str], proof: frozenset[str]) -> Step | None:
        site = self.target
        assert site is not None
        owner = site.seen.owner
        if owner is not None and owner.machine == site.name and owner.boot_id == site.seen.boot_id:
            return None
        accepted = ["--accept", self.pair.other(site.name).name]
        if self.pair.owner_filesystem is None:
            accepted.append("--unshared")
        word = " (an operator's word)" if isinstance(self.goal.proof, Word) else ""
        return site.step(
            OWNER,
            "take",
            Command(
                (
                    "hamn-local",
                    "take-ownership",
                    *("--pair", self.pair.name, "--machine", site.name, "--operation", self.operation),
                    *accepted,
                    *("--at-least", str(self.facts.epoch), "--boot-id", site.seen.boot_id),
                    *("--memory", remembered_path(self.pair), owner_path(self.pair)),
                ),
                timeout_s=10,
            ),
            f"the data must name its new owner, at an epoch above {self.facts.epoch}{word}",
            # By this operation: a refusal must not pass for done because an older record has the same name.
            check=Check(read_record(self.pair), f'"machine": "{site.name}".*"operation": "{self.operation}"'),
            needs=frozenset({*released, *proof}),
            takes=True,
        )

    # -- afterwards

    def _settle(self, take: list[Step]) -> Iterator[Step]:
        """Only what was really taken is announced, generated for or looked at."""
        if self.target is None:
            return
        other = self.pair.other(self.target.name)
        fenced = isinstance(self.goal.proof, Fencing)
        outside = self.target
        if self.facts[other.name].answers and not fenced:
            outside = Site(self.pair, other, self.facts)
        for resource in self.resources:
            kind = kind_of(resource)
            wanted = {resource.id, *self.below[resource.id]}
            taken = {step.id for step in take if step.resource in wanted and step.takes}
            for step in (*kind.settle(resource, self.target), *kind.look(resource, outside, self.target)):
                yield _with_needs(step, taken)


def fence_command(device: FenceDevice, action: str) -> Command:
    """Options go to the agent on stdin, as the cluster stacks give them; the password from its file.

    Source: fence-agents' FenceAgentAPI: name=value lines on standard input.
    """
    lines = [f"action={action}", *(f"{name}={value}" for name, value in device.options)]
    secrets = (("passwd", device.password_file),) if device.password_file else ()
    return Command((device.agent,), timeout_s=60, stdin="\n".join(lines) + "\n", secrets=secrets)


def _is_on(address: str, network: IPv4Interface | IPv6Interface) -> bool:
    try:
        return ip_address(address) in network.network and ip_address(address) != network.ip
    except ValueError:  # a name
        return False


def _with_needs(step: Step, needs: frozenset[str] | set[str] | list[str]) -> Step:
    return step if step.needs.issuperset(needs) else replace(step, needs=step.needs.union(needs))


def _doubts_first(prepare: Iterator[Step]) -> Iterator[Step]:
    """What only eases a move waits for what may forbid it: on a disk that takes no writes a checkpoint hangs for
    minutes, and nobody would be told why."""
    steps = list(prepare)
    doubts = {step.id for step in steps if not step.minor}
    for step in steps:
        yield _with_needs(step, doubts) if step.minor else step


def _known_needs(steps: list[Step]) -> Iterator[Step]:
    """Needs that name no step of the plan, or one that is skipped, hold already."""
    work = {step.id for step in steps if not step.is_skipped}
    for step in steps:
        yield step if step.needs <= work else replace(step, needs=step.needs & work)


def _typed_order(steps: Iterator[Step]) -> Iterator[Step]:
    """An order in which one person could type it: what a step needs stands above it, else as it came."""
    waiting = list(steps)
    listed: set[str] = set()
    while waiting:
        step = next(step for step in waiting if step.needs <= listed)
        waiting.remove(step)
        listed.add(step.id)
        yield step
