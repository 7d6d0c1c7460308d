"""Running a graph of steps against a machine whose answers are written down."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from hamn.model.command import Answer, Command
from hamn.model.step import Check, Outcome, Phase, Step
from hamn.ports import Holder, JournalError
from hamn.running.run import Run


class PaperShell:
    """Answers from a list by argv's words; remembers what it was told."""

    machine, version = "mn1", "0"

    def __init__(self, answers: Mapping[str, Answer | Sequence[Answer]] | None = None) -> None:
        self.answers = {k: list(v) if isinstance(v, Sequence) else [v] for k, v in (answers or {}).items()}
        self.told: list[str] = []

    async def run(self, command: Command) -> Answer:
        text = str(command)
        self.told.append(text)
        await asyncio.sleep(0)
        found = self.answers.get(text, [Answer(0)])
        return found.pop(0) if len(found) > 1 else found[0]

    async def lock(self, holder: Holder) -> Holder | None:
        return None

    async def close(self) -> None: ...


class PaperJournal:
    def __init__(self, room: int = 10_000) -> None:
        self.entries: list[Mapping[str, Any]] = []
        self.room = room

    def begin(self, operation: str, entry: Mapping[str, Any]) -> None:
        self.append(operation, entry)

    def append(self, operation: str, entry: Mapping[str, Any]) -> None:
        if len(self.entries) >= self.room:
            raise JournalError("disk full")
        self.entries.append(entry)

    def read(self, operation: str) -> Sequence[Mapping[str, Any]]:
        return self.entries

    def operations(self) -> Sequence[str]:
        return []


class TestClock:
    """Time passes only by sleeping."""

    __test__ = False

    def __init__(self) -> None:
        self.now = 0.0

    def now_s(self) -> float:
        return self.now

    def wall(self) -> str:
        return "2026-01-01T00:00:00.000Z"

    async def sleep(self, seconds: float) -> None:
        self.now += seconds


def step(name: str, *needs: str, check: Check | None = None, **more: Any) -> Step:
    return Step(
        f"mn1/x/{name}", "mn1", "x", more.pop("phase", Phase.HAND_OVER), "because",
        command=more.pop("command", Command((name,))), check=check,
        needs=frozenset(f"mn1/x/{need}" for need in needs), **more,
    )  # fmt: skip


def run(steps: list[Step], shell: PaperShell, journal: PaperJournal | None = None, *, strict: bool = False) -> Run:
    context = Run(journal or PaperJournal(), TestClock(), "op", {"mn1": shell}, lambda step, result: None)
    asyncio.run(context.run(steps, Phase.HAND_OVER, strict=strict))
    return context


def outcomes(context: Run) -> dict[str, str]:
    return {id_.rpartition("/")[2]: str(result.outcome) for id_, result in context.results.items()}


FAILS = Answer(1, stderr="no such luck")


def test_order_follows_needs_and_not_the_list() -> None:
    shell = PaperShell()
    run([step("c", "b"), step("b", "a"), step("a")], shell)
    assert shell.told == ["a", "b", "c"]


def test_what_needs_a_failed_step_never_begins_and_the_rest_goes_on() -> None:
    shell = PaperShell({"a": FAILS})
    context = run([step("a"), step("b", "a"), step("c"), step("d", "c")], shell)
    assert outcomes(context) == {"a": "failed", "c": "done", "d": "done"}


def test_strictly_nothing_new_begins_after_a_failure() -> None:
    shell = PaperShell({"a": FAILS})
    context = run([step("a"), step("b", "a"), step("c"), step("d", "c")], shell, strict=True)
    assert outcomes(context) == {"a": "failed", "c": "done"}
    assert context.results["mn1/x/a"].said == "no such luck"
    assert "d" not in shell.told and "b" not in shell.told


def test_a_minor_failure_degrades_and_stops_nothing() -> None:
    shell = PaperShell({"a": FAILS})
    context = run([step("a", minor=True), step("b", "a")], shell)
    assert outcomes(context) == {"a": "failed", "b": "done"}
    assert not context.failures(Phase.HAND_OVER) and len(context.degraded) == 1


def test_a_lost_answer_is_unknown() -> None:
    context = run([step("a"), step("b", "a")], PaperShell({"a": Answer(None, lost="connection lost")}))
    assert outcomes(context) == {"a": "unknown"}


def test_a_limit_that_passed_is_unknown_unless_the_world_says_otherwise() -> None:
    late = Answer(None, timed_out=True)
    assert outcomes(run([step("a")], PaperShell({"a": late}))) == {"a": "unknown"}
    check = Check(Command(("look",)), "^yes$")
    assert outcomes(run([step("a", check=check)], PaperShell({"a": late, "look": Answer(0, "yes\n")}))) == {
        "a": "done"
    }
    assert outcomes(run([step("a", check=check)], PaperShell({"a": late, "look": Answer(0, "no\n")}))) == {
        "a": "failed"
    }


def test_a_failed_command_whose_wish_already_holds_is_done() -> None:
    check = Check(Command(("look",)), "mounted")
    context = run([step("a", check=check)], PaperShell({"a": FAILS, "look": Answer(0, "mounted")}))
    assert outcomes(context) == {"a": "done"}


