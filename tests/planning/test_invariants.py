"""Rules that hold for every plan from any facts, not for examples."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from hamn.facts.facts import Facts, MachineFacts
from hamn.model.owner import OwnerRecord
from hamn.model.pair import Pair
from hamn.model.step import Phase, Plan
from hamn.planning.goal import Answered, Fencing, Goal, Word
from hamn.planning.move import plan_move
from hamn.planning.order import dependencies
from hamn.resources.kind import Hold
from hamn.resources.kinds import hold
from hamn.verbs.assume import assumed

from .seen import _change, declared

PAIR = declared(Path(__file__).parent / "cases" / "lab.toml")
BELOW = dependencies(PAIR)
CHANGEABLE = [r.id for r in PAIR.resources if r.kind in ("virtual_ip", "filesystem", "database", "service")]
PROOFS = st.sampled_from([Answered(), Fencing(), Word("operator")])


@st.composite
def machines(draw: st.DrawFn, name: str) -> MachineFacts:
    if draw(st.integers(0, 5)) == 0:
        return MachineFacts(name, answers=False, why_not="silent")
    seen = assumed(PAIR, name, "switchover")[name]
    for id_ in CHANGEABLE:
        seen = _change(PAIR, seen, id_, held=draw(st.booleans()))
    if draw(st.integers(0, 9)) == 0:
        seen = replace(seen, **draw(st.sampled_from([{"addresses": None}, {"mounts": None}, {"units": {}}])))
    holder = draw(st.sampled_from(["mn1", "mn2", None]))
    record = OwnerRecord("lab", draw(st.integers(0, 9)), holder, seen.boot_id if draw(st.booleans()) else "")
    return replace(seen, owner=record if seen.mounts and draw(st.booleans()) else None, remembered=record)


def _proof_steps(plan: Plan) -> set[str]:
    return {step.id for step in plan.steps if step.phase is Phase.PROVE}


def _before(plan: Plan, id_: str) -> set[str]:
    """Everything that is done before that step, by the graph."""
    needs = {step.id: step.needs for step in plan.steps}
    seen: set[str] = set()
    todo = list(needs[id_])
    while todo:
        need = todo.pop()
        if need not in seen:
            seen.add(need)
            todo += needs[need]
    return seen


@settings(max_examples=400, deadline=None)
@given(machines("mn1"), machines("mn2"), st.sampled_from(["mn1", "mn2"]), PROOFS, st.booleans())
def test_nothing_is_taken_that_the_other_may_hold(
    one: MachineFacts, two: MachineFacts, target: str, proof: Answered | Fencing | Word, gives: bool
) -> None:
    facts = Facts({"mn1": one, "mn2": two})
    plan = plan_move(PAIR, facts, Goal("switchover", target, proof, gives=gives), "OPERATION")
    if plan.refusals:
        assert plan.steps == ()
        return
    other = PAIR.other(target).name
    assert not (isinstance(proof, Word) and facts[other].answers), "a word was believed of a machine that answers"
    for step in plan.steps:
        if not step.takes or step.resource == "owner":
            continue
        before = _before(plan, step.id)
        if isinstance(proof, Fencing):
            assert _proof_steps(plan) <= before and _proof_steps(plan)
        elif isinstance(proof, Answered) and not facts[other].answers:
            assert step.resource.startswith(("service.", "database.")), f"{step.id} is taken without proof"
            assert facts[target].owner is not None and facts[target].owner.machine == target
        elif isinstance(proof, Answered):
            given_back = {s.id for s in plan.work if s.machine == other and s.resource == step.resource}
            if hold(PAIR.resource(step.resource), facts[other]) is not Hold.ABSENT:
                assert given_back, f"{step.id} is taken while {other} holds it"
            handed = {s.id for s in plan.in_phase(Phase.HAND_OVER)}
            users = {s.id for s in plan.work if s.machine == other and step.resource in BELOW.get(s.resource, ())}
            assert (given_back | users) & handed <= before


@settings(max_examples=200, deadline=None)
@given(machines("mn1"), machines("mn2"), st.sampled_from(["mn1", "mn2"]), PROOFS)
def test_a_plan_can_be_typed_from_top_to_bottom(
    one: MachineFacts, two: MachineFacts, target: str, proof: Answered | Fencing | Word
) -> None:
    plan = plan_move(PAIR, Facts({"mn1": one, "mn2": two}), Goal("switchover", target, proof), "OPERATION")
    seen: set[str] = set()
    for step in plan.steps:
        assert step.needs <= seen, f"{step.id} stands above what it needs"
        assert step.id not in seen, f"{step.id} stands twice"
        assert step.reason
        seen.add(step.id)


@settings(max_examples=200, deadline=None)
@given(machines("mn1"), machines("mn2"), st.sampled_from(["mn1", "mn2"]))
def test_a_database_never_outlives_its_filesystem(one: MachineFacts, two: MachineFacts, target: str) -> None:
    plan = plan_move(PAIR, Facts({"mn1": one, "mn2": two}), Goal("switchover", target), "OPERATION")
    ids = {step.id for step in plan.work}
    for step in plan.work:
        machine = step.machine
        if step.id.endswith("filesystem.shared/unmount"):
            stops = {id_ for id_ in ids if id_.startswith(machine) and id_.endswith("/stop")}
            assert stops <= _before(plan, step.id)
        if step.id.endswith("database.xcat/start"):
            mounts = {
                id_ for id_ in ids if id_.startswith(f"{machine}/filesystem.shared/") and "device" not in id_
            }
            hand_over = {s.id for s in plan.in_phase(Phase.HAND_OVER)}
            assert (mounts & hand_over) <= _before(plan, step.id)


def test_what_only_eases_a_move_waits_for_what_may_forbid_it() -> None:
    """A checkpoint onto a disk that takes no writes hung for minutes before anybody was told why."""
    plan = plan_move(PAIR, assumed(PAIR, "mn1", "switchover"), Goal("switchover", "mn2"), "op")
    prepare = [step for step in plan.steps if step.phase is Phase.PREPARE and not step.is_skipped]
    easing = [step for step in prepare if step.minor]
    assert {step.action for step in easing} >= {"checkpoint", "flush"}
    for step in easing:
        assert step.needs >= {step.id for step in prepare if not step.minor}


def test_the_same_facts_give_the_same_plan() -> None:
    def plan() -> Plan:
        return plan_move(PAIR, assumed(PAIR, "mn1", "switchover"), Goal("switchover", "mn2"), "OPERATION")

    assert plan() == plan()


def test_what_is_done_is_not_planned_again() -> None:
    """A plan made after the plan: nothing to do (so `resume` after the last step is harmless)."""
    pair: Pair = PAIR
    assert plan_move(pair, assumed(pair, "mn2", "switchover"), Goal("switchover", "mn2"), "OPERATION").work == ()


def test_only_what_can_be_taken_back_is_strict() -> None:
    facts = assumed(PAIR, "mn1", "switchover")
    assert plan_move(PAIR, facts, Goal("switchover", "mn2", strict=True), "OPERATION").strict
    assert not plan_move(PAIR, facts, Goal("failover", "mn2", Fencing()), "OPERATION").strict


def test_two_declarations_are_one_too_many() -> None:
    """Each machine would hold what its own file says: another address, another disk."""
    seen = assumed(PAIR, "mn1", "switchover").machines
    facts = Facts({name: replace(machine, fingerprint=name) for name, machine in seen.items()})
    plan = plan_move(PAIR, facts, Goal("switchover", "mn2"), "OPERATION")
    assert plan.steps == () and "different declarations" in plan.refusals[0]
