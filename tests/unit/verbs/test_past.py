"""What an operation's journal tells, and what it doesn't: nothing is made up for what isn't there."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as some

from hamn.verbs.history import History, past_of
from hamn.verbs.past import Past

ID = "20261122T100000-aaaaaa"
HEAD: dict[str, Any] = {
    "event": "operation",
    "at": "2026-11-22T10:00:00.000+00:00",
    "verb": "switchover",
    "goal": "mn2 active",
    "user": "ada",
    "from": "10.0.0.7",
    "machine": "mn1",
    "pid": 42,
    "proof": "answered",
    "facts": {"mn1": {"answers": True, "version": "0.1.0", "boot_id": "b"}, "mn2": {"answers": False}},
    "steps": ["mn1/service.dns/stop", "mn1/filesystem.shared/unmount", "mn2/filesystem.shared/mount"],
}


def at(seconds: float) -> str:
    return f"2026-11-22T10:00:{seconds:06.3f}+00:00"


def begin(step: str, seconds: float) -> dict[str, Any]:
    machine = step.partition("/")[0]
    return {"event": "begin", "at": at(seconds), "step": step, "machine": machine, "command": f"do {step}"}


def end(step: str, seconds: float, outcome: str = "done", took_s: float = 0.5, **more: Any) -> dict[str, Any]:
    return {"event": "end", "at": at(seconds), "step": step, "outcome": outcome, "took_s": took_s, **more}


STOP, UNMOUNT, MOUNT = HEAD["steps"]
STORY = (HEAD, begin(STOP, 1), end(STOP, 1.5), begin(UNMOUNT, 2))


def past(*entries: dict[str, Any], tail: str = "") -> Past:
    return Past.read(ID, "mn1", "".join(json.dumps(entry) + "\n" for entry in entries) + tail)


def text(told: Past) -> str:
    return "\n".join(told.lines())


def test_who_from_where_when_and_what() -> None:
    told = text(past(*STORY))
    assert f"switchover {ID}: mn2 active" in told
    assert "2026-11-22 10:00:00.000 by ada on mn1, from 10.0.0.7 (pid 42); proof: answered" in told
    assert f"10:00:01.000     +1.000     0.500  {STOP}  done" in told
    assert f"mn1# do {STOP}" in told


def test_a_step_without_an_end_is_not_known_and_what_came_later_was_never_begun() -> None:
    told = past(*STORY)
    assert [(step.id, step.outcome) for step in told.steps] == [(STOP, "done"), (UNMOUNT, "not known")]
    assert [step.id for step in told.not_known] == [UNMOUNT]
    assert told.never_begun == (MOUNT,)
    assert told.state == "no end"
    assert f"not known: how {UNMOUNT} ended (begun 2026-11-22 10:00:02.000)" in told.lines()


def test_an_end_that_says_unknown_is_not_known_either() -> None:
    told = past(*STORY, end(UNMOUNT, 3, "unknown", said="connection to mn1 lost"))
    assert [step.id for step in told.not_known] == [UNMOUNT]
    assert "unknown: connection to mn1 lost" in text(told)


def test_while_it_runs_its_step_is_at_work_and_nothing_is_called_lost() -> None:
    known = History(({"id": ID, "running": True},))
    told = past_of(past(*STORY), known)
    assert told.state == "at work"
    assert told.steps[-1].outcome == "at work"
    assert "no end is recorded" not in text(told) and "not known:" not in text(told)


def test_a_torn_line_is_said_with_its_number_and_what_stands_after_it_is_read() -> None:
    torn = past(*STORY, tail='{"event": "end", "st')
    assert torn.torn == (5,)
    assert [step.id for step in torn.not_known] == [UNMOUNT]
    assert any(line.startswith("torn: line 5 ") for line in torn.lines())
    closed = json.dumps({"event": "closed", "at": at(30), "by": "LATER"})
    later = past(*STORY, tail='{"event": "end", "st\n' + closed + "\n")
    assert later.torn == (5,) and later.closed_by == "LATER"


def test_a_journal_whose_first_line_is_torn_still_tells_the_rest() -> None:
    told = Past.read(ID, "mn1", '{"event": "oper\n' + json.dumps(begin(STOP, 1)) + "\n")
    assert "its first line is torn" in text(told)
    assert [step.id for step in told.not_known] == [STOP]


def test_an_end_without_a_beginning_is_shown_as_that() -> None:
    told = past(HEAD, end(STOP, 1.5))
    assert (told.steps[0].begun, told.steps[0].outcome) == ("", "done")
    assert "(no beginning)" in text(told)


def test_a_step_that_was_run_again_by_the_back_out_keeps_both_outcomes() -> None:
    told = past(
        *STORY[:3],
        {"event": "back-out", "at": at(4), "goal": "mn1 active"},
        begin(STOP, 5),
        end(STOP, 6, "failed"),
    )
    assert [step.outcome for step in told.steps] == ["done", "failed"]
    lines = told.lines()
    first, back, second = (
        next(i for i, line in enumerate(lines) if word in line) for word in ("+1.000", "taken back", "+5.000")
    )
    assert first < back < second


def test_resumed_and_finished_by_another() -> None:
    closed = {"event": "closed", "at": at(40), "by": "C"}
    known = History(({"id": "B", "resumes": ID}, {"id": "C", "resumes": ID}))
    told = past_of(past(*STORY, closed), known)
    assert told.resumed_by == ("B", "C") and told.closed_by == "C"
    assert "resumed   by B" in told.lines() and "finished by operation C" in told.lines()
    assert [step.id for step in told.not_known] == [UNMOUNT], "that another finished it tells nothing of this step"


def test_a_clock_that_was_set_is_said() -> None:
    back = past(HEAD, begin(STOP, 30), end(STOP, 31, took_s=1.0), begin(UNMOUNT, 3), end(UNMOUNT, 4, took_s=1.0))
    assert "(the clock was set back, by 28 s at least)" in back.lines()
    ahead = past(HEAD, begin(STOP, 1), end(STOP, 50, took_s=0.5))
    assert any(line.startswith(f"(the clock was set while {STOP} ran, by +48 s)") for line in ahead.lines())
    assert "clock" not in text(past(*STORY))


def test_the_end_says_outcome_messages_and_what_was_skipped() -> None:
    ended = {
        "event": "ended",
        "at": at(9),
        "outcome": "failed",
        "open": True,
        "seconds": 9.0,
        "active": None,
        "messages": ["mn1: stopped in the middle (`hamn resume` goes on)"],
        "skipped": [{"id": MOUNT, "reason": "it is mounted"}],
    }
    told = past(*STORY, ended)
    assert told.state == "failed, not finished" and told.never_begun == ()
    assert "failed, not finished after 9.0 s, at 2026-11-22 10:00:09.000; nobody was active" in told.lines()
    assert "  mn1: stopped in the middle (`hamn resume` goes on)" in told.lines()
    assert f"skipped: {MOUNT}: it is mounted" in told.lines()


def test_an_event_of_a_newer_hamn_is_shown_as_it_stands() -> None:
    assert '"drilled": 7' in text(past(HEAD, {"event": "drill", "at": at(1), "drilled": 7}))


def test_json_and_words_tell_the_same() -> None:
    told = past(*STORY)
    document = told.document()
    assert document["not_known"] == [UNMOUNT] and document["state"] == "no end" and document["from"] == "10.0.0.7"
    assert [step["outcome"] for step in document["steps"]] == ["done", "not known"]
    assert document["entries"] == list(STORY)
    json.dumps(document)


anything = some.recursive(
    some.none() | some.booleans() | some.integers() | some.text(max_size=5),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
keys = some.sampled_from(
    (
        "event",
        "at",
        "step",
        "outcome",
        "took_s",
        "details",
        "messages",
        "skipped",
        "steps",
        "facts",
        "by",
        "active",
    )
)
events = some.sampled_from(("operation", "begin", "end", "ended", "closed", "back-out", "x"))


@given(some.lists(some.tuples(events, some.dictionaries(keys, anything)), max_size=6), some.text(max_size=9))
def test_whatever_stands_in_a_journal_is_told_without_a_stumble(found: list[Any], tail: str) -> None:
    entries = [{"event": event} | {k: v for k, v in more.items() if k != "event"} for event, more in found]
    told = past(*entries, tail=tail)
    json.dumps(told.document())
    assert all(isinstance(line, str) for line in told.lines())