def test_exit_status_0_is_not_believed_when_nothing_came_of_it() -> None:
    check = Check(Command(("look",)), "mounted")
    context = run([step("a", check=check)], PaperShell({"look": Answer(0, "nothing")}))
    assert outcomes(context) == {"a": "failed"}


def test_patience_goes_on_asking_and_ends() -> None:
    check = Check(Command(("look",)), "yes", patience_s=3)
    answers = [Answer(1), Answer(1), Answer(0, "yes")]
    assert outcomes(run([step("a", check=check)], PaperShell({"look": answers}))) == {"a": "done"}
    never = run([step("a", check=check)], PaperShell({"look": Answer(0, "no")}))
    assert outcomes(never) == {"a": "failed"} and never.clock.now_s() >= 3


def test_a_check_of_its_own_command_is_asked_once() -> None:
    command = Command(("probe",))
    shell = PaperShell({"probe": Answer(0, "taken 02:00:00:00:00:09\n")})
    context = run([step("a", command=command, check=Check(command, "^taken", wanted=False))], shell)
    assert outcomes(context) == {"a": "failed"} and shell.told == ["probe"]


def test_a_step_is_in_the_journal_before_it_is_sent() -> None:
    journal = PaperJournal(room=1)
    shell = PaperShell()
    try:
        run([step("a"), step("b", "a")], shell, journal)
    except JournalError:
        pass
    else:
        raise AssertionError("a full journal went unnoticed")
    assert [entry["event"] for entry in journal.entries] == ["begin"]
    assert shell.told == ["a"], "b was begun although the journal can't record it"


def test_asked_to_stop_begins_nothing_new() -> None:
    shell = PaperShell()
    context = Run(PaperJournal(), TestClock(), "op", {"mn1": shell}, lambda step, result: None)
    context.stopped.append("interrupted")
    asyncio.run(context.run([step("a")], Phase.HAND_OVER))
    assert shell.told == [] and context.results == {}


def test_a_failure_is_explained() -> None:
    who = Command(("who",))
    shell = PaperShell({"umount": Answer(32, stderr="target is busy."), "who": Answer(0, "812 root vim /x\n")})
    context = run([step("umount", explain=who)], shell)
    assert context.results["mn1/x/umount"].details == ("812 root vim /x",)


def test_settling_goes_on_past_a_failure() -> None:
    shell = PaperShell({"a": FAILS})
    context = Run(PaperJournal(), TestClock(), "op", {"mn1": shell}, lambda step, result: None)
    steps = [step("a", phase=Phase.SETTLE), step("b", phase=Phase.SETTLE), step("c", "b", phase=Phase.SETTLE)]
    asyncio.run(context.run(steps, Phase.SETTLE))
    assert outcomes(context) == {"a": "failed", "b": "done", "c": "done"}
    assert [result.outcome for result in context.degraded] == [Outcome.FAILED]


def test_what_was_not_taken_is_not_settled() -> None:
    """Not even when its taking was a minor step: an address that was never added must not be announced."""
    shell = PaperShell({"add": FAILS})
    context = Run(PaperJournal(), TestClock(), "op", {"mn1": shell}, lambda step, result: None)
    steps = [step("add", minor=True, takes=True), step("announce", "add", phase=Phase.SETTLE)]
    asyncio.run(context.run(steps, Phase.HAND_OVER))
    asyncio.run(context.run(steps, Phase.SETTLE))
    assert shell.told == ["add"]


class StandingClock(TestClock):
    async def sleep(self, seconds: float) -> None:
        await asyncio.Event().wait()


def urgent(clock: TestClock, shell: PaperShell, *steps: Step) -> list[str]:
    """In which order they began, where d lets u pass."""
    context = Run(PaperJournal(), clock, "op", {"mn1": shell}, lambda step, result: None)
    others = [step("d", lets_pass=frozenset({"mn1/x/u"})), step("e", "d"), *steps]
    asyncio.run(context.run(others, Phase.HAND_OVER))
    return shell.told


def test_what_is_urgent_has_a_head_start() -> None:
    assert urgent(StandingClock(), PaperShell(), step("u")) == ["u", "d", "e"]
    assert urgent(StandingClock(), PaperShell(), step("a"), step("u", "a")) == ["a", "u", "d", "e"]
    assert urgent(StandingClock(), PaperShell({"u": FAILS}), step("u")) == ["u", "d", "e"]


def test_a_head_start_ends() -> None:
    """The database recovers for minutes, or what it needs has failed: names are answered all the same."""

    class Recovering(PaperShell):
        served = asyncio.Event()

        async def run(self, command: Command) -> Answer:
            if str(command) == "u":
                await self.served.wait()
            answer = await super().run(command)
            if str(command) == "e":
                self.served.set()
            return answer

    assert urgent(TestClock(), Recovering(), step("u")) == ["d", "e", "u"]
    assert urgent(TestClock(), PaperShell({"a": FAILS}), step("a"), step("u", "a")) == ["a", "d", "e"]


def test_nobody_is_held_back_for_ever_by_what_is_not_there() -> None:
    assert urgent(StandingClock(), PaperShell()) == ["d", "e"]


def test_a_head_start_begins_nothing_after_a_failure() -> None:
    shell = PaperShell({"u": FAILS})
    context = run([step("u"), step("d", lets_pass=frozenset({"mn1/x/u"}))], shell, strict=True)
    assert outcomes(context) == {"u": "failed"}
