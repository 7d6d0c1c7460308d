"""The verbs that move the role: who shall be active, and what may be believed of the other machine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from hamn.facts.facts import Facts, Operation
from hamn.model.pair import Pair
from hamn.planning.goal import Answered, Fencing, Goal, Proof, Word
from hamn.reports.report import Exit, Report, Stop, error, info, warning
from hamn.resources.kinds import hold
from hamn.verbs.status import status_of

Aim = Callable[[Facts], Goal]
"""A verb before it has seen the facts."""


@dataclass(frozen=True, slots=True)
class Belief:
    """What an operator says of a machine that doesn't answer, or shouldn't be asked."""

    dead: str | None = None
    """The name typed in confirmation; None when nothing was typed."""
    by: str = ""
    fence_anyway: bool = False
    """Switch the other machine off although it answers."""


def _refuse(code: str, what: str, hint: str = "") -> Stop:
    return Stop(Exit.REFUSED, [error(code, what, hint=hint)])


def machine_name(pair: Pair, name: str) -> str:
    """Raises Stop for a name that is none of the two."""
    known = [machine.name for machine in pair.machines]
    if name not in known:
        raise Stop(
            Exit.USAGE, [error("no-such-machine", f"no machine {name!r}", hint=f"it is {' or '.join(known)}")]
        )
    return name


def here(pair: Pair, local: str | None, asked: str | None) -> str:
    """The machine that a half move is about: the one asked for, else this one."""
    if asked is not None:
        return machine_name(pair, asked)
    if local is None:
        names = " or ".join(machine.name for machine in pair.machines)
        raise Stop(Exit.USAGE, [error("which", "this is neither of the two machines", hint=f"add --on {names}")])
    return local


def activate(pair: Pair, local: str | None, on: str | None) -> Aim:
    name = here(pair, local, on)
    return lambda _facts: Goal("activate", name, Answered(), gives=False)


def deactivate(pair: Pair, local: str | None, on: str | None) -> Aim:
    name = here(pair, local, on)
    return lambda _facts: Goal("deactivate", None, only=name)


def switchover(pair: Pair, to: str | None) -> Aim:
    if to is not None:
        machine_name(pair, to)

    def aim(facts: Facts) -> Goal:
        status = status_of(pair, facts)
        holders = [name for name, role in status.roles.items() if role not in ("standby", "unknown")]
        if to is not None:
            target = to
        elif status.active is not None:
            target = pair.other(status.active).name
        elif (begun := _begun(facts)) is not None:
            target = begun  # the same command again: it goes where it was going
        elif len(holders) == 1:
            target = pair.other(holders[0]).name
        else:
            for seen in facts.machines.values():
                if not seen.answers:
                    hint = f"{seen.hint}; if it is down: `hamn failover`"
                    raise _refuse("no-answer", f"{seen.name} doesn't answer: {seen.why_not}", hint)
            raise _refuse("nobody-active", "it isn't clear who holds the role now", "say where to: --to NAME")
        other = pair.other(target).name
        if not holders and _begun(facts) is None:
            unread = [name for name, seen in facts.machines.items() if seen.owner_trouble]
            for report in status.trouble:
                if report.where in unread:  # who holds what isn't known: not that nobody does
                    raise Stop(Exit.REFUSED, [report])
        if facts[target].answers and facts[other].answers and not holders and _begun(facts) is None:
            hint = f"`hamn activate --on {target}`"
            raise _refuse("nobody-active", "nobody holds the role, so there is nothing to switch over", hint)
        return Goal("switchover", target, Answered(), strict=True)

    return aim


def _begun(facts: Facts) -> str | None:
    """Where the newest operation without an end was taking the role."""
    found = facts.open_operations
    return found[-1].active if found else None


def failover(pair: Pair, local: str | None, to: str | None, belief: Belief) -> Aim:
    if to is not None:
        machine_name(pair, to)

    def aim(facts: Facts) -> Goal:
        target = to or _survivor(pair, facts, local)
        other = pair.other(target)
        if facts[other.name].answers and not belief.fence_anyway:
            held = [r.id for r in pair.resources if not hold(r, facts[other.name]).nothing]
            if held and facts[target].answers:  # else the plan says why it can't be moved there
                hint = f"`hamn switchover --to {target}`; or, to switch it off although it answers, --fence-anyway"
                if facts[other.name].stuck:  # it can give nothing back
                    hint = f"`hamn failover --to {target} --fence-anyway` switches it off"
                raise _refuse("other-lives", f"{other.name} answers and holds {', '.join(held)}", hint)
            return Goal("failover", target, Answered())
        proof = _proof(pair, facts, other.name, belief)
        if isinstance(proof, Fencing) and other.name == local:
            raise _refuse("itself", f"this is {local}, the machine to be switched off", f"type it on {target}")
        return Goal("failover", target, proof)

    return aim


def _proof(pair: Pair, facts: Facts, dead: str, belief: Belief) -> Proof:
    """No word is believed of a machine that answers."""
    answers = facts[dead].answers
    if belief.dead is not None:
        if belief.dead != dead:
            raise _refuse("wrong-word", f"the machine that has to be dead is {dead}, you typed {belief.dead!r}")
        if facts[dead].lives:
            raise _refuse("wrong-word", f"{dead} answers: it isn't dead", f"leave --confirm-dead {dead} out")
        return Word(belief.by)
    if facts[dead].lives and not belief.fence_anyway:
        why = f"{dead} lives, and it isn't known what it holds: {facts[dead].why_not}"
        raise _refuse(
            "other-lives", why, f"{facts[dead].hint}; or, to switch it off although it lives, --fence-anyway"
        )
    if pair.machine(dead).fence is None:
        if answers:
            hint = f"`hamn switchover`, or switch {dead} off by hand and `hamn failover --confirm-dead {dead}`"
            raise _refuse("no-proof", f"{dead} answers and has no fence device to switch it off", hint)
        raise _refuse(
            "no-proof",
            f"{dead} doesn't answer and has no fence device: nothing proves that it holds nothing",
            f"make sure with your own eyes that it is off, then `hamn failover --confirm-dead {dead}`",
        )
    return Fencing()


def _survivor(pair: Pair, facts: Facts, local: str | None) -> str:
    """The machine to fail over to: the one that answers; of two, the one that didn't hold it last."""
    answering = [name for name, seen in facts.machines.items() if seen.answers]
    if len(answering) == 1:
        return answering[0]
    status = status_of(pair, facts)
    if status.active is not None:
        return pair.other(status.active).name
    last = facts.last_known
    if last is not None and last.machine in facts.machines:
        return pair.other(str(last.machine)).name
    if local is not None:
        return local
    raise Stop(
        Exit.USAGE, [error("which", "both machines answer and neither held the role", hint="add --to NAME")]
    )


