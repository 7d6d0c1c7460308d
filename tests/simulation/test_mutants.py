"""The simulation finds each of the deliberate bugs, within a bounded number of seeds."""

from __future__ import annotations

import pytest

from hamn.simulation.schedule import drawn, play
from tests.simulation.mutants import MUTANTS

SEEDS = 1500

pytestmark = pytest.mark.filterwarnings("ignore:coroutine .* was never awaited")  # of killed operators


@pytest.mark.parametrize("name", MUTANTS)
def test_is_caught(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for seed in range(1, SEEDS + 1):
        with monkeypatch.context() as patch:
            MUTANTS[name](patch)
            violated = [why for why in play(drawn(seed)) if not why.startswith("crash")]  # a clumsy mutant's own
        if violated and not play(drawn(seed)):
            print(f"{name}: seed {seed}: {violated[0]}")
            return
    pytest.fail(f"{SEEDS} schedules and nobody sees it: {MUTANTS[name].__doc__}")


def test_there_are_twenty() -> None:
    assert len(MUTANTS) >= 20
