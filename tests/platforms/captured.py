"""The captured answers beside these tests."""

from __future__ import annotations

from pathlib import Path

from hamn.model.command import Answer

ANSWERS = Path(__file__).parent / "answers"


def captured(path: str, exit_status: int = 0) -> Answer:
    return Answer(exit_status, (ANSWERS / path).read_text())