def rejoin(pair: Pair, local: str | None, name: str | None) -> Aim:
    back = here(pair, local, name)

    def aim(facts: Facts) -> Goal:
        other = pair.other(back).name
        status = status_of(pair, facts)
        if not facts[back].answers:
            raise _refuse("no-answer", f"{back} doesn't answer: {facts[back].why_not}", facts[back].hint)
        if status.active == back:
            raise _refuse("is-active", f"{back} is active; only a standby can rejoin")
        if not facts[other].answers:
            why = f"{other} doesn't answer, so it can't be seen whether it serves: {facts[other].why_not}"
            raise _refuse("no-answer", why, "bring it back first, or fail over")
        return Goal("rejoin", None, only=back)

    return aim


def changed_since(pair: Pair, begun: Operation) -> tuple[Report, ...]:
    """What an operator must know who resumes by another declaration than the one that it was begun by."""
    if not begun.declaration or begun.declaration == pair.fingerprint:
        return ()
    known = {resource.id for resource in pair.resources}
    gone = [name for name in begun.named if name not in known and name.partition(".")[0] not in ("owner", "fence")]
    what = f"the declaration was changed since {begun.begun}, when this began; it went on by the new one"
    hint = f"`hamn history {begun.id}` shows what it was begun by"
    if gone:
        what += f", which knows nothing of {', '.join(gone)}: nobody has given that back"
        hint = f"see to it by hand: `hamn history {begun.id}` shows the commands"
    return (warning("declaration-changed", what, pair.source, hint),)


def resume(pair: Pair, facts: Facts, belief: Belief) -> tuple[Operation, Aim]:
    """The newest operation without an end, and its goal. Raises Stop when there is none, or it is at work.

    Its word of proof isn't believed again: a machine that was dead then may live now.
    """
    found = facts.open_operations
    if not found:
        silent = [seen for seen in facts.machines.values() if not seen.answers]
        for seen in silent if status_of(pair, facts).active is None else ():
            what = (
                f"{seen.name} doesn't answer ({seen.why_not}), so it isn't known whether it has an open operation"
            )
            raise _refuse(
                "not-known", what, "`hamn status` says who holds the role; `hamn failover` if nobody does"
            )
        raise Stop(Exit.DONE, [info("nothing-open", "no operation is open: nothing to resume")])
    newest = found[-1]
    if newest.sets_up:
        what = f"{newest.verb} ({newest.goal}) was interrupted: no move of the role"
        raise _refuse("setup-open", what, f"`hamn {newest.verb} --on {newest.only}` again goes on with it")
    if newest.active is None:
        return newest, deactivate(pair, None, newest.only)
    target = newest.active

    def aim(facts: Facts) -> Goal:
        other = pair.other(target)
        if not facts[target].answers and facts[other.name].answers:
            # Where it was going there is nobody any more: it is taken back, under proof.
            return Goal(newest.verb, other.name, _proof(pair, facts, target, belief))
        if facts[other.name].answers and not belief.fence_anyway:
            return Goal(newest.verb, target, Answered(), strict=newest.verb == "switchover")
        return Goal(newest.verb, target, _proof(pair, facts, other.name, belief))

    return newest, aim
