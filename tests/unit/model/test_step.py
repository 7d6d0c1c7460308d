"""What a check may conclude from an answer."""

from __future__ import annotations

import pytest

from hamn.model.command import Answer, Command
from hamn.model.step import Check

ASK = Command(("ip", "-o", "addr", "show"))
PRESENT = Answer(0, "3: eth0 inet 10.77.0.10/24\n")


@pytest.mark.parametrize(
    ("answer", "present", "absent"),
    [
        (PRESENT, True, False),
        (Answer(0, "3: eth0\n"), False, True),
        (Answer(1, "", "Cannot allocate memory"), False, None),
        (Answer(127, "", "no such program"), None, None),
        (Answer(None, timed_out=True), None, None),
        (Answer(None, lost="connection lost"), None, None),
    ],
)
def test_a_question_that_failed_is_no_sign_of_absence(
    answer: Answer, present: bool | None, absent: bool | None
) -> None:
    assert Check(ASK, r"inet 10\.77\.0\.10/").holds(answer) is present
    assert Check(ASK, r"inet 10\.77\.0\.10/", wanted=False).holds(answer) is absent
