"""What is made of the findings: exit status, document, lines."""

from __future__ import annotations

import pytest

from hamn.readiness.rules import RULES
from hamn.reports.report import Exit, Stop
from hamn.verbs.check import _chosen, judge

from .cases import PROBLEMS
from .healthy import found, healthy, rule, seen, silent


def test_a_healthy_pair_is_ready_and_says_so_in_one_line() -> None:
    result = judge(healthy())
    assert result.ready
    assert result.exit is Exit.DONE
    (line,) = result.lines(100)
    counted = sum(judged.verdict != "moot" for judged in result.judged)
    assert line == f"{counted} of {counted} hold: a failover now would work"


def test_a_warning_leaves_it_ready() -> None:
    result = judge(found(healthy(), "mn2", time_service=""))
    assert result.exit is Exit.DONE
    assert any(line.startswith("warning") and "time-service" in line for line in result.lines(100))


def test_an_error_does_not() -> None:
    result = judge(found(healthy(), "mn2", nsswitch="dns", space=None))
    assert result.exit is Exit.FAILED
    lines = result.lines(100)
    assert lines[0].startswith("unknown   journal-space")
    assert next(i for i, line in enumerate(lines) if "hosts-before-dns" in line) > 0
    assert lines[-1].endswith("a failover now may not work")


def test_a_silent_machine_is_told_once_and_is_no_pass() -> None:
    result = judge(silent(healthy(), "mn2"))
    assert result.exit is Exit.FAILED
    lines = result.lines(100)
    assert sum(line.startswith("error     machines-answer") for line in lines) == 1
    assert not any(line.startswith("unknown") for line in lines)
    assert any("more rules aren't known while mn2 doesn't answer" in line for line in lines)


def test_the_document_has_every_rule_with_what_was_seen() -> None:
    document = judge(seen(healthy(), "mn2", version="0.9")).document()
    assert document["schema"] == "hamn.check/1"
    assert document["ready"] is True, "an upgrade under way can still be left by a failover"
    assert document["exit_status"] == 0
    assert [entry["id"] for entry in document["rules"]] == [rule.id for rule in RULES]
    (wrong,) = (entry for entry in document["rules"] if entry["outcome"] == "problem")
    assert wrong["id"] == "same-hamn"
    assert "1.0 on mn1, 0.9 on mn2" in wrong["seen"][0]["what"]
    assert wrong["hint"]


@pytest.mark.parametrize("width", [40, 80, 200])
def test_lines_keep_to_the_width(width: int) -> None:
    result = judge(silent(found(healthy(), "mn1", ssh=None, boot_mounts=None), "mn2"))
    longest_word = max(len(word) for line in result.lines(width) for word in line.split())
    assert all(len(line) <= max(width, longest_word + 10) for line in result.lines(width)[:-2])


def test_one_rule_alone() -> None:
    result = judge(healthy(), (rule("same-os"),))
    assert result.lines(80) == ["1 of 1 hold"]


def test_an_unknown_rule_names_the_nearest() -> None:
    with pytest.raises(Stop) as stop:
        _chosen("service-not-at-boot")
    assert stop.value.status is Exit.USAGE
    assert "services-not-at-boot" in stop.value.reports[0].hint


def test_a_fix_is_offered_only_for_what_is_safe() -> None:
    """Nothing that stops, moves, mounts, or edits what hamn didn't make."""
    programs = set()
    for spoils in PROBLEMS.values():
        for spoil in spoils:
            for judged in judge(spoil(healthy())).judged:
                programs |= {command.argv[:2] for finding in judged.findings for command in finding.fix}
    assert programs == {("systemctl", "disable"), ("mkdir", "-p"), ("hamn", "xcat")}
