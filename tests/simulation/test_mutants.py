"""Each deliberate bug is found by some schedule; without the bug that schedule is clean."""

from __future__ import annotations

import pytest

from hamn.simulation.heard import remembering
from hamn.simulation.schedule import drawn, play
from tests.simulation.mutants import MUTANTS

SEEDS = 3000

pytestmark = pytest.mark.filterwarnings("ignore:coroutine .* was never awaited")  # of killed operators


def violated(name: str, first: int) -> tuple[int, str] | None:
    """With the bug: the first seed from `first` on that shows it, and how."""
    with pytest.MonkeyPatch.context() as patch:
        MUTANTS[name](patch)
        with remembering():
            for seed in range(first, SEEDS + 1):
                wrong = [why for why in play(drawn(seed)) if not why.startswith("crash")]  # a clumsy mutant's own
                if wrong:
                    return seed, wrong[0]
    return None


@pytest.mark.parametrize("name", MUTANTS)
def test_is_caught(name: str) -> None:
    found = violated(name, 1)
    while found is not None and play(drawn(found[0])):
        found = violated(name, found[0] + 1)
    if found is None:
        pytest.fail(f"{SEEDS} schedules and nobody sees it: {MUTANTS[name].__doc__}")
    print(f"{name}: seed {found[0]}: {found[1]}")


def test_there_are_twenty() -> None:
    assert len(MUTANTS) >= 20
